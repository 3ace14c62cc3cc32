/* What the filters of the shim watch and tell. For kqueue.c alone. */
#ifndef GN_TEST_KQUEUE_SHIM_FILTER_H
#define GN_TEST_KQUEUE_SHIM_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/event.h>

/* A registered event. */
struct knote {
    struct knote *next;
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;  /* EV_CLEAR, EV_ONESHOT and EV_DISPATCH */
    uint32_t fflags; /* EVFILT_USER: the bits its user keeps here */
    intptr_t data;   /* EVFILT_USER: what was said last */
    void *udata;
    int fd;         /* what epoll watches: the ident, or a descriptor of the filter's own */
    bool disabled;
    bool watched;   /* by epoll now */
    bool connected; /* it was once: then an error is no failed connect */
};

bool filter_known(int16_t filter);

/* Which epoll events mean that the filter is ready. */
uint32_t filter_interest(const struct knote *note);

/* Set up note->fd. Fails: -errno. */
int filter_open(struct knote *note);

/* Close what filter_open opened. */
void filter_close(struct knote *note);

/* Take over what a change says beyond its flags. Fails: -errno. */
int filter_touch(struct knote *note, const struct kevent *change);

/* Fill in flags, fflags and data of an event, and reset the filter where EV_CLEAR asks for it.
 * Returns false when the filter finds that nothing is ready after all. */
bool filter_tell(struct knote *note, uint32_t revents, struct kevent *event);

#endif

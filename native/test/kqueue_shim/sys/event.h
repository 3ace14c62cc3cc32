/* kqueue(2) on Linux, for tests: what both FreeBSD and macOS define and the shim implements.
 *
 * EVFILT_READ and EVFILT_WRITE of sockets and pipes, EVFILT_TIMER, EVFILT_USER. It lets the
 * unmodified backend_kqueue.c compile and run here. It proves the backend's logic, not the timing
 * of another kernel. Nothing that is shipped includes it.
 */
#ifndef GN_TEST_KQUEUE_SHIM_EVENT_H
#define GN_TEST_KQUEUE_SHIM_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_TIMER (-7)
#define EVFILT_USER (-10)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

/* EVFILT_USER: how the lower 24 bits of fflags change what is kept, and the trigger. */
#define NOTE_FFNOP 0x00000000u
#define NOTE_FFAND 0x40000000u
#define NOTE_FFOR 0x80000000u
#define NOTE_FFCOPY 0xc0000000u
#define NOTE_FFCTRLMASK 0xc0000000u
#define NOTE_FFLAGSMASK 0x00ffffffu
#define NOTE_TRIGGER 0x01000000u

/* EVFILT_TIMER: the unit of data, milliseconds without any. */
#define NOTE_SECONDS 0x0001u
#define NOTE_USECONDS 0x0002u
#define NOTE_NSECONDS 0x0004u

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_) \
    (*(event) = (struct kevent){(ident_), (filter_), (flags_), (fflags_), (data_), (udata_)})

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout);

#endif

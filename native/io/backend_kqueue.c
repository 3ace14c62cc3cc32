/* The kqueue backend of macOS and the BSDs: completions out of readiness, through ready.c.
 *
 * A filter is added when ready.c first asks for it and stays, level triggered, until nobody waits
 * for it any more: one system call for each connection. EV_CLEAR or EV_DISPATCH would need one for
 * each event that found no room in its turn. EV_EOF needs no case of its own: an ended direction
 * stays ready, and the call that is tried gets the bytes still there, then the end or the error.
 * The timeout of the wait serves all timers; an EVFILT_USER event is the wake.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/event.h> /* the BSDs' needs what sys/types.h defines */
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "backend.h"
#include "loop.h"
#include "ready.h"

enum {
    BATCH = 256,
    ACCEPT_BURST = 1, /* the loops share their listeners: what waits is for all of them */
    WAKE_IDENT = 0, /* idents of EVFILT_USER are no descriptors */
};

_Static_assert(sizeof(void *) == sizeof(uint64_t), "slot and generation travel in udata");

struct gn_kqueue {
    struct gn_ready ready; /* first: ready.c finds it here */
    int kqueue_fd;
    struct kevent events[BATCH];
};

static struct gn_kqueue *state(const struct gn_loop *loop) { return loop->backend_state; }

/* Make one change and take no event. */
static int change(int kqueue_fd, uintptr_t ident, int16_t filter, unsigned flags, unsigned fflags,
                  uint64_t key) {
    struct kevent event;
    EV_SET(&event, ident, filter, (uint16_t)flags, fflags, 0, (void *)(uintptr_t)key);
    int rc;
    do rc = kevent(kqueue_fd, &event, 1, NULL, 0, NULL);
    while (rc < 0 && errno == EINTR);
    return rc < 0 ? -errno : 0;
}

/* One filter at a time, so that chan->armed is right also when the second one fails. */
static int watch(struct gn_loop *loop, struct gn_chan *chan, unsigned mask) {
    static const struct {
        unsigned bit;
        int16_t filter;
    } filters[] = {{GN_READY_IN, EVFILT_READ}, {GN_READY_OUT, EVFILT_WRITE}};
    uint64_t key = (uint64_t)chan->gen << 32 | chan->slot;
    for (int i = 0; i < 2; i++) {
        unsigned bit = filters[i].bit;
        if (((chan->armed ^ mask) & bit) == 0) continue;
        int rc = change(state(loop)->kqueue_fd, (uintptr_t)chan->fd, filters[i].filter,
                        mask & bit ? EV_ADD : EV_DELETE, 0, key);
        /* A deletion that a signal cut short may have happened all the same. */
        if (rc < 0 && (mask & bit || rc != -ENOENT)) return rc;
        chan->armed ^= (uint8_t)bit;
    }
    return 0;
}

static struct gn_kqueue *kqueue_new(void) { return calloc(1, sizeof(struct gn_kqueue)); }

static int kqueue_init(struct gn_loop *loop, const struct gn_loop_config *config,
                       struct gn_probe *probe) {
    (void)config;
    struct gn_kqueue *queue = kqueue_new();
    if (!queue) return -ENOMEM;
    int rc = 0;
    queue->ready.watch = watch;
    queue->ready.accept_burst = ACCEPT_BURST;
    probe->step = "kqueue";
    queue->kqueue_fd = kqueue();
    if (queue->kqueue_fd < 0) {
        rc = -errno;
        goto free_state;
    }
    fcntl(queue->kqueue_fd, F_SETFD, FD_CLOEXEC);
    probe->step = "kevent";
    /* EV_CLEAR: however many wakes came in between, taking the event takes them all. */
    rc = change(queue->kqueue_fd, WAKE_IDENT, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
    if (rc < 0) goto close_queue;
    loop->backend_state = queue;
    return 0;
close_queue:
    close(queue->kqueue_fd);
free_state:
    free(queue);
    return rc;
}

static void kqueue_fini(struct gn_loop *loop) {
    struct gn_kqueue *queue = state(loop);
    close(queue->kqueue_fd);
    free(queue);
}

static unsigned kqueue_features(const struct gn_loop *loop) {
    (void)loop;
    return 0;
}

static int kqueue_wake(struct gn_loop *loop) {
    return change(state(loop)->kqueue_fd, WAKE_IDENT, EVFILT_USER, 0, NOTE_TRIGGER, 0);
}

static void take(struct gn_loop *loop, const struct kevent *event) {
    if (event->filter == EVFILT_USER) {
        loop->woken = true;
        return;
    }
    /* What finds no room is reported again: everything is level triggered. */
    if (!gn_loop_room(loop)) return;
    uint64_t key = (uint64_t)(uintptr_t)event->udata;
    struct gn_chan *chan = gn_loop_find(loop, (uint32_t)key, (uint32_t)(key >> 32));
    if (!chan) return;
    unsigned mask = event->filter == EVFILT_READ ? GN_READY_IN : GN_READY_OUT;
    /* Never as a hang-up of both directions: each filter reports the end of its own. */
    gn_ready_event(loop, chan, mask, false);
}

static int kqueue_wait(struct gn_loop *loop, int timeout_ms) {
    struct gn_kqueue *queue = state(loop);
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    int count = kevent(queue->kqueue_fd, NULL, 0, queue->events, gn_ready_most(loop, BATCH),
                       timeout_ms < 0 ? NULL : &timeout);
    int err = errno;
    loop->now_ms = gn_clock_ms(); /* what is told below happened now, not before the wait */
    if (count < 0) return err == EINTR ? 0 : -err;
    for (int i = 0; i < count; i++) take(loop, &queue->events[i]);
    return 0;
}

const struct gn_backend gn_backend_kqueue = {
    .name = "kqueue",
    .features = kqueue_features,
    .init = kqueue_init,
    .fini = kqueue_fini,
    .accept = gn_ready_accept,
    .recv = gn_ready_recv,
    .send = gn_ready_send,
    .connect = gn_ready_connect,
    .cancel = gn_ready_cancel,
    .wake = kqueue_wake,
    .recycle = gn_ready_recycle,
    .wait = kqueue_wait,
};

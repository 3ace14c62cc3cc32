/* The epoll backend: completions out of readiness, through ready.c. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../base/clock.h"
#include "backend.h"
#include "loop.h"
#include "ready.h"

enum {
    BATCH = 256,
    ACCEPT_BURST = 64,
    REGISTERED = 4, /* in gn_chan.armed, beside the mask */
};

static const uint64_t WAKE_KEY = UINT64_MAX;

struct gn_epoll {
    struct gn_ready ready; /* first: ready.c finds it here */
    int epoll_fd;
    int wake_fd;
    struct epoll_event events[BATCH];
};

static struct gn_epoll *state(const struct gn_loop *loop) { return loop->backend_state; }

static int watch(struct gn_loop *loop, struct gn_chan *chan, unsigned mask) {
    struct epoll_event event = {.data.u64 = (uint64_t)chan->gen << 32 | chan->slot};
    if (mask & GN_READY_IN) event.events |= EPOLLIN;
    if (mask & GN_READY_OUT) event.events |= EPOLLOUT;
    int op = mask == 0                  ? EPOLL_CTL_DEL
             : chan->armed & REGISTERED ? EPOLL_CTL_MOD
                                        : EPOLL_CTL_ADD;
    if (mask == 0 && !(chan->armed & REGISTERED)) return 0;
    if (epoll_ctl(state(loop)->epoll_fd, op, chan->fd, &event) < 0) return -errno;
    chan->armed = mask ? (uint8_t)(mask | REGISTERED) : 0;
    return 0;
}

static struct gn_epoll *epoll_new(void) { return calloc(1, sizeof(struct gn_epoll)); }

static int epoll_init(struct gn_loop *loop, const struct gn_loop_config *config,
                      struct gn_probe *probe) {
    (void)config;
    struct gn_epoll *epoll = epoll_new();
    if (!epoll) return -ENOMEM;
    int rc = 0;
    epoll->ready.watch = watch;
    epoll->ready.accept_burst = ACCEPT_BURST;
    probe->step = "epoll_create1";
    epoll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->epoll_fd < 0) {
        rc = -errno;
        goto free_state;
    }
    probe->step = "eventfd";
    epoll->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll->wake_fd < 0) {
        rc = -errno;
        goto close_epoll;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE_KEY};
    probe->step = "epoll_ctl";
    if (epoll_ctl(epoll->epoll_fd, EPOLL_CTL_ADD, epoll->wake_fd, &event) < 0) {
        rc = -errno;
        goto close_wake;
    }
    loop->backend_state = epoll;
    return 0;
close_wake:
    close(epoll->wake_fd);
close_epoll:
    close(epoll->epoll_fd);
free_state:
    free(epoll);
    return rc;
}

static void epoll_fini(struct gn_loop *loop) {
    struct gn_epoll *epoll = state(loop);
    close(epoll->wake_fd);
    close(epoll->epoll_fd);
    free(epoll);
}

static unsigned epoll_features(const struct gn_loop *loop) {
    (void)loop;
    return 0;
}

static int epoll_wake(struct gn_loop *loop) {
    uint64_t one = 1;
    /* EAGAIN: the counter is full, so a wake is pending already. */
    ssize_t n = write(state(loop)->wake_fd, &one, sizeof one);
    return n < 0 && errno != EAGAIN ? -errno : 0;
}

static void take_wake(struct gn_loop *loop) {
    uint64_t count;
    loop->woken = true;
    /* Level triggered: whatever a failed read left is reported again. */
    ssize_t n = read(state(loop)->wake_fd, &count, sizeof count);
    (void)n;
}

static int epoll_wait_turn(struct gn_loop *loop, int timeout_ms) {
    struct gn_epoll *epoll = state(loop);
    int most = gn_ready_most(loop, BATCH);
    int count = epoll_wait(epoll->epoll_fd, epoll->events, most, timeout_ms);
    int err = errno;
    loop->now_ms = gn_clock_ms(); /* what is told below happened now, not before the wait */
    if (count < 0) return err == EINTR ? 0 : -err;
    for (int i = 0; i < count; i++) {
        const struct epoll_event *event = &epoll->events[i];
        if (event->data.u64 == WAKE_KEY) {
            take_wake(loop);
            continue;
        }
        /* What finds no room is reported again: everything is level triggered. */
        if (!gn_loop_room(loop)) continue;
        uint32_t slot = (uint32_t)event->data.u64;
        struct gn_chan *chan = gn_loop_find(loop, slot, (uint32_t)(event->data.u64 >> 32));
        if (!chan) continue;
        unsigned mask = (event->events & EPOLLIN ? (unsigned)GN_READY_IN : 0) |
                        (event->events & EPOLLOUT ? (unsigned)GN_READY_OUT : 0);
        gn_ready_event(loop, chan, mask, event->events & (EPOLLERR | EPOLLHUP));
    }
    return 0;
}

const struct gn_backend gn_backend_epoll = {
    .name = "epoll",
    .features = epoll_features,
    .init = epoll_init,
    .fini = epoll_fini,
    .accept = gn_ready_accept,
    .recv = gn_ready_recv,
    .send = gn_ready_send,
    .connect = gn_ready_connect,
    .cancel = gn_ready_cancel,
    .wake = epoll_wake,
    .recycle = gn_ready_recycle,
    .wait = epoll_wait_turn,
};

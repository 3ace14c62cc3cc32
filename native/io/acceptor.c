#include "acceptor.h"

#include <string.h>
#include <unistd.h>

enum {
    PAUSE_MS = 100,      /* how long accepting rests when descriptors or memory are short */
    WAITING_MIN = 16,    /* first size of the array of waiting connections */
    SWEEP_MAX = 1 << 16, /* accepted while leaving: more than a backlog holds */
    NEARLY_FULL = 64,    /* with fewer free places than this, connections are accepted one by one */
};

int gn_acceptor_open(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd,
                     const struct gn_stream_options *options) {
    memset(acceptor, 0, sizeof *acceptor);
    acceptor->chan = (struct gn_chan){.fd = fd, .kind = GN_CHAN_ACCEPTOR};
    acceptor->dirty.chan = &acceptor->chan;
    gn_list_init(&acceptor->dirty.node);
    gn_timer_init(&acceptor->timer, GN_CHAN_ACCEPTOR);
    acceptor->options = *options;
    int rc = gn_loop_add(loop, &acceptor->chan);
    if (rc < 0) return rc;
    gn_list_append(&loop->acceptors, &acceptor->link);
    gn_loop_touch(loop, &acceptor->dirty);
    return 0;
}

void gn_acceptor_close(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    acceptor->closed = true;
    gn_loop_touch(loop, &acceptor->dirty);
}

void gn_acceptor_quiet(struct gn_acceptor *acceptor) { gn_sock_refuse_new(acceptor->chan.fd); }

void gn_acceptor_leave(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (!acceptor->closed) {
        acceptor->leaving = true;
        acceptor->sweep_left = SWEEP_MAX;
    }
    gn_acceptor_close(loop, acceptor);
}

/* Shortages that pass: the connection stays in the backlog meanwhile. */
static bool is_shortage(int code) {
    return code == -EMFILE || code == -ENFILE || code == -ENOBUFS || code == -ENOMEM ||
           code == GN_EMEMORY;
}

/* What accept reports about the one connection it failed to hand out, or about nothing at all. */
static bool is_passing(int code) {
    switch (-code) {
    case EAGAIN:
    case EINTR:
    case ECANCELED:
    case ECONNABORTED:
    case ECONNRESET:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static void rest(struct gn_loop *loop, struct gn_acceptor *acceptor, int code) {
    bool first = acceptor->failing == 0;
    if (first) gn_count_add(&loop->counts->pauses, 1);
    acceptor->failing = code;
    if (gn_heap_set(&loop->timers, &acceptor->timer, loop->now_ms + PAUSE_MS) < 0) {
        gn_loop_touch(loop, &acceptor->dirty); /* no memory even for the timer: try every turn */
    }
    if (first) loop->calls->accepting(loop, acceptor, code, false);
}

static void adopt(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd) {
    struct gn_stream *stream = loop->calls->stream_new(loop);
    if (!stream) {
        gn_count_add(&loop->counts->refused, 1);
        close(fd);
        rest(loop, acceptor, GN_EMEMORY);
        return;
    }
    int rc = gn_stream_adopt(loop, stream, fd, &acceptor->options);
    if (rc < 0) {
        gn_count_add(&loop->counts->refused, 1);
        loop->calls->stream_free(loop, stream);
        if (rc == GN_EMEMORY) rest(loop, acceptor, rc);
        return;
    }
    if (acceptor->failing) {
        acceptor->failing = 0;
        loop->calls->accepting(loop, acceptor, 0, false);
    }
    loop->calls->opened(loop, stream, acceptor);
}

/* A repeating accept hands out more connections before it can be stopped: they wait here when the
 * loop is full. At most as many as completions fit the queue of the backend. */
static void park(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd) {
    if (acceptor->waiting_end == acceptor->waiting_cap) {
        uint32_t cap = acceptor->waiting_cap ? acceptor->waiting_cap * 2 : WAITING_MIN;
        int *waiting = gn_budget_resize(&loop->budget, acceptor->waiting,
                                        acceptor->waiting_cap * sizeof *waiting,
                                        cap * sizeof *waiting);
        if (!waiting) {
            gn_count_add(&loop->counts->refused, 1);
            close(fd);
            rest(loop, acceptor, GN_EMEMORY);
            return;
        }
        acceptor->waiting = waiting;
        acceptor->waiting_cap = cap;
    }
    acceptor->waiting[acceptor->waiting_end++] = fd;
}

static bool is_waiting(const struct gn_acceptor *acceptor) {
    return acceptor->waiting_at < acceptor->waiting_end;
}

static int shift_waiting(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    int fd = acceptor->waiting[acceptor->waiting_at++];
    if (is_waiting(acceptor)) return fd;
    gn_budget_resize(&loop->budget, acceptor->waiting,
                     acceptor->waiting_cap * sizeof *acceptor->waiting, 0);
    acceptor->waiting = NULL;
    acceptor->waiting_at = acceptor->waiting_end = acceptor->waiting_cap = 0;
    return fd;
}

static uint32_t places(const struct gn_loop *loop) { return loop->slots_max - loop->chan_count; }

void gn_acceptor_done(struct gn_loop *loop, struct gn_acceptor *acceptor,
                      const struct gn_done *done) {
    gn_loop_touch(loop, &acceptor->dirty);
    if (done->res >= 0) {
        if (acceptor->closed && !acceptor->leaving) {
            close(done->res);
            return;
        }
        if (is_waiting(acceptor) || places(loop) == 0 || gn_timer_set(&acceptor->timer)) {
            park(loop, acceptor, done->res);
        } else {
            adopt(loop, acceptor, done->res);
        }
    } else if (is_shortage(done->res)) {
        rest(loop, acceptor, done->res);
    } else if (!is_passing(done->res) && !acceptor->closed) {
        acceptor->closed = true;
        loop->calls->accepting(loop, acceptor, done->res, true);
    }
}

void gn_acceptor_timeout(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    gn_loop_touch(loop, &acceptor->dirty);
}

static void cancel(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    struct gn_chan *chan = &acceptor->chan;
    if (chan->cancelling & GN_OP_ACCEPT) return;
    if (loop->backend->cancel(loop, chan, GN_OP_ACCEPT) < 0) gn_loop_touch(loop, &acceptor->dirty);
}

/* Takes what waits in the backlog; false when there is more and no room to tell of it now. */
static bool sweep(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (gn_sock_nonblocking(acceptor->chan.fd, true) < 0) return true;
    for (; acceptor->sweep_left > 0 && places(loop) > 0; acceptor->sweep_left--) {
        if (!gn_loop_room(loop)) return false;
        int fd = is_waiting(acceptor) ? shift_waiting(loop, acceptor)
                                      : gn_sock_accept(acceptor->chan.fd);
        if (fd >= 0) {
            adopt(loop, acceptor, fd);
        } else if (fd == -EAGAIN || !is_passing(fd)) {
            return true;
        }
    }
    return true;
}

static void bury(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    cancel(loop, acceptor);
    if (acceptor->chan.inflight) return;
    if (acceptor->leaving) {
        if (!gn_loop_room(loop) || !sweep(loop, acceptor) || !gn_loop_room(loop)) {
            gn_loop_touch(loop, &acceptor->dirty);
            return;
        }
        loop->calls->accepting(loop, acceptor, 0, true);
    }
    while (is_waiting(acceptor)) close(shift_waiting(loop, acceptor));
    close(acceptor->chan.fd);
    gn_heap_drop(&loop->timers, &acceptor->timer);
    gn_list_remove(&acceptor->dirty.node);
    gn_list_remove(&acceptor->link);
    gn_loop_remove(loop, &acceptor->chan);
    loop->calls->acceptor_free(loop, acceptor);
}

void gn_acceptor_sync(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (acceptor->closed) {
        bury(loop, acceptor);
        return;
    }
    while (is_waiting(acceptor) && places(loop) > 0 && !gn_timer_set(&acceptor->timer)) {
        if (!gn_loop_room(loop)) {
            gn_loop_touch(loop, &acceptor->dirty);
            return;
        }
        adopt(loop, acceptor, shift_waiting(loop, acceptor));
    }
    if (places(loop) == 0) loop->acceptors_full = true; /* gn_loop_remove touches us again */
    if (places(loop) == 0 || gn_timer_set(&acceptor->timer)) {
        cancel(loop, acceptor);
        return;
    }
    bool once = places(loop) < NEARLY_FULL;
    if (acceptor->chan.inflight & GN_OP_ACCEPT) {
        if (once && !acceptor->chan.once) cancel(loop, acceptor);
        return;
    }
    int rc = loop->backend->accept(loop, &acceptor->chan, once);
    if (rc == -EAGAIN) {
        gn_loop_touch(loop, &acceptor->dirty);
    } else if (rc < 0) {
        acceptor->closed = true;
        loop->calls->accepting(loop, acceptor, rc, true);
        gn_loop_touch(loop, &acceptor->dirty);
    }
}

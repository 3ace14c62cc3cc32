#include "acceptor.h"

#include <string.h>
#include <unistd.h>

#include "census.h"

enum {
    PAUSE_MS = 100,      /* how long accepting rests when descriptors or memory are short */
    CALM_MS = 1000,      /* how long there was no shortage when it is over */
    PATIENCE_MS = 1000,  /* how long connections wait in the backlog for descriptors */
    TURN_AWAY_MAX = 64,  /* connections refused after each rest behind that */
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

static void end(struct gn_loop *loop, struct gn_acceptor *acceptor, bool leaving) {
    acceptor->closed = true;
    acceptor->leaving = leaving;
    gn_loop_touch(loop, &acceptor->dirty);
}

void gn_acceptor_close(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    end(loop, acceptor, false);
}

void gn_acceptor_quiet(struct gn_acceptor *acceptor) { gn_sock_refuse_new(acceptor->chan.fd); }

void gn_acceptor_leave(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (acceptor->closed) return;
    acceptor->sweep_left = SWEEP_MAX;
    end(loop, acceptor, true);
}

void gn_acceptor_resolve(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    acceptor->untold--;
    if (acceptor->leaving && acceptor->untold == 0) gn_loop_touch(loop, &acceptor->dirty);
}

/* Shortages that pass: the connection stays in the backlog meanwhile. So it does when a policy
 * forbids the call itself (EPERM), which would be tried again at once, and for ever. */
static bool is_shortage(int code) {
    return code == -EMFILE || code == -ENFILE || code == -ENOBUFS || code == -ENOMEM ||
           code == -ENOSPC || code == -EPERM || code == GN_EMEMORY;
}

/* What accept reports about the one connection it failed to hand out, or about nothing at all. */
static bool is_passing(int code) {
    switch (-code) {
    case EAGAIN:
    case EINTR:
    case ECANCELED:
    case ECONNABORTED:
    case ECONNRESET:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ETIMEDOUT: return true;
    default: return false;
    }
}

static void rest(struct gn_loop *loop, struct gn_acceptor *acceptor, int code) {
    bool first = acceptor->failing == 0;
    if (first) {
        acceptor->failing_since_ms = loop->now_ms;
        gn_count_add(&loop->counts->pauses, 1);
    }
    acceptor->failing = code;
    acceptor->resting = true;
    if (gn_heap_set(&loop->timers, &acceptor->timer, loop->now_ms + PAUSE_MS) < 0) {
        acceptor->resting = false; /* no memory even for the timer: try every turn */
        gn_loop_touch(loop, &acceptor->dirty);
    }
    if (first) loop->calls->accepting(loop, acceptor, code, false);
}

/* A repeating accept hands out more connections before it can be stopped: they wait here when the
 * loop is full. At most as many as completions fit the queue of the backend. */
static void park(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd) {
    if (acceptor->waiting_end == acceptor->waiting_cap) {
        uint32_t cap = acceptor->waiting_cap ? acceptor->waiting_cap * 2 : WAITING_MIN;
        int *waiting =
            gn_budget_resize(&loop->budget, acceptor->waiting,
                             acceptor->waiting_cap * sizeof *waiting, cap * sizeof *waiting);
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

static void refuse(int fd) {
    gn_sock_reset_on_close(fd); /* neither side keeps anything of it then */
    close(fd);
}

static int count(struct gn_loop *loop, const struct gn_acceptor *acceptor, int fd,
                 uint32_t *place) {
    const struct gn_addr nobody = {.family = GN_FAMILY_NONE};
    if (!loop->census) return 0;
    return acceptor->proxied ? gn_census_enter_from(loop->census, &nobody, place)
                             : gn_census_enter(loop->census, fd, place);
}

/* Make a session of a connection, or end it; fails when it has to wait, and is as it was then. */
static int adopt(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd) {
    uint32_t place = 0;
    int rc = count(loop, acceptor, fd, &place);
    if (rc == GN_ECROWDED) {
        gn_count_add(&loop->counts->crowded, 1);
        refuse(fd);
        return 0;
    }
    if (rc < 0) return rc;
    struct gn_stream *stream = loop->calls->stream_new(loop);
    rc = GN_EMEMORY;
    if (!stream) goto leave;
    rc = gn_stream_adopt(loop, stream, fd, &acceptor->options);
    if (rc < 0) goto free_stream;
    stream->census = place;
    loop->calls->opened(loop, stream, acceptor);
    return 0;
free_stream:
    loop->calls->stream_free(loop, stream);
    gn_count_add(&loop->counts->refused, 1);
    if (rc == GN_EMEMORY) rest(loop, acceptor, rc);
    rc = 0; /* the descriptor is closed */
leave:
    if (place) gn_census_leave(loop->census, place);
    return rc;
}

/* Give up the reserve, and take and refuse with it what waits in the backlog: a client that is told
 * at once can go elsewhere. Another thread may be faster with the descriptor; then it is tried
 * again after the next rest. */
static void turn_away(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    int spare = gn_sock_reserve();
    if (spare >= 0) { /* the shortage is over, and who waits is served */
        if (loop->reserve < 0) {
            loop->reserve = spare;
        } else {
            close(spare);
        }
        return;
    }
    if (loop->reserve >= 0) close(loop->reserve);
    for (int i = 0; i < TURN_AWAY_MAX; i++) {
        int fd = gn_sock_accept_waiting(acceptor->chan.fd);
        if (fd < 0) break;
        gn_count_add(&loop->counts->turned_away, 1);
        refuse(fd);
    }
    loop->reserve = gn_sock_reserve();
}

static bool is_waiting(const struct gn_acceptor *acceptor) {
    return acceptor->waiting_at < acceptor->waiting_end;
}

static int first_waiting(const struct gn_acceptor *acceptor) {
    return acceptor->waiting[acceptor->waiting_at];
}

static void drop_waiting(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    acceptor->waiting_at++;
    if (is_waiting(acceptor)) return;
    gn_budget_resize(&loop->budget, acceptor->waiting,
                     acceptor->waiting_cap * sizeof *acceptor->waiting, 0);
    acceptor->waiting = NULL;
    acceptor->waiting_at = acceptor->waiting_end = acceptor->waiting_cap = 0;
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
        if (is_waiting(acceptor) || places(loop) == 0 || acceptor->resting) {
            park(loop, acceptor, done->res);
        } else {
            int rc = adopt(loop, acceptor, done->res);
            if (rc < 0) {
                park(loop, acceptor, done->res);
                rest(loop, acceptor, rc);
            }
        }
    } else if (is_shortage(done->res)) {
        rest(loop, acceptor, done->res);
    } else if (!is_passing(done->res) && !acceptor->closed) {
        acceptor->closed = true;
        loop->calls->accepting(loop, acceptor, done->res, true);
    }
}

/* A rest is over: accept again, and see for a while whether there is still a shortage, or one that
 * comes and goes with every connection would be told each time. */
static void end_rest(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    bool short_of_fds = acceptor->failing == -EMFILE || acceptor->failing == -ENFILE;
    if (short_of_fds && loop->now_ms >= acceptor->failing_since_ms + PATIENCE_MS) {
        turn_away(loop, acceptor);
    }
    acceptor->resting = false;
    gn_heap_set(&loop->timers, &acceptor->timer, loop->now_ms + CALM_MS); /* as after any rest */
    gn_loop_touch(loop, &acceptor->dirty);
}

void gn_acceptor_timeout(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (acceptor->closed) {
        acceptor->resting = false;
        gn_loop_touch(loop, &acceptor->dirty);
    } else if (acceptor->resting) {
        end_rest(loop, acceptor);
    } else if (!gn_loop_room(loop)) {
        gn_heap_set(&loop->timers, &acceptor->timer, loop->now_ms + PAUSE_MS);
    } else {
        acceptor->failing = 0;
        loop->calls->accepting(loop, acceptor, 0, false);
    }
}

static void cancel(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    struct gn_chan *chan = &acceptor->chan;
    if (chan->cancelling & GN_OP_ACCEPT) return;
    if (loop->backend->cancel(loop, chan, GN_OP_ACCEPT) < 0) gn_loop_touch(loop, &acceptor->dirty);
}

/* Make a session of the next connection in the backlog; parks one that has to wait. A negative code
 * for that, and when there is none. */
static int adopt_next(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    bool parked = is_waiting(acceptor);
    int fd = parked ? first_waiting(acceptor) : gn_sock_accept_waiting(acceptor->chan.fd);
    int rc = fd < 0 ? fd : adopt(loop, acceptor, fd);
    if (fd >= 0 && rc < 0 && !parked) park(loop, acceptor, fd);
    if (rc == 0 && parked) drop_waiting(loop, acceptor);
    return rc;
}

/* Takes what waits in the backlog of one that leaves; false when that has to go on later. */
static bool sweep(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (!acceptor->leaving) return true;
    for (; acceptor->sweep_left > 0 && places(loop) > 0; acceptor->sweep_left--) {
        if (acceptor->resting) return false; /* the end of the rest touches us */
        if (!gn_loop_room(loop)) {
            gn_loop_touch(loop, &acceptor->dirty);
            return false;
        }
        int rc = adopt_next(loop, acceptor);
        if (is_shortage(rc)) {
            rest(loop, acceptor, rc);
            return false;
        }
        if (rc < 0 && (rc == -EAGAIN || !is_passing(rc))) return true;
    }
    return true;
}

/* Closes the descriptor, and what was accepted from it and never became a session. */
static void close_fds(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    while (is_waiting(acceptor)) {
        close(first_waiting(acceptor));
        drop_waiting(loop, acceptor);
    }
    close(acceptor->chan.fd);
    acceptor->chan.fd = -1;
}

static void bury(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    if (acceptor->chan.fd >= 0) {
        cancel(loop, acceptor);
        if (acceptor->chan.inflight || !sweep(loop, acceptor)) return;
        close_fds(loop, acceptor);
    }
    if (acceptor->leaving) {
        if (acceptor->untold > 0) return; /* the last one touches us */
        if (!gn_loop_room(loop)) {
            gn_loop_touch(loop, &acceptor->dirty);
            return;
        }
        loop->calls->accepting(loop, acceptor, 0, true);
    }
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
    while (is_waiting(acceptor) && places(loop) > 0 && !acceptor->resting) {
        if (!gn_loop_room(loop)) {
            gn_loop_touch(loop, &acceptor->dirty);
            return;
        }
        int rc = adopt(loop, acceptor, first_waiting(acceptor));
        if (rc < 0) {
            rest(loop, acceptor, rc);
            break;
        }
        drop_waiting(loop, acceptor);
    }
    if (places(loop) == 0) loop->acceptors_full = true; /* gn_loop_remove touches us again */
    if (places(loop) == 0 || acceptor->resting) {
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
    } else if (is_shortage(rc)) { /* of what may be watched: ENOSPC of epoll, ENOMEM of kqueue */
        rest(loop, acceptor, rc);
    } else if (rc < 0) {
        acceptor->closed = true;
        loop->calls->accepting(loop, acceptor, rc, true);
        gn_loop_touch(loop, &acceptor->dirty);
    }
}

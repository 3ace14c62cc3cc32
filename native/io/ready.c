#include "ready.h"

#include <errno.h>

#include "sock.h"

enum {
    RECV_BURST = 4,   /* receive buffers one stream may fill in a turn */
    EVENTS_MIN = 16,  /* asked for however few buffers there are: some events need none */
};

static int watch(struct gn_loop *loop, struct gn_chan *chan, unsigned mask) {
    const struct gn_ready *ready = loop->backend_state;
    return ready->watch(loop, chan, mask);
}

static void done(struct gn_loop *loop, struct gn_chan *chan, enum gn_op op, int res, int buf,
                 bool more) {
    struct gn_done completion = {chan->slot, chan->gen, op, res, buf, more};
    gn_loop_done(loop, &completion);
}

/* Start `op` and see to it that the descriptor is watched for `mask`. */
static int arm(struct gn_loop *loop, struct gn_chan *chan, enum gn_op op, unsigned mask) {
    if ((chan->armed & mask) != mask) {
        int rc = watch(loop, chan, (chan->armed & 3u) | mask);
        if (rc < 0) return rc;
    }
    chan->inflight |= (uint8_t)op;
    return 0;
}

int gn_ready_accept(struct gn_loop *loop, struct gn_chan *chan, bool once) {
    int rc = gn_sock_nonblocking(chan->fd, true);
    if (rc < 0) return rc;
    rc = arm(loop, chan, GN_OP_ACCEPT, GN_READY_IN);
    if (rc == 0) chan->once = once;
    return rc;
}

int gn_ready_recv(struct gn_loop *loop, struct gn_chan *chan) {
    return arm(loop, chan, GN_OP_RECV, GN_READY_IN);
}

int gn_ready_send(struct gn_loop *loop, struct gn_chan *chan, const struct gn_send *send) {
    int res = send->iov_count > 0
                  ? gn_sock_send(chan->fd, send->iov, send->iov_count)
                  : gn_sock_send_file(chan->fd, send->file, send->offset, send->len);
    if (res == -EAGAIN) return arm(loop, chan, GN_OP_SEND, GN_READY_OUT);
    done(loop, chan, GN_OP_SEND, res, -1, false);
    return 0;
}

int gn_ready_connect(struct gn_loop *loop, struct gn_chan *chan, const struct sockaddr *addr,
                     socklen_t addr_len) {
    int rc = gn_sock_nonblocking(chan->fd, true);
    if (rc < 0) return rc;
    /* A Unix socket connects at once, or answers EAGAIN when the backlog is full. TCP is told by
     * readiness in both cases, so that the caller hears of it from a turn, not from this call. */
    if (connect(chan->fd, addr, addr_len) < 0 && errno != EINPROGRESS) return -errno;
    return arm(loop, chan, GN_OP_CONNECT, GN_READY_OUT);
}

int gn_ready_cancel(struct gn_loop *loop, struct gn_chan *chan, unsigned ops) {
    for (unsigned op = GN_OP_ACCEPT; op <= GN_OP_CONNECT; op <<= 1) {
        if (ops & op & chan->inflight) done(loop, chan, (enum gn_op)op, -ECANCELED, -1, false);
    }
    /* Duplicates of a listening descriptor may live on in other loops, and closing this one would
     * then leave it in the queue for ever. */
    if (chan->kind == GN_CHAN_ACCEPTOR && watch(loop, chan, 0) < 0) chan->armed = 0;
    return 0;
}

void gn_ready_recycle(struct gn_loop *loop) { gn_rbuf_recycle(&loop->rbuf); }

static void do_accept(struct gn_loop *loop, struct gn_chan *chan) {
    const struct gn_ready *ready = loop->backend_state;
    for (int i = 0; i < ready->accept_burst && chan->inflight & GN_OP_ACCEPT; i++) {
        if (!gn_loop_room(loop)) return; /* still watched: told again at the next turn */
        int res = gn_sock_accept(chan->fd);
        if (res == -EAGAIN) return;
        done(loop, chan, GN_OP_ACCEPT, res, -1, res >= 0 && !chan->once);
    }
}

static void do_recv(struct gn_loop *loop, struct gn_chan *chan) {
    for (int i = 0; i < RECV_BURST && chan->inflight & GN_OP_RECV; i++) {
        int buf = gn_loop_room(loop) ? gn_rbuf_take(&loop->rbuf) : -1;
        if (buf < 0) return;
        uint32_t size = loop->rbuf.size;
        int res = gn_sock_recv(chan->fd, gn_rbuf_at(&loop->rbuf, (uint32_t)buf), size);
        if (res <= 0) {
            gn_rbuf_give(&loop->rbuf, (uint32_t)buf);
            if (res != -EAGAIN) done(loop, chan, GN_OP_RECV, res, -1, false);
            return;
        }
        gn_rbuf_lend(&loop->rbuf, (uint32_t)buf);
        done(loop, chan, GN_OP_RECV, res, buf, true);
        if ((uint32_t)res < size) return;
    }
}

int gn_ready_most(const struct gn_loop *loop, int batch) {
    uint32_t free_count = loop->rbuf.free_count;
    if (free_count >= (uint32_t)batch) return batch;
    return free_count < EVENTS_MIN ? EVENTS_MIN : (int)free_count;
}

void gn_ready_event(struct gn_loop *loop, struct gn_chan *chan, unsigned mask, bool hup) {
    bool in = mask & GN_READY_IN || hup;
    bool out = mask & GN_READY_OUT || hup;
    bool wants_in = chan->inflight & (GN_OP_ACCEPT | GN_OP_RECV);
    bool wants_out = chan->inflight & (GN_OP_SEND | GN_OP_CONNECT);
    if (in && chan->inflight & GN_OP_ACCEPT) do_accept(loop, chan);
    if (in && chan->inflight & GN_OP_RECV) do_recv(loop, chan);
    if (out && chan->inflight & GN_OP_CONNECT) {
        done(loop, chan, GN_OP_CONNECT, gn_sock_error(chan->fd), -1, false);
    }
    if (out && chan->inflight & GN_OP_SEND) done(loop, chan, GN_OP_SEND, -EAGAIN, -1, false);

    unsigned keep = chan->armed & 3u;
    if (in && !wants_in) keep &= ~(unsigned)GN_READY_IN;
    if (out && !wants_out) keep &= ~(unsigned)GN_READY_OUT;
    /* Errors and hang-ups are reported even to an empty mask: leave the queue altogether then. */
    if (keep != (chan->armed & 3u) || (hup && keep == 0)) {
        if (watch(loop, chan, keep) < 0) {
            /* Taking interest back fails only when the descriptor is not watched any more. */
            chan->armed = 0;
        }
    }
}

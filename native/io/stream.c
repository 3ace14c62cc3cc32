#include "stream.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "census.h"
#include "recheck.h"

enum {
    SEND_MAX = 512 * 1024, /* bytes of one send, so that progress shows */
    SEND_IOV_MAX = 16,
    URGENT_MAX = 8 * 1024, /* bytes of a small answer */
};

/* States in which nothing more is told of what arrives. */
static const uint32_t DEAF = GN_STREAM_CLOSING | GN_STREAM_DEAD;

static bool has(const struct gn_stream *stream, uint32_t flags) { return stream->flags & flags; }

static void touch(struct gn_loop *loop, struct gn_stream *stream) {
    gn_loop_touch(loop, &stream->dirty);
}

static void die(struct gn_loop *loop, struct gn_stream *stream, int code) {
    if (has(stream, GN_STREAM_DEAD)) return;
    stream->flags |= GN_STREAM_DEAD;
    stream->error = code;
    touch(loop, stream);
}

static void init(struct gn_loop *loop, struct gn_stream *stream, int fd,
                 const struct gn_stream_options *options) {
    memset(stream, 0, sizeof *stream);
    stream->chan = (struct gn_chan){.fd = fd, .kind = GN_CHAN_STREAM};
    stream->dirty.chan = &stream->chan;
    gn_list_init(&stream->dirty.node);
    gn_timer_init(&stream->timer, GN_CHAN_STREAM);
    gn_dmsg_init(&stream->out);
    gn_dmsg_init(&stream->held);
    gn_dmsg_init(&stream->back);
    stream->options = *options;
    stream->read_ms = stream->write_ms = loop->now_ms;
}

int gn_stream_adopt(struct gn_loop *loop, struct gn_stream *stream, int fd,
                    const struct gn_stream_options *options) {
    init(loop, stream, fd, options);
    int rc = gn_loop_add(loop, &stream->chan);
    if (rc < 0) goto close_fd;
    rc = gn_stream_start_idle(loop, stream);
    if (rc < 0) goto remove;
    touch(loop, stream);
    return 0;
remove:
    gn_loop_remove(loop, &stream->chan);
close_fd:
    close(fd);
    return rc;
}

int gn_stream_connect(struct gn_loop *loop, struct gn_stream *stream, const struct gn_addr *addr,
                      const struct gn_sock_options *sock, const struct gn_stream_options *options,
                      uint32_t timeout_ms) {
    struct sockaddr_storage sa;
    int len = gn_sock_encode(addr, &sa);
    if (len < 0) return len;
    int fd = gn_sock_open(addr, sock);
    if (fd < 0) return fd;
    loop->now_ms = gn_clock_ms(); /* between two turns the last one may be long ago */
    init(loop, stream, fd, options);
    stream->flags = GN_STREAM_CONNECTING;
    int rc = gn_loop_add(loop, &stream->chan);
    if (rc < 0) goto close_fd;
    rc = gn_heap_set(&loop->timers, &stream->timer, loop->now_ms + timeout_ms);
    if (rc < 0) goto remove;
    rc = loop->backend->connect(loop, &stream->chan, (struct sockaddr *)&sa, (socklen_t)len);
    if (rc < 0) goto drop_timer;
    return 0;
drop_timer:
    gn_heap_drop(&loop->timers, &stream->timer);
remove:
    gn_loop_remove(loop, &stream->chan);
close_fd:
    close(fd);
    return rc;
}

/* What is under way may take of the budget what new work leaves; a small answer takes the last, for
 * a peer that reads gives it back at once. */
static int append(struct gn_loop *loop, struct gn_dmsg *msg, const void *data, size_t len) {
    int rc = gn_dmsg_append(msg, &loop->blocks, data, len);
    if (rc == 0) return 0;
    gn_blocks_leave(&loop->blocks, len <= URGENT_MAX ? 0 : gn_loop_leave_work(loop));
    rc = gn_dmsg_append(msg, &loop->blocks, data, len);
    gn_blocks_leave(&loop->blocks, gn_loop_leave_new(loop));
    return rc;
}

/* What starts to wait to be sent counts as movement: its send has not been tried yet. */
static void enqueue(struct gn_loop *loop, struct gn_stream *stream, uint64_t len) {
    if (stream->sent == stream->queued) {
        stream->write_ms = loop->now_ms;
        uint32_t ms = stream->options.send_ms;
        if (ms > 0) gn_stream_expect(loop, stream, loop->now_ms + ms);
    }
    stream->queued += len;
    touch(loop, stream);
}

int gn_stream_write(struct gn_loop *loop, struct gn_stream *stream, const void *data, size_t len) {
    if (has(stream, DEAF | GN_STREAM_SHUT)) return GN_ECLOSED;
    int rc = append(loop, &stream->out, data, len);
    if (rc < 0) {
        die(loop, stream, rc);
        return rc;
    }
    enqueue(loop, stream, len);
    return 0;
}

int gn_stream_write_room(struct gn_loop *loop, struct gn_stream *stream, size_t len,
                         struct iovec *iov) {
    assert(len <= GN_BLOCK_MAX);
    int rc = gn_stream_write(loop, stream, NULL, len);
    return rc < 0 ? rc : gn_dmsg_tail(&stream->out, len, iov, GN_DMSG_TAIL_IOV);
}

int gn_stream_write_file(struct gn_loop *loop, struct gn_stream *stream, int fd, uint64_t offset,
                         uint64_t len) {
    if (has(stream, DEAF | GN_STREAM_SHUT)) {
        close(fd);
        return GN_ECLOSED;
    }
    uint64_t queued;
    bool fits = !__builtin_add_overflow(stream->queued, len, &queued);
    struct gn_stream_file *file = fits && len > 0 ? gn_pool_take(&loop->files) : NULL;
    if (!file) {
        close(fd);
        if (len == 0) return 0;
        int rc = fits ? GN_EMEMORY : -EOVERFLOW;
        die(loop, stream, rc);
        return rc;
    }
    *file = (struct gn_stream_file){.fd = fd, .at = stream->queued, .offset = offset, .len = len};
    if (stream->files_tail) {
        stream->files_tail->next = file;
    } else {
        stream->files = file;
    }
    stream->files_tail = file;
    enqueue(loop, stream, len);
    return 0;
}

void gn_stream_pause(struct gn_loop *loop, struct gn_stream *stream) {
    if (has(stream, GN_STREAM_CLOSING)) return; /* lingering has to read */
    stream->flags |= GN_STREAM_PAUSED;
    touch(loop, stream);
}

void gn_stream_resume(struct gn_loop *loop, struct gn_stream *stream) {
    if (!has(stream, GN_STREAM_PAUSED)) return;
    stream->flags &= ~(uint32_t)GN_STREAM_PAUSED;
    stream->read_ms = loop->now_ms; /* the peer's silence counts from now */
    if (stream->owed_ms > 0) gn_stream_owe(loop, stream, stream->owed_ms);
    touch(loop, stream);
}

int gn_stream_hold(struct gn_loop *loop, struct gn_stream *stream, const void *data, size_t len) {
    if (has(stream, DEAF)) return 0;
    int rc = append(loop, &stream->back, data, len);
    if (rc < 0) die(loop, stream, rc);
    touch(loop, stream);
    return rc;
}

void gn_stream_hold_end(struct gn_loop *loop, struct gn_stream *stream) {
    stream->flags &= ~(uint32_t)GN_STREAM_END_TOLD;
    touch(loop, stream);
}

void gn_stream_shut(struct gn_loop *loop, struct gn_stream *stream) {
    stream->flags |= GN_STREAM_SHUT;
    touch(loop, stream);
}

void gn_stream_close(struct gn_loop *loop, struct gn_stream *stream) {
    if (has(stream, GN_STREAM_CONNECTING)) {
        die(loop, stream, 0);
        return;
    }
    stream->flags |= GN_STREAM_CLOSING;
    stream->flags &= ~(uint32_t)GN_STREAM_PAUSED;
    gn_stream_owe(loop, stream, 0);
    gn_dmsg_clear(&stream->held, &loop->blocks);
    gn_dmsg_clear(&stream->back, &loop->blocks);
    touch(loop, stream);
}

static int linger(struct gn_loop *loop, struct gn_stream *stream);

void gn_stream_leave(struct gn_loop *loop, struct gn_stream *stream) {
    if (has(stream, GN_STREAM_DEAD)) return;
    stream->flags |= GN_STREAM_LEAVING;
    if (!has(stream, GN_STREAM_LINGERING)) {
        gn_stream_close(loop, stream);
    } else if (gn_heap_due_ms(&loop->timers, &stream->timer) > loop->now_ms + GN_STREAM_LEAVE_MS &&
               linger(loop, stream) < 0) {
        die(loop, stream, 0);
    }
}

void gn_stream_abort(struct gn_loop *loop, struct gn_stream *stream, bool reset) {
    if (reset) stream->flags |= GN_STREAM_RESET;
    die(loop, stream, 0);
}

void gn_stream_fail(struct gn_loop *loop, struct gn_stream *stream, int code) {
    die(loop, stream, code);
}

/* ---- completions ---- */

static void on_connected(struct gn_loop *loop, struct gn_stream *stream, int res) {
    stream->flags &= ~(uint32_t)GN_STREAM_CONNECTING;
    if (res < 0) {
        die(loop, stream, res);
        return;
    }
    int rc = gn_stream_start_idle(loop, stream);
    if (rc < 0) {
        die(loop, stream, rc);
        return;
    }
    touch(loop, stream);
    loop->calls->opened(loop, stream, NULL);
}

static void on_received(struct gn_loop *loop, struct gn_stream *stream, int buf, uint32_t len) {
    assert(buf >= 0);
    uint32_t taken = 0;
    stream->read_ms = loop->now_ms;
    if (has(stream, GN_STREAM_CLOSING)) return;
    if (!has(stream, GN_STREAM_PAUSED) && stream->held.len == 0 && stream->back.len == 0) {
        taken = loop->calls->received(loop, stream, (uint32_t)buf, len);
        if (taken == len) return;
    }
    const char *data = gn_rbuf_at(&loop->rbuf, (uint32_t)buf) + taken;
    int rc = append(loop, &stream->held, data, len - taken);
    if (rc < 0) die(loop, stream, rc);
    touch(loop, stream);
}

static void on_end(struct gn_loop *loop, struct gn_stream *stream) {
    stream->flags |= GN_STREAM_ENDED;
    touch(loop, stream);
}

static void on_recv(struct gn_loop *loop, struct gn_stream *stream, const struct gn_done *done) {
    /* Who got no buffer comes before those who did, or they would always take all there are. */
    if (done->res == -ENOBUFS) {
        gn_loop_touch_late(loop, &stream->dirty);
        return;
    }
    if (!done->more) touch(loop, stream);
    if (done->res > 0) {
        stream->got += (uint64_t)done->res;
        gn_count_add(&loop->counts->received, (uint64_t)done->res);
        gn_recheck_heard(loop, stream);
        on_received(loop, stream, done->buf, (uint32_t)done->res);
    } else if (done->res == 0) {
        on_end(loop, stream);
    } else if (done->res == -EAGAIN || done->res == -ECANCELED || done->res == -EINTR) {
        touch(loop, stream); /* started again as soon as it is wanted */
    } else {
        /* After everything was sent, a reset tells no more than an end would. */
        die(loop, stream, has(stream, GN_STREAM_LINGERING) ? 0 : done->res);
    }
}

static void drop_file(struct gn_loop *loop, struct gn_stream *stream) {
    struct gn_stream_file *file = stream->files;
    stream->files = file->next;
    if (!stream->files) stream->files_tail = NULL;
    close(file->fd);
    gn_pool_give(&loop->files, file);
}

static bool sending_file(const struct gn_stream *stream) {
    return stream->files && stream->files->at <= stream->sent;
}

static void on_sent(struct gn_loop *loop, struct gn_stream *stream, int res) {
    if (res == -EAGAIN || res == -EINTR || res == -ECANCELED) {
        touch(loop, stream);
        return;
    }
    if (res < 0) {
        die(loop, stream, res);
        return;
    }
    stream->write_ms = loop->now_ms;
    stream->unsent = 0;
    if (sending_file(stream)) {
        stream->files->offset += (uint64_t)res;
        stream->files->len -= (uint64_t)res;
        if (stream->files->len == 0) drop_file(loop, stream);
    } else {
        gn_dmsg_consume(&stream->out, &loop->blocks, (size_t)res);
    }
    stream->sent += (uint64_t)res;
    gn_count_add(&loop->counts->sent, (uint64_t)res);
    bool empty = stream->sent == stream->queued;
    if (!empty || has(stream, GN_STREAM_CLOSING | GN_STREAM_SHUT)) touch(loop, stream);
    if (empty && stream->options.send_ms > 0)
        gn_stream_expect(loop, stream, gn_stream_deadline(loop, stream));
    loop->calls->sent(loop, stream, (uint64_t)res, empty);
}

void gn_stream_done(struct gn_loop *loop, struct gn_stream *stream, const struct gn_done *done) {
    if (has(stream, GN_STREAM_DEAD)) {
        touch(loop, stream);
        return;
    }
    if (done->op == GN_OP_RECV) on_recv(loop, stream, done);
    if (done->op == GN_OP_SEND) on_sent(loop, stream, done->res);
    if (done->op == GN_OP_CONNECT) on_connected(loop, stream, done->res);
}

/* ---- sync ---- */

static void start(struct gn_loop *loop, struct gn_stream *stream, int rc) {
    if (rc == -EAGAIN) {
        touch(loop, stream);
    } else if (rc < 0) {
        die(loop, stream, rc);
    }
}

/* Put the bytes that were taken back before those held. Both at once are rare: only when more was
 * held than could be told in a turn, and its reader paused again. */
static void join_held(struct gn_loop *loop, struct gn_stream *stream) {
    struct iovec iov;
    if (stream->back.len == 0) return;
    while (gn_dmsg_iov(&stream->held, stream->held.len, &iov, 1) > 0) {
        int rc = append(loop, &stream->back, iov.iov_base, iov.iov_len);
        if (rc < 0) {
            die(loop, stream, rc);
            return;
        }
        gn_dmsg_consume(&stream->held, &loop->blocks, iov.iov_len);
    }
    stream->held = stream->back;
    gn_dmsg_init(&stream->back);
}

/* Tell held bytes, as far as there are free buffers and room, then the end. */
static void tell_held(struct gn_loop *loop, struct gn_stream *stream) {
    if (has(stream, GN_STREAM_PAUSED | DEAF)) return;
    while (stream->held.len > 0) {
        int buf = loop->calls->room_for_held(loop) ? gn_rbuf_take(&loop->rbuf) : -1;
        if (buf < 0) {
            gn_loop_touch_late(loop, &stream->dirty);
            return;
        }
        uint32_t index = (uint32_t)buf;
        char *at = gn_rbuf_at(&loop->rbuf, index);
        size_t len = gn_dmsg_peek(&stream->held, 0, at, loop->rbuf.size);
        gn_rbuf_lend(&loop->rbuf, index);
        uint32_t taken = loop->calls->received(loop, stream, index, (uint32_t)len);
        gn_dmsg_consume(&stream->held, &loop->blocks, taken);
        if (taken < len) {
            touch(loop, stream);
            return;
        }
    }
    if (!has(stream, GN_STREAM_ENDED) || has(stream, GN_STREAM_END_TOLD)) return;
    if (!gn_loop_room(loop)) {
        touch(loop, stream);
        return;
    }
    stream->flags |= GN_STREAM_END_TOLD;
    loop->calls->ended(loop, stream);
}

static void sync_recv(struct gn_loop *loop, struct gn_stream *stream) {
    bool wanted = !has(stream, GN_STREAM_PAUSED | GN_STREAM_ENDED) && stream->held.len == 0;
    bool inflight = stream->chan.inflight & GN_OP_RECV;
    if (wanted && !inflight) start(loop, stream, loop->backend->recv(loop, &stream->chan));
    if (!wanted && inflight && !(stream->chan.cancelling & GN_OP_RECV)) {
        start(loop, stream, loop->backend->cancel(loop, &stream->chan, GN_OP_RECV));
    }
}

static void sync_send(struct gn_loop *loop, struct gn_stream *stream) {
    struct iovec iov[SEND_IOV_MAX];
    if (stream->sent == stream->queued || stream->chan.inflight & GN_OP_SEND) return;
    /* It may complete at once, and what was held may have taken the room to tell that. */
    if (!gn_loop_room(loop)) {
        gn_loop_touch_late(loop, &stream->dirty);
        return;
    }
    struct gn_send send = {.iov = iov};
    if (sending_file(stream)) {
        send.file = stream->files->fd;
        send.offset = stream->files->offset;
        send.len = (size_t)stream->files->len;
    } else {
        uint64_t max = stream->files ? stream->files->at - stream->sent : stream->out.len;
        size_t len = max < SEND_MAX ? (size_t)max : SEND_MAX;
        send.iov_count = gn_dmsg_iov(&stream->out, len, iov, SEND_IOV_MAX);
    }
    start(loop, stream, loop->backend->send(loop, &stream->chan, &send));
}

/* Set how long the peer has to close its side. */
static int linger(struct gn_loop *loop, struct gn_stream *stream) {
    uint32_t ms = stream->options.close_ms;
    if (has(stream, GN_STREAM_LEAVING) && ms > GN_STREAM_LEAVE_MS) ms = GN_STREAM_LEAVE_MS;
    return gn_heap_set(&loop->timers, &stream->timer, loop->now_ms + ms);
}

/* End this direction, linger, or die, once everything is sent. */
static void sync_end(struct gn_loop *loop, struct gn_stream *stream) {
    if (!has(stream, GN_STREAM_CLOSING | GN_STREAM_SHUT)) return;
    if (stream->sent < stream->queued || has(stream, GN_STREAM_LINGERING)) return;
    if (!has(stream, GN_STREAM_SHUT_DONE)) {
        stream->flags |= GN_STREAM_SHUT_DONE;
        /* ENOTCONN means that the peer is gone already: the receive will say how. */
        if (shutdown(stream->chan.fd, SHUT_WR) < 0 && errno != ENOTCONN) {
            die(loop, stream, -errno);
            return;
        }
    }
    if (!has(stream, GN_STREAM_CLOSING)) return;
    stream->flags |= GN_STREAM_LINGERING;
    if (stream->options.close_ms == 0 || linger(loop, stream) < 0) die(loop, stream, 0);
}

static void bury(struct gn_loop *loop, struct gn_stream *stream) {
    struct gn_chan *chan = &stream->chan;
    unsigned uncancelled = chan->inflight & (unsigned)~chan->cancelling;
    if (uncancelled && loop->backend->cancel(loop, chan, uncancelled) < 0) {
        touch(loop, stream);
        return;
    }
    if (chan->inflight) return; /* the last completion comes back here */
    if (!gn_loop_room(loop)) {
        gn_loop_touch_late(loop, &stream->dirty);
        return;
    }
    /* A stream that failed in the middle must not look to its peer as if it had ended there. */
    bool cut = stream->error < 0 && stream->sent < stream->queued;
    if (cut || has(stream, GN_STREAM_RESET)) gn_sock_reset_on_close(chan->fd);
    close(chan->fd);
    while (stream->files)
        drop_file(loop, stream);
    gn_dmsg_clear(&stream->out, &loop->blocks);
    gn_dmsg_clear(&stream->held, &loop->blocks);
    gn_dmsg_clear(&stream->back, &loop->blocks);
    gn_heap_drop(&loop->timers, &stream->timer);
    gn_list_remove(&stream->dirty.node);
    if (stream->census) gn_census_leave(loop->census, stream->census);
    loop->calls->closed(loop, stream, stream->error);
    gn_loop_remove(loop, chan);
    loop->calls->stream_free(loop, stream);
}

void gn_stream_sync(struct gn_loop *loop, struct gn_stream *stream) {
    if (!has(stream, GN_STREAM_DEAD | GN_STREAM_CONNECTING)) {
        join_held(loop, stream);
        tell_held(loop, stream);
        gn_stream_tell_overdue(loop, stream);
        sync_send(loop, stream);
        sync_end(loop, stream);
        if (has(stream, GN_STREAM_LINGERING) && has(stream, GN_STREAM_ENDED)) {
            die(loop, stream, 0);
        } else if (!has(stream, GN_STREAM_DEAD)) {
            sync_recv(loop, stream);
        }
    }
    if (has(stream, GN_STREAM_DEAD)) bury(loop, stream);
}

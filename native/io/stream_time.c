/* What a stream's peer has to do by when: see stream.h. */
#include "stream.h"

/* States in which nothing more is told of what arrives. */
static const uint32_t DEAF = GN_STREAM_CLOSING | GN_STREAM_DEAD;

static bool has(const struct gn_stream *stream, uint32_t flags) { return stream->flags & flags; }

static void touch(struct gn_loop *loop, struct gn_stream *stream) {
    gn_loop_touch(loop, &stream->dirty);
}

/* A stream that is closing reads nothing any more, so that only its sending counts. */
static bool counts_sends(const struct gn_stream *stream) {
    return stream->options.idle_mode != GN_IDLE_READ || has(stream, GN_STREAM_CLOSING);
}

static uint64_t last_moved(const struct gn_loop *loop, const struct gn_stream *stream) {
    if (!counts_sends(stream)) {
        /* Who does not want to read cannot blame the peer for silence. */
        return has(stream, GN_STREAM_PAUSED) ? loop->now_ms : stream->read_ms;
    }
    bool reads = stream->options.idle_mode == GN_IDLE_BOTH && stream->read_ms > stream->write_ms;
    return reads ? stream->read_ms : stream->write_ms;
}

static bool owes(const struct gn_stream *stream) {
    return stream->owed_ms > 0 && !has(stream, GN_STREAM_PAUSED | DEAF);
}

static bool must_send(const struct gn_stream *stream) {
    return stream->options.send_ms > 0 && stream->sent < stream->queued;
}

/* When the peer is late with what counts now, UINT64_MAX for never. */
uint64_t gn_stream_deadline(const struct gn_loop *loop, const struct gn_stream *stream) {
    uint64_t due = must_send(stream) ? stream->write_ms + stream->options.send_ms : UINT64_MAX;
    if (owes(stream) && stream->owed_at < due) due = stream->owed_at;
    if (due < UINT64_MAX) return due;
    if (stream->options.idle_mode == GN_IDLE_OFF || has(stream, GN_STREAM_BUSY)) return due;
    return last_moved(loop, stream) + stream->options.idle_ms;
}

/* Let the timer fire at `due_ms` at the latest. It may fire too early, and is set anew then. */
void gn_stream_expect(struct gn_loop *loop, struct gn_stream *stream, uint64_t due_ms) {
    if (has(stream, GN_STREAM_CONNECTING | GN_STREAM_LINGERING | GN_STREAM_DEAD)) return;
    if (gn_heap_due_ms(&loop->timers, &stream->timer) <= due_ms) return;
    int rc = gn_heap_set(&loop->timers, &stream->timer, due_ms);
    if (rc < 0) gn_stream_fail(loop, stream, rc);
}

void gn_stream_owe(struct gn_loop *loop, struct gn_stream *stream, uint32_t ms) {
    stream->flags &= ~(uint32_t)GN_STREAM_OVERDUE;
    stream->owed_ms = ms;
    stream->owed_at = loop->now_ms + ms;
    gn_stream_expect(loop, stream, ms > 0 ? stream->owed_at : gn_stream_deadline(loop, stream));
}

void gn_stream_busy(struct gn_loop *loop, struct gn_stream *stream, bool busy) {
    if (busy) {
        stream->flags |= GN_STREAM_BUSY;
        return;
    }
    stream->flags &= ~(uint32_t)GN_STREAM_BUSY;
    stream->read_ms = loop->now_ms;
    if (stream->sent == stream->queued) stream->write_ms = loop->now_ms;
    gn_stream_expect(loop, stream, gn_stream_deadline(loop, stream));
}

void gn_stream_patient(struct gn_stream *stream, bool patient) {
    stream->flags &= ~(uint32_t)GN_STREAM_PATIENT;
    if (patient) stream->flags |= GN_STREAM_PATIENT;
}

int gn_stream_start_idle(struct gn_loop *loop, struct gn_stream *stream) {
    stream->read_ms = stream->write_ms = loop->now_ms;
    uint64_t due = gn_stream_deadline(loop, stream);
    if (due < UINT64_MAX) return gn_heap_set(&loop->timers, &stream->timer, due);
    gn_heap_drop(&loop->timers, &stream->timer);
    return 0;
}

/* The kernel buffers megabytes, and takes no more before a good part of them is gone: a slow peer
 * may draw on that for longer than the idle time while no send completes. */
static bool still_draining(struct gn_stream *stream) {
    if (!counts_sends(stream) && !must_send(stream)) return false;
    uint32_t before = stream->unsent;
    stream->unsent = gn_sock_unsent(stream->chan.fd);
    return stream->unsent != before && stream->unsent > 0;
}

/* A deadline has passed: when is the next? */
static uint64_t late(struct gn_loop *loop, struct gn_stream *stream) {
    /* The loop may have been kept from looking for longer than the peer had time: see once more
     * what has arrived. */
    if (!has(stream, GN_STREAM_LATE)) {
        stream->flags |= GN_STREAM_LATE;
        return loop->now_ms + 1;
    }
    stream->flags &= ~(uint32_t)GN_STREAM_LATE;
    if (owes(stream) && stream->owed_at <= loop->now_ms) {
        stream->flags |= GN_STREAM_OVERDUE;
        touch(loop, stream);
        return UINT64_MAX;
    }
    if (still_draining(stream)) {
        bool sends = must_send(stream);
        return loop->now_ms + (sends ? stream->options.send_ms : stream->options.idle_ms);
    }
    gn_stream_fail(loop, stream, GN_EIDLE);
    return UINT64_MAX;
}

void gn_stream_timeout(struct gn_loop *loop, struct gn_stream *stream) {
    if (has(stream, GN_STREAM_DEAD)) return;
    if (has(stream, GN_STREAM_CONNECTING)) {
        gn_stream_fail(loop, stream, GN_ECONNTIME);
        return;
    }
    if (has(stream, GN_STREAM_LINGERING)) {
        gn_stream_fail(loop, stream, 0);
        return;
    }
    uint64_t due = gn_stream_deadline(loop, stream);
    if (due <= loop->now_ms) {
        due = late(loop, stream);
    } else {
        stream->flags &= ~(uint32_t)GN_STREAM_LATE;
    }
    if (due < UINT64_MAX) gn_stream_expect(loop, stream, due);
}

void gn_stream_tell_overdue(struct gn_loop *loop, struct gn_stream *stream) {
    if (!has(stream, GN_STREAM_OVERDUE)) return;
    if (!gn_loop_room(loop)) {
        touch(loop, stream);
        return;
    }
    stream->flags &= ~(uint32_t)GN_STREAM_OVERDUE;
    if (owes(stream)) { /* else it paused meanwhile: a resume starts its time anew */
        stream->owed_ms = 0;
        loop->calls->overdue(loop, stream);
    }
    gn_stream_expect(loop, stream, gn_stream_deadline(loop, stream));
}

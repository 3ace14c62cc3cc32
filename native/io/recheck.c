#include "recheck.h"

enum {
    SLOTS_AT_ONCE = 512, /* so that thousands that fall silent together do not hold the loop */
    PAUSE_MS = 10,       /* between two such pieces */
};

static struct gn_stream *stream_at(const struct gn_loop *loop, uint32_t slot) {
    struct gn_chan *chan = loop->slots[slot].chan;
    if (!chan || chan->kind != GN_CHAN_STREAM) return NULL;
    return gn_container(chan, struct gn_stream, chan);
}

/* Returns whether it is to be looked at once more. */
static bool look(struct gn_loop *loop, struct gn_stream *stream) {
    struct gn_chan *chan = &stream->chan;
    if (stream->flags & GN_STREAM_HEARD) {
        stream->flags &= ~(uint32_t)GN_STREAM_HEARD;
        stream->flags |= GN_STREAM_SILENT;
        return true;
    }
    if (!(stream->flags & GN_STREAM_SILENT)) return false;
    /* One that is not in flight, or will not be for long, is started anew anyway. */
    if (chan->inflight & GN_OP_RECV && !(chan->cancelling & GN_OP_RECV) &&
        loop->backend->cancel(loop, chan, GN_OP_RECV) < 0)
        return true;
    stream->flags &= ~(uint32_t)GN_STREAM_SILENT;
    return false;
}

void gn_recheck_turn(struct gn_loop *loop) {
    if (loop->recheck_ms == 0) {
        if (loop->recheck_wanted) loop->recheck_ms = loop->now_ms + GN_RECHECK_MS;
        return;
    }
    if (loop->now_ms < loop->recheck_ms) return;
    if (loop->recheck_slot == 0) loop->recheck_wanted = false;
    for (int i = 0; i < SLOTS_AT_ONCE && loop->recheck_slot < loop->slot_count; i++) {
        struct gn_stream *stream = stream_at(loop, loop->recheck_slot++);
        if (stream && look(loop, stream)) loop->recheck_wanted = true;
    }
    if (loop->recheck_slot < loop->slot_count) {
        loop->recheck_ms = loop->now_ms + PAUSE_MS;
        return;
    }
    loop->recheck_slot = 0;
    loop->recheck_ms = loop->recheck_wanted ? loop->now_ms + GN_RECHECK_MS : 0;
}

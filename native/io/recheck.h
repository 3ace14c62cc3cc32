/* Asking the kernel again about peers that fell silent.
 *
 * A receive that repeats by itself can miss a reset that comes right behind bytes: both wake it,
 * the kernel (seen on Linux 6.18, once in some ten thousand times) reads the bytes and takes both
 * as done. Nothing wakes it any more, and the stream of a peer that is gone would stay until some
 * timeout, or for ever. So a stream that received something and then nothing for a while has its
 * receive started anew, once: a fresh one always finds the reset. Who stays silent costs nothing
 * more. Only for backends whose receives repeat in the kernel.
 */
#ifndef GN_IO_RECHECK_H
#define GN_IO_RECHECK_H

#include "loop.h"
#include "stream.h"

/* How long a peer is silent before it is asked for: between this and twice this. */
enum { GN_RECHECK_MS = 2000 };

/* Bytes came. Thread: the loop's. Fails: never. */
static inline void gn_recheck_heard(struct gn_loop *loop, struct gn_stream *stream) {
    if (!loop->recheck) return;
    stream->flags |= GN_STREAM_HEARD;
    loop->recheck_wanted = true;
}

/* Look at the streams when it is time to.
 * Owns:   nothing.
 * Thread: the loop's, once a turn.
 * Fails:  never; a full queue makes it try again later. */
void gn_recheck_turn(struct gn_loop *loop);

#endif

/* Scatter buffer: a byte queue in blocks that grow geometrically.
 *
 * Bytes are appended at the tail and consumed at the head. The first block of a message is as
 * large as the first append needs (64 B at least), every further one at least doubles the block
 * before it up to 64 KiB, so a short message costs little and a long one few blocks. Blocks come
 * from a set of pools that all messages of a loop share and go back as soon as their last byte is
 * consumed. A message does no I/O: it shows its bytes as an iovec array and is told how many were
 * used. Bytes that are in a message never move until they are consumed or pulled up, so the kernel
 * may read them while more are appended. Not thread safe: everything belongs to one loop.
 *
 *   head                         tail
 *    v                             v
 *   [..######] -> [############] -> [####......]     # bytes, . room
 */
#ifndef GN_BASE_DMSG_H
#define GN_BASE_DMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "pool.h"

enum {
    GN_BLOCK_MIN = 64,        /* bytes of the smallest block, header included */
    GN_BLOCK_MAX = 64 * 1024, /* of the largest */
    GN_BLOCK_CLASSES = 11,    /* 64 B, 128 B, ... 64 KiB */
    GN_DMSG_TAIL_IOV = 3,     /* the rest of a block, a block, and what its header takes */
};

/* The pools of one loop, a pool for each block size. */
struct gn_blocks {
    struct gn_pool pools[GN_BLOCK_CLASSES];
};

struct gn_block {
    struct gn_block *next;
    uint32_t start, end; /* the bytes are data[start..end) */
    uint32_t cap;        /* room of data[] */
    uint32_t size_class;
    char data[];
};

struct gn_dmsg {
    struct gn_block *head, *tail; /* both NULL when the message holds no block */
    size_t len;                   /* bytes queued */
};

/* Prepare the pools; all of them charge `budget`.
 * Owns:   keeps `budget` until gn_blocks_fini.
 * Thread: the loop's.
 * Fails:  never. */
void gn_blocks_init(struct gn_blocks *blocks, struct gn_budget *budget);

/* Let new blocks leave so many bytes of the budget to others.
 * Owns:   nothing.
 * Thread: the loop's.
 * Fails:  never. */
void gn_blocks_leave(struct gn_blocks *blocks, size_t bytes);

/* Return the blocks kept for reuse to the system.
 * Owns:   frees them.
 * Thread: the loop's.
 * Fails:  never. */
void gn_blocks_trim(struct gn_blocks *blocks);

/* Give all memory back; every message must have been cleared before.
 * Owns:   frees the pools' memory.
 * Thread: the loop's.
 * Fails:  never. */
void gn_blocks_fini(struct gn_blocks *blocks);

/* An empty message: holds no memory. */
static inline void gn_dmsg_init(struct gn_dmsg *msg) {
    msg->head = msg->tail = NULL;
    msg->len = 0;
}

/* Copy `len` bytes to the tail, all or nothing. With NULL for `data` the caller puts them where
 * gn_dmsg_tail says, before anybody looks at them.
 * Owns:   borrows `data`.
 * Thread: the loop's.
 * Fails:  GN_EMEMORY when the budget is used up; the message is then as it was. */
int gn_dmsg_append(struct gn_dmsg *msg, struct gn_blocks *blocks, const void *data, size_t len);

/* Copy up to `len` bytes that start `offset` bytes behind the head, without consuming them.
 * Owns:   borrows `dst`.
 * Thread: the loop's.
 * Fails:  never; returns how many bytes there were to copy. */
size_t gn_dmsg_peek(const struct gn_dmsg *msg, size_t offset, void *dst, size_t len);

/* Drop `len` bytes at the head; `len` must not pass gn_dmsg.len.
 * Owns:   gives emptied blocks back to `blocks`.
 * Thread: the loop's.
 * Fails:  never. */
void gn_dmsg_consume(struct gn_dmsg *msg, struct gn_blocks *blocks, size_t len);

/* Drop everything. */
void gn_dmsg_clear(struct gn_dmsg *msg, struct gn_blocks *blocks);

/* Show at most `max` bytes from the head as at most `cap` iovecs.
 * Owns:   the iovecs borrow the message: they hold until it is consumed, cleared or pulled up.
 * Thread: the loop's.
 * Fails:  never; returns the number of iovecs, 0 for an empty message. */
int gn_dmsg_iov(const struct gn_dmsg *msg, size_t max, struct iovec *iov, int cap);

/* Show the last `len` bytes, for who puts them in; as many iovecs as `cap` always suffice where
 * `len` is at most GN_BLOCK_MAX and `cap` GN_DMSG_TAIL_IOV.
 * Owns:   as gn_dmsg_iov.
 * Thread: the loop's.
 * Fails:  never; returns the number of iovecs. */
int gn_dmsg_tail(const struct gn_dmsg *msg, size_t len, struct iovec *iov, int cap);

/* Make the first `len` bytes contiguous and return them; moves bytes only where they are not yet.
 * Owns:   the pointer borrows the message as gn_dmsg_iov does.
 * Thread: the loop's; not while the kernel reads the message.
 * Fails:  NULL when `len` passes gn_dmsg.len or the room of the largest block, or for want of
 *         memory; the message is then as it was. */
const char *gn_dmsg_pull_up(struct gn_dmsg *msg, struct gn_blocks *blocks, size_t len);

#endif

/* Receive buffers of a loop.
 *
 * One mapping, cut into `count` buffers of `size` bytes. A buffer is handed out when bytes arrive
 * and lent upwards until the next turn begins; then gn_rbuf_recycle() takes back all that were
 * lent. The starts are staggered by a few cache lines, because equal distances of a power of two
 * would put the first lines of all buffers into the same few cache sets. Not thread safe: belongs
 * to one loop.
 */
#ifndef GN_IO_RBUF_H
#define GN_IO_RBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GN_RBUF_STAGGER = 192 }; /* bytes between the end of a buffer and the next start */

struct gn_rbuf {
    char *base;
    size_t bytes;      /* of the whole mapping */
    uint32_t stride;   /* distance of two starts */
    uint32_t size;     /* usable bytes of each */
    uint32_t count;
    uint16_t *lent;    /* buffers that are above until the next turn */
    uint32_t lent_count;
    uint16_t *free;    /* buffers this loop may take; unused when the kernel picks them */
    uint32_t free_count;
    bool owned; /* the memory is a mapping of our own */
};

/* Make `count` buffers (1 to 32768) of `size` bytes out of `memory`, which has room for `count`
 * times size + GN_RBUF_STAGGER bytes; NULL for a mapping of our own.
 * Owns:   borrows `memory` until gn_rbuf_fini, else the mapping.
 * Thread: any, before the loop's.
 * Fails:  -ENOMEM. */
int gn_rbuf_init(struct gn_rbuf *rbuf, void *memory, uint32_t size, uint32_t count);

/* Unmap everything; harmless on a zeroed struct. */
void gn_rbuf_fini(struct gn_rbuf *rbuf);

static inline char *gn_rbuf_at(const struct gn_rbuf *rbuf, uint32_t index) {
    return rbuf->base + (size_t)index * rbuf->stride;
}

/* Take a free buffer; -1 when all are out. */
int gn_rbuf_take(struct gn_rbuf *rbuf);

/* Give back a buffer that was taken and never lent. */
void gn_rbuf_give(struct gn_rbuf *rbuf, uint32_t index);

/* Note that a buffer is lent upwards until the next turn. */
void gn_rbuf_lend(struct gn_rbuf *rbuf, uint32_t index);

/* Take back everything lent, onto the free stack. */
void gn_rbuf_recycle(struct gn_rbuf *rbuf);

#endif

/* What a loop counts, in memory that other threads read while it does.
 *
 * The thread of the loop alone writes, each field by itself, with a plain store that no reader can
 * see half of: a reader gets every field as it was lately, not all of one moment. The memory is the
 * embedder's where it gives some, so that the last values can be read after the loop is gone; Java
 * knows the offsets (NativeLoop.COUNT_*). To add a field, append it and tell Java.
 */
#ifndef GN_BASE_COUNTS_H
#define GN_BASE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct gn_counts {
    uint64_t accepted;     /* connections that became sessions */
    uint64_t connected;    /* sessions opened outwards */
    uint64_t closed;       /* sessions of both kinds that ended */
    uint64_t received;     /* bytes taken from the kernel */
    uint64_t sent;         /* bytes the kernel took */
    uint64_t pauses;       /* how often accepting stopped for want of descriptors or memory */
    uint64_t refused;      /* connections closed at once, because there was no memory for them */
    uint64_t memory;       /* bytes of the budget in use at the end of the last turn */
    uint64_t memory_peak;  /* the most there was at the end of a turn, or in front of its sends */
    uint64_t memory_limit; /* bytes of the budget */
    uint64_t requests;     /* heads of HTTP requests that were told */
    uint64_t bad;          /* inputs that were no HTTP, or too much */
    uint64_t overdue;      /* heads and bodies that did not come in time */
    uint64_t bad_large;    /* of `bad`: over a limit, which is a 413, 414 or 431 */
    uint64_t bad_unknown;  /* of `bad`: what this server does not speak, a 5xx */
    uint64_t overdue_body; /* of `overdue`: bodies */
    uint64_t idle;         /* of `closed`: for want of movement */
    uint64_t tight;        /* how often the budget passed its high mark */
    uint64_t unserved;     /* requests answered with 503 for want of memory, native or Java's */
    uint64_t crowded;      /* connections closed at once: their address had as many as it may */
    uint64_t turned_away;  /* connections closed at once, with the reserve descriptor */
};

/* Set a field, or add to it.
 * Owns:   nothing.
 * Thread: the loop's.
 * Fails:  never. */
static inline void gn_count_set(uint64_t *field, uint64_t value) {
    __atomic_store_n(field, value, __ATOMIC_RELAXED);
}

static inline void gn_count_add(uint64_t *field, uint64_t value) {
    gn_count_set(field, *field + value);
}

#endif

/* Timer heap: which of many timers is due next.
 *
 * A binary heap of (due time, timer) pairs; a timer knows its place, so moving and dropping one
 * cost O(log n) and finding the next O(1). A timer is a few bytes inside the struct it belongs to;
 * the heap never owns it. Whoever expects a timer to be moved often should rather leave it and,
 * when it fires, set it again for what is left (the idle timeouts do). Not thread safe: a heap
 * belongs to one loop.
 */
#ifndef GN_BASE_HEAP_H
#define GN_BASE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

struct gn_timer {
    uint32_t place; /* index in the heap + 1; 0 when not set */
    uint32_t kind;  /* the owner's: tells which struct the timer is part of */
};

struct gn_heap_item {
    uint64_t due_ms;
    struct gn_timer *timer;
};

struct gn_heap {
    struct gn_heap_item *items;
    struct gn_budget *budget;
    uint32_t count, cap;
};

/* An empty heap that charges its array to `budget`.
 * Owns:   keeps `budget` until gn_heap_fini.
 * Thread: the loop's.
 * Fails:  never. */
void gn_heap_init(struct gn_heap *heap, struct gn_budget *budget);

/* Free the array; timers still set are forgotten, not touched. */
void gn_heap_fini(struct gn_heap *heap);

static inline void gn_timer_init(struct gn_timer *timer, uint32_t kind) {
    timer->place = 0;
    timer->kind = kind;
}

static inline bool gn_timer_set(const struct gn_timer *timer) { return timer->place != 0; }

/* When a timer is due, UINT64_MAX when it is not set. */
static inline uint64_t gn_heap_due_ms(const struct gn_heap *heap, const struct gn_timer *timer) {
    return timer->place != 0 ? heap->items[timer->place - 1].due_ms : UINT64_MAX;
}

/* Set a timer, or move one that is set.
 * Owns:   keeps `timer` until it fires or is dropped.
 * Thread: the loop's.
 * Fails:  GN_EMEMORY when the array cannot grow; a timer that was set keeps its old time then. */
int gn_heap_set(struct gn_heap *heap, struct gn_timer *timer, uint64_t due_ms);

/* Forget a timer; harmless when it is not set. */
void gn_heap_drop(struct gn_heap *heap, struct gn_timer *timer);

/* Take out the earliest timer that is due at `now_ms`.
 * Owns:   the heap keeps no pointer to what it returns.
 * Thread: the loop's.
 * Fails:  NULL when none is due. */
struct gn_timer *gn_heap_shift(struct gn_heap *heap, uint64_t now_ms);

/* Milliseconds until the earliest timer is due, 0 when one is, -1 when none is set; at most
 * INT_MAX. */
int gn_heap_wait_ms(const struct gn_heap *heap, uint64_t now_ms);

#endif

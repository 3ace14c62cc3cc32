/* Timer heap: see heap.h.
 *
 * items[0] is the earliest; the children of items[i] are items[2i + 1] and items[2i + 2] and are
 * never due before it. Every move of an item writes its place back to its timer.
 */
#include "heap.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>

#include "err.h"

enum { CAP_FIRST = 16 };

static int grow(struct gn_heap *heap);
static void put(struct gn_heap *heap, uint32_t at, struct gn_heap_item item);
static void sift_up(struct gn_heap *heap, uint32_t at, struct gn_heap_item item);
static void sift_down(struct gn_heap *heap, uint32_t at, struct gn_heap_item item);
static void settle(struct gn_heap *heap, uint32_t at, struct gn_heap_item item);

void gn_heap_init(struct gn_heap *heap, struct gn_budget *budget) {
    *heap = (struct gn_heap){.budget = budget};
}

void gn_heap_fini(struct gn_heap *heap) {
    gn_budget_resize(heap->budget, heap->items, heap->cap * sizeof(struct gn_heap_item), 0);
    gn_heap_init(heap, heap->budget);
}

int gn_heap_set(struct gn_heap *heap, struct gn_timer *timer, uint64_t due_ms) {
    struct gn_heap_item item = {.due_ms = due_ms, .timer = timer};
    if (timer->place != 0) {
        assert(timer->place <= heap->count);
        assert(heap->items[timer->place - 1].timer == timer);
        settle(heap, timer->place - 1, item);
        return 0;
    }
    int rc;
    if (heap->count == heap->cap && (rc = grow(heap)) < 0) return rc;
    heap->count++;
    sift_up(heap, heap->count - 1, item);
    return 0;
}

void gn_heap_drop(struct gn_heap *heap, struct gn_timer *timer) {
    if (timer->place == 0) return;
    assert(timer->place <= heap->count);
    uint32_t at = timer->place - 1;
    assert(heap->items[at].timer == timer);
    timer->place = 0;
    heap->count--;
    if (at < heap->count) settle(heap, at, heap->items[heap->count]);
}

struct gn_timer *gn_heap_shift(struct gn_heap *heap, uint64_t now_ms) {
    if (heap->count == 0 || heap->items[0].due_ms > now_ms) return NULL;
    struct gn_timer *timer = heap->items[0].timer;
    gn_heap_drop(heap, timer);
    return timer;
}

int gn_heap_wait_ms(const struct gn_heap *heap, uint64_t now_ms) {
    if (heap->count == 0) return -1;
    uint64_t due_ms = heap->items[0].due_ms;
    if (due_ms <= now_ms) return 0;
    return due_ms - now_ms > INT_MAX ? INT_MAX : (int)(due_ms - now_ms);
}

static int grow(struct gn_heap *heap) {
    /* A place is an index + 1 and has to fit its 32 bits. */
    if (heap->cap > UINT32_MAX / 2) return GN_EMEMORY;
    uint32_t cap = heap->cap == 0 ? CAP_FIRST : heap->cap * 2;
    size_t size;
    if (__builtin_mul_overflow((size_t)cap, sizeof(*heap->items), &size)) return GN_EMEMORY;
    void *items = gn_budget_resize(heap->budget, heap->items,
                                   heap->cap * sizeof(*heap->items), size);
    if (items == NULL) return GN_EMEMORY;
    heap->items = items;
    heap->cap = cap;
    return 0;
}

static void put(struct gn_heap *heap, uint32_t at, struct gn_heap_item item) {
    heap->items[at] = item;
    item.timer->place = at + 1;
}

/* At most log2(count) turns. */
static void sift_up(struct gn_heap *heap, uint32_t at, struct gn_heap_item item) {
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (heap->items[parent].due_ms <= item.due_ms) break;
        put(heap, at, heap->items[parent]);
        at = parent;
    }
    put(heap, at, item);
}

/* At most log2(count) turns. */
static void sift_down(struct gn_heap *heap, uint32_t at, struct gn_heap_item item) {
    /* Only the first half of the items have children, which also keeps 2 * at + 1 in range. */
    while (at < heap->count / 2) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < heap->count &&
            heap->items[child + 1].due_ms < heap->items[child].due_ms) {
            child++;
        }
        if (item.due_ms <= heap->items[child].due_ms) break;
        put(heap, at, heap->items[child]);
        at = child;
    }
    put(heap, at, item);
}

/* Fill the gap at `at` with an item from anywhere: it may have to go either way. */
static void settle(struct gn_heap *heap, uint32_t at, struct gn_heap_item item) {
    if (at > 0 && item.due_ms < heap->items[(at - 1) / 2].due_ms) {
        sift_up(heap, at, item);
    } else {
        sift_down(heap, at, item);
    }
}

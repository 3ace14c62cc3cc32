/* Fixed-size item pool under a shared byte budget.
 *
 * A pool hands out items of one size. It takes memory from the system in chunks of several items
 * and charges the chunks to a budget that several pools of a loop share, so that the sum is
 * bounded. Items come back to last-in-first-out free lists: the next taker gets warm memory. Chunks
 * of one item are given back to the system beyond `keep` free ones. A larger chunk is given back
 * when its last item is and as many are free in others: what one kind of item needed for a moment
 * must not be missing to all others for ever. A pool may be told to leave a part of the budget, so
 * that less urgent items run out first. Not thread safe: a pool belongs to one loop. The only file
 * that may call malloc besides the `*_new` functions.
 */
#ifndef GN_BASE_POOL_H
#define GN_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "list.h"

struct gn_budget {
    size_t used, limit; /* bytes held from the system, and how many may be */
};

/* Grow, shrink, obtain or free one array that is charged to `budget`: NULL and 0 as `old` and
 * `old_size` obtain it, 0 as `new_size` frees it. The content is kept up to the smaller size.
 * Owns:   takes `old` when it succeeds; the caller owns the result.
 * Thread: the loop's.
 * Fails:  NULL when the budget or the system has no more memory; `old` is then as it was. Freeing
 *         never fails and returns NULL too. */
void *gn_budget_resize(struct gn_budget *budget, void *old, size_t old_size, size_t new_size);

struct gn_pool {
    struct gn_budget *budget;
    size_t leave;        /* bytes of the budget that growing leaves to others; set it after init */
    void *free;          /* free items when chunk_items == 1, linked through their first word */
    struct gn_list open; /* chunks of several items that have a free one */
    size_t item_size;
    size_t chunk_size;    /* a power of two, and their alignment, for chunks of several items */
    uint32_t chunk_items; /* 0: nobody can have such items */
    uint32_t keep;        /* free items kept when chunk_items == 1 */
    uint32_t free_count;  /* items that are free */
    uint32_t live;        /* items handed out */
};

/* Prepare a pool. `item_size` is rounded up to a multiple of 16, items are aligned to 16. Chunks
 * hold about `chunk_items`, as many as fit the next power of two.
 * Owns:   keeps `budget` until gn_pool_fini.
 * Thread: the loop's.
 * Fails:  never; memory is taken at the first gn_pool_take. */
void gn_pool_init(struct gn_pool *pool, struct gn_budget *budget, size_t item_size,
                  uint32_t chunk_items, uint32_t keep);

/* Give all memory back. Every item must have been given back before.
 * Owns:   frees the chunks.
 * Thread: the loop's.
 * Fails:  never. */
void gn_pool_fini(struct gn_pool *pool);

/* Take one item; its content is undefined.
 * Owns:   the caller owns the item until gn_pool_give.
 * Thread: the loop's.
 * Fails:  NULL when the budget or the system has no more memory. */
void *gn_pool_take(struct gn_pool *pool);

/* Give an item back to the pool it came from.
 * Owns:   takes `item`.
 * Thread: the loop's.
 * Fails:  never. */
void gn_pool_give(struct gn_pool *pool, void *item);

/* Return the free items kept, or the empty chunk, to the system, so that other pools of the budget
 * may have the memory.
 * Owns:   frees the free items.
 * Thread: the loop's.
 * Fails:  never. */
void gn_pool_trim(struct gn_pool *pool);

#endif

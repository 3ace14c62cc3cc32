/* Fixed-size item pool under a shared byte budget: see pool.h.
 *
 * A pool of one-item chunks keeps no chunk headers: an item is its chunk, and the free list is all
 * there is to find it again. Larger chunks are linked so that gn_pool_fini can return them.
 * Under AddressSanitizer free items are poisoned, so that a use after gn_pool_give and a second
 * gn_pool_give of the same item are reported like a use after free.
 */
#include "pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define POOL_POISONS 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define POOL_POISONS 1
#endif

#ifdef POOL_POISONS
#include <sanitizer/asan_interface.h>
#define poison(at, size) __asan_poison_memory_region(at, size)
#define unpoison(at, size) __asan_unpoison_memory_region(at, size)
#else
#define poison(at, size) ((void)(at), (void)(size))
#define unpoison(at, size) ((void)(at), (void)(size))
#endif

enum { ITEM_ALIGN = 16 };

struct gn_pool_chunk {
    struct gn_pool_chunk *next;
    size_t size; /* bytes charged to the budget */
    _Alignas(16) char items[];
};

_Static_assert(sizeof(struct gn_pool_chunk) % ITEM_ALIGN == 0, "items start aligned");

static bool budget_has(const struct gn_budget *budget, size_t size);
static bool add_item(struct gn_pool *pool);
static bool add_chunk(struct gn_pool *pool);
static void push_free(struct gn_pool *pool, void *item);
static void *pop_free(struct gn_pool *pool);

void *gn_budget_resize(struct gn_budget *budget, void *old, size_t old_size, size_t new_size) {
    assert((old == NULL) == (old_size == 0));
    assert(budget->used >= old_size);
    if (new_size == 0) {
        free(old);
        budget->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && !budget_has(budget, new_size - old_size)) return NULL;
    void *moved = realloc(old, new_size);
    if (moved == NULL) return NULL;
    budget->used = budget->used - old_size + new_size;
    return moved;
}

void gn_pool_init(struct gn_pool *pool, struct gn_budget *budget, size_t item_size,
                  uint32_t chunk_items, uint32_t keep) {
    assert(item_size > 0);
    assert(chunk_items > 0);
    /* A size that cannot be rounded up can be had from nobody: gn_pool_take will say so. */
    size_t most = SIZE_MAX - (ITEM_ALIGN - 1);
    if (item_size > most) item_size = most;
    *pool = (struct gn_pool){
        .budget = budget,
        .item_size = (item_size + ITEM_ALIGN - 1) & ~(size_t)(ITEM_ALIGN - 1),
        .chunk_items = chunk_items,
        .keep = keep,
    };
}

void gn_pool_fini(struct gn_pool *pool) {
    assert(pool->live == 0);
    gn_pool_trim(pool);
    while (pool->chunks != NULL) {
        struct gn_pool_chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        pool->budget->used -= chunk->size;
        unpoison(chunk, chunk->size);
        free(chunk);
    }
    pool->free = NULL;
    pool->free_count = 0;
}

void *gn_pool_take(struct gn_pool *pool) {
    if (pool->free == NULL) {
        bool added = pool->chunk_items == 1 ? add_item(pool) : add_chunk(pool);
        if (!added) return NULL;
    }
    pool->live++;
    return pop_free(pool);
}

void gn_pool_give(struct gn_pool *pool, void *item) {
    assert(pool->live > 0);
    pool->live--;
    if (pool->chunk_items == 1 && pool->free_count >= pool->keep) {
        free(item);
        pool->budget->used -= pool->item_size;
        return;
    }
    push_free(pool, item);
}

void gn_pool_trim(struct gn_pool *pool) {
    if (pool->chunk_items > 1) return;
    while (pool->free != NULL) {
        free(pop_free(pool));
        pool->budget->used -= pool->item_size;
    }
}

static bool budget_has(const struct gn_budget *budget, size_t size) {
    return budget->used <= budget->limit && size <= budget->limit - budget->used;
}

static bool add_item(struct gn_pool *pool) {
    if (!budget_has(pool->budget, pool->item_size)) return false;
    void *item = malloc(pool->item_size);
    if (item == NULL) return false;
    /* Every malloc on 64 bits does so, but max_align_t of Darwin on ARM promises 8 only. */
    assert((uintptr_t)item % ITEM_ALIGN == 0);
    pool->budget->used += pool->item_size;
    push_free(pool, item);
    return true;
}

static bool add_chunk(struct gn_pool *pool) {
    size_t size;
    if (__builtin_mul_overflow(pool->item_size, (size_t)pool->chunk_items, &size)) return false;
    if (__builtin_add_overflow(size, sizeof(struct gn_pool_chunk), &size)) return false;
    if (!budget_has(pool->budget, size)) return false;
    struct gn_pool_chunk *chunk = malloc(size);
    if (chunk == NULL) return false;
    assert((uintptr_t)chunk % ITEM_ALIGN == 0);
    pool->budget->used += size;
    chunk->size = size;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    /* Backwards, so that a fresh chunk is handed out in the order of its addresses. */
    for (uint32_t i = pool->chunk_items; i > 0; i--) {
        push_free(pool, chunk->items + (size_t)(i - 1) * pool->item_size);
    }
    return true;
}

static void push_free(struct gn_pool *pool, void *item) {
    *(void **)item = pool->free;
    pool->free = item;
    pool->free_count++;
    poison(item, pool->item_size);
}

static void *pop_free(struct gn_pool *pool) {
    void *item = pool->free;
    unpoison(item, pool->item_size);
    pool->free = *(void **)item;
    pool->free_count--;
    return item;
}

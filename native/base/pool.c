/* Fixed-size item pool under a shared byte budget: see pool.h.
 *
 * A pool of one-item chunks keeps no chunk headers: an item is its chunk, and the free list is all
 * there is to find it again. A larger chunk has a head, which an item finds by its address, because
 * the chunk is aligned to its size. It stands in the list of the open ones while it has free items.
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
#define poison(at, size)   __asan_poison_memory_region(at, size)
#define unpoison(at, size) __asan_unpoison_memory_region(at, size)
#else
#define poison(at, size)   ((void)(at), (void)(size))
#define unpoison(at, size) ((void)(at), (void)(size))
#endif

enum { ITEM_ALIGN = 16 };

struct chunk {
    struct gn_list link; /* in gn_pool.open */
    void *free;          /* free items, linked through their first word */
    uint32_t live;       /* items handed out */
    _Alignas(16) char items[];
};

_Static_assert(sizeof(struct chunk) % ITEM_ALIGN == 0, "items start aligned");

enum { CHUNK_MIN = 256 };

static bool budget_has(const struct gn_budget *budget, size_t size, size_t leave);
static void set_chunk_size(struct gn_pool *pool, uint32_t chunk_items);
static bool add_item(struct gn_pool *pool);
static struct chunk *add_chunk(struct gn_pool *pool);
static void *take_from_chunk(struct gn_pool *pool);
static void give_to_chunk(struct gn_pool *pool, void *item);
static void free_chunk(struct gn_pool *pool, struct chunk *chunk);
static void push_free(const struct gn_pool *pool, void **list, void *item);
static void *pop_free(const struct gn_pool *pool, void **list);

void *gn_budget_resize(struct gn_budget *budget, void *old, size_t old_size, size_t new_size) {
    assert((old == NULL) == (old_size == 0));
    assert(budget->used >= old_size);
    if (new_size == 0) {
        free(old);
        budget->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && !budget_has(budget, new_size - old_size, 0)) return NULL;
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
        .chunk_items = 1,
        .keep = keep,
    };
    gn_list_init(&pool->open);
    if (chunk_items > 1) set_chunk_size(pool, chunk_items);
}

void gn_pool_fini(struct gn_pool *pool) {
    assert(pool->live == 0);
    gn_pool_trim(pool);
    assert(gn_list_empty(&pool->open));
}

void *gn_pool_take(struct gn_pool *pool) {
    void *item;
    if (pool->chunk_items != 1) {
        item = take_from_chunk(pool);
    } else {
        if (pool->free == NULL && !add_item(pool)) return NULL;
        item = pop_free(pool, &pool->free);
    }
    if (item == NULL) return NULL;
    pool->free_count--;
    pool->live++;
    return item;
}

void gn_pool_give(struct gn_pool *pool, void *item) {
    assert(pool->live > 0);
    pool->live--;
    if (pool->chunk_items != 1) {
        give_to_chunk(pool, item);
        return;
    }
    if (pool->free_count >= pool->keep) {
        free(item);
        pool->budget->used -= pool->item_size;
        return;
    }
    pool->free_count++;
    push_free(pool, &pool->free, item);
}

void gn_pool_trim(struct gn_pool *pool) {
    while (pool->free != NULL) {
        free(pop_free(pool, &pool->free));
        pool->free_count--;
        pool->budget->used -= pool->item_size;
    }
    struct gn_list *next;
    for (struct gn_list *node = pool->open.next; node != &pool->open; node = next) {
        next = node->next;
        struct chunk *chunk = gn_container(node, struct chunk, link);
        if (chunk->live == 0) free_chunk(pool, chunk);
    }
}

static bool budget_has(const struct gn_budget *budget, size_t size, size_t leave) {
    size_t used;
    if (__builtin_add_overflow(budget->used, leave, &used)) return false;
    return used <= budget->limit && size <= budget->limit - used;
}

/* ---- chunks of one item ---- */

static bool add_item(struct gn_pool *pool) {
    if (!budget_has(pool->budget, pool->item_size, pool->leave)) return false;
    void *item = malloc(pool->item_size);
    if (item == NULL) return false;
    /* Every malloc on 64 bits does so, but max_align_t of Darwin on ARM promises 8 only. */
    assert((uintptr_t)item % ITEM_ALIGN == 0);
    pool->budget->used += pool->item_size;
    pool->free_count++;
    push_free(pool, &pool->free, item);
    return true;
}

/* ---- chunks of several items ---- */

/* Two items fit every chunk, or it would not be one of several. */
static void set_chunk_size(struct gn_pool *pool, uint32_t chunk_items) {
    size_t wanted, least, size = CHUNK_MIN;
    pool->chunk_items = 0;
    if (__builtin_mul_overflow(pool->item_size, (size_t)chunk_items, &wanted)) return;
    if (__builtin_mul_overflow(pool->item_size, (size_t)2, &least)) return;
    if (__builtin_add_overflow(least, sizeof(struct chunk), &least)) return;
    if (wanted < least) wanted = least;
    if (wanted > SIZE_MAX / 4) return;
    while (size < wanted)
        size *= 2;
    pool->chunk_size = size;
    pool->chunk_items = (uint32_t)((size - sizeof(struct chunk)) / pool->item_size);
}

static struct chunk *add_chunk(struct gn_pool *pool) {
    size_t size = pool->chunk_size;
    if (pool->chunk_items == 0 || !budget_has(pool->budget, size, pool->leave)) return NULL;
    struct chunk *chunk = aligned_alloc(size, size);
    if (chunk == NULL) return NULL;
    pool->budget->used += size;
    chunk->free = NULL;
    chunk->live = 0;
    gn_list_init(&chunk->link);
    gn_list_append(&pool->open, &chunk->link);
    pool->free_count += pool->chunk_items;
    /* Backwards, so that a fresh chunk is handed out in the order of its addresses. */
    for (uint32_t i = pool->chunk_items; i > 0; i--) {
        push_free(pool, &chunk->free, chunk->items + (size_t)(i - 1) * pool->item_size);
    }
    return chunk;
}

static void *take_from_chunk(struct gn_pool *pool) {
    struct chunk *chunk = gn_list_empty(&pool->open)
                              ? add_chunk(pool)
                              : gn_container(pool->open.next, struct chunk, link);
    if (chunk == NULL) return NULL;
    void *item = pop_free(pool, &chunk->free);
    chunk->live++;
    if (chunk->free == NULL) gn_list_remove(&chunk->link);
    return item;
}

static void give_to_chunk(struct gn_pool *pool, void *item) {
    struct chunk *chunk = (struct chunk *)((uintptr_t)item & ~(uintptr_t)(pool->chunk_size - 1));
    bool was_full = chunk->free == NULL;
    push_free(pool, &chunk->free, item);
    pool->free_count++;
    chunk->live--;
    /* In front, so that its item is the next to be taken. */
    if (was_full) gn_list_append(pool->open.next, &chunk->link);
    if (chunk->live == 0 && pool->free_count >= 2 * pool->chunk_items) free_chunk(pool, chunk);
}

static void free_chunk(struct gn_pool *pool, struct chunk *chunk) {
    gn_list_remove(&chunk->link);
    pool->free_count -= pool->chunk_items;
    pool->budget->used -= pool->chunk_size;
    unpoison(chunk, pool->chunk_size);
    free(chunk);
}

/* ---- free lists ---- */

static void push_free(const struct gn_pool *pool, void **list, void *item) {
    *(void **)item = *list;
    *list = item;
    poison(item, pool->item_size);
}

static void *pop_free(const struct gn_pool *pool, void **list) {
    void *item = *list;
    unpoison(item, pool->item_size);
    *list = *(void **)item;
    return item;
}

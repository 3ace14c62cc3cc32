/* Sessions and addresses of a server: see census.h.
 *
 * The addresses stand in an array, found through chains whose heads stand in the same array, so
 * that growing can fail in one place only. A session knows its entry by index: its end needs no
 * address, which the kernel may have forgotten by then.
 */
#include "census.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/pool.h"

enum {
    NOT_BY_ADDRESS = 1, /* places: of a session that is counted without its address */
    FIRST_PLACE = 2,    /* and of the first entry */
    ENTRIES_MIN = 64,
    V4_MAPPED = 10, /* bytes of zero in front of ff:ff and an IPv4 address */
};

struct entry {
    uint64_t key;
    uint32_t count; /* sessions; 0: the entry is free */
    uint32_t next;  /* index + 1 in its chain, or of the next that is free; 0 at the end */
    uint32_t head;  /* index + 1 of the first entry of the chain of this number; 0: empty */
};

struct gn_census {
    atomic_uint refs, sessions;
    uint32_t sessions_max, address_max;
    atomic_flag lock; /* guards all that follows */
    uint64_t seed;    /* nobody outside knows which addresses meet in a chain */
    struct gn_budget budget;
    struct entry *entries;
    uint32_t cap, used, free;
};

struct gn_census *gn_census_new(uint32_t sessions_max, uint32_t address_max) {
    struct gn_census *census = calloc(1, sizeof *census);
    if (!census) return NULL;
    atomic_init(&census->refs, 1);
    atomic_init(&census->sessions, 0);
    atomic_flag_clear(&census->lock);
    census->sessions_max = sessions_max;
    census->address_max = address_max;
    census->budget.limit = SIZE_MAX; /* an entry has a session, and those are bounded */
    census->seed = (uint64_t)(uintptr_t)census ^ (gn_clock_ms() << 32) ^ gn_clock_ms();
    return census;
}

void gn_census_ref(struct gn_census *census) { atomic_fetch_add(&census->refs, 1); }

void gn_census_unref(struct gn_census *census) {
    if (atomic_fetch_sub(&census->refs, 1) > 1) return;
    gn_budget_resize(&census->budget, census->entries, census->cap * sizeof *census->entries, 0);
    free(census);
}

static void lock(struct gn_census *census) {
    while (atomic_flag_test_and_set_explicit(&census->lock, memory_order_acquire))
        sched_yield();
}

static void unlock(struct gn_census *census) {
    atomic_flag_clear_explicit(&census->lock, memory_order_release);
}

/* Whom an address belongs to; false when it has no owner that could be counted. The two kinds of
 * keys cannot meet: no IPv6 prefix begins with the byte that marks those of IPv4. */
static bool key_of(const struct gn_addr *addr, uint64_t *key) {
    static const uint8_t mapped[V4_MAPPED + 2] = {[V4_MAPPED] = 0xff, 0xff};
    const uint8_t *ip = addr->ip;
    bool is_mapped = addr->family == GN_FAMILY_V6 && memcmp(ip, mapped, sizeof mapped) == 0;
    *key = 0;
    if (addr->family == GN_FAMILY_V4 || is_mapped) {
        memcpy((char *)key + 4, is_mapped ? ip + sizeof mapped : ip, 4);
        memset(key, 0xff, 4);
        return true;
    }
    if (addr->family != GN_FAMILY_V6) return false;
    memcpy(key, ip, sizeof *key);
    return true;
}

static uint32_t *chain_of(const struct gn_census *census, uint64_t key) {
    uint64_t mixed = (key ^ census->seed) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return &census->entries[(uint32_t)(mixed >> 32) & (census->cap - 1)].head;
}

/* Double the room; the chains are made anew. */
static bool grow(struct gn_census *census) {
    uint32_t cap = census->cap ? census->cap * 2 : ENTRIES_MIN;
    struct entry *entries = gn_budget_resize(&census->budget, census->entries,
                                             census->cap * sizeof *entries, cap * sizeof *entries);
    if (!entries) return false;
    census->entries = entries;
    census->cap = cap;
    for (uint32_t i = 0; i < cap; i++)
        entries[i].head = 0;
    for (uint32_t i = 0; i < census->used; i++) {
        if (entries[i].count == 0) continue; /* none is free when there is need to grow */
        uint32_t *chain = chain_of(census, entries[i].key);
        entries[i].next = *chain;
        *chain = i + 1;
    }
    return true;
}

/* The entry of a key, a new one with a count of 0 when it has none; index + 1, 0 without memory. */
static uint32_t find_or_add(struct gn_census *census, uint64_t key) {
    if (census->cap > 0) {
        for (uint32_t at = *chain_of(census, key); at > 0; at = census->entries[at - 1].next) {
            if (census->entries[at - 1].key == key) return at;
        }
    }
    if (census->free == 0 && census->used == census->cap && !grow(census)) return 0;
    uint32_t at = census->free;
    if (at > 0) {
        census->free = census->entries[at - 1].next;
    } else {
        at = ++census->used;
    }
    uint32_t *chain = chain_of(census, key);
    struct entry *entry = &census->entries[at - 1];
    entry->key = key;
    entry->count = 0;
    entry->next = *chain;
    *chain = at;
    return at;
}

static void remove_entry(struct gn_census *census, uint32_t at) {
    struct entry *entry = &census->entries[at - 1];
    uint32_t *link = chain_of(census, entry->key);
    while (*link != at) {
        assert(*link > 0);
        link = &census->entries[*link - 1].next;
    }
    *link = entry->next;
    entry->next = census->free;
    census->free = at;
}

static int enter_key(struct gn_census *census, uint64_t key, uint32_t *place) {
    int rc = 0;
    lock(census);
    uint32_t at = find_or_add(census, key);
    if (at == 0) {
        rc = GN_EMEMORY;
    } else if (census->entries[at - 1].count >= census->address_max) {
        rc = GN_ECROWDED;
    } else {
        census->entries[at - 1].count++;
        *place = at - 1 + FIRST_PLACE;
    }
    unlock(census);
    return rc;
}

int gn_census_enter_from(struct gn_census *census, const struct gn_addr *peer, uint32_t *place) {
    uint64_t key;
    int rc = 0;
    if (atomic_fetch_add(&census->sessions, 1) >= census->sessions_max) {
        rc = GN_ESESSIONS;
    } else if (census->address_max == 0 || !key_of(peer, &key)) {
        *place = NOT_BY_ADDRESS;
    } else {
        rc = enter_key(census, key, place);
    }
    if (rc < 0) atomic_fetch_sub(&census->sessions, 1);
    return rc;
}

int gn_census_enter(struct gn_census *census, int fd, uint32_t *place) {
    struct gn_addr peer = {.family = GN_FAMILY_NONE};
    /* A peer that is gone already has no address any more; its session ends in a moment. */
    if (census->address_max > 0 && gn_sock_peer(fd, &peer) < 0) peer.family = GN_FAMILY_NONE;
    return gn_census_enter_from(census, &peer, place);
}

static void leave_key(struct gn_census *census, uint32_t place) {
    if (place < FIRST_PLACE) return;
    uint32_t at = place - FIRST_PLACE + 1;
    lock(census);
    assert(census->entries[at - 1].count > 0);
    if (--census->entries[at - 1].count == 0) remove_entry(census, at);
    unlock(census);
}

void gn_census_leave(struct gn_census *census, uint32_t place) {
    atomic_fetch_sub(&census->sessions, 1);
    leave_key(census, place);
}

int gn_census_move(struct gn_census *census, const struct gn_addr *peer, uint32_t *place) {
    uint64_t key;
    uint32_t to = NOT_BY_ADDRESS;
    int rc = 0;
    if (census->address_max > 0 && key_of(peer, &key)) rc = enter_key(census, key, &to);
    if (rc < 0) return rc;
    leave_key(census, *place);
    *place = to;
    return 0;
}

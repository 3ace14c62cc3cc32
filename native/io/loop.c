#include "loop.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "acceptor.h"
#include "census.h"
#include "recheck.h"
#include "stream.h"

enum {
    FILES_PER_CHUNK = 64,
    RECV_COUNT_MAX = 16384, /* a buffer's index has 16 bits, and the spare ones come on top */
    RECV_SIZE_MAX = 1 << 24,
};

static const char *choice_name(enum gn_backend_choice choice) {
    switch (choice) {
    case GN_IO_URING: return "io_uring";
    case GN_EPOLL: return "epoll";
    case GN_KQUEUE: return "kqueue";
    case GN_AUTO: break;
    }
    return NULL;
}

/* Try the backend that was asked for, then the others from the best downwards. */
static int open_backend(struct gn_loop *loop, const struct gn_loop_config *config) {
    const char *wanted = choice_name(config->backend);
    int rc = -EOPNOTSUPP;
    if (wanted) loop->probe = (struct gn_probe){.step = "backend", .err = rc};
    for (int pass = wanted ? 0 : 1; pass < 2; pass++) {
        for (int i = 0; gn_backends[i]; i++) {
            const struct gn_backend *backend = gn_backends[i];
            bool named = wanted && strcmp(backend->name, wanted) == 0;
            if (named != (pass == 0)) continue;
            struct gn_probe probe = {0};
            loop->backend = backend;
            rc = backend->init(loop, config, &probe);
            if (rc == 0) {
                if (named) loop->probe = (struct gn_probe){0};
                return 0;
            }
            probe.err = rc;
            if (!wanted || named) loop->probe = probe;
        }
        if (config->required && wanted) return rc;
    }
    return rc;
}

static bool is_valid(const struct gn_loop_config *config) {
    uint32_t count = config->recv_count;
    return count > 0 && (count & (count - 1)) == 0 && count <= RECV_COUNT_MAX &&
           config->recv_size > 0 && config->recv_size <= RECV_SIZE_MAX && config->chans_max > 0 &&
           config->queue_depth > 0;
}

int gn_loop_init(struct gn_loop *loop, const struct gn_loop_config *config,
                 const struct gn_loop_calls *calls, void *owner) {
    memset(loop, 0, sizeof *loop);
    if (!is_valid(config)) {
        loop->probe = (struct gn_probe){.step = "configuration", .err = -EINVAL};
        return -EINVAL;
    }
    loop->calls = calls;
    loop->owner = owner;
    loop->denied = config->denied;
    loop->slots_max = config->chans_max;
    loop->budget.limit = config->memory_max;
    loop->counts = config->counts ? config->counts : &loop->own_counts;
    gn_count_set(&loop->counts->memory_limit, config->memory_max);
    loop->now_ms = gn_clock_ms();
    gn_list_init(&loop->dirty);
    gn_list_init(&loop->late);
    gn_list_init(&loop->acceptors);
    gn_heap_init(&loop->timers, &loop->budget);
    gn_blocks_init(&loop->blocks, &loop->budget);
    gn_blocks_leave(&loop->blocks, gn_loop_leave_new(loop));
    gn_pool_init(&loop->files, &loop->budget, sizeof(struct gn_stream_file), FILES_PER_CHUNK, 0);
    int rc = gn_rbuf_init(&loop->rbuf, config->recv_memory, config->recv_size,
                          config->recv_count + GN_LOOP_SPARE_BUFFERS);
    if (rc < 0) {
        loop->probe = (struct gn_probe){.step = "receive buffers", .err = rc};
        return rc;
    }
    rc = open_backend(loop, config);
    if (rc < 0) {
        gn_rbuf_fini(&loop->rbuf);
        return rc;
    }
    loop->recheck = loop->backend->features(loop) & GN_FEATURE_MULTISHOT_RECV;
    loop->reserve = gn_sock_reserve();
    loop->census = config->census;
    if (loop->census) gn_census_ref(loop->census);
    return 0;
}

void gn_loop_fini(struct gn_loop *loop) {
    assert(loop->chan_count == 0);
    loop->backend->fini(loop);
    if (loop->reserve >= 0) close(loop->reserve);
    if (loop->census) gn_census_unref(loop->census);
    gn_rbuf_fini(&loop->rbuf);
    gn_pool_fini(&loop->files);
    gn_blocks_fini(&loop->blocks);
    gn_heap_fini(&loop->timers);
    gn_budget_resize(&loop->budget, loop->slots, loop->slot_cap * sizeof *loop->slots, 0);
}

int gn_loop_wake(struct gn_loop *loop) { return loop->backend->wake(loop); }

/* New work alone never comes so far: what does is output, which peers do not take. It is TIGHT from
 * 7/8 of the budget on and FULL from 15/16, until it falls below 13/16. */
enum gn_pressure gn_loop_weigh(struct gn_loop *loop) {
    const struct gn_budget *budget = &loop->budget;
    size_t sixteenth = budget->limit / 16;
    size_t tight = budget->limit - 2 * sixteenth, full = budget->limit - sixteenth;
    if (loop->pressure == GN_PRESSURE_NONE) {
        if (budget->used <= tight) return GN_PRESSURE_NONE;
        gn_blocks_trim(&loop->blocks);
        if (budget->used <= tight) return GN_PRESSURE_NONE;
        gn_count_add(&loop->counts->tight, 1);
    }
    if (budget->used > full) {
        loop->pressure = GN_PRESSURE_FULL;
    } else if (budget->used <= tight - sixteenth) {
        loop->pressure = GN_PRESSURE_NONE;
    } else if (budget->used <= tight || loop->pressure == GN_PRESSURE_NONE) {
        loop->pressure = GN_PRESSURE_TIGHT;
    }
    return loop->pressure;
}

static int grow_slots(struct gn_loop *loop) {
    uint32_t cap = loop->slot_cap ? loop->slot_cap * 2 : 64;
    if (cap > loop->slots_max) cap = loop->slots_max;
    size_t more = (cap - loop->slot_cap) * sizeof(struct gn_slot);
    size_t high = loop->budget.limit - gn_loop_leave_new(loop);
    if (loop->budget.used > high || more > high - loop->budget.used) return GN_EMEMORY;
    struct gn_slot *slots = gn_budget_resize(&loop->budget, loop->slots,
                                             loop->slot_cap * sizeof *slots, cap * sizeof *slots);
    if (!slots) return GN_EMEMORY;
    loop->slots = slots;
    loop->slot_cap = cap;
    return 0;
}

int gn_loop_add(struct gn_loop *loop, struct gn_chan *chan) {
    uint32_t slot;
    if (loop->chan_count >= loop->slots_max) return GN_ESESSIONS;
    if (loop->slot_free) {
        slot = loop->slot_free - 1;
        loop->slot_free = loop->slots[slot].next_free;
    } else {
        int rc = loop->slot_count == loop->slot_cap ? grow_slots(loop) : 0;
        if (rc < 0) return rc;
        slot = loop->slot_count++;
        loop->slots[slot].gen = 1;
    }
    loop->slots[slot].chan = chan;
    chan->slot = slot;
    chan->gen = loop->slots[slot].gen;
    loop->chan_count++;
    return 0;
}

void gn_loop_remove(struct gn_loop *loop, struct gn_chan *chan) {
    struct gn_slot *slot = &loop->slots[chan->slot];
    assert(slot->chan == chan);
    slot->chan = NULL;
    slot->gen = (slot->gen + 1) & GN_GEN_MASK;
    slot->next_free = loop->slot_free;
    loop->slot_free = chan->slot + 1;
    loop->chan_count--;
    if (!loop->acceptors_full) return;
    loop->acceptors_full = false;
    for (struct gn_list *node = loop->acceptors.next; node != &loop->acceptors; node = node->next) {
        gn_loop_touch(loop, &gn_container(node, struct gn_acceptor, link)->dirty);
    }
}

void gn_loop_done(struct gn_loop *loop, const struct gn_done *done) {
    struct gn_chan *chan = gn_loop_find(loop, done->slot, done->gen);
    assert(chan); /* a channel is forgotten only after its last completion */
    if (!done->more) {
        chan->inflight &= (uint8_t)~done->op;
        chan->cancelling &= (uint8_t)~done->op;
    }
    if (chan->kind == GN_CHAN_STREAM) {
        gn_stream_done(loop, gn_container(chan, struct gn_stream, chan), done);
    } else {
        gn_acceptor_done(loop, gn_container(chan, struct gn_acceptor, chan), done);
    }
}

static void fire_timers(struct gn_loop *loop) {
    struct gn_timer *timer;
    while ((timer = gn_heap_shift(&loop->timers, loop->now_ms)) != NULL) {
        if (timer->kind == GN_CHAN_STREAM) {
            gn_stream_timeout(loop, gn_container(timer, struct gn_stream, timer));
        } else {
            gn_acceptor_timeout(loop, gn_container(timer, struct gn_acceptor, timer));
        }
    }
}

/* Sync what is dirty now; what gets dirty meanwhile waits for the next time. Who found no room or
 * buffer comes first then: else those who want them in every turn would always be before him. */
static void sync_dirty(struct gn_loop *loop) {
    struct gn_list batch;
    struct gn_list *node;
    gn_list_init(&batch);
    gn_list_splice(&batch, &loop->late);
    gn_list_splice(&batch, &loop->dirty);
    while (gn_loop_room(loop) && (node = gn_list_shift(&batch)) != NULL) {
        struct gn_chan *chan = gn_container(node, struct gn_dirty, node)->chan;
        if (chan->kind == GN_CHAN_STREAM) {
            gn_stream_sync(loop, gn_container(chan, struct gn_stream, chan));
        } else {
            gn_acceptor_sync(loop, gn_container(chan, struct gn_acceptor, chan));
        }
    }
    gn_list_splice(&loop->late, &batch);
}

static int wait_ms(const struct gn_loop *loop, uint64_t deadline_ms) {
    bool calm = gn_list_empty(&loop->dirty) && gn_list_empty(&loop->late);
    if (loop->calls->told(loop) || !calm) return 0;
    if (loop->recheck_ms > 0 && loop->recheck_ms < deadline_ms) deadline_ms = loop->recheck_ms;
    if (deadline_ms <= loop->now_ms) return 0;
    int timers = gn_heap_wait_ms(&loop->timers, loop->now_ms);
    if (deadline_ms == UINT64_MAX) return timers;
    uint64_t left = deadline_ms - loop->now_ms;
    int left_ms = left > INT_MAX ? INT_MAX : (int)left;
    return timers >= 0 && timers < left_ms ? timers : left_ms;
}

int gn_loop_turn(struct gn_loop *loop, int timeout_ms) {
    loop->now_ms = gn_clock_ms();
    uint64_t deadline_ms = timeout_ms < 0 ? UINT64_MAX : loop->now_ms + (uint64_t)timeout_ms;
    loop->woken = false;
    do {
        loop->backend->recycle(loop);
        fire_timers(loop);
        if (loop->recheck) gn_recheck_turn(loop);
        sync_dirty(loop);
        int rc = loop->backend->wait(loop, wait_ms(loop, deadline_ms));
        if (rc < 0) return rc;
    } while (!loop->calls->told(loop) && !loop->woken && loop->now_ms < deadline_ms);
    return 0;
}

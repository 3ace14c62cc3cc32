/* One event loop: a backend, its channels, timers, memory, and the turn that drives them.
 *
 * A loop is driven from outside: every gn_loop_turn() submits what was started since the last one,
 * waits, and hands what happened to the calls of `struct gn_loop_calls`. It never runs by itself
 * and starts no thread. Everything in it belongs to the one thread that turns it, except
 * gn_loop_wake(). It knows sockets and queues, no protocol.
 *
 *   turn:  take back receive buffers -> due timers -> sync dirty channels -> wait -> completions
 *
 * A channel whose state changed is put on the dirty list; at the next turn its sync starts whatever
 * operations that state calls for. A start that failed for want of room is thereby tried again.
 */
#ifndef GN_IO_LOOP_H
#define GN_IO_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/counts.h"
#include "../base/dmsg.h"
#include "../base/err.h"
#include "../base/heap.h"
#include "../base/list.h"
#include "backend.h"
#include "rbuf.h"

struct gn_stream;
struct gn_acceptor;
struct gn_census;

/* How much of the budget is used. Who writes should write little while it is TIGHT; new requests
 * are refused while it is FULL. */
enum gn_pressure { GN_PRESSURE_NONE = 0, GN_PRESSURE_TIGHT = 1, GN_PRESSURE_FULL = 2 };

enum gn_backend_choice { GN_AUTO = 0, GN_IO_URING = 1, GN_EPOLL = 2, GN_KQUEUE = 3 };

enum { GN_GEN_MASK = 0xffffff }; /* a generation has 24 bits: it shares a word with the operation */

/* Receive buffers beyond those the kernel may pick, for bytes that were held back or cut. */
enum { GN_LOOP_SPARE_BUFFERS = 16 };

struct gn_loop_config {
    void *recv_memory; /* for the receive buffers, as gn_rbuf_init takes it */
    struct gn_census *census; /* of all loops of a server; NULL: only chans_max counts */
    struct gn_counts *counts; /* zeroed, there as long as the loop; NULL: the loop has its own */
    enum gn_backend_choice backend;
    bool required;         /* fail instead of taking the next best */
    unsigned denied;       /* enum gn_feature bits to do without, for tests */
    uint32_t recv_size;    /* bytes of a receive buffer, up to 16 MiB */
    uint32_t recv_count;   /* how many, a power of two up to 16384 */
    uint32_t queue_depth;  /* submission queue entries */
    uint32_t chans_max;    /* channels at the same time */
    size_t memory_max;     /* bytes for queues, sessions and timers */
};

/* What the loop tells upwards; all on the loop's thread. */
struct gn_loop_calls {
    /* Storage for a connection that was accepted; NULL when there is none, it is refused then. */
    struct gn_stream *(*stream_new)(struct gn_loop *loop);
    /* The stream is closed and forgotten; its storage goes back. */
    void (*stream_free)(struct gn_loop *loop, struct gn_stream *stream);
    /* Accepted (by `acceptor`) or connected (then it is NULL). */
    void (*opened)(struct gn_loop *loop, struct gn_stream *stream, struct gn_acceptor *acceptor);
    /* `len` bytes arrived in receive buffer `buf`, which is lent until the next turn, and may be
     * changed. Returns how many were taken; the others are told again in a later turn. */
    uint32_t (*received)(struct gn_loop *loop, struct gn_stream *stream, uint32_t buf,
                         uint32_t len);
    /* What gn_stream_owe announced did not come in time; nothing is owed any more. */
    void (*overdue)(struct gn_loop *loop, struct gn_stream *stream);
    /* The peer ended its direction. */
    void (*ended)(struct gn_loop *loop, struct gn_stream *stream);
    /* The kernel took `len` bytes; `empty` when they were the last queued. */
    void (*sent)(struct gn_loop *loop, struct gn_stream *stream, uint64_t len, bool empty);
    /* The last call for a stream; `code` is 0 for an orderly end. stream_free follows. */
    void (*closed)(struct gn_loop *loop, struct gn_stream *stream, int code);
    /* Accepting paused or failed with `code`, or goes on with 0. */
    void (*accepting)(struct gn_loop *loop, struct gn_acceptor *acceptor, int code, bool fatal);
    /* The acceptor is closed and forgotten; its storage goes back. */
    void (*acceptor_free)(struct gn_loop *loop, struct gn_acceptor *acceptor);
    /* Whether another completion can be told this turn; each tells at most two things. */
    bool (*room)(const struct gn_loop *loop);
    /* The same for bytes that were held: they leave a part of the turn to what arrives in it. */
    bool (*room_for_held)(const struct gn_loop *loop);
    /* Whether something was told this turn. */
    bool (*told)(const struct gn_loop *loop);
};

struct gn_slot {
    struct gn_chan *chan; /* NULL when free */
    uint32_t gen;
    uint32_t next_free; /* slot + 1, 0 at the end */
};

struct gn_loop {
    const struct gn_backend *backend;
    void *backend_state;
    const struct gn_loop_calls *calls;
    void *owner;
    uint64_t now_ms;
    struct gn_list dirty; /* channels to sync: nodes of streams and acceptors */
    struct gn_list late;  /* the same, but first: there was no room or buffer for them last time */
    struct gn_list acceptors;
    struct gn_census *census; /* NULL: none */
    int reserve; /* a descriptor to give up, so that one can be accepted and refused; -1: none */
    struct gn_heap timers;
    struct gn_counts *counts, own_counts; /* the first is never NULL */
    struct gn_budget budget;
    enum gn_pressure pressure;
    struct gn_blocks blocks;
    struct gn_pool files; /* struct gn_stream_file */
    struct gn_rbuf rbuf;
    struct gn_slot *slots;
    uint32_t slot_count, slot_cap, slot_free, slots_max;
    uint32_t chan_count;
    bool woken;
    bool acceptors_full; /* some acceptor waits for a free slot */
    bool recheck;        /* the backend's receives may miss the end: see recheck.h */
    bool recheck_wanted; /* some stream was heard since, or is to be looked at again */
    uint32_t recheck_slot; /* where the next look begins */
    uint64_t recheck_ms;   /* when; 0: no look is planned */
    unsigned denied;
    struct gn_probe probe; /* why a better backend was not taken; step is NULL when it was */
};

/* A node of the dirty list. */
struct gn_dirty {
    struct gn_list node;
    struct gn_chan *chan;
};

/* Open a loop on the best backend the configuration allows.
 * Owns:   keeps `calls` and `owner` until gn_loop_fini.
 * Thread: any; the first gn_loop_turn decides which thread the loop belongs to.
 * Fails:  the code of the failing step, which loop->probe names (-EINVAL for a configuration beyond
 *         the limits above); nothing stays open. */
int gn_loop_init(struct gn_loop *loop, const struct gn_loop_config *config,
                 const struct gn_loop_calls *calls, void *owner);

/* Close the loop. Every acceptor and stream must be closed and freed: stop them and turn the loop
 * until gn_loop.chan_count is 0.
 * Owns:   frees everything.
 * Thread: the loop's, or any when it was never turned: a ring that is registered with its thread
 *         would else be taken from the thread that closes it.
 * Fails:  never. */
void gn_loop_fini(struct gn_loop *loop);

/* One turn, see above. Returns when something was told, gn_loop_wake was called, or `timeout_ms`
 * (-1: never) is over.
 * Owns:   takes back the receive buffers lent in the turn before.
 * Thread: the loop's.
 * Fails:  -errno when the backend's queue is broken; the loop cannot be used further. */
int gn_loop_turn(struct gn_loop *loop, int timeout_ms);

/* Make the present or next turn return. Thread: any. Fails: -errno. */
int gn_loop_wake(struct gn_loop *loop);

/* How much of the budget is used now; gn_loop.pressure is what it was at the last call.
 * Owns:   may free what is kept for reuse.
 * Thread: the loop's.
 * Fails:  never. */
enum gn_pressure gn_loop_weigh(struct gn_loop *loop);

/* Bytes of the budget that are left alone by new work, which is sessions and heads; and by all that
 * is no small answer, no timer and no end. */
static inline size_t gn_loop_leave_new(const struct gn_loop *loop) {
    return loop->budget.limit / 4;
}

static inline size_t gn_loop_leave_work(const struct gn_loop *loop) {
    return loop->budget.limit / 32;
}

/* Find a place for a channel; sets its slot and generation.
 * Owns:   keeps `chan` until gn_loop_remove.
 * Thread: the loop's.
 * Fails:  GN_ESESSIONS when all are taken, GN_EMEMORY. */
int gn_loop_add(struct gn_loop *loop, struct gn_chan *chan);

/* Forget a channel; its generation will not be met again soon. */
void gn_loop_remove(struct gn_loop *loop, struct gn_chan *chan);

/* The channel in a slot; NULL when it is free or another generation. */
static inline struct gn_chan *gn_loop_find(const struct gn_loop *loop, uint32_t slot,
                                           uint32_t gen) {
    if (slot >= loop->slot_count) return NULL;
    const struct gn_slot *entry = &loop->slots[slot];
    return entry->gen == gen ? entry->chan : NULL;
}

/* The backends' way up: clears `inflight` as the completion says and hands it to the channel. */
void gn_loop_done(struct gn_loop *loop, const struct gn_done *done);

/* Whether gn_loop_done may be called once more this turn. */
static inline bool gn_loop_room(const struct gn_loop *loop) { return loop->calls->room(loop); }

/* Put a channel on the dirty list; on that of the late, when its sync could not do its work. */
static inline void gn_loop_touch(struct gn_loop *loop, struct gn_dirty *dirty) {
    if (!gn_list_linked(&dirty->node)) gn_list_append(&loop->dirty, &dirty->node);
}

static inline void gn_loop_touch_late(struct gn_loop *loop, struct gn_dirty *dirty) {
    if (!gn_list_linked(&dirty->node)) gn_list_append(&loop->late, &dirty->node);
}

#endif

/* Completions out of readiness: what epoll and kqueue share.
 *
 * An operation is tried at once where that can succeed, else the descriptor is watched and the
 * operation is done when the kernel says it is ready. Watching is level triggered and taken back
 * lazily: only when a readiness is reported that nobody waits for. A send that would block
 * completes with -EAGAIN once there is room, so that no iovec has to be kept meanwhile.
 */
#ifndef GN_IO_READY_H
#define GN_IO_READY_H

#include "loop.h"

enum { GN_READY_IN = 1, GN_READY_OUT = 2 };

/* The first member of the backend's state. */
struct gn_ready {
    /* Watch `chan` for exactly `mask`, and note it in chan->armed. Fails: -errno. */
    int (*watch)(struct gn_loop *loop, struct gn_chan *chan, unsigned mask);
    int accept_burst; /* connections a listener may hand out in a turn */
};

/* Slots of the backend table, ready made. */
int gn_ready_accept(struct gn_loop *loop, struct gn_chan *chan, bool once);
int gn_ready_recv(struct gn_loop *loop, struct gn_chan *chan);
int gn_ready_send(struct gn_loop *loop, struct gn_chan *chan, const struct gn_send *send);
int gn_ready_connect(struct gn_loop *loop, struct gn_chan *chan, const struct sockaddr *addr,
                     socklen_t addr_len);
int gn_ready_cancel(struct gn_loop *loop, struct gn_chan *chan, unsigned ops);
void gn_ready_recycle(struct gn_loop *loop);

/* How many events to ask the kernel for, at most `batch`: those who wait to receive need a buffer
 * each, and what finds none would be asked for again in vain.
 * Owns:   nothing.
 * Thread: the loop's, inside wait.
 * Fails:  never. */
int gn_ready_most(const struct gn_loop *loop, int batch);

/* The kernel reports readiness: (enum) mask bits, and `hup` for an error or hang-up, which wakes
 * every operation so that it finds out by itself.
 * Owns:   borrows `chan`.
 * Thread: the loop's, inside wait.
 * Fails:  never; failures become completions. */
void gn_ready_event(struct gn_loop *loop, struct gn_chan *chan, unsigned mask, bool hup);

#endif

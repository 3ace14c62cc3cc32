/* A listening socket on a loop.
 *
 * Accepts until it is closed; every connection becomes a stream with the acceptor's options. When
 * the process or the system is short of descriptors or memory it pauses for a moment and goes on by
 * itself; connections wait in the backlog meanwhile. When descriptors are short for longer they are
 * refused instead, with the help of the loop's reserve. When the loop is full it waits for a free
 * place. Its storage is the caller's, until gn_loop_calls.acceptor_free. Everything runs on the
 * loop's thread.
 */
#ifndef GN_IO_ACCEPTOR_H
#define GN_IO_ACCEPTOR_H

#include "loop.h"
#include "stream.h"

struct gn_acceptor {
    struct gn_chan chan;
    struct gn_dirty dirty;
    struct gn_list link;   /* in gn_loop.acceptors */
    struct gn_timer timer; /* end of a rest, or of the calm behind it */
    struct gn_stream_options options;
    uint32_t tag; /* the owner's: 0 until it says otherwise */
    bool proxied; /* peers are not those whom their connections count for: the owner's too */
    int failing; /* the code it paused for, 0 when it accepts and did so for a while */
    uint64_t failing_since_ms; /* when that began */
    bool resting;
    int *waiting; /* accepted before accepting stopped for want of a place, oldest first */
    uint32_t waiting_at, waiting_end, waiting_cap;
    bool closed;
    uint32_t sweep_left; /* how many more it takes then */
    bool leaving;        /* closed, but what is in the backlog is still taken */
    uint32_t untold;     /* accepted, but the owner tells of them later: see gn_acceptor_resolve */
};

/* Start to accept on a listening descriptor.
 * Owns:   takes `fd` unless it fails; keeps `acceptor` until acceptor_free.
 * Thread: the loop's.
 * Fails:  GN_ESESSIONS, GN_EMEMORY. */
int gn_acceptor_open(struct gn_loop *loop, struct gn_acceptor *acceptor, int fd,
                     const struct gn_stream_options *options);

/* Stop accepting and close the descriptor, at once even if it is leaving; acceptor_free follows in
 * a later turn. */
void gn_acceptor_close(struct gn_loop *loop, struct gn_acceptor *acceptor);

/* Let no new connection begin, where the system can do that (Linux, TCP); those that have begun are
 * completed and accepted as before. Clients try again, a second later, and meet whoever listens
 * then. Does nothing elsewhere. */
void gn_acceptor_quiet(struct gn_acceptor *acceptor);

/* Accept what waits in the backlog, for as long as there are places for it, and close the
 * descriptor then: the system would reset those connections. A shortage makes it wait as ever. When
 * nothing is untold either, gn_loop_calls.accepting tells of the end, with code 0, before
 * acceptor_free. */
void gn_acceptor_leave(struct gn_loop *loop, struct gn_acceptor *acceptor);

/* One of those that the owner counted in `untold` is told of now, or gone. */
void gn_acceptor_resolve(struct gn_loop *loop, struct gn_acceptor *acceptor);

/* For loop.c alone. */
void gn_acceptor_done(struct gn_loop *loop, struct gn_acceptor *acceptor,
                      const struct gn_done *done);
void gn_acceptor_sync(struct gn_loop *loop, struct gn_acceptor *acceptor);
void gn_acceptor_timeout(struct gn_loop *loop, struct gn_acceptor *acceptor);

#endif

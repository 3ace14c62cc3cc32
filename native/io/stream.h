/* A connected byte stream: receiving, the send queue, half-close, close, idle timeout.
 *
 * It knows bytes and file regions, no protocol. What may be asked of it are changes of state; the
 * sync at the next turn starts the operations they call for. Its storage belongs to the caller of
 * gn_stream_connect or to gn_loop_calls.stream_new, until gn_loop_calls.stream_free. Everything
 * here runs on the loop's thread.
 *
 *   connecting --> open --> closing (sends what is queued) --> lingering (discards input) --> dead
 *        |          |          |                                   until the peer ends
 *        +----------+----------+------ abort, failure, timeout ------------------> dead
 *
 * A dead stream cancels what is in flight, and is closed, told and freed after the last completion.
 */
#ifndef GN_IO_STREAM_H
#define GN_IO_STREAM_H

#include "loop.h"
#include "sock.h"

enum gn_idle_mode { GN_IDLE_OFF = 0, GN_IDLE_READ = 1, GN_IDLE_WRITE = 2, GN_IDLE_BOTH = 3 };

struct gn_stream_options {
    /* Where sending counts, a stream is not idle either while its peer takes bytes that the kernel
     * has buffered; one that stands still is noticed after twice the time then. */
    uint32_t idle_ms;
    enum gn_idle_mode idle_mode;
    uint32_t close_ms; /* how long to linger for the peer's end after a close */
    uint32_t send_ms;  /* how long what is queued may stand still, 0: no limit of its own; as with
                        * idle_ms, what the kernel has buffered counts too */
};

/* A file region in the send queue. */
struct gn_stream_file {
    struct gn_stream_file *next;
    uint64_t at; /* the position in the stream where it starts */
    uint64_t offset, len;
    int fd;
};

struct gn_stream {
    struct gn_chan chan;
    struct gn_dirty dirty;
    struct gn_timer timer; /* connect or linger timeout, or the next deadline while it is open */
    struct gn_dmsg out;    /* bytes to send */
    struct gn_dmsg held;   /* bytes that arrived while reading was paused */
    struct gn_dmsg back;   /* told bytes that were taken back: they come before `held` */
    struct gn_stream_file *files, *files_tail;
    uint64_t queued, sent; /* positions in the outgoing stream, files included */
    uint64_t got;          /* bytes that came in, those that were discarded too */
    uint64_t read_ms, write_ms;
    uint64_t owed_at; /* when what the peer owes is overdue */
    uint32_t owed_ms; /* how long it had for that, 0: it owes nothing */
    struct gn_stream_options options;
    int error;
    uint32_t flags;  /* enum gn_stream_flag */
    uint32_t census; /* its place in gn_loop.census, left at the end; 0: none */
    uint32_t unsent; /* what the kernel had to send when no send had completed for long */
};

enum gn_stream_flag {
    GN_STREAM_CONNECTING = 1 << 0,
    GN_STREAM_PAUSED = 1 << 1,
    GN_STREAM_ENDED = 1 << 2,    /* the peer sends no more */
    GN_STREAM_END_TOLD = 1 << 3, /* and gn_loop_calls.ended said so */
    GN_STREAM_CLOSING = 1 << 4,
    GN_STREAM_LINGERING = 1 << 5,
    GN_STREAM_SHUT = 1 << 6,      /* end this direction once the queue is empty */
    GN_STREAM_SHUT_DONE = 1 << 7, /* the kernel was told so */
    GN_STREAM_RESET = 1 << 8,     /* close with a reset */
    GN_STREAM_DEAD = 1 << 9,
    GN_STREAM_BUSY = 1 << 10,    /* this side owes an answer: the peer is not idle */
    GN_STREAM_LATE = 1 << 11,    /* a deadline has passed, but not what arrived by then */
    GN_STREAM_OVERDUE = 1 << 12, /* gn_loop_calls.overdue is to say so */
    GN_STREAM_LEAVING = 1 << 13, /* lingers for a short time only */
    GN_STREAM_HEARD = 1 << 14,   /* bytes came since recheck.c looked */
    GN_STREAM_SILENT = 1 << 15,  /* they did when it looked before */
    GN_STREAM_PATIENT = 1 << 16, /* for a stage: any byte is progress in what is owed */
};

enum { GN_STREAM_LEAVE_MS = 200 };

/* Take over a connected descriptor, in the mode in which gn_sock_accept returns one.
 * Owns:   takes `fd`, also when it fails; keeps `stream` until stream_free unless it fails.
 * Thread: the loop's.
 * Fails:  GN_ESESSIONS, GN_EMEMORY. */
int gn_stream_adopt(struct gn_loop *loop, struct gn_stream *stream, int fd,
                    const struct gn_stream_options *options);

/* Connect a new socket; `opened` or `closed` follows.
 * Owns:   keeps `stream` until stream_free unless it fails.
 * Thread: the loop's.
 * Fails:  at once with -errno, GN_EPATHLEN, GN_ESESSIONS, GN_EMEMORY; nothing follows then. */
int gn_stream_connect(struct gn_loop *loop, struct gn_stream *stream, const struct gn_addr *addr,
                      const struct gn_sock_options *sock, const struct gn_stream_options *options,
                      uint32_t timeout_ms);

/* Queue bytes.
 * Owns:   borrows `data`.
 * Thread: the loop's.
 * Fails:  GN_ECLOSED; GN_EMEMORY, and the stream dies of it: bytes the caller was told are queued
 *         must not be missing in the middle. */
int gn_stream_write(struct gn_loop *loop, struct gn_stream *stream, const void *data, size_t len);

/* Queue `len` bytes, at most GN_BLOCK_MAX, that the caller puts where the iovecs say, before the
 * next turn; returns how many iovecs that are.
 * Owns:   the iovecs borrow the queue; there is room for GN_DMSG_TAIL_IOV.
 * Thread: the loop's.
 * Fails:  as gn_stream_write. */
int gn_stream_write_room(struct gn_loop *loop, struct gn_stream *stream, size_t len,
                         struct iovec *iov);

/* Queue a part of a file. Sending files may raise SIGPIPE, which the process has to ignore (a JVM
 * does): sendfile(2) cannot be told not to.
 * Owns:   takes `fd`, also when it fails.
 * Thread: the loop's.
 * Fails:  as gn_stream_write; -EOVERFLOW for more bytes than a stream can count. */
int gn_stream_write_file(struct gn_loop *loop, struct gn_stream *stream, int fd, uint64_t offset,
                         uint64_t len);

/* Stop and restart reading. What arrives meanwhile is held, and told after the restart. */
void gn_stream_pause(struct gn_loop *loop, struct gn_stream *stream);
void gn_stream_resume(struct gn_loop *loop, struct gn_stream *stream);

/* Take back bytes that were told this turn, because the reader paused in between; in their order.
 * Owns:   borrows `data`.
 * Thread: the loop's, before the turn that recycles the receive buffers.
 * Fails:  GN_EMEMORY, and the stream dies of it. */
int gn_stream_hold(struct gn_loop *loop, struct gn_stream *stream, const void *data, size_t len);

/* Take back that the peer ended, for the same reason: it is told again after the held bytes. */
void gn_stream_hold_end(struct gn_loop *loop, struct gn_stream *stream);

/* The peer owes bytes within `ms`, 0: it owes none (any more). gn_loop_calls.overdue follows when
 * this is not called again by then. Time in which reading is paused does not count: the peer has
 * `ms` from the resume again. While something is owed, or to be sent with options.send_ms, that
 * deadline takes the place of the idle timeout.
 * Owns:   nothing.
 * Thread: the loop's.
 * Fails:  never; without memory for the timer the stream dies. */
void gn_stream_owe(struct gn_loop *loop, struct gn_stream *stream, uint32_t ms);

/* Suspend the idle timeout and start it anew. */
void gn_stream_busy(struct gn_loop *loop, struct gn_stream *stream, bool busy);

/* Let any byte be progress, or not any more: who takes what comes piece by piece keeps none of it,
 * so that a slow peer costs little. */
void gn_stream_patient(struct gn_stream *stream, bool patient);

/* Die of `code`, which is negative; a stream that is dead already keeps its code. */
void gn_stream_fail(struct gn_loop *loop, struct gn_stream *stream, int code);

/* End this side's direction after what is queued. */
void gn_stream_shut(struct gn_loop *loop, struct gn_stream *stream);

/* Close after what is queued; input is discarded from now on. */
void gn_stream_close(struct gn_loop *loop, struct gn_stream *stream);

/* The same, or hurry a close that is under way: the peer gets GN_STREAM_LEAVE_MS at most to close
 * its side, however long it may have otherwise. */
void gn_stream_leave(struct gn_loop *loop, struct gn_stream *stream);

/* Close at once; with a reset, or in order where the kernel can. */
void gn_stream_abort(struct gn_loop *loop, struct gn_stream *stream, bool reset);

/* For loop.c alone. */
void gn_stream_done(struct gn_loop *loop, struct gn_stream *stream, const struct gn_done *done);
void gn_stream_sync(struct gn_loop *loop, struct gn_stream *stream);
void gn_stream_timeout(struct gn_loop *loop, struct gn_stream *stream);

/* For stream.c alone: the deadlines, which stream_time.c keeps.
 * gn_stream_deadline: when the peer is late with what counts now, UINT64_MAX for never.
 * gn_stream_expect: let the timer fire at `due_ms` at the latest; it may fire too early, and is set
 * anew then.
 * gn_stream_start_idle: begin to count; fails with GN_EMEMORY. */
uint64_t gn_stream_deadline(const struct gn_loop *loop, const struct gn_stream *stream);
void gn_stream_expect(struct gn_loop *loop, struct gn_stream *stream, uint64_t due_ms);
int gn_stream_start_idle(struct gn_loop *loop, struct gn_stream *stream);
void gn_stream_tell_overdue(struct gn_loop *loop, struct gn_stream *stream);

#endif

/* The backend table: how a loop talks to the kernel.
 *
 * The contract is completion-shaped, as io_uring is: an operation is started, its completion comes
 * out of a later wait (or, where the kernel answered at once, before the call returns) through
 * gn_loop_done(). epoll and kqueue emulate it in ready.c. At most one operation of each kind is in
 * flight on a channel; `inflight` is kept by whoever completes. Memory handed to `send` stays valid
 * until its completion, also after a cancel. Completions carry slot and generation, never a
 * pointer, so a late one cannot reach the connection that took the slot.
 *
 * To add a backend: write io/backend_x.c with one `const struct gn_backend`, list it in CMake and
 * in the table of loop.c, and let it pass test_backend.c.
 */
#ifndef GN_IO_BACKEND_H
#define GN_IO_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct gn_loop;
struct gn_loop_config;

/* Operations; the values are bits of gn_chan.inflight. */
enum gn_op {
    GN_OP_ACCEPT = 1,  /* repeats unless asked for once; res is the new descriptor */
    GN_OP_RECV = 2,    /* repeats; res is the length in buffer `buf`, 0 at the end */
    GN_OP_SEND = 4,    /* once; res is the bytes taken, -EAGAIN means: start it again */
    GN_OP_CONNECT = 8, /* once; res is 0 */
};

enum gn_chan_kind {
    GN_CHAN_ACCEPTOR = 1,
    GN_CHAN_STREAM = 2,
};

/* A descriptor that a loop knows. */
struct gn_chan {
    int fd;
    uint32_t slot, gen;
    uint8_t kind;       /* enum gn_chan_kind */
    uint8_t inflight;   /* enum gn_op bits: started, last completion not seen yet */
    uint8_t cancelling; /* the same bits: a cancel is on its way */
    uint8_t armed;      /* the backend's: what it watches the descriptor for */
    bool once;          /* the backend's: the accept in flight does not repeat */
};

/* What to send: bytes, or a part of a file when iov_count is 0. */
struct gn_send {
    const struct iovec *iov;
    int iov_count;
    int file;
    uint64_t offset;
    size_t len;
};

/* One completion. */
struct gn_done {
    uint32_t slot, gen;
    enum gn_op op;
    int res;   /* see enum gn_op; negative is -errno */
    int buf;   /* the receive buffer that holds the bytes, -1 when there is none */
    bool more; /* the operation goes on and will complete again */
};

/* Features of a backend that are in use, and that a configuration can deny for tests. */
enum gn_feature {
    GN_FEATURE_DEFER_TASKRUN = 1 << 0,
    GN_FEATURE_COOP_TASKRUN = 1 << 1,
    GN_FEATURE_MULTISHOT_ACCEPT = 1 << 2,
    GN_FEATURE_MULTISHOT_RECV = 1 << 3,
    GN_FEATURE_BUFFER_RING = 1 << 4,
    GN_FEATURE_RING_FD = 1 << 5,
    GN_FEATURE_NO_IOWAIT = 1 << 6,
    GN_FEATURE_IO_URING = 1 << 7, /* denied: as if the system call were forbidden */
};

/* Where the opening of a backend failed. */
struct gn_probe {
    const char *step; /* the step that failed, as "io_uring_setup"; NULL when none did */
    int err;          /* its negative code */
};

struct gn_backend {
    const char *name;

    /* The features in use by now: some prove themselves only at their first use.
     * Thread: any. Fails: never. */
    unsigned (*features)(const struct gn_loop *loop);

    /* Open the queue. Owns: stores its state in loop->backend_state. Thread: any, before the
     * loop's.
     * Fails: -errno, and probe->step says where; nothing stays open. */
    int (*init)(struct gn_loop *loop, const struct gn_loop_config *config, struct gn_probe *probe);

    /* Close the queue. Every channel was closed before. Thread: the loop's, or any once it
     * ended. */
    void (*fini)(struct gn_loop *loop);

    /* Start an operation. Thread: the loop's.
     * Fails: -EAGAIN when the submission queue is full even after a flush, try at the next turn;
     * another -errno at once instead of a completion. */
    int (*accept)(struct gn_loop *loop, struct gn_chan *chan, bool once);
    int (*recv)(struct gn_loop *loop, struct gn_chan *chan);
    int (*send)(struct gn_loop *loop, struct gn_chan *chan, const struct gn_send *send);
    int (*connect)(struct gn_loop *loop, struct gn_chan *chan, const struct sockaddr *addr,
                   socklen_t addr_len);

    /* Ask operations in flight (enum gn_op bits) to end; each still completes, with -ECANCELED or
     * as it happened to. A listening descriptor is not watched any more after it. Thread: the
     * loop's. Fails: as above. */
    int (*cancel)(struct gn_loop *loop, struct gn_chan *chan, unsigned ops);

    /* Make the present or the next wait return. Thread: any. Fails: -errno. */
    int (*wake)(struct gn_loop *loop);

    /* Take back the receive buffers that were lent. Thread: the loop's. Fails: never. */
    void (*recycle)(struct gn_loop *loop);

    /* Submit what was started, wait up to `timeout_ms` (-1: for ever) until something completes,
     * and hand completions to gn_loop_done() while gn_loop_room() allows. Thread: the loop's.
     * It sets gn_loop.now_ms as soon as it has waited: what it then tells happened now, and a loop
     * may have slept for longer than any timeout.
     * Fails: -errno for a broken queue; an interruption is not a failure. */
    int (*wait)(struct gn_loop *loop, int timeout_ms);
};

extern const struct gn_backend gn_backend_epoll;
extern const struct gn_backend gn_backend_uring;
extern const struct gn_backend gn_backend_kqueue;

/* The backends of this system, best first, NULL at the end; CMake picks the file that defines
 * it. */
extern const struct gn_backend *const gn_backends[];

#endif

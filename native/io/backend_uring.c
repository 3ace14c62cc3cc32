/* The io_uring backend.
 *
 * One ring for each loop, created disabled and enabled by the thread that turns the loop, because
 * SINGLE_ISSUER binds it to whoever enables it. Everything started in a turn is submitted by the
 * one system call that also waits. Features of later kernels are tried, and replaced one at a time
 * when the kernel refuses them; without a ring of provided buffers (Linux < 5.19) there is no
 * backend.
 *
 * user_data:  | 8 bits: code | 24 bits: generation | 32 bits: slot |
 */
#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/clock.h"
#include "backend.h"
#include "loop.h"
#include "sock.h"

enum {
    CQ_FACTOR = 8, /* completions the kernel can keep for each submission entry */
    MSG_MAX = 64,  /* vectored sends between two submissions */
    ADDR_MAX = 16, /* connects between two submissions */
    SCARCE_TURNS = 16, /* for so long behind a lack of buffers nobody takes many at once */
    IOV_MAX_MSG = 16,
};

/* Beside the enum gn_op values, which are codes of user_data too. */
enum { CODE_WAKE = 0x10, CODE_CANCEL = 0x20, CODE_POLL_OUT = 0x40, CODE_POLL_IN = 0x80 };

/* What gn_chan.armed says here: the operation in flight, or the next one, is a wait for
 * readiness. */
enum {
    ARMED_POLL_OUT = 1, /* of a send, as files need it */
    ARMED_POLL_IN = 2,  /* of an accept on a non-blocking descriptor: the ring does not queue it */
};

struct gn_uring {
    struct io_uring ring;
    struct io_uring_buf_ring *buf_ring;
    size_t buf_ring_bytes;
    uint32_t buf_count;
    atomic_uint features; /* enum gn_feature bits; other threads may ask */
    int wake_fd;
    uint64_t wake_count; /* what the read of the eventfd writes */
    unsigned scarce; /* turns to go until receive buffers count as plenty again */
    bool wake_armed;
    bool enabled;
    uint32_t msg_count; /* vectored sends not submitted yet; the kernel copies at submission */
    uint32_t addr_count; /* the same for addresses to connect to */
    struct sockaddr_storage addrs[ADDR_MAX];
    struct msghdr msgs[MSG_MAX];
    struct iovec iovs[MSG_MAX][IOV_MAX_MSG];
};

static struct gn_uring *state(const struct gn_loop *loop) { return loop->backend_state; }

static uint64_t key(const struct gn_chan *chan, unsigned code) {
    return (uint64_t)code << 56 | (uint64_t)chan->gen << 32 | chan->slot;
}

/* ---- opening ---- */

static int try_queue(struct gn_uring *uring, unsigned depth, unsigned flags) {
    struct io_uring_params params = {0};
    params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
    params.cq_entries = depth * CQ_FACTOR;
    int rc;
    do rc = io_uring_queue_init_params(depth, &uring->ring, &params);
    while (rc == -EINTR);
    return rc;
}

/* The best task-run mode the kernel knows: EINVAL is how it says that it does not know a flag. */
static int open_queue(struct gn_uring *uring, const struct gn_loop_config *config) {
    unsigned depth = config->queue_depth;
    int rc = -EINVAL;
    if (config->denied & GN_FEATURE_IO_URING) return -EPERM;
    if (!(config->denied & GN_FEATURE_DEFER_TASKRUN)) {
        uring->features = GN_FEATURE_DEFER_TASKRUN;
        rc = try_queue(uring, depth, IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                                         IORING_SETUP_DEFER_TASKRUN);
    }
    if (rc == -EINVAL && !(config->denied & GN_FEATURE_COOP_TASKRUN)) {
        uring->features = GN_FEATURE_COOP_TASKRUN;
        rc = try_queue(uring, depth, IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN);
    }
    if (rc == -EINVAL) {
        uring->features = 0;
        rc = try_queue(uring, depth, 0);
    }
    if (rc == 0 && !(uring->ring.features & IORING_FEAT_NODROP)) {
        io_uring_queue_exit(&uring->ring); /* a full completion queue would lose completions */
        rc = -EOPNOTSUPP;
    }
    return rc;
}

/* A filter may let the ring be set up and refuse to have it used. One that is not enabled answers
 * EBADFD, and does nothing else. */
static int try_enter(const struct gn_uring *uring) {
    int rc;
    do rc = io_uring_enter((unsigned)uring->ring.ring_fd, 0, 0, 0, NULL);
    while (rc == -EINTR);
    return rc == -EBADFD ? 0 : rc;
}

static int open_buffers(struct gn_uring *uring, struct gn_loop *loop,
                        const struct gn_loop_config *config) {
    uint32_t count = config->recv_count;
    if (config->denied & GN_FEATURE_BUFFER_RING) return -EINVAL;
    assert((count & (count - 1)) == 0 && count < loop->rbuf.count);
    uring->buf_count = count;
    uring->buf_ring_bytes = count * sizeof(struct io_uring_buf);
    void *memory = mmap(NULL, uring->buf_ring_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -ENOMEM;
    uring->buf_ring = memory;
    struct io_uring_buf_reg reg = {.ring_addr = (uint64_t)(uintptr_t)memory, .ring_entries = count};
    int rc = io_uring_register_buf_ring(&uring->ring, &reg, 0);
    if (rc < 0) {
        munmap(memory, uring->buf_ring_bytes);
        return rc;
    }
    io_uring_buf_ring_init(uring->buf_ring);
    uring->features |= GN_FEATURE_BUFFER_RING;
    return 0;
}

/* Hand the first buf_count buffers to the kernel; the spare ones stay on the free stack. */
static void give_buffers(struct gn_uring *uring, struct gn_rbuf *rbuf) {
    int mask = io_uring_buf_ring_mask(uring->buf_count);
    for (uint32_t i = 0; i < uring->buf_count; i++) {
        int taken = gn_rbuf_take(rbuf);
        assert(taken == (int)i); /* a fresh stack gives them out in order */
        io_uring_buf_ring_add(uring->buf_ring, gn_rbuf_at(rbuf, i), rbuf->size, (unsigned short)i,
                              mask, (int)i);
    }
    io_uring_buf_ring_advance(uring->buf_ring, (int)uring->buf_count);
}

static struct gn_uring *uring_new(void) { return calloc(1, sizeof(struct gn_uring)); }

static int uring_init(struct gn_loop *loop, const struct gn_loop_config *config,
                      struct gn_probe *probe) {
    struct gn_uring *uring = uring_new();
    if (!uring) return -ENOMEM;
    probe->step = "io_uring_setup";
    int rc = open_queue(uring, config);
    if (rc < 0) goto free_state;
    probe->step = "io_uring_enter";
    rc = try_enter(uring);
    if (rc < 0) goto close_queue;
    probe->step = "io_uring provided buffer ring";
    rc = open_buffers(uring, loop, config);
    if (rc < 0) goto close_queue;
    probe->step = "eventfd";
    uring->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (uring->wake_fd < 0) {
        rc = -errno;
        goto close_buffers;
    }
    give_buffers(uring, &loop->rbuf);
    uring->features |= GN_FEATURE_MULTISHOT_ACCEPT | GN_FEATURE_MULTISHOT_RECV;
    uring->features &= ~config->denied;
    loop->backend_state = uring;
    return 0;
close_buffers:
    io_uring_unregister_buf_ring(&uring->ring, 0);
    munmap(uring->buf_ring, uring->buf_ring_bytes);
close_queue:
    io_uring_queue_exit(&uring->ring);
free_state:
    free(uring);
    return rc;
}

static void uring_fini(struct gn_loop *loop) {
    struct gn_uring *uring = state(loop);
    io_uring_queue_exit(&uring->ring);
    munmap(uring->buf_ring, uring->buf_ring_bytes);
    close(uring->wake_fd);
    free(uring);
}

static unsigned uring_features(const struct gn_loop *loop) { return state(loop)->features; }

/* Once, on the thread that turns the loop. */
static int enable(struct gn_uring *uring, unsigned denied) {
    if (uring->enabled) return 0;
    int rc = io_uring_enable_rings(&uring->ring);
    if (rc < 0) return rc;
    uring->enabled = true;
    if (!(denied & GN_FEATURE_RING_FD) && io_uring_register_ring_fd(&uring->ring) == 1) {
        uring->features |= GN_FEATURE_RING_FD;
    }
#ifdef GN_HAVE_SET_IOWAIT
    if (!(denied & GN_FEATURE_NO_IOWAIT) && io_uring_set_iowait(&uring->ring, false) == 0) {
        uring->features |= GN_FEATURE_NO_IOWAIT;
    }
#endif
    return 0;
}

/* ---- starting operations ---- */

/* Submit without waiting; what the kernel has copied by then need not be kept any more. */
static int flush(struct gn_loop *loop) {
    struct gn_uring *uring = state(loop);
    int rc = enable(uring, loop->denied);
    if (rc == 0) rc = io_uring_submit(&uring->ring);
    if (rc < 0) return rc;
    /* Without SUBMIT_ALL the kernel stops at an entry it refuses. */
    if (io_uring_sq_ready(&uring->ring) > 0) return -EAGAIN;
    uring->msg_count = uring->addr_count = 0;
    return 0;
}

/* An entry to fill; when the queue is full it is submitted first, NULL when even that fails. */
static struct io_uring_sqe *entry(struct gn_loop *loop) {
    struct gn_uring *uring = state(loop);
    struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
    if (sqe) return sqe;
    if (flush(loop) < 0) return NULL;
    return io_uring_get_sqe(&uring->ring);
}

static void started(struct gn_chan *chan, struct io_uring_sqe *sqe, enum gn_op op, unsigned code) {
    sqe->user_data = key(chan, code);
    chan->inflight |= (uint8_t)op;
}

static int uring_accept(struct gn_loop *loop, struct gn_chan *chan, bool once) {
    struct io_uring_sqe *sqe = entry(loop);
    if (!sqe) return -EAGAIN;
    if (chan->armed == ARMED_POLL_IN) {
        io_uring_prep_poll_add(sqe, chan->fd, POLLIN);
        started(chan, sqe, GN_OP_ACCEPT, CODE_POLL_IN);
        chan->once = true;
        return 0;
    }
    chan->once = once || !(state(loop)->features & GN_FEATURE_MULTISHOT_ACCEPT);
    if (chan->once) {
        io_uring_prep_accept(sqe, chan->fd, NULL, NULL, SOCK_CLOEXEC);
    } else {
        io_uring_prep_multishot_accept(sqe, chan->fd, NULL, NULL, SOCK_CLOEXEC);
    }
    started(chan, sqe, GN_OP_ACCEPT, GN_OP_ACCEPT);
    return 0;
}

/* One that repeats takes as many buffers at once as its peer can fill, dozens of them. Where they
 * are scarce each connection takes one, so that a flood on some does not starve the others. */
static int uring_recv(struct gn_loop *loop, struct gn_chan *chan) {
    const struct gn_uring *uring = state(loop);
    struct io_uring_sqe *sqe = entry(loop);
    if (!sqe) return -EAGAIN;
    if (uring->features & GN_FEATURE_MULTISHOT_RECV && uring->scarce == 0) {
        io_uring_prep_recv_multishot(sqe, chan->fd, NULL, 0, 0);
    } else {
        io_uring_prep_recv(sqe, chan->fd, NULL, loop->rbuf.size, 0);
    }
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    started(chan, sqe, GN_OP_RECV, GN_OP_RECV);
    return 0;
}

/* The ring has no sendfile, and its splice costs a kernel thread each: call sendfile(2), and let
 * the ring say when there is room again. */
static int send_file(struct gn_loop *loop, struct gn_chan *chan, const struct gn_send *send) {
    int res = gn_sock_send_file(chan->fd, send->file, send->offset, send->len);
    if (res != -EAGAIN) {
        struct gn_done done = {chan->slot, chan->gen, GN_OP_SEND, res, -1, false};
        gn_loop_done(loop, &done);
        return 0;
    }
    struct io_uring_sqe *sqe = entry(loop);
    if (!sqe) return -EAGAIN;
    io_uring_prep_poll_add(sqe, chan->fd, POLLOUT);
    started(chan, sqe, GN_OP_SEND, CODE_POLL_OUT);
    chan->armed = ARMED_POLL_OUT;
    return 0;
}

static int uring_send(struct gn_loop *loop, struct gn_chan *chan, const struct gn_send *send) {
    struct gn_uring *uring = state(loop);
    if (send->iov_count == 0) return send_file(loop, chan, send);
    if (send->iov_count > 1 && uring->msg_count == MSG_MAX && flush(loop) < 0) return -EAGAIN;
    struct io_uring_sqe *sqe = entry(loop);
    if (!sqe) return -EAGAIN;
    if (send->iov_count == 1) {
        io_uring_prep_send(sqe, chan->fd, send->iov->iov_base, send->iov->iov_len, MSG_NOSIGNAL);
    } else {
        assert(send->iov_count <= IOV_MAX_MSG);
        struct msghdr *msg = &uring->msgs[uring->msg_count];
        struct iovec *iov = uring->iovs[uring->msg_count++];
        memcpy(iov, send->iov, (size_t)send->iov_count * sizeof *iov);
        *msg = (struct msghdr){.msg_iov = iov, .msg_iovlen = (size_t)send->iov_count};
        io_uring_prep_sendmsg(sqe, chan->fd, msg, MSG_NOSIGNAL);
    }
    chan->armed = 0;
    started(chan, sqe, GN_OP_SEND, GN_OP_SEND);
    return 0;
}

static int uring_connect(struct gn_loop *loop, struct gn_chan *chan, const struct sockaddr *addr,
                         socklen_t addr_len) {
    struct gn_uring *uring = state(loop);
    assert(addr_len <= sizeof uring->addrs[0]);
    if (uring->addr_count == ADDR_MAX && flush(loop) < 0) return -EAGAIN;
    struct io_uring_sqe *sqe = entry(loop);
    if (!sqe) return -EAGAIN;
    struct sockaddr_storage *kept = &uring->addrs[uring->addr_count++];
    memcpy(kept, addr, addr_len);
    io_uring_prep_connect(sqe, chan->fd, (struct sockaddr *)kept, addr_len);
    started(chan, sqe, GN_OP_CONNECT, GN_OP_CONNECT);
    return 0;
}

static int uring_cancel(struct gn_loop *loop, struct gn_chan *chan, unsigned ops) {
    for (unsigned op = GN_OP_ACCEPT; op <= GN_OP_CONNECT; op <<= 1) {
        if (!(ops & op & chan->inflight) || chan->cancelling & op) continue;
        struct io_uring_sqe *sqe = entry(loop);
        if (!sqe) return -EAGAIN;
        unsigned code = op;
        if (op == GN_OP_SEND && chan->armed == ARMED_POLL_OUT) code = CODE_POLL_OUT;
        if (op == GN_OP_ACCEPT && chan->armed == ARMED_POLL_IN) code = CODE_POLL_IN;
        io_uring_prep_cancel64(sqe, key(chan, code), 0);
        sqe->user_data = key(chan, CODE_CANCEL);
        chan->cancelling |= (uint8_t)op;
    }
    return 0;
}

static int uring_wake(struct gn_loop *loop) {
    uint64_t one = 1;
    ssize_t n;
    do n = write(state(loop)->wake_fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* ---- waiting ---- */

static void uring_recycle(struct gn_loop *loop) {
    struct gn_uring *uring = state(loop);
    struct gn_rbuf *rbuf = &loop->rbuf;
    int mask = io_uring_buf_ring_mask(uring->buf_count);
    int added = 0;
    while (rbuf->lent_count > 0) {
        uint16_t index = rbuf->lent[--rbuf->lent_count];
        if (index >= uring->buf_count) {
            gn_rbuf_give(rbuf, index);
        } else {
            io_uring_buf_ring_add(uring->buf_ring, gn_rbuf_at(rbuf, index), rbuf->size, index, mask,
                                  added++);
        }
    }
    if (added > 0) io_uring_buf_ring_advance(uring->buf_ring, added);
}

/* Whether the kernel refuses to repeat: then this feature is done without from now on. */
static bool lacks_multishot(struct gn_uring *uring, unsigned code, int res) {
    unsigned feature = code == GN_OP_ACCEPT ? GN_FEATURE_MULTISHOT_ACCEPT
                       : code == GN_OP_RECV ? GN_FEATURE_MULTISHOT_RECV
                                            : 0u;
    if (res != -EINVAL || !(uring->features & feature)) return false;
    uring->features &= ~feature;
    return true;
}

static void complete(struct gn_loop *loop, const struct io_uring_cqe *cqe) {
    struct gn_uring *uring = state(loop);
    unsigned code = (unsigned)(cqe->user_data >> 56);
    uint32_t slot = (uint32_t)cqe->user_data;
    uint32_t gen = (uint32_t)(cqe->user_data >> 32) & GN_GEN_MASK;
    if (code == CODE_CANCEL) return; /* what it cancelled tells the outcome */
    if (code == CODE_WAKE) {
        uring->wake_armed = false;
        loop->woken = true;
        return;
    }
    struct gn_done done = {slot, gen, (enum gn_op)code, cqe->res, -1, false};
    done.more = cqe->flags & IORING_CQE_F_MORE;
    if (cqe->flags & IORING_CQE_F_BUFFER) {
        done.buf = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
        gn_rbuf_lend(&loop->rbuf, (uint32_t)done.buf);
    }
    if (code == CODE_POLL_OUT || code == CODE_POLL_IN) {
        done.op = code == CODE_POLL_OUT ? GN_OP_SEND : GN_OP_ACCEPT;
        done.res = cqe->res < 0 ? cqe->res : -EAGAIN;
        gn_loop_find(loop, slot, gen)->armed = 0;
    } else if (code == GN_OP_ACCEPT && cqe->res == -EAGAIN) {
        gn_loop_find(loop, slot, gen)->armed = ARMED_POLL_IN;
    } else if (lacks_multishot(uring, code, cqe->res)) {
        done.res = -EAGAIN;
    } else if (code == GN_OP_RECV && cqe->res == -ENOBUFS) {
        uring->scarce = SCARCE_TURNS;
    }
    gn_loop_done(loop, &done);
}

static int submit_and_wait(struct gn_uring *uring, int timeout_ms) {
    if (timeout_ms == 0 || io_uring_cq_ready(&uring->ring) > 0) {
        return io_uring_submit_and_get_events(&uring->ring);
    }
    if (timeout_ms < 0) return io_uring_submit_and_wait(&uring->ring, 1);
    struct io_uring_cqe *cqe;
    struct __kernel_timespec ts = {.tv_sec = timeout_ms / 1000,
                                   .tv_nsec = (long long)(timeout_ms % 1000) * 1000000};
    return io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &ts, NULL);
}

static int uring_wait(struct gn_loop *loop, int timeout_ms) {
    struct gn_uring *uring = state(loop);
    int rc = enable(uring, loop->denied);
    if (rc < 0) return rc;
    if (uring->scarce > 0) uring->scarce--;
    if (!uring->wake_armed) {
        struct io_uring_sqe *sqe = entry(loop);
        if (sqe) {
            unsigned len = sizeof uring->wake_count;
            io_uring_prep_read(sqe, uring->wake_fd, &uring->wake_count, len, 0);
            sqe->user_data = (uint64_t)CODE_WAKE << 56;
            uring->wake_armed = true;
        }
    }
    /* Without a wake armed nothing could end the wait: go round and try again. */
    rc = submit_and_wait(uring, uring->wake_armed ? timeout_ms : 0);
    loop->now_ms = gn_clock_ms(); /* what is told below happened now, not before the wait */
    /* EBUSY and EAGAIN: the kernel wants its completions taken first. */
    bool passing = rc == -ETIME || rc == -EINTR || rc == -EBUSY || rc == -EAGAIN;
    if (rc < 0 && !passing) return rc;
    if (io_uring_sq_ready(&uring->ring) == 0) uring->msg_count = uring->addr_count = 0;
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(&uring->ring, head, cqe) {
        if (!gn_loop_room(loop)) break;
        seen++;
        complete(loop, cqe);
    }
    io_uring_cq_advance(&uring->ring, seen);
    return 0;
}

const struct gn_backend gn_backend_uring = {
    .name = "io_uring",
    .features = uring_features,
    .init = uring_init,
    .fini = uring_fini,
    .accept = uring_accept,
    .recv = uring_recv,
    .send = uring_send,
    .connect = uring_connect,
    .cancel = uring_cancel,
    .wake = uring_wake,
    .recycle = uring_recycle,
    .wait = uring_wait,
};

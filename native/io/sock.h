/* Sockets: options, addresses and the few calls whose details differ between systems.
 *
 * The one place for platform #ifs of the socket API. No state, no event queue. Descriptors are
 * blocking unless a function says otherwise. Transfers never block: on Linux every call asks for
 * that itself, elsewhere it is the mode of what gn_sock_accept returned and of what a backend
 * connects. Anyone in io/ may call it.
 */
#ifndef GN_IO_SOCK_H
#define GN_IO_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum gn_family { GN_FAMILY_NONE = 0, GN_FAMILY_UNIX = 1, GN_FAMILY_V4 = 4, GN_FAMILY_V6 = 6 };

enum { GN_PATH_MAX = 108 };

/* An address in a form that does not depend on the system; also the wire form towards Java. */
struct gn_addr {
    uint8_t family;    /* enum gn_family */
    uint8_t path_len;  /* of a Unix path, without a terminating NUL */
    uint16_t port;     /* host order */
    uint32_t scope;    /* of a link-local IPv6 address */
    uint8_t ip[16];    /* 4 bytes used by IPv4 */
    char path[GN_PATH_MAX];
};

_Static_assert(offsetof(struct gn_addr, path) == 24, "Java reads addresses at these offsets");

struct gn_sock_options {
    bool no_delay, keep_alive;
    bool reuse_port; /* share the port between sockets that all ask for it */
    bool v6_only;
    int backlog;
    int send_buffer, recv_buffer; /* 0: the system's default */
    int fast_open;                /* queue length, 0: off */
    int defer_accept_s;           /* 0: off */
};

/* Which file a Unix socket was bound to, so that only that one is removed. */
struct gn_sock_file {
    uint64_t dev, ino;
};

/* Open a listening socket. A Unix socket file that nobody listens on any more is replaced.
 * Owns:   the caller owns the descriptor returned; `file` is filled for Unix sockets.
 * Thread: any.
 * Fails:  -errno; GN_ENOTSOCKET for a path that is another kind of file, GN_EPATHLEN. */
int gn_sock_listen(const struct gn_addr *addr, const struct gn_sock_options *options,
                   struct gn_sock_file *file);

/* Remove the file of a Unix socket if it is still the one that was bound.
 * Owns:   borrows everything.
 * Thread: any.
 * Fails:  -errno; 0 also when another file took the path. */
int gn_sock_unlink(const struct gn_addr *addr, const struct gn_sock_file *file);

/* Open a socket to connect with. The caller owns the descriptor. Thread: any. Fails: -errno. */
int gn_sock_open(const struct gn_addr *addr, const struct gn_sock_options *options);

/* Turn an address into the system's form; returns its length. Fails: -EAFNOSUPPORT, GN_EPATHLEN. */
int gn_sock_encode(const struct gn_addr *addr, struct sockaddr_storage *out);

/* This side's and the peer's address of a socket. Thread: any. Fails: -errno. */
int gn_sock_local(int fd, struct gn_addr *addr);
int gn_sock_peer(int fd, struct gn_addr *addr);

/* The pending error of a socket as a negative code, 0 for none. Clears it. */
int gn_sock_error(int fd);

/* Bytes the kernel took and the peer has not confirmed yet; 0 also where that is not known. */
uint32_t gn_sock_unsent(int fd);

/* Let the next close send a reset instead of an orderly end. Fails: -errno. */
int gn_sock_reset_on_close(int fd);

/* Make a descriptor non-blocking or blocking. Fails: -errno. */
int gn_sock_nonblocking(int fd, bool on);

/* Receive or send without blocking; never raises SIGPIPE.
 * Owns:   borrows the memory.
 * Thread: the loop's.
 * Fails:  -errno; -EAGAIN when it would block. EINTR is retried. */
int gn_sock_recv(int fd, void *data, size_t len);
int gn_sock_send(int fd, const struct iovec *iov, int iov_count);

/* Send a part of a file without blocking on the socket; at most 1 MiB at a time. Unlike the two
 * above it may raise SIGPIPE.
 * Owns:   borrows both descriptors.
 * Thread: the loop's.
 * Fails:  -errno; -EAGAIN when it would block; GN_ETRUNCATED at the end of the file. */
int gn_sock_send_file(int fd, int file, uint64_t offset, size_t len);

/* Accept one connection, close-on-exec; blocking on Linux, as io_uring needs it, else not.
 * Owns:   the caller owns the descriptor returned.
 * Thread: the loop's.
 * Fails:  -errno; -EAGAIN when none waits. The listening socket must be non-blocking. */
int gn_sock_accept(int fd);

/* Ignore requests for new connections to a TCP listener; handshakes under way are completed. Only
 * Linux can, and whoever asked asks again after a second: a close does not lose those who were
 * about to connect, if somebody else listens by then.
 * Thread: any.
 * Fails:  -errno, -EOPNOTSUPP elsewhere; the socket is as it was. */
int gn_sock_refuse_new(int fd);

/* Accept one connection that waits, also where the listening socket is a blocking one: it is not
 * any more then, nor are its duplicates. Other loops may be here with those at the same time, so
 * that what would have to be undone could be undone too early, and a loop would wait for ever.
 * Owns:   the caller owns the descriptor returned.
 * Thread: the loop's.
 * Fails:  -errno; -EAGAIN when none waits. */
int gn_sock_accept_waiting(int fd);

/* A descriptor that is good for nothing but to be closed when another one is needed. It is no file,
 * so that it can only fail for want of descriptors or memory: a sandbox may have no files.
 * Owns:   the caller owns the descriptor returned.
 * Thread: any.
 * Fails:  -errno. */
int gn_sock_reserve(void);

#endif

#include "sock.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sys/sendfile.h>
#endif

#include "../base/err.h"

/* One sendfile moves at most this much, so that a fast reader cannot keep the loop to itself. */
static const size_t FILE_PIECE = 1 << 20;

/* Linux: io_uring waits for blocking descriptors only, and each call here says that it will not.
 * Elsewhere: Darwin's send ignores MSG_DONTWAIT and looks at the descriptor alone. */
#if defined(__linux__)
static const bool NONBLOCKING = false;
#else
static const bool NONBLOCKING = true;
#endif

#if defined(MSG_NOSIGNAL)
static const int NO_SIGNAL = MSG_NOSIGNAL;
#else
static const int NO_SIGNAL = 0;
#endif

int gn_sock_encode(const struct gn_addr *addr, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (addr->family == GN_FAMILY_V4) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
        return sizeof *in;
    }
    if (addr->family == GN_FAMILY_V6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope;
        memcpy(&in6->sin6_addr, addr->ip, 16);
        return sizeof *in6;
    }
    if (addr->family == GN_FAMILY_UNIX) {
        struct sockaddr_un *un = (struct sockaddr_un *)out;
        /* The NUL must fit too; an empty path would mean an autobound name. */
        if (addr->path_len == 0 || addr->path_len >= sizeof un->sun_path) return GN_EPATHLEN;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, addr->path, addr->path_len);
        return (int)(offsetof(struct sockaddr_un, sun_path) + addr->path_len + 1);
    }
    return -EAFNOSUPPORT;
}

static void decode(const struct sockaddr_storage *from, socklen_t len, struct gn_addr *addr) {
    memset(addr, 0, sizeof *addr);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        addr->family = GN_FAMILY_V4;
        addr->port = ntohs(in->sin_port);
        memcpy(addr->ip, &in->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
        addr->port = ntohs(in6->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) { /* an IPv4 peer of a dual-stack socket */
            addr->family = GN_FAMILY_V4;
            memcpy(addr->ip, (const char *)&in6->sin6_addr + 12, 4);
        } else {
            addr->family = GN_FAMILY_V6;
            addr->scope = in6->sin6_scope_id;
            memcpy(addr->ip, &in6->sin6_addr, 16);
        }
    } else if (from->ss_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)from;
        size_t room = len > offsetof(struct sockaddr_un, sun_path)
                          ? len - offsetof(struct sockaddr_un, sun_path)
                          : 0;
        addr->family = GN_FAMILY_UNIX;
        if (room > sizeof un->sun_path) room = sizeof un->sun_path;
        addr->path_len = (uint8_t)strnlen(un->sun_path, room);
        memcpy(addr->path, un->sun_path, addr->path_len);
    }
}

int gn_sock_local(int fd, struct gn_addr *addr) {
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    if (getsockname(fd, (struct sockaddr *)&from, &len) < 0) return -errno;
    decode(&from, len, addr);
    return 0;
}

int gn_sock_peer(int fd, struct gn_addr *addr) {
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    if (getpeername(fd, (struct sockaddr *)&from, &len) < 0) return -errno;
    decode(&from, len, addr);
    return 0;
}

static int set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static int new_socket(int family) {
    int domain = family == GN_FAMILY_V4 ? AF_INET : family == GN_FAMILY_V6 ? AF_INET6 : AF_UNIX;
#if defined(SOCK_CLOEXEC)
    int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
#else
    int fd = socket(domain, SOCK_STREAM, 0);
    if (fd < 0) return -errno;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
#if defined(SO_NOSIGPIPE)
    set_option(fd, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
    return fd;
}

/* Options that listening sockets hand on to what they accept, and that clients set themselves. */
static int set_common(int fd, const struct gn_addr *addr, const struct gn_sock_options *options) {
    int rc = 0;
    if (options->send_buffer > 0) {
        rc = set_option(fd, SOL_SOCKET, SO_SNDBUF, options->send_buffer);
    }
    if (rc == 0 && options->recv_buffer > 0) {
        rc = set_option(fd, SOL_SOCKET, SO_RCVBUF, options->recv_buffer);
    }
    if (rc < 0 || addr->family == GN_FAMILY_UNIX) return rc;
    if (options->no_delay) rc = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (rc == 0 && options->keep_alive) rc = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    return rc;
}

static int set_listening(int fd, const struct gn_addr *addr,
                         const struct gn_sock_options *options) {
    int rc = set_common(fd, addr, options);
    if (rc < 0 || addr->family == GN_FAMILY_UNIX) return rc;
    rc = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (rc == 0 && addr->family == GN_FAMILY_V6) {
        rc = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->v6_only);
    }
#if defined(SO_REUSEPORT)
    if (rc == 0 && options->reuse_port) rc = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
#endif
#if defined(TCP_DEFER_ACCEPT)
    if (rc == 0 && options->defer_accept_s > 0) {
        rc = set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, options->defer_accept_s);
    }
#endif
    return rc;
}

/* A Unix path that bind found occupied: remove it if its listener is gone, else say what it is. */
static int clear_stale(const struct sockaddr_storage *sa, int len) {
    const struct sockaddr_un *un = (const struct sockaddr_un *)sa;
    struct stat st;
    if (lstat(un->sun_path, &st) < 0) return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode)) return GN_ENOTSOCKET;
    int fd = new_socket(GN_FAMILY_UNIX);
    if (fd < 0) return fd;
    int rc = gn_sock_nonblocking(fd, true); /* a listener with a full backlog must not stall us */
    if (rc == 0) rc = connect(fd, (const struct sockaddr *)sa, (socklen_t)len) < 0 ? -errno : 0;
    close(fd);
    if (rc != -ECONNREFUSED) return rc == -EACCES ? -EACCES : -EADDRINUSE;
    return unlink(un->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_unix(int fd, const struct sockaddr_storage *sa, int len,
                     struct gn_sock_file *file) {
    const struct sockaddr_un *un = (const struct sockaddr_un *)sa;
    struct stat st;
    if (bind(fd, (const struct sockaddr *)sa, (socklen_t)len) < 0) {
        if (errno != EADDRINUSE) return -errno;
        int rc = clear_stale(sa, len);
        if (rc < 0) return rc;
        if (bind(fd, (const struct sockaddr *)sa, (socklen_t)len) < 0) return -errno;
    }
    if (lstat(un->sun_path, &st) < 0) return -errno;
    *file = (struct gn_sock_file){.dev = (uint64_t)st.st_dev, .ino = (uint64_t)st.st_ino};
    return 0;
}

int gn_sock_listen(const struct gn_addr *addr, const struct gn_sock_options *options,
                   struct gn_sock_file *file) {
    struct sockaddr_storage sa;
    int len = gn_sock_encode(addr, &sa);
    if (len < 0) return len;
    int fd = new_socket(addr->family);
    if (fd < 0) return fd;
    int rc = set_listening(fd, addr, options);
    if (rc < 0) goto close_fd;
    if (addr->family == GN_FAMILY_UNIX) {
        rc = bind_unix(fd, &sa, len, file);
    } else {
        rc = bind(fd, (struct sockaddr *)&sa, (socklen_t)len) < 0 ? -errno : 0;
    }
    if (rc < 0) goto close_fd;
#if defined(TCP_FASTOPEN)
    if (options->fast_open > 0 && addr->family != GN_FAMILY_UNIX) {
        rc = set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, options->fast_open);
        if (rc < 0) goto close_fd;
    }
#endif
    if (listen(fd, options->backlog) < 0) {
        rc = -errno;
        if (addr->family == GN_FAMILY_UNIX) gn_sock_unlink(addr, file);
        goto close_fd;
    }
    return fd;
close_fd:
    close(fd);
    return rc;
}

int gn_sock_unlink(const struct gn_addr *addr, const struct gn_sock_file *file) {
    struct sockaddr_storage sa;
    struct stat st;
    if (addr->family != GN_FAMILY_UNIX) return -EAFNOSUPPORT;
    int len = gn_sock_encode(addr, &sa);
    if (len < 0) return len;
    const char *path = ((const struct sockaddr_un *)&sa)->sun_path;
    if (lstat(path, &st) < 0) return errno == ENOENT ? 0 : -errno;
    if ((uint64_t)st.st_dev != file->dev || (uint64_t)st.st_ino != file->ino) return 0;
    return unlink(path) < 0 ? -errno : 0;
}

int gn_sock_open(const struct gn_addr *addr, const struct gn_sock_options *options) {
    int fd = new_socket(addr->family);
    if (fd < 0) return fd;
    int rc = set_common(fd, addr, options);
#if defined(TCP_FASTOPEN_CONNECT)
    if (rc == 0 && options->fast_open > 0 && addr->family != GN_FAMILY_UNIX) {
        rc = set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
    }
#endif
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}

int gn_sock_error(int fd) {
    int value = 0;
    socklen_t len = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) < 0) return -errno;
    return -value;
}

uint32_t gn_sock_unsent(int fd) {
    int bytes = 0;
#if defined(__linux__)
    if (ioctl(fd, SIOCOUTQ, &bytes) < 0) return 0;
#elif defined(SO_NWRITE)
    socklen_t len = sizeof bytes;
    if (getsockopt(fd, SOL_SOCKET, SO_NWRITE, &bytes, &len) < 0) return 0;
#elif defined(FIONWRITE)
    if (ioctl(fd, FIONWRITE, &bytes) < 0) return 0;
#endif
    return bytes > 0 ? (uint32_t)bytes : 0;
}

int gn_sock_reset_on_close(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0 ? -errno : 0;
}

int gn_sock_nonblocking(int fd, bool on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    if (wanted == flags) return 0;
    return fcntl(fd, F_SETFL, wanted) < 0 ? -errno : 0;
}

int gn_sock_recv(int fd, void *data, size_t len) {
    ssize_t n;
    do n = recv(fd, data, len, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : (int)n;
}

int gn_sock_send(int fd, const struct iovec *iov, int iov_count) {
    struct msghdr msg = {.msg_iov = (struct iovec *)iov};
    msg.msg_iovlen = (unsigned)iov_count;
    ssize_t n;
    do {
        /* The vectored call costs the kernel 2 % more, and one piece is the common case. */
        n = iov_count == 1 ? send(fd, iov->iov_base, iov->iov_len, MSG_DONTWAIT | NO_SIGNAL)
                           : sendmsg(fd, &msg, MSG_DONTWAIT | NO_SIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : (int)n;
}

/* sendfile(2) has no flag for "do not block", so a blocking descriptor is switched for the call.
 * Receives that are in flight on it keep the behaviour they were started with. */
int gn_sock_send_file(int fd, int file, uint64_t offset, size_t len) {
    int rc = gn_sock_nonblocking(fd, true);
    if (rc < 0) return rc;
    if (len > FILE_PIECE) len = FILE_PIECE;
#if defined(__linux__)
    off_t from = (off_t)offset;
    ssize_t n;
    do n = sendfile(fd, file, &from, len);
    while (n < 0 && errno == EINTR);
    rc = n < 0 ? -errno : n == 0 ? GN_ETRUNCATED : (int)n;
#elif defined(__APPLE__)
    off_t done = (off_t)len;
    int result = sendfile(file, fd, (off_t)offset, &done, NULL, 0);
    rc = done > 0 ? (int)done : result < 0 ? -errno : GN_ETRUNCATED;
#else
    off_t done = 0;
    int result = sendfile(file, fd, (off_t)offset, len, NULL, &done, 0);
    rc = done > 0 ? (int)done : result < 0 ? -errno : GN_ETRUNCATED;
#endif
    int back = NONBLOCKING ? 0 : gn_sock_nonblocking(fd, false);
    return back < 0 ? back : rc;
}

#if defined(SO_ATTACH_FILTER)
int gn_sock_refuse_new(int fd) {
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0) return -errno;
    if (sa.ss_family == AF_UNIX) return -EOPNOTSUPP;
    /* The filter of a TCP socket sees packets from their TCP header on, whose flags are in byte
     * 13: those with SYN and without ACK are dropped. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    int rc = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    return rc < 0 ? -errno : 0;
}
#else
int gn_sock_refuse_new(int fd) {
    (void)fd;
    return -EOPNOTSUPP;
}
#endif

int gn_sock_accept(int fd) {
    int accepted;
#if defined(__linux__) || defined(__FreeBSD__)
    int flags = SOCK_CLOEXEC | (NONBLOCKING ? SOCK_NONBLOCK : 0);
    do accepted = accept4(fd, NULL, NULL, flags);
    while (accepted < 0 && errno == EINTR);
    return accepted < 0 ? -errno : accepted;
#else
    do accepted = accept(fd, NULL, NULL);
    while (accepted < 0 && errno == EINTR);
    if (accepted < 0) return -errno;
    fcntl(accepted, F_SETFD, FD_CLOEXEC);
    int rc = gn_sock_nonblocking(accepted, NONBLOCKING); /* it inherits the listener's mode */
    if (rc < 0) {
        close(accepted);
        return rc;
    }
    return accepted;
#endif
}

int gn_sock_accept_waiting(int fd) {
    int rc = gn_sock_nonblocking(fd, true);
    return rc < 0 ? rc : gn_sock_accept(fd);
}

int gn_sock_reserve(void) { return new_socket(GN_FAMILY_UNIX); }

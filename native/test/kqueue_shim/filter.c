#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

int __real_close(int fd); /* of --wrap=close: the one that forgets no knotes */

bool filter_known(int16_t filter) {
    return filter == EVFILT_READ || filter == EVFILT_WRITE || filter == EVFILT_TIMER ||
           filter == EVFILT_USER;
}

static bool is_fd(const struct knote *note) {
    return note->filter == EVFILT_READ || note->filter == EVFILT_WRITE;
}

uint32_t filter_interest(const struct knote *note) {
    uint32_t edge = is_fd(note) && note->flags & EV_CLEAR ? EPOLLET : 0;
    if (note->filter == EVFILT_WRITE) return EPOLLOUT | edge;
    return EPOLLIN | EPOLLRDHUP | edge;
}

int filter_open(struct knote *note) {
    switch (note->filter) {
    case EVFILT_TIMER:
        note->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        return note->fd < 0 ? -errno : 0;
    case EVFILT_USER:
        note->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return note->fd < 0 ? -errno : 0;
    default:
        note->fd = (int)note->ident;
        return fcntl(note->fd, F_GETFD) < 0 ? -errno : 0;
    }
}

void filter_close(struct knote *note) {
    if (!is_fd(note)) __real_close(note->fd);
}

static int start_timer(struct knote *note, const struct kevent *change) {
    if (change->data < 0) return -EINVAL;
    uint64_t unit = change->fflags & NOTE_SECONDS    ? 1000000000
                    : change->fflags & NOTE_USECONDS ? 1000
                    : change->fflags & NOTE_NSECONDS ? 1
                                                     : 1000000;
    uint64_t ns = (uint64_t)change->data * unit;
    if (ns == 0) ns = 1; /* to timerfd 0 means never, to kqueue at once */
    struct itimerspec spec = {.it_value = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)}};
    if (!(change->flags & EV_ONESHOT)) spec.it_interval = spec.it_value;
    return timerfd_settime(note->fd, 0, &spec, NULL) < 0 ? -errno : 0;
}

static int touch_user(struct knote *note, const struct kevent *change) {
    uint32_t bits = change->fflags & NOTE_FFLAGSMASK;
    switch (change->fflags & NOTE_FFCTRLMASK) {
    case NOTE_FFAND: note->fflags &= bits; break;
    case NOTE_FFOR: note->fflags |= bits; break;
    case NOTE_FFCOPY: note->fflags = bits; break;
    default: break;
    }
    note->data = change->data;
    uint64_t one = 1;
    if (!(change->fflags & NOTE_TRIGGER)) return 0;
    return write(note->fd, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

static bool is_connected(int fd) {
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

int filter_touch(struct knote *note, const struct kevent *change) {
    if (is_fd(note) && !note->connected) note->connected = is_connected(note->fd);
    if (note->filter == EVFILT_TIMER && change->flags & EV_ADD) return start_timer(note, change);
    return note->filter == EVFILT_USER ? touch_user(note, change) : 0;
}

static int option(int fd, int level, int name) {
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) < 0 ? -1 : value;
}

/* Connections that wait; Linux does not tell how many at a Unix socket. */
static intptr_t backlog(int fd) {
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0) return 1;
    return (intptr_t)info.tcpi_unacked;
}

static intptr_t readable(int fd) {
    int bytes = 0;
    if (option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1) return backlog(fd);
    return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : bytes;
}

static intptr_t writable(int fd) {
    int used = 0;
    int room = option(fd, SOL_SOCKET, SO_SNDBUF);
    if (room >= 0) {
        if (ioctl(fd, SIOCOUTQ, &used) < 0) return 1;
    } else {
        room = fcntl(fd, F_GETPIPE_SZ);
        if (ioctl(fd, FIONREAD, &used) < 0) return 1;
    }
    return used < room ? room - used : 1;
}

/* Reading SO_ERROR here would take it away from the one who watches, so that this is a guess. */
static uint32_t error_of(struct knote *note) {
    if (option(note->fd, SOL_SOCKET, SO_TYPE) < 0) return 0; /* a pipe */
    return note->connected ? ECONNRESET : ECONNREFUSED;
}

static bool tell_fd(struct knote *note, uint32_t revents, struct kevent *event) {
    bool reads = note->filter == EVFILT_READ;
    bool failed = revents & EPOLLERR;
    if (!failed && !note->connected) note->connected = is_connected(note->fd);
    event->data = reads ? readable(note->fd) : writable(note->fd);
    if (revents & (EPOLLHUP | EPOLLERR) || (reads && revents & EPOLLRDHUP)) {
        event->flags |= EV_EOF;
        event->fflags = failed ? error_of(note) : 0;
    }
    return true;
}

bool filter_tell(struct knote *note, uint32_t revents, struct kevent *event) {
    uint64_t count = 0;
    if (is_fd(note)) return tell_fd(note, revents, event);
    if (note->filter == EVFILT_TIMER) {
        if (read(note->fd, &count, sizeof count) < 0) return false;
        event->data = (intptr_t)count;
        event->flags |= EV_CLEAR;
        return true;
    }
    event->fflags = note->fflags;
    event->data = note->data;
    if (note->flags & EV_CLEAR && read(note->fd, &count, sizeof count) < 0) return false;
    return true;
}

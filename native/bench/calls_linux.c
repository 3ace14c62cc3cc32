/* Stands in front of what the backends call in a turn: each is one system call at most. The linker
 * is told to by --wrap; see the list beside bench_loop in CMakeLists.txt.
 */
#include "calls.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct epoll_event;
struct io_uring;
struct io_uring_cqe;
struct __kernel_timespec;

static long calls;

long gn_calls(void) { return calls; }

#define IN_FRONT_OF(type, name, parameters, arguments) \
    type __real_##name parameters;                     \
    type __wrap_##name parameters;                     \
    type __wrap_##name parameters {                    \
        calls++;                                       \
        return __real_##name arguments;                \
    }

IN_FRONT_OF(ssize_t, recv, (int fd, void *data, size_t len, int flags), (fd, data, len, flags))
IN_FRONT_OF(ssize_t, send, (int fd, const void *data, size_t len, int flags),
            (fd, data, len, flags))
IN_FRONT_OF(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
            (fd, message, flags))
IN_FRONT_OF(ssize_t, read, (int fd, void *data, size_t len), (fd, data, len))
IN_FRONT_OF(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
IN_FRONT_OF(int, epoll_ctl, (int queue, int op, int fd, struct epoll_event *event),
            (queue, op, fd, event))
IN_FRONT_OF(int, epoll_wait, (int queue, struct epoll_event *events, int max, int timeout_ms),
            (queue, events, max, timeout_ms))
IN_FRONT_OF(int, io_uring_submit, (struct io_uring *ring), (ring))
IN_FRONT_OF(int, io_uring_submit_and_get_events, (struct io_uring *ring), (ring))
IN_FRONT_OF(int, io_uring_submit_and_wait, (struct io_uring *ring, unsigned count),
            (ring, count))
IN_FRONT_OF(int, io_uring_submit_and_wait_timeout,
            (struct io_uring *ring, struct io_uring_cqe **cqe, unsigned count,
             struct __kernel_timespec *timeout, void *mask),
            (ring, cqe, count, timeout, mask))

/* Queues, registered events and waiting; filter.c has what the filters do.
 *
 * The descriptor of a queue is an epoll that watches three more, for reading, for writing, and for
 * the descriptors of timers and user events: EVFILT_READ and EVFILT_WRITE of one descriptor are two
 * events, each with its own EV_CLEAR, and a descriptor fits an epoll only once.
 *
 * Closing a descriptor removes its events. epoll does that only with the last duplicate, so the
 * linker's --wrap=close leads every close of the program past here. One lock guards everything; it
 * is not held while a queue waits.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "filter.h"

enum { READS, WRITES, OWN, INNER };
enum { BUCKETS = 256, PIECE = 64 };

static const uint16_t KEPT_FLAGS = EV_CLEAR | EV_ONESHOT | EV_DISPATCH;

struct queue {
    struct queue *next;
    const char *mark;
    int fd;
    int inner[INNER];
    int turn; /* which of the inner ones is asked first: none may starve the others */
    struct knote *notes[BUCKETS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct queue *queues;

int __real_close(int fd);
int __wrap_close(int fd);

static int inner_of(const struct queue *queue, int16_t filter) {
    return queue->inner[filter == EVFILT_READ ? READS : filter == EVFILT_WRITE ? WRITES : OWN];
}

/* ---- registered events ---- */

static struct knote **place_of(struct queue *queue, uintptr_t ident, int16_t filter) {
    struct knote **at = &queue->notes[ident % BUCKETS];
    while (*at && ((*at)->ident != ident || (*at)->filter != filter)) at = &(*at)->next;
    return at;
}

static void unwatch(struct queue *queue, struct knote *note) {
    if (note->watched) epoll_ctl(inner_of(queue, note->filter), EPOLL_CTL_DEL, note->fd, NULL);
    note->watched = false;
}

/* Have epoll look at it, anew if it does already: a change makes the filter look again. */
static int watch(struct queue *queue, struct knote *note) {
    struct epoll_event event = {.events = filter_interest(note), .data.ptr = note};
    int op = note->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(inner_of(queue, note->filter), op, note->fd, &event) < 0) return -errno;
    note->watched = true;
    return 0;
}

static void drop(struct queue *queue, struct knote *note) {
    *place_of(queue, note->ident, note->filter) = note->next;
    unwatch(queue, note);
    filter_close(note);
    free(note);
}

static int new_note(struct queue *queue, const struct kevent *change, struct knote **out) {
    struct knote *note = calloc(1, sizeof *note);
    if (!note) return -ENOMEM;
    note->ident = change->ident;
    note->filter = change->filter;
    int rc = filter_open(note);
    if (rc < 0) {
        free(note);
        return rc;
    }
    *place_of(queue, note->ident, note->filter) = note;
    *out = note;
    return 0;
}

static int apply(struct queue *queue, const struct kevent *change) {
    if (!filter_known(change->filter)) return -EINVAL;
    struct knote *note = *place_of(queue, change->ident, change->filter);
    bool is_new = !note && change->flags & EV_ADD && !(change->flags & EV_DELETE);
    int rc = is_new ? new_note(queue, change, &note) : 0;
    if (rc < 0) return rc;
    if (!note) return -ENOENT;
    if (change->flags & EV_DELETE) {
        drop(queue, note);
        return 0;
    }
    if (change->flags & EV_ADD) note->flags = change->flags & KEPT_FLAGS;
    note->udata = change->udata;
    rc = filter_touch(note, change);
    if (rc == 0) {
        if (change->flags & EV_DISABLE) {
            note->disabled = true;
            unwatch(queue, note);
        } else if (change->flags & (EV_ADD | EV_ENABLE)) {
            note->disabled = false;
            rc = watch(queue, note);
        }
    }
    if (rc < 0 && is_new) drop(queue, note);
    return rc;
}

/* ---- queues ---- */

static void free_queue(struct queue *queue) {
    for (int i = 0; i < BUCKETS; i++) {
        while (queue->notes[i]) drop(queue, queue->notes[i]);
    }
    for (int i = 0; i < INNER; i++) {
        if (queue->inner[i] >= 0) __real_close(queue->inner[i]);
    }
    free(queue);
}

int kqueue(void) {
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue) return -1;
    queue->mark = GN_KQUEUE_SHIM_MARK;
    queue->fd = epoll_create1(0);
    bool failed = queue->fd < 0;
    for (int i = 0; i < INNER; i++) {
        struct epoll_event event = {.events = EPOLLIN};
        queue->inner[i] = failed ? -1 : epoll_create1(EPOLL_CLOEXEC);
        failed = failed || queue->inner[i] < 0 ||
                 epoll_ctl(queue->fd, EPOLL_CTL_ADD, queue->inner[i], &event) < 0;
    }
    int fd = queue->fd;
    if (failed) {
        int err = errno;
        free_queue(queue);
        if (fd >= 0) __real_close(fd);
        errno = err;
        return -1;
    }
    pthread_mutex_lock(&lock);
    queue->next = queues;
    queues = queue;
    pthread_mutex_unlock(&lock);
    return fd;
}

static void forget(struct queue *queue, int fd, int16_t filter) {
    struct knote *note = *place_of(queue, (uintptr_t)fd, filter);
    if (note) drop(queue, note);
}

int __wrap_close(int fd) {
    pthread_mutex_lock(&lock);
    for (struct queue **at = &queues; *at;) {
        struct queue *queue = *at;
        if (queue->fd == fd) {
            *at = queue->next;
            free_queue(queue);
            continue;
        }
        forget(queue, fd, EVFILT_READ);
        forget(queue, fd, EVFILT_WRITE);
        at = &queue->next;
    }
    int rc = __real_close(fd);
    pthread_mutex_unlock(&lock);
    return rc;
}

static struct queue *find_queue(int fd) {
    struct queue *queue = queues;
    while (queue && queue->fd != fd) queue = queue->next;
    return queue;
}

/* ---- kevent ---- */

/* Apply all changes; returns how many events tell of them, -errno when one failed untold. */
static int apply_all(struct queue *queue, const struct kevent *changes, int change_count,
                     struct kevent *events, int event_count) {
    int told = 0;
    for (int i = 0; i < change_count; i++) {
        struct kevent change = changes[i]; /* both arrays may be one */
        int rc = apply(queue, &change);
        if (rc == 0 && !(change.flags & EV_RECEIPT)) continue;
        if (told == event_count) {
            if (rc < 0) return rc;
            break;
        }
        events[told] = change;
        events[told].flags |= EV_ERROR;
        events[told++].data = -rc;
    }
    return told;
}

static bool deliver(struct queue *queue, struct knote *note, uint32_t revents,
                    struct kevent *event) {
    EV_SET(event, note->ident, note->filter, note->flags, 0, 0, note->udata);
    if (!filter_tell(note, revents, event)) return false;
    if (note->flags & EV_ONESHOT) {
        drop(queue, note);
    } else if (note->flags & EV_DISPATCH) {
        note->disabled = true;
        unwatch(queue, note);
    }
    return true;
}

/* Take what is ready, never more from epoll than there is room for: it would be lost. */
static int collect(struct queue *queue, struct kevent *events, int event_count) {
    struct epoll_event ready[PIECE];
    int told = 0;
    int first = queue->turn++ % INNER;
    for (int i = 0; i < INNER; i++) {
        int room = event_count - told < PIECE ? event_count - told : PIECE;
        if (room == 0) break;
        int count = epoll_wait(queue->inner[(first + i) % INNER], ready, room, 0);
        for (int k = 0; k < count; k++) {
            told += deliver(queue, ready[k].data.ptr, ready[k].events, &events[told]);
        }
    }
    return told;
}

static struct timespec now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

static struct timespec add(struct timespec a, const struct timespec *b) {
    a.tv_sec += b->tv_sec;
    a.tv_nsec += b->tv_nsec;
    if (a.tv_nsec >= 1000000000) {
        a.tv_sec++;
        a.tv_nsec -= 1000000000;
    }
    return a;
}

static struct timespec left_until(struct timespec end) {
    struct timespec time = now();
    struct timespec left = {end.tv_sec - time.tv_sec, end.tv_nsec - time.tv_nsec};
    if (left.tv_nsec < 0) {
        left.tv_sec--;
        left.tv_nsec += 1000000000;
    }
    return left.tv_sec < 0 ? (struct timespec){0} : left;
}

static int wait_for(int fd, struct kevent *events, int event_count,
                    const struct timespec *timeout) {
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    struct timespec end = timeout ? add(now(), timeout) : now();
    for (;;) {
        struct timespec left = left_until(end);
        int count = ppoll(&poller, 1, timeout ? &left : NULL, NULL);
        if (count < 0) return -errno;
        pthread_mutex_lock(&lock);
        struct queue *queue = find_queue(fd);
        int told = queue ? collect(queue, events, event_count) : -EBADF;
        pthread_mutex_unlock(&lock);
        if (told != 0 || count == 0) return told;
    }
}

int kevent(int fd, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout) {
    bool bad_time = timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
                                timeout->tv_nsec >= 1000000000);
    pthread_mutex_lock(&lock);
    struct queue *queue = find_queue(fd);
    int rc = !queue     ? -EBADF
             : bad_time ? -EINVAL
                        : apply_all(queue, changes, change_count, events, event_count);
    pthread_mutex_unlock(&lock);
    if (rc == 0 && event_count > 0) rc = wait_for(fd, events, event_count, timeout);
    if (rc >= 0) return rc;
    errno = -rc;
    return -1;
}

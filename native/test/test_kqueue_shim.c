/* The kqueue of the tests does what kqueue(2) of FreeBSD and macOS documents, as far as
 * native/test/kqueue_shim/sys/event.h offers it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 8, LONG_MS = 5000, SHORT_MS = 20 };

static int queue, ends[2], before;
static struct kevent got[ROOM];

static int open_queue(void **state) {
    (void)state;
    before = rig_fd_count();
    queue = kqueue();
    memset(got, 0, sizeof got);
    return queue < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0;
}

static int close_queue(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) close(ends[i]);
    }
    close(queue);
    return rig_fd_count() != before;
}

static struct kevent make(int ident, int16_t filter, unsigned flags, unsigned fflags,
                          intptr_t data) {
    struct kevent event;
    EV_SET(&event, (uintptr_t)ident, filter, (uint16_t)flags, fflags, data, NULL);
    return event;
}

/* Make one change; 0 or -errno. */
static int change_with(int ident, int16_t filter, unsigned flags, unsigned fflags,
                       intptr_t data) {
    struct kevent event = make(ident, filter, flags, fflags, data);
    return kevent(queue, &event, 1, NULL, 0, NULL) < 0 ? -errno : 0;
}

static int change(int ident, int16_t filter, unsigned flags) {
    return change_with(ident, filter, flags, 0, 0);
}

static int wait_ms(int room, int ms) {
    struct timespec timeout = {ms / 1000, ms % 1000 * 1000000L};
    return kevent(queue, NULL, 0, got, room, &timeout);
}

/* What is ready now. */
static int poll_now(void) { return wait_ms(ROOM, 0); }

static void put(int fd, const char *text) {
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void eat(int fd, size_t len) {
    char bytes[64];
    assert_int_equal(read(fd, bytes, len), len);
}

static void assert_got(int i, int ident, int16_t filter, unsigned flags) {
    assert_int_equal(got[i].ident, ident);
    assert_int_equal(got[i].filter, filter);
    assert_int_equal(got[i].flags & (EV_EOF | EV_ERROR), flags);
}

/* ---- levels, edges and what else flags ask for ---- */

static void what_is_there_already_is_reported(void **state) {
    (void)state;
    put(ends[1], "abc");
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_READ, 0);
    assert_int_equal(got[0].data, 3);
}

static void a_level_is_reported_until_it_falls(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    assert_int_equal(poll_now(), 0);
    put(ends[1], "abc");
    for (int i = 0; i < 3; i++) assert_int_equal(poll_now(), 1);
    eat(ends[0], 2);
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 1);
    eat(ends[0], 1);
    assert_int_equal(poll_now(), 0);
}

static void clear_reports_each_change_once_with_all_that_is_there(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    put(ends[1], "abc");
    put(ends[1], "de");
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 5);
    assert_int_equal(poll_now(), 0);
    eat(ends[0], 1);
    assert_int_equal(poll_now(), 0);
    put(ends[1], "f");
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 5);
    assert_int_equal(poll_now(), 0);
}

static void dispatch_reports_once_until_it_is_enabled(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD | EV_DISPATCH), 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 1);
    put(ends[1], "de");
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ENABLE), 0);
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 5);
    assert_int_equal(poll_now(), 0);
}

static void oneshot_is_deleted_when_it_was_taken(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
    assert_int_equal(poll_now(), 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 1);
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DELETE), -ENOENT);
}

static void disabled_is_not_reported_and_enabling_looks_again(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD | EV_DISABLE), 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ENABLE), 0);
    assert_int_equal(poll_now(), 1);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DISABLE), 0);
    assert_int_equal(poll_now(), 0);
    close(ends[1]);
    ends[1] = -1;
    assert_int_equal(poll_now(), 0);
}

static void adding_again_changes_the_parameters_and_enables(void **state) {
    (void)state;
    struct kevent event = make(ends[0], EVFILT_READ, EV_ADD | EV_DISABLE, 0, 0);
    event.udata = &event;
    assert_int_equal(kevent(queue, &event, 1, NULL, 0, NULL), 0);
    event.flags = EV_ADD;
    event.udata = &queue;
    assert_int_equal(kevent(queue, &event, 1, NULL, 0, NULL), 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 1);
    assert_ptr_equal(got[0].udata, &queue);
}

static void deleted_is_gone(void **state) {
    (void)state;
    put(ends[1], "abc");
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DELETE), -ENOENT);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ENABLE), -ENOENT);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DISABLE), -ENOENT);
}

static void reading_and_writing_are_two_events(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_WRITE, 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_READ, 0);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_WRITE, 0);
}

/* ---- data, ends and errors ---- */

static void writing_tells_the_room_and_waits_when_there_is_none(void **state) {
    static char bytes[4096];
    (void)state;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(poll_now(), 1);
    intptr_t room = got[0].data;
    assert_true(room > 0);
    put(ends[0], "abc");
    assert_int_equal(poll_now(), 1);
    assert_true(got[0].data < room);
    while (write(ends[0], bytes, sizeof bytes) > 0) continue;
    assert_int_equal(poll_now(), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (read(ends[1], bytes, sizeof bytes) > 0) continue;
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, room);
}

static void an_end_is_told_with_the_bytes_before_it(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    put(ends[1], "abc");
    shutdown(ends[1], SHUT_WR);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_READ, EV_EOF);
    assert_int_equal(got[0].data, 3);
    assert_int_equal(got[0].fflags, 0);
    eat(ends[0], 3);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_READ, EV_EOF);
    assert_int_equal(got[0].data, 0);
}

static void an_end_of_the_other_direction_is_no_end_of_writing(void **state) {
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
    shutdown(ends[1], SHUT_WR);
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_WRITE, 0);
}

static void writing_to_a_reader_that_left_tells_the_end(void **state) {
    int pipe_ends[2];
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
    close(ends[1]);
    ends[1] = -1;
    assert_int_equal(poll_now(), 1);
    assert_got(0, ends[0], EVFILT_WRITE, EV_EOF);
    close(ends[0]);
    ends[0] = -1;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(change(pipe_ends[1], EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(poll_now(), 1);
    assert_got(0, pipe_ends[1], EVFILT_WRITE, 0);
    close(pipe_ends[0]);
    assert_int_equal(poll_now(), 1);
    assert_got(0, pipe_ends[1], EVFILT_WRITE, EV_EOF);
    close(pipe_ends[1]);
}

static void a_pipe_tells_its_bytes_and_its_end(void **state) {
    int pipe_ends[2];
    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(change(pipe_ends[0], EVFILT_READ, EV_ADD), 0);
    put(pipe_ends[1], "abcd");
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 4);
    close(pipe_ends[1]);
    assert_int_equal(poll_now(), 1);
    assert_got(0, pipe_ends[0], EVFILT_READ, EV_EOF);
    assert_int_equal(got[0].data, 4);
    close(pipe_ends[0]);
}

/* A listener on loopback, or a socket that is connected to one. */
static int inet(const struct gn_addr *to, struct gn_addr *addr) {
    struct sockaddr_storage sa;
    struct gn_addr loopback = rig_loopback(GN_FAMILY_V4, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)gn_sock_encode(to ? to : &loopback, &sa);
    if (to) {
        if (connect(fd, (struct sockaddr *)&sa, len) < 0) {
            close(fd);
            return -errno;
        }
        return fd;
    }
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(gn_sock_local(fd, addr), 0);
    return fd;
}

static void a_listener_tells_how_many_wait(void **state) {
    struct gn_addr addr;
    (void)state;
    int listener = inet(NULL, &addr);
    assert_int_equal(change(listener, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(poll_now(), 0);
    int one = inet(&addr, NULL), two = inet(&addr, NULL);
    assert_int_equal(wait_ms(ROOM, LONG_MS), 1);
    assert_int_equal(got[0].data, 2);
    close(accept(listener, NULL, NULL));
    assert_int_equal(poll_now(), 1);
    assert_int_equal(got[0].data, 1);
    close(one);
    close(two);
    close(listener);
}

static void a_reset_is_an_end_with_its_error_which_stays_to_be_read(void **state) {
    struct gn_addr addr;
    char byte;
    (void)state;
    int listener = inet(NULL, &addr);
    int fd = inet(&addr, NULL);
    int peer = accept(listener, NULL, NULL);
    assert_int_equal(change(fd, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change(fd, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(poll_now(), 1);
    gn_sock_reset_on_close(peer);
    close(peer);
    assert_int_equal(wait_ms(ROOM, LONG_MS), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(got[i].flags & EV_EOF, EV_EOF);
        assert_int_equal(got[i].fflags, ECONNRESET);
    }
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, ECONNRESET);
    close(fd);
    close(listener);
}

static void a_refused_connect_is_an_end_of_writing_with_its_error(void **state) {
    struct gn_addr addr;
    struct sockaddr_storage sa;
    (void)state;
    close(inet(NULL, &addr));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)gn_sock_encode(&addr, &sa);
    connect(fd, (struct sockaddr *)&sa, len);
    assert_int_equal(change(fd, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(wait_ms(ROOM, LONG_MS), 1);
    assert_got(0, fd, EVFILT_WRITE, EV_EOF);
    assert_int_equal(got[0].fflags, ECONNREFUSED);
    assert_int_equal(gn_sock_error(fd), -ECONNREFUSED);
    close(fd);
}

/* ---- closing ---- */

static void closing_removes_the_events_of_that_descriptor_alone(void **state) {
    (void)state;
    int copy = dup(ends[0]);
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(change(copy, EVFILT_READ, EV_ADD), 0);
    put(ends[1], "abc");
    assert_int_equal(poll_now(), 3);
    close(ends[0]); /* the socket lives on in the copy */
    assert_int_equal(poll_now(), 1);
    assert_got(0, copy, EVFILT_READ, 0);
    close(copy);
    ends[0] = -1;
}

static void a_descriptor_that_takes_the_number_starts_without_events(void **state) {
    (void)state;
    int old = ends[0];
    assert_int_equal(change(old, EVFILT_READ, EV_ADD), 0);
    int copy = dup(old);
    close(old);
    int next = dup(ends[1]);
    assert_int_equal(next, old);
    put(ends[1], "abc");
    put(copy, "abc");
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(next, EVFILT_READ, EV_DELETE), -ENOENT);
    assert_int_equal(change(next, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(poll_now(), 1);
    assert_got(0, next, EVFILT_READ, 0);
    close(copy);
}

static void closing_removes_the_events_in_every_queue(void **state) {
    struct kevent event = make(ends[0], EVFILT_READ, EV_ADD, 0, 0);
    struct timespec none = {0};
    (void)state;
    int other = kqueue(), copy = dup(ends[0]);
    assert_int_equal(kevent(other, &event, 1, NULL, 0, NULL), 0);
    assert_int_equal(kevent(queue, &event, 1, NULL, 0, NULL), 0);
    put(ends[1], "abc");
    close(ends[0]);
    ends[0] = -1;
    assert_int_equal(kevent(other, NULL, 0, got, ROOM, &none), 0);
    assert_int_equal(poll_now(), 0);
    close(other);
    close(copy);
}

static void a_closed_queue_is_none(void **state) {
    struct timespec none = {0};
    (void)state;
    int other = kqueue();
    close(other);
    assert_int_equal(kevent(other, NULL, 0, got, ROOM, &none), -1);
    assert_int_equal(errno, EBADF);
}

/* ---- user events ---- */

static void a_user_event_waits_for_its_trigger(void **state) {
    (void)state;
    assert_int_equal(change(7, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(poll_now(), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(change_with(7, EVFILT_USER, 0, NOTE_TRIGGER, 5), 0);
    }
    assert_int_equal(poll_now(), 1);
    assert_got(0, 7, EVFILT_USER, 0);
    assert_int_equal(got[0].data, 5);
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change_with(8, EVFILT_USER, 0, NOTE_TRIGGER, 0), -ENOENT);
}

static void without_clear_a_triggered_user_event_stays(void **state) {
    (void)state;
    assert_int_equal(change_with(7, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0), 0);
    for (int i = 0; i < 3; i++) assert_int_equal(poll_now(), 1);
    assert_int_equal(change(7, EVFILT_USER, EV_DELETE), 0);
    assert_int_equal(poll_now(), 0);
}

static void a_disabled_user_event_keeps_its_trigger(void **state) {
    (void)state;
    assert_int_equal(change(7, EVFILT_USER, EV_ADD | EV_DISABLE | EV_CLEAR), 0);
    assert_int_equal(change_with(7, EVFILT_USER, 0, NOTE_TRIGGER, 0), 0);
    assert_int_equal(poll_now(), 0);
    assert_int_equal(change(7, EVFILT_USER, EV_ENABLE), 0);
    assert_int_equal(poll_now(), 1);
    assert_int_equal(poll_now(), 0);
}

static void the_flags_of_a_user_event_are_and_ored_or_copied(void **state) {
    static const struct {
        uint32_t say, expect;
    } steps[] = {
        {NOTE_FFCOPY | 0xf0, 0xf0}, {NOTE_FFOR | 0x0f, 0xff},  {NOTE_FFAND | 0x3c, 0x3c},
        {NOTE_FFNOP | 0xff, 0x3c},  {NOTE_FFCOPY | 0xff000001, 0x000001},
    };
    (void)state;
    assert_int_equal(change(7, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint32_t say = steps[i].say | NOTE_TRIGGER;
        assert_int_equal(change_with(7, EVFILT_USER, 0, say, 0), 0);
        assert_int_equal(poll_now(), 1);
        assert_int_equal(got[0].fflags, steps[i].expect);
    }
}

static void *trigger(void *arg) {
    (void)arg;
    struct timespec pause = {.tv_nsec = SHORT_MS * 1000000L};
    nanosleep(&pause, NULL);
    change_with(7, EVFILT_USER, 0, NOTE_TRIGGER, 0);
    return NULL;
}

static void another_thread_ends_a_wait(void **state) {
    pthread_t thread;
    (void)state;
    assert_int_equal(change(7, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    uint64_t start = rig_now_us();
    assert_int_equal(pthread_create(&thread, NULL, trigger, NULL), 0);
    assert_int_equal(kevent(queue, NULL, 0, got, ROOM, NULL), 1);
    pthread_join(thread, NULL);
    assert_true(rig_now_us() - start >= SHORT_MS * 1000);
}

/* ---- timers and waiting ---- */

static void a_timer_counts_its_expirations(void **state) {
    (void)state;
    assert_int_equal(change_with(3, EVFILT_TIMER, EV_ADD, 0, 10), 0);
    assert_int_equal(poll_now(), 0);
    assert_int_equal(wait_ms(ROOM, LONG_MS), 1);
    assert_got(0, 3, EVFILT_TIMER, 0);
    assert_true(got[0].data >= 1);
    assert_int_equal(got[0].flags & EV_CLEAR, EV_CLEAR);
    usleep(50 * 1000);
    assert_int_equal(poll_now(), 1);
    assert_true(got[0].data >= 4);
    assert_int_equal(change(3, EVFILT_TIMER, EV_DELETE), 0);
    assert_int_equal(wait_ms(ROOM, SHORT_MS), 0);
}

static void a_oneshot_timer_fires_once_in_the_unit_it_was_given(void **state) {
    static const struct {
        uint32_t unit;
        intptr_t data;
    } timers[] = {{0, 20}, {NOTE_USECONDS, 20000}, {NOTE_NSECONDS, 20000000}};
    (void)state;
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        uint64_t start = rig_now_us();
        assert_int_equal(change_with(3, EVFILT_TIMER, EV_ADD | EV_ONESHOT, timers[i].unit,
                                     timers[i].data), 0);
        assert_int_equal(wait_ms(ROOM, LONG_MS), 1);
        assert_int_equal(got[0].data, 1);
        assert_true(rig_now_us() - start >= 20000);
        assert_int_equal(change(3, EVFILT_TIMER, EV_DELETE), -ENOENT);
    }
    assert_int_equal(change_with(3, EVFILT_TIMER, EV_ADD | EV_ONESHOT, NOTE_SECONDS, 3600), 0);
    assert_int_equal(wait_ms(ROOM, SHORT_MS), 0);
}

static void a_wait_lasts_as_long_as_it_was_told(void **state) {
    (void)state;
    uint64_t start = rig_now_us();
    assert_int_equal(wait_ms(ROOM, SHORT_MS), 0);
    assert_true(rig_now_us() - start >= SHORT_MS * 1000);
}

static void without_room_for_events_nothing_waits(void **state) {
    (void)state;
    uint64_t start = rig_now_us();
    assert_int_equal(wait_ms(0, LONG_MS), 0);
    assert_true(rig_now_us() - start < LONG_MS * 1000 / 2);
}

static void a_short_list_loses_nothing_and_starves_nobody(void **state) {
    int seen[3] = {0};
    (void)state;
    assert_int_equal(change(ends[0], EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change(ends[0], EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(change_with(7, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_TRIGGER, 0), 0);
    put(ends[1], "abc");
    for (int i = 0; i < 6; i++) {
        assert_int_equal(wait_ms(1, 0), 1);
        seen[got[0].filter == EVFILT_READ ? 0 : got[0].filter == EVFILT_WRITE ? 1 : 2]++;
    }
    assert_int_equal(seen[0], 4);
    assert_int_equal(seen[1], 1);
    assert_int_equal(seen[2], 1);
}

/* ---- lists of changes ---- */

static void changes_are_made_before_events_are_taken(void **state) {
    struct timespec none = {0};
    (void)state;
    put(ends[1], "abc");
    got[0] = make(ends[0], EVFILT_READ, EV_ADD, 0, 0);
    got[1] = make(7, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
    got[2] = make(ends[0], EVFILT_WRITE, EV_ADD, 0, 0);
    got[3] = make(ends[0], EVFILT_WRITE, EV_DELETE, 0, 0);
    assert_int_equal(kevent(queue, got, 4, got, ROOM, &none), 2);
}

static void a_failed_change_is_an_event_where_there_is_room(void **state) {
    struct kevent changes[] = {
        make(ends[0], EVFILT_WRITE, EV_DELETE, 0, 0), make(9999, EVFILT_READ, EV_ADD, 0, 0),
        make(ends[0], -99, EV_ADD, 0, 0),             make(ends[0], EVFILT_READ, EV_ADD, 0, 0),
    };
    (void)state;
    put(ends[1], "abc");
    assert_int_equal(kevent(queue, changes, 4, got, ROOM, NULL), 3);
    assert_got(0, ends[0], EVFILT_WRITE, EV_ERROR);
    assert_int_equal(got[0].data, ENOENT);
    assert_got(1, 9999, EVFILT_READ, EV_ERROR);
    assert_int_equal(got[1].data, EBADF);
    assert_got(2, ends[0], -99, EV_ERROR);
    assert_int_equal(got[2].data, EINVAL);
    assert_int_equal(poll_now(), 1); /* the last change was made all the same */
}

static void a_failed_change_without_room_ends_the_call(void **state) {
    struct kevent changes[] = {
        make(9999, EVFILT_READ, EV_ADD, 0, 0),
        make(ends[0], EVFILT_READ, EV_ADD, 0, 0),
    };
    (void)state;
    put(ends[1], "abc");
    assert_int_equal(kevent(queue, changes, 2, NULL, 0, NULL), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(poll_now(), 0); /* what came after it was not made */
}

static void a_receipt_tells_of_success_and_takes_no_event(void **state) {
    struct kevent changes[] = {
        make(ends[0], EVFILT_READ, EV_ADD | EV_RECEIPT, 0, 0),
        make(ends[0], EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 0, 0),
    };
    (void)state;
    put(ends[1], "abc");
    assert_int_equal(kevent(queue, changes, 2, got, ROOM, NULL), 2);
    assert_got(0, ends[0], EVFILT_READ, EV_ERROR);
    assert_int_equal(got[0].data, 0);
    assert_got(1, ends[0], EVFILT_WRITE, EV_ERROR);
    assert_int_equal(got[1].data, ENOENT);
    assert_int_equal(poll_now(), 1);
}

static void a_time_that_is_none_is_refused(void **state) {
    struct timespec bad[] = {{0, -1}, {0, 1000000000}, {-1, 0}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kevent(queue, NULL, 0, got, ROOM, &bad[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_queue, close_queue)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_already_is_reported),
        TEST(a_level_is_reported_until_it_falls),
        TEST(clear_reports_each_change_once_with_all_that_is_there),
        TEST(dispatch_reports_once_until_it_is_enabled),
        TEST(oneshot_is_deleted_when_it_was_taken),
        TEST(disabled_is_not_reported_and_enabling_looks_again),
        TEST(adding_again_changes_the_parameters_and_enables),
        TEST(deleted_is_gone),
        TEST(reading_and_writing_are_two_events),
        TEST(writing_tells_the_room_and_waits_when_there_is_none),
        TEST(an_end_is_told_with_the_bytes_before_it),
        TEST(an_end_of_the_other_direction_is_no_end_of_writing),
        TEST(writing_to_a_reader_that_left_tells_the_end),
        TEST(a_pipe_tells_its_bytes_and_its_end),
        TEST(a_listener_tells_how_many_wait),
        TEST(a_reset_is_an_end_with_its_error_which_stays_to_be_read),
        TEST(a_refused_connect_is_an_end_of_writing_with_its_error),
        TEST(closing_removes_the_events_of_that_descriptor_alone),
        TEST(a_descriptor_that_takes_the_number_starts_without_events),
        TEST(closing_removes_the_events_in_every_queue),
        TEST(a_closed_queue_is_none),
        TEST(a_user_event_waits_for_its_trigger),
        TEST(without_clear_a_triggered_user_event_stays),
        TEST(a_disabled_user_event_keeps_its_trigger),
        TEST(the_flags_of_a_user_event_are_and_ored_or_copied),
        TEST(another_thread_ends_a_wait),
        TEST(a_timer_counts_its_expirations),
        TEST(a_oneshot_timer_fires_once_in_the_unit_it_was_given),
        TEST(a_wait_lasts_as_long_as_it_was_told),
        TEST(without_room_for_events_nothing_waits),
        TEST(a_short_list_loses_nothing_and_starves_nobody),
        TEST(changes_are_made_before_events_are_taken),
        TEST(a_failed_change_is_an_event_where_there_is_room),
        TEST(a_failed_change_without_room_ends_the_call),
        TEST(a_receipt_tells_of_success_and_takes_no_event),
        TEST(a_time_that_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("kqueue for tests", tests, NULL, NULL);
}

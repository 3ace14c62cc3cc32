/* Connecting, on every backend. */
#include "support.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int accept_one(struct rig *rig, int listener) {
    int fd = -1;
    for (int i = 0; i < 100 && fd < 0; i++) {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) assert_int_equal(errno, EINTR);
    }
    return rig_own(rig, fd);
}

/* A listening socket that the loop does not know. */
static int stranger(struct rig *rig, enum gn_family family, int backlog, struct gn_addr *addr) {
    struct gn_sock_options options = {.backlog = backlog};
    struct gn_sock_file file;
    *addr = rig_loopback(family, 0);
    if (family == GN_FAMILY_UNIX) {
        const char *path = rig_path(rig, "stranger");
        addr->path_len = (uint8_t)strlen(path);
        memcpy(addr->path, path, addr->path_len);
    }
    int fd = rig_own(rig, gn_sock_listen(addr, &options, &file));
    assert_true(fd >= 0);
    assert_int_equal(gn_sock_local(fd, addr), 0);
    return fd;
}

static void connect_over(void **state, enum gn_family family) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct gn_addr addr;
    struct conn *conn;
    int listener = stranger(rig, family, 16, &addr);
    assert_int_equal(rig_connect(rig, &addr, 5000, &conn), 0);
    TURN_UNTIL(rig, conn->opened);
    int peer = accept_one(rig, listener);
    conn->echo = true;
    peer_send(rig, peer, 0, 1000);
    peer_read_until(rig, peer, &reader, 1000);
    assert_int_equal(reader.len, 1000);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
}

static void connects_over_ipv4(void **state) { connect_over(state, GN_FAMILY_V4); }
static void connects_over_ipv6(void **state) { connect_over(state, GN_FAMILY_V6); }
static void connects_to_a_unix_socket(void **state) { connect_over(state, GN_FAMILY_UNIX); }

static void a_loop_connects_to_itself(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *client;
    rig_listen(rig, GN_FAMILY_V4);
    assert_int_equal(rig_connect(rig, &rig->addr, 5000, &client), 0);
    TURN_UNTIL(rig, rig->count == 2 && client->opened && rig->conns[1]->opened);
    rig->conns[1]->sink = true;
    gn_stream_write(&rig->loop, client->stream, pattern_at(0), 1000);
    TURN_UNTIL(rig, rig->conns[1]->len == 1000);
}

static void connections_that_stand_together_wait_for_room_in_the_batch(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    stranger(rig, GN_FAMILY_V4, 16, &addr);
    rig->told_max = 2; /* the rig complains when more is told in a turn */
    for (int i = 0; i < 8; i++) assert_int_equal(rig_connect(rig, &addr, 5000, &conn), 0);
    for (int i = 0; i < 8; i++) TURN_UNTIL(rig, rig->conns[i]->opened);
}

static void writes_before_the_connection_stands_are_sent_then(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct gn_addr addr;
    struct conn *conn;
    int listener = stranger(rig, GN_FAMILY_V4, 16, &addr);
    assert_int_equal(rig_connect(rig, &addr, 5000, &conn), 0);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 1000), 0);
    gn_stream_shut(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->emptied);
    int peer = accept_one(rig, listener);
    peer_read_until(rig, peer, &reader, 1001);
    assert_int_equal(reader.len, 1000);
    assert_true(reader.ended);
}

static void a_refused_connection_closes_with_econnrefused(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    rig_close_fd(rig, stranger(rig, GN_FAMILY_V4, 1, &addr));
    assert_int_equal(rig_connect(rig, &addr, 5000, &conn), 0);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -ECONNREFUSED);
    assert_int_equal(conn->opened, 0);
}

static void a_missing_unix_socket_is_enoent(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr = {.family = GN_FAMILY_UNIX};
    struct conn *conn;
    const char *path = rig_path(rig, "nobody");
    addr.path_len = (uint8_t)strlen(path);
    memcpy(addr.path, path, addr.path_len);
    int rc = rig_connect(rig, &addr, 5000, &conn);
    if (rc == 0) {
        TURN_UNTIL(rig, conn->closed);
        rc = conn->code;
    }
    assert_int_equal(rc, -ENOENT);
}

/* A listener whose backlog is full answers nothing. */
static void fill_backlog(struct rig *rig, struct gn_addr *addr) {
    stranger(rig, GN_FAMILY_V4, 0, addr);
    int peer = rig_own(rig, gn_sock_open(addr, &(struct gn_sock_options){0}));
    assert_int_equal(peer_connect(peer, addr), 0);
}

static void a_connection_that_is_not_answered_times_out(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    fill_backlog(rig, &addr);
    uint64_t start = rig_now_us();
    assert_int_equal(rig_connect(rig, &addr, 40, &conn), 0);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, GN_ECONNTIME);
    assert_in_range(rig_now_us() - start, 25000, 1000000);
    assert_int_equal(conn->opened, 0);
}

static void connecting_can_be_aborted(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    fill_backlog(rig, &addr);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig_connect(rig, &addr, 60000, &conn), 0);
        for (int k = 0; k < i; k++) rig_turn(rig, 5);
        gn_stream_abort(&rig->loop, conn->stream, true);
        TURN_UNTIL(rig, conn->closed);
        assert_int_equal(conn->code, 0);
    }
}

static void closing_while_connecting_gives_up(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    fill_backlog(rig, &addr);
    assert_int_equal(rig_connect(rig, &addr, 60000, &conn), 0);
    rig_settle(rig);
    assert_in_range(rig_waits(rig, 50), 1, 12);
    gn_stream_close(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->opened, 0);
}

/* Either is right: to say at once that it must be tried again, or to wait for the timeout. */
static void a_unix_socket_with_a_full_backlog_does_not_stall_the_loop(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    stranger(rig, GN_FAMILY_UNIX, 0, &addr);
    int peer = rig_own(rig, gn_sock_open(&addr, &(struct gn_sock_options){0}));
    assert_int_equal(peer_connect(peer, &addr), 0);
    uint64_t start = rig_now_us();
    int rc = rig_connect(rig, &addr, 50, &conn);
    if (rc == 0) {
        assert_in_range(rig_waits(rig, 30), 1, 12);
        TURN_UNTIL(rig, conn->closed);
        rc = conn->code;
    }
    assert_true(rc == -EAGAIN || rc == GN_ECONNTIME);
    assert_in_range(rig_now_us() - start, 0, 2000000);
}

static void a_connect_timeout_counts_from_the_call(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr;
    struct conn *conn;
    fill_backlog(rig, &addr);
    rig->loop.now_ms -= 1000; /* as if the last turn were long ago */
    assert_int_equal(rig_connect(rig, &addr, 500, &conn), 0);
    rig_settle(rig);
    assert_int_equal(conn->closed, 0);
}

static void more_connects_than_fit_a_submission_all_succeed(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conns[100];
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rig_connect(rig, &rig->addr, 5000, &conns[i]), 0);
    }
    for (int i = 0; i < 100; i++) TURN_UNTIL(rig, conns[i]->opened);
    TURN_UNTIL(rig, rig->count == 200);
}

static void an_address_that_cannot_be_encoded_is_refused_at_once(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr addr = {.family = 9};
    struct conn *conn;
    assert_int_equal(rig_connect(rig, &addr, 1000, &conn), -EAFNOSUPPORT);
    addr = (struct gn_addr){.family = GN_FAMILY_UNIX, .path_len = 108};
    assert_int_equal(rig_connect(rig, &addr, 1000, &conn), GN_EPATHLEN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(connects_over_ipv4),
        RIG_TEST(connects_over_ipv6),
        RIG_TEST(connects_to_a_unix_socket),
        RIG_TEST(a_loop_connects_to_itself),
        RIG_TEST(connections_that_stand_together_wait_for_room_in_the_batch),
        RIG_TEST(writes_before_the_connection_stands_are_sent_then),
        RIG_TEST(a_refused_connection_closes_with_econnrefused),
        RIG_TEST(a_missing_unix_socket_is_enoent),
        RIG_TEST(a_connection_that_is_not_answered_times_out),
        RIG_TEST(connecting_can_be_aborted),
        RIG_TEST(closing_while_connecting_gives_up),
        RIG_TEST(a_unix_socket_with_a_full_backlog_does_not_stall_the_loop),
        RIG_TEST(a_connect_timeout_counts_from_the_call),
        RIG_TEST(more_connects_than_fit_a_submission_all_succeed),
        RIG_TEST(an_address_that_cannot_be_encoded_is_refused_at_once),
    };
    return RIG_RUN("backend: connect", tests);
}

/* Bytes through a stream, on every backend: accepting, receiving, sending, order. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 3 << 20 };

static void echo_over(void **state, enum gn_family family) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig_listen(rig, family);
    int peer = rig_pair(rig, &conn);
    conn->echo = true;
    peer_send(rig, peer, 0, 1000);
    peer_read_until(rig, peer, &reader, 1000);
    assert_int_equal(reader.len, 1000);
    assert_false(reader.garbled);
    TURN_UNTIL(rig, conn->emptied > 0);
    assert_int_equal(conn->sent, 1000);
}

static void bytes_are_echoed_over_ipv4(void **state) { echo_over(state, GN_FAMILY_V4); }
static void bytes_are_echoed_over_ipv6(void **state) { echo_over(state, GN_FAMILY_V6); }
static void bytes_are_echoed_over_a_unix_socket(void **state) { echo_over(state, GN_FAMILY_UNIX); }

static void a_dual_stack_listener_names_an_ipv4_peer_by_its_ipv4_address(void **state) {
    struct rig *rig = rig_open(state);
    struct gn_addr any = {.family = GN_FAMILY_V6}, peer_addr;
    struct conn *conn;
    int fd = gn_sock_listen(&any, &rig->sock, &rig->file);
    assert_true(fd >= 0);
    assert_int_equal(gn_acceptor_open(&rig->loop, &rig->acceptor, fd, &rig->options), 0);
    rig->listening = true;
    assert_int_equal(gn_sock_local(fd, &rig->addr), 0);
    rig->addr = rig_loopback(GN_FAMILY_V4, rig->addr.port);
    int peer = rig_pair(rig, &conn);
    assert_true(peer >= 0);
    assert_int_equal(gn_sock_peer(conn->stream->chan.fd, &peer_addr), 0);
    assert_int_equal(peer_addr.family, GN_FAMILY_V4);
    assert_int_equal(peer_addr.ip[0], 127);
}

static void megabytes_arrive_whole_at_a_slow_reader(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int turns = 0;
    rig->sock.send_buffer = 64 * 1024;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    for (uint64_t at = 0; at < LARGE; at += 32768) {
        assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 32768), 0);
    }
    while (reader.len < LARGE && turns++ < 20000) {
        rig_turn(rig, peer_read(peer, &reader, 3000) > 0 ? 0 : 1);
    }
    assert_int_equal(reader.len, LARGE);
    assert_false(reader.garbled);
    TURN_UNTIL(rig, conn->sent == LARGE);
    assert_int_equal(conn->emptied, 1);
    assert_true(conn->sent_calls > 1);
}

static void megabytes_arrive_whole_from_a_fast_writer(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    conn->sink = true;
    peer_send(rig, peer, 0, LARGE);
    TURN_UNTIL(rig, conn->len == LARGE);
}

static void megabytes_are_echoed_in_order(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    size_t sent = 0;
    rig->sock.send_buffer = 64 * 1024;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    conn->sink = conn->echo = true;
    for (int i = 0; i < 20000 && reader.len < LARGE; i++) {
        size_t piece = LARGE - sent < 10000 ? LARGE - sent : 10000;
        ssize_t n = send(peer, pattern_at(sent), piece, MSG_DONTWAIT);
        if (n > 0) sent += (size_t)n;
        rig_turn(rig, peer_read(peer, &reader, 20000) > 0 ? 0 : 1);
    }
    assert_int_equal(reader.len, LARGE);
    assert_false(reader.garbled);
}

static void many_small_writes_keep_their_order(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    uint64_t at = 0;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    for (int i = 0; i < 5000; i++) {
        size_t len = (size_t)(i % 97 + 1);
        assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(at), len), 0);
        at += len;
        if (i % 100 == 0) rig_turn(rig, 0);
    }
    peer_read_until(rig, peer, &reader, at);
    assert_int_equal(reader.len, at);
    assert_false(reader.garbled);
}

static void writes_while_a_send_is_stuck_keep_their_order(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig->sock.send_buffer = 64 * 1024;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    uint64_t at = 0;
    for (int i = 0; i < 200; i++) {
        for (int k = 0; k < 64; k++, at += 256) {
            assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 256), 0);
        }
        rig_turn(rig, 0);
    }
    peer_read_until(rig, peer, &reader, at);
    assert_int_equal(reader.len, at);
    assert_false(reader.garbled);
}

static void a_write_before_the_first_turn_is_sent(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 10), 0);
    peer_read_until(rig, peer, &reader, 10);
    assert_int_equal(reader.len, 10);
}

static void an_empty_write_changes_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_socketpair(rig, &conn);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, "", 0), 0);
    rig_settle(rig);
    assert_int_equal(conn->sent_calls, 0);
    assert_int_equal(conn->closed, 0);
}

static void many_connections_are_served_at_once(void **state) {
    struct rig *rig = rig_open(state);
    int peers[300];
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 300; i++) peers[i] = rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 300);
    for (int i = 0; i < 300; i++) rig->conns[i]->echo = true;
    for (int i = 0; i < 300; i++) assert_int_equal(send(peers[i], pattern_at(0), 5, 0), 5);
    for (int i = 0; i < 300; i++) {
        struct reader reader = {0};
        peer_read_until(rig, peers[i], &reader, 5);
        assert_int_equal(reader.len, 5);
        assert_false(reader.garbled);
    }
}

static void a_connection_is_accepted_with_close_on_exec(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    assert_true(fcntl(conn->stream->chan.fd, F_GETFD) & FD_CLOEXEC);
}

static void a_loop_leaves_no_descriptor_to_other_programs(void **state) {
    bool known[256];
    for (int fd = 0; fd < 256; fd++) known[fd] = fcntl(fd, F_GETFD) >= 0;
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig_settle(rig);
    for (int fd = 0; fd < 256; fd++) {
        if (!known[fd] && fcntl(fd, F_GETFD) == 0) fail_msg("%d survives an exec", fd);
    }
}

/* A listener that another loop made non-blocking, because its backend needs that. */
static void a_nonblocking_listener_accepts_and_costs_nothing_meanwhile(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    assert_int_equal(gn_sock_nonblocking(rig->acceptor.chan.fd, true), 0);
    for (int i = 0; i < 2; i++) {
        rig_settle(rig);
        assert_in_range(rig_waits(rig, 60), 1, 12);
        rig_pair(rig, &conn);
        rig_pair(rig, &conn);
        if (strcmp(rig->backend.name, "io_uring") != 0) continue;
        /* Some kernels answer EAGAIN: then the ring waits by polling (ARMED_POLL_IN). */
        gn_acceptor_close(&rig->loop, &rig->acceptor);
        TURN_UNTIL(rig, !rig->listening);
        rig_listen(rig, GN_FAMILY_V4);
        rig->acceptor.chan.armed = 2;
    }
}

static void a_listener_that_waits_by_polling_can_be_closed(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    if (strcmp(rig->backend.name, "io_uring") == 0) rig->acceptor.chan.armed = 2;
    rig_settle(rig);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
}

/* Where the kernel does not spread connections, loops share a listener, and the one that wakes up
 * first must not take them all. */
static void what_waits_at_a_listener_is_left_to_loops_that_share_it(void **state) {
    struct rig *rig = rig_open(state);
    if (strcmp(rig->backend.name, "io_uring") == 0) return; /* its kernel spreads them */
    bool shares = strcmp(rig->backend.name, "kqueue") == 0;
    rig_listen(rig, GN_FAMILY_V4);
    rig_turn(rig, 0);
    for (int i = 0; i < 5; i++) rig_peer(rig);
    rig_turn(rig, RIG_TURN_MS);
    assert_int_equal(rig->count, shares ? 1 : 5);
    TURN_UNTIL(rig, rig->count == 5);
}

static void closing_the_listener_refuses_further_connections(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
    struct conn *client;
    assert_int_equal(rig_connect(rig, &rig->addr, 1000, &client), 0);
    TURN_UNTIL(rig, client->closed);
    assert_int_equal(client->code, -ECONNREFUSED);
    assert_int_equal(conn->closed, 0);
}

static void a_listener_closed_before_the_first_turn_is_freed(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
    assert_int_equal(rig->loop.chan_count, 0);
}

/* A duplicate of the descriptor keeps the socket alive, and connections keep waiting at it. */
static void a_closed_listener_whose_socket_lives_on_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_own(rig, dup(rig->acceptor.chan.fd));
    rig_pair(rig, &conn);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
    rig_peer(rig);
    rig_settle(rig);
    assert_true(rig_waits(rig, 60) < 12);
    assert_int_equal(rig->count, 1);
}

/* Bytes that wait in the kernel for a stream, as many as it keeps. */
static void flood(int peer) {
    static const char bytes[65536];
    while (send(peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
}

static void who_sends_little_is_served_beside_those_who_flood(void **state) {
    enum { FLOODS = 24, BUFFERS = 4, SIZE = 4096, SHARE = 8, ROUNDS = 4 };
    struct gn_loop_config config = rig_config(state);
    struct conn *conns[FLOODS + 1], *quiet;
    int peers[FLOODS + 1];
    size_t flooded = 0;
    config.recv_count = BUFFERS;
    config.recv_size = SIZE;
    struct rig *rig = rig_open_with(&config);
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i <= FLOODS; i++) {
        peers[i] = rig_pair(rig, &conns[i]);
        gn_stream_pause(&rig->loop, conns[i]->stream);
    }
    rig_settle(rig);
    for (int i = 0; i < FLOODS; i++) flood(peers[i]);
    quiet = conns[FLOODS];
    peer_send(rig, peers[FLOODS], 0, 10);
    for (int i = 0; i <= FLOODS; i++) gn_stream_resume(&rig->loop, conns[i]->stream);
    for (int round = 1; round <= ROUNDS; round++) {
        TURN_UNTIL(rig, quiet->len == (size_t)round * 10);
        peer_send(rig, peers[FLOODS], (uint64_t)round * 10, 10);
    }
    for (int i = 0; i < FLOODS; i++) flooded += conns[i]->len;
    /* The kernel keeps hundreds of buffers full for each of them. */
    assert_in_range(flooded, 1, ROUNDS * SHARE * FLOODS * SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(bytes_are_echoed_over_ipv4),
        RIG_TEST(bytes_are_echoed_over_ipv6),
        RIG_TEST(bytes_are_echoed_over_a_unix_socket),
        RIG_TEST(a_dual_stack_listener_names_an_ipv4_peer_by_its_ipv4_address),
        RIG_TEST(megabytes_arrive_whole_at_a_slow_reader),
        RIG_TEST(megabytes_arrive_whole_from_a_fast_writer),
        RIG_TEST(megabytes_are_echoed_in_order),
        RIG_TEST(many_small_writes_keep_their_order),
        RIG_TEST(writes_while_a_send_is_stuck_keep_their_order),
        RIG_TEST(a_write_before_the_first_turn_is_sent),
        RIG_TEST(an_empty_write_changes_nothing),
        RIG_TEST(many_connections_are_served_at_once),
        RIG_TEST(a_connection_is_accepted_with_close_on_exec),
        RIG_TEST(a_loop_leaves_no_descriptor_to_other_programs),
        RIG_TEST(a_nonblocking_listener_accepts_and_costs_nothing_meanwhile),
        RIG_TEST(a_listener_that_waits_by_polling_can_be_closed),
        RIG_TEST(what_waits_at_a_listener_is_left_to_loops_that_share_it),
        RIG_TEST(closing_the_listener_refuses_further_connections),
        RIG_TEST(a_listener_closed_before_the_first_turn_is_freed),
        RIG_TEST(a_closed_listener_whose_socket_lives_on_costs_nothing),
        RIG_TEST(who_sends_little_is_served_beside_those_who_flood),
    };
    return RIG_RUN("backend: flow", tests);
}

/* How a stream ends, on every backend: half-close, close, abort, and what the peer does to it. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MUCH = 1 << 20 };

static void write_pattern(struct rig *rig, struct conn *conn, uint64_t len) {
    for (uint64_t at = 0; at < len; at += 32768) {
        size_t piece = len - at < 32768 ? (size_t)(len - at) : 32768;
        assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(at), piece), 0);
    }
}

/* A pair over TCP whose stream has a small send buffer. */
static int narrow_pair(struct rig *rig, struct conn **conn) {
    rig->sock.send_buffer = 8192;
    rig_listen(rig, GN_FAMILY_V4);
    return rig_pair(rig, conn);
}

/* ---- the peer ends its direction ---- */

static void a_peer_that_ends_its_direction_still_gets_an_answer(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    peer_send(rig, peer, 0, 100);
    shutdown(peer, SHUT_WR);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(conn->len, 100);
    write_pattern(rig, conn, MUCH);
    peer_read_until(rig, peer, &reader, MUCH);
    assert_int_equal(reader.len, MUCH);
    assert_int_equal(conn->closed, 0);
    gn_stream_close(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    peer_read_until(rig, peer, &reader, MUCH + 1);
    assert_true(reader.ended);
}

static void a_peer_that_ends_with_data_still_queued_to_it_gets_all_of_it(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, MUCH);
    rig_settle(rig);
    shutdown(peer, SHUT_WR);
    TURN_UNTIL(rig, conn->ended);
    peer_read_until(rig, peer, &reader, MUCH);
    assert_int_equal(reader.len, MUCH);
    assert_false(reader.garbled);
}

static void the_end_is_told_after_the_last_bytes(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    conn->sink = true;
    peer_send(rig, peer, 0, 50000);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(conn->len, 50000);
    assert_int_equal(conn->closed, 0);
}

/* ---- we end our direction ---- */

static void ending_our_direction_sends_the_queue_first(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, MUCH);
    gn_stream_shut(&rig->loop, conn->stream);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, "x", 1), GN_ECLOSED);
    peer_read_until(rig, peer, &reader, MUCH + 1);
    assert_int_equal(reader.len, MUCH);
    assert_true(reader.ended);
    peer_send(rig, peer, 0, 10);
    TURN_UNTIL(rig, conn->len == 10);
    assert_int_equal(conn->closed, 0);
}

static void both_directions_may_end_one_after_the_other(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_shut(&rig->loop, conn->stream);
    rig_settle(rig);
    shutdown(peer, SHUT_WR);
    TURN_UNTIL(rig, conn->ended);
    gn_stream_close(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
}

static void ending_twice_is_harmless(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_socketpair(rig, &conn);
    gn_stream_shut(&rig->loop, conn->stream);
    rig_settle(rig);
    gn_stream_shut(&rig->loop, conn->stream);
    rig_settle(rig);
    assert_int_equal(conn->closed, 0);
}

/* ---- resets and broken pipes ---- */

static void a_reset_closes_with_econnreset(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    rig_settle(rig);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -ECONNRESET);
}

static void a_reset_while_bytes_are_queued_closes_with_econnreset(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, MUCH);
    rig_settle(rig);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -ECONNRESET);
}

static void a_reset_of_a_paused_stream_is_found_by_its_stuck_send(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    write_pattern(rig, conn, 4 * MUCH);
    rig_settle(rig);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -ECONNRESET);
}

static void a_reset_before_it_is_accepted_is_survived(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 20; i++) peer_reset(rig, rig_peer(rig));
    rig_pair(rig, &conn);
    TURN_UNTIL(rig, rig->loop.chan_count == 2);
    for (int i = 0; i < rig->count; i++) {
        assert_true(rig->conns[i]->closed || rig->conns[i]->stream);
    }
}

static void a_write_to_a_gone_peer_closes_with_epipe(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    rig_settle(rig);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, "x", 1), 0);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -EPIPE);
}

static void a_write_after_the_close_says_so(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_socketpair(rig, &conn);
    gn_stream_close(&rig->loop, conn->stream);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, "x", 1), GN_ECLOSED);
}

/* ---- close ---- */

static void close_sends_the_queue_then_lingers_for_the_peers_end(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, MUCH);
    gn_stream_close(&rig->loop, conn->stream);
    peer_read_until(rig, peer, &reader, MUCH + 1);
    assert_int_equal(reader.len, MUCH);
    assert_true(reader.ended);
    rig_settle(rig);
    assert_int_equal(conn->closed, 0);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    assert_int_equal(conn->sent, MUCH);
}

static void a_lingering_stream_closes_when_its_time_is_over(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig->options.close_ms = 30;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    uint64_t start = rig_now_us();
    gn_stream_close(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    assert_in_range(rig_now_us() - start, 15000, 2000000);
}

static void close_with_no_time_to_linger_closes_at_once(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig->options.close_ms = 0;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    write_pattern(rig, conn, 1000);
    gn_stream_close(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    peer_read_until(rig, peer, &reader, 1001);
    assert_int_equal(reader.len, 1000);
    assert_true(reader.ended);
}

/* What the peer goes on to send must not turn into a reset that destroys the last bytes. */
static void a_peer_that_keeps_sending_can_read_the_last_bytes(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    peer_send(rig, peer, 0, 100000);
    write_pattern(rig, conn, 1000);
    gn_stream_close(&rig->loop, conn->stream);
    size_t told = conn->len;
    for (int i = 0; i < 50; i++) {
        peer_send(rig, peer, 0, 10000);
        rig_turn(rig, 0);
    }
    peer_read_until(rig, peer, &reader, 1001);
    assert_int_equal(reader.len, 1000);
    assert_int_equal(reader.error, 0);
    assert_true(reader.ended);
    assert_int_equal(conn->len, told);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
}

static void closing_twice_is_harmless(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    gn_stream_close(&rig->loop, conn->stream);
    gn_stream_close(&rig->loop, conn->stream);
    rig_settle(rig);
    gn_stream_close(&rig->loop, conn->stream);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
}

static void closing_a_paused_stream_reads_on_until_the_end(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_send(rig, peer, 0, 50000);
    rig_settle(rig);
    gn_stream_close(&rig->loop, conn->stream);
    rig_settle(rig);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    assert_int_equal(conn->len, 0);
}

static void a_reset_while_lingering_is_an_orderly_end(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_close(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
}

static void a_stream_that_was_ended_by_the_peer_closes_at_once(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
    gn_stream_close(&rig->loop, conn->stream);
    rig_turn(rig, 100);
    assert_int_equal(conn->closed, 1);
    assert_int_equal(conn->code, 0);
}

/* ---- abort ---- */

static void abort_resets_the_connection(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    rig_settle(rig);
    gn_stream_abort(&rig->loop, conn->stream, true);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    peer_read_until(rig, peer, &reader, 1);
    assert_int_equal(reader.error, ECONNRESET);
}

static void abort_without_reset_ends_in_order(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    rig_settle(rig);
    gn_stream_abort(&rig->loop, conn->stream, false);
    TURN_UNTIL(rig, conn->closed);
    peer_read_until(rig, peer, &reader, 1);
    assert_int_equal(reader.error, 0);
    assert_true(reader.ended);
}

static void abort_while_a_send_is_in_flight_drops_the_queue(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, 4 * MUCH);
    rig_settle(rig);
    assert_true(conn->sent < 4 * MUCH);
    gn_stream_abort(&rig->loop, conn->stream, true);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, 0);
    peer_read_until(rig, peer, &reader, 4 * MUCH);
    assert_int_equal(reader.error, ECONNRESET);
}

static void abort_right_after_a_write_is_safe(void **state) {
    struct rig *rig = rig_open(state);
    for (int i = 0; i < 50; i++) {
        struct conn *conn;
        int peer = rig_socketpair(rig, &conn);
        write_pattern(rig, conn, MUCH);
        if (i % 2) rig_turn(rig, 0);
        gn_stream_abort(&rig->loop, conn->stream, i % 3 == 0);
        if (i % 4 == 0) gn_stream_abort(&rig->loop, conn->stream, true);
        TURN_UNTIL(rig, conn->closed);
        rig_close_fd(rig, peer);
    }
}

static void abort_of_a_closing_stream_ends_it(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    write_pattern(rig, conn, MUCH);
    gn_stream_close(&rig->loop, conn->stream);
    rig_settle(rig);
    gn_stream_abort(&rig->loop, conn->stream, true);
    TURN_UNTIL(rig, conn->closed);
    assert_true(peer >= 0);
}

static void bytes_that_arrive_with_the_abort_are_not_told(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    rig_settle(rig);
    peer_send(rig, peer, 0, 30000);
    gn_stream_abort(&rig->loop, conn->stream, true);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->len, 0);
}

static void a_loop_may_end_with_streams_in_every_state(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn[6];
    int peer[6];
    rig->sock.send_buffer = 8192;
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 6; i++) peer[i] = rig_pair(rig, &conn[i]);
    for (int i = 1; i < 4; i++) write_pattern(rig, conn[i], MUCH);
    rig_settle(rig);
    gn_stream_close(&rig->loop, conn[2]->stream);
    gn_stream_close(&rig->loop, conn[4]->stream);
    gn_stream_shut(&rig->loop, conn[3]->stream);
    gn_stream_pause(&rig->loop, conn[5]->stream);
    peer_send(rig, peer[5], 0, 1000);
    rig_peer(rig);
    assert_int_equal(gn_stream_write(&rig->loop, conn[0]->stream, "x", 1), 0);
    /* The tear-down closes all of them and checks what is left. */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_peer_that_ends_its_direction_still_gets_an_answer),
        RIG_TEST(a_peer_that_ends_with_data_still_queued_to_it_gets_all_of_it),
        RIG_TEST(the_end_is_told_after_the_last_bytes),
        RIG_TEST(ending_our_direction_sends_the_queue_first),
        RIG_TEST(both_directions_may_end_one_after_the_other),
        RIG_TEST(ending_twice_is_harmless),
        RIG_TEST(a_reset_closes_with_econnreset),
        RIG_TEST(a_reset_while_bytes_are_queued_closes_with_econnreset),
        RIG_TEST(a_reset_of_a_paused_stream_is_found_by_its_stuck_send),
        RIG_TEST(a_reset_before_it_is_accepted_is_survived),
        RIG_TEST(a_write_to_a_gone_peer_closes_with_epipe),
        RIG_TEST(a_write_after_the_close_says_so),
        RIG_TEST(close_sends_the_queue_then_lingers_for_the_peers_end),
        RIG_TEST(a_lingering_stream_closes_when_its_time_is_over),
        RIG_TEST(close_with_no_time_to_linger_closes_at_once),
        RIG_TEST(a_peer_that_keeps_sending_can_read_the_last_bytes),
        RIG_TEST(closing_twice_is_harmless),
        RIG_TEST(closing_a_paused_stream_reads_on_until_the_end),
        RIG_TEST(a_reset_while_lingering_is_an_orderly_end),
        RIG_TEST(a_stream_that_was_ended_by_the_peer_closes_at_once),
        RIG_TEST(abort_resets_the_connection),
        RIG_TEST(abort_without_reset_ends_in_order),
        RIG_TEST(abort_while_a_send_is_in_flight_drops_the_queue),
        RIG_TEST(abort_right_after_a_write_is_safe),
        RIG_TEST(abort_of_a_closing_stream_ends_it),
        RIG_TEST(bytes_that_arrive_with_the_abort_are_not_told),
        RIG_TEST(a_loop_may_end_with_streams_in_every_state),
    };
    return RIG_RUN("backend: close", tests);
}

/* Idle timeouts, and that nothing burns processor time while nothing happens, on every backend. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SOON_MS = 80,
    SLOW_MS = 2 * SOON_MS,
    MUCH = 1 << 20,
    BYTES_PER_US = 1,
    WAITS_MAX = 12, /* in 100 ms: a few for the coarse clock, and one for each leftover readiness */
};

/* ---- idle timeouts ---- */

static int idle_pair(struct rig *rig, enum gn_idle_mode mode, struct conn **conn) {
    rig->options.idle_mode = mode;
    rig->options.idle_ms = SOON_MS;
    rig->sock.send_buffer = 8192;
    rig_listen(rig, GN_FAMILY_V4);
    return rig_pair(rig, conn);
}

static void expect_idle(struct rig *rig, struct conn *conn, uint64_t since_us) {
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, GN_EIDLE);
    assert_in_range(rig_now_us() - since_us, (SOON_MS - 12) * 1000, 2000000);
}

static void a_silent_stream_is_closed_after_its_idle_time(void **state) {
    const enum gn_idle_mode modes[] = {GN_IDLE_READ, GN_IDLE_WRITE, GN_IDLE_BOTH};
    for (int i = 0; i < 3; i++) {
        struct rig *rig = rig_open(state);
        struct conn *conn;
        uint64_t start = rig_now_us();
        idle_pair(rig, modes[i], &conn);
        expect_idle(rig, conn, start);
        rig_tear_down(state);
    }
}

static void a_connected_stream_is_closed_after_its_idle_time(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    idle_pair(rig, GN_IDLE_OFF, &conn);
    rig->options.idle_mode = GN_IDLE_BOTH;
    uint64_t start = rig_now_us();
    assert_int_equal(rig_connect(rig, &rig->addr, 5000, &conn), 0);
    TURN_UNTIL(rig, conn->opened);
    expect_idle(rig, conn, start);
}

static void without_idle_mode_a_silent_stream_stays(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    idle_pair(rig, GN_IDLE_OFF, &conn);
    rig_turn(rig, 2 * SOON_MS);
    assert_int_equal(conn->closed, 0);
}

/* Let bytes move in one direction for several idle times. */
static void keep_moving(struct rig *rig, struct conn *conn, int peer, bool in, bool out) {
    struct reader reader = {0};
    uint64_t until = rig_now_us() + 3 * SOON_MS * 1000;
    while (rig_now_us() < until && !conn->closed) {
        if (in) assert_int_equal(send(peer, pattern_at(0), 10, 0), 10);
        if (out) gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 10);
        rig_turn(rig, 2);
        rig_turn(rig, 5);
        peer_read(peer, &reader, MUCH);
    }
}

static void a_stream_that_receives_is_not_read_idle(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_READ, &conn);
    keep_moving(rig, conn, peer, true, false);
    assert_int_equal(conn->closed, 0);
}

static void a_stream_that_sends_is_read_idle(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_READ, &conn);
    keep_moving(rig, conn, peer, false, true);
    assert_int_equal(conn->code, GN_EIDLE);
}

static void a_stream_that_sends_is_not_write_idle(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_WRITE, &conn);
    keep_moving(rig, conn, peer, false, true);
    assert_int_equal(conn->closed, 0);
}

static void a_stream_that_receives_is_write_idle(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_WRITE, &conn);
    keep_moving(rig, conn, peer, true, false);
    assert_int_equal(conn->code, GN_EIDLE);
}

static void either_direction_keeps_a_stream_that_counts_both(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_BOTH, &conn);
    keep_moving(rig, conn, peer, true, false);
    assert_int_equal(conn->closed, 0);
    keep_moving(rig, conn, peer, false, true);
    assert_int_equal(conn->closed, 0);
}

/* A peer on a thread of its own, because the loop has to be asleep when it acts. */
struct late {
    struct rig *rig;
    int fd, times, pause_ms; /* before each time */
};

static void *act_late(void *arg) {
    struct late *late = arg;
    for (int i = 0; i < late->times; i++) {
        poll(NULL, 0, late->pause_ms);
        if (send(late->fd, "late", 4, MSG_NOSIGNAL) < 0) break;
    }
    return NULL;
}

/* Nothing but the peer's bytes wakes the loop: each must count from when it came. */
static void bytes_that_wake_the_loop_count_from_now(void **state) {
    const enum gn_idle_mode modes[] = {GN_IDLE_READ, GN_IDLE_BOTH};
    for (int i = 0; i < 2; i++) {
        struct rig *rig = rig_open(state);
        struct conn *conn;
        pthread_t thread;
        int peer = idle_pair(rig, modes[i], &conn);
        struct late late = {rig, peer, 6, SOON_MS * 7 / 10};
        uint64_t start = rig_now_us();
        assert_int_equal(pthread_create(&thread, NULL, act_late, &late), 0);
        while (!conn->closed && conn->len < 24) rig_turn(rig, 1000);
        pthread_join(thread, NULL);
        assert_int_equal(conn->closed, 0);
        assert_true(rig_now_us() - start > SOON_MS * 3 * 1000);
        rig_tear_down(state);
    }
}

static void *connect_late(void *arg) {
    struct late *late = arg;
    poll(NULL, 0, late->pause_ms);
    late->fd = rig_peer(late->rig);
    return NULL;
}

static void a_connection_after_a_long_calm_has_its_whole_idle_time(void **state) {
    struct rig *rig = rig_open(state);
    pthread_t thread;
    rig->options.idle_mode = GN_IDLE_BOTH;
    rig->options.idle_ms = SOON_MS;
    rig_listen(rig, GN_FAMILY_V4);
    struct late late = {rig, -1, 0, 3 * SOON_MS};
    assert_int_equal(pthread_create(&thread, NULL, connect_late, &late), 0);
    while (rig->count == 0) rig_turn(rig, 1000);
    uint64_t start = rig_now_us();
    pthread_join(thread, NULL);
    expect_idle(rig, rig->conns[0], start);
}

/* A download through the kernel's large buffer: no send completes for longer than the idle time. */
static void download_slowly(void **state, struct gn_stream_options options, bool close) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    const size_t len = 4 * MUCH;
    rig->options = options;
    /* Over TCP the kernel's own timers could stand in the way for longer than the idle time. */
    int peer = rig_socketpair(rig, &conn);
    int fd = conn->stream->chan.fd, room = 200 * 1024;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    for (uint64_t at = 0; at < len; at += 65536) {
        gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 65536);
    }
    if (close) gn_stream_close(&rig->loop, conn->stream);
    uint64_t start = rig_now_us(), now;
    while ((now = rig_now_us()) < start + 8 * SOON_MS * 1000) {
        uint64_t allowed = (now - start) * BYTES_PER_US;
        if (allowed > reader.len) peer_read(peer, &reader, (size_t)(allowed - reader.len));
        rig_turn(rig, 5);
    }
    assert_int_equal(conn->closed, 0);
    assert_true(reader.len < len);
    /* Once it stands still, the second look at the latest sees that. */
    uint64_t still = rig_now_us();
    TURN_UNTIL(rig, conn->closed);
    assert_true(rig_now_us() - still < 5 * SLOW_MS * 1000);
}

static struct gn_stream_options slow(enum gn_idle_mode mode) {
    return (struct gn_stream_options){.idle_mode = mode, .idle_ms = SLOW_MS, .close_ms = 1000};
}

static void a_moving_download_is_not_cut(void **state) {
    download_slowly(state, slow(GN_IDLE_BOTH), false);
}

static void a_moving_download_is_not_cut_for_what_it_does_not_write(void **state) {
    download_slowly(state, slow(GN_IDLE_WRITE), false);
}

/* Nothing is expected from the peer of a stream that closes. */
static void a_moving_download_is_not_cut_after_the_close(void **state) {
    download_slowly(state, slow(GN_IDLE_READ), true);
}

/* The deadline of sending takes the place of the idle time, whatever that counts. */
static void a_moving_download_is_not_cut_by_its_send_deadline(void **state) {
    struct gn_stream_options options = slow(GN_IDLE_READ);
    options.send_ms = SLOW_MS;
    options.idle_ms = 60 * 1000;
    download_slowly(state, options, false);
}

static void a_moving_download_without_idle_time_has_a_send_deadline(void **state) {
    struct gn_stream_options options = slow(GN_IDLE_OFF);
    options.send_ms = SLOW_MS;
    download_slowly(state, options, false);
}

static void bytes_queued_in_the_last_moment_are_sent(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = idle_pair(rig, GN_IDLE_BOTH, &conn);
    rig_settle(rig);
    /* The next turn starts when the time is over. */
    uint64_t until = rig_now_us() + (SOON_MS + 10) * 1000;
    while (rig_now_us() < until) continue;
    rig->loop.now_ms += SOON_MS;
    gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 10);
    rig_turn(rig, 0);
    rig_turn(rig, 0);
    peer_read(peer, &reader, 10);
    assert_int_equal(reader.len, 10);
    assert_int_equal(conn->closed, 0);
}

static void a_reader_that_stands_still_is_cut(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    uint64_t start = rig_now_us();
    idle_pair(rig, GN_IDLE_WRITE, &conn);
    for (uint64_t at = 0; at < 8 * MUCH; at += 65536) {
        gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 65536);
    }
    expect_idle(rig, conn, start);
}

static void a_paused_stream_is_not_read_idle(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    idle_pair(rig, GN_IDLE_READ, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_turn(rig, 3 * SOON_MS);
    assert_int_equal(conn->closed, 0);
}

static void after_a_resume_the_peer_has_its_whole_idle_time(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    idle_pair(rig, GN_IDLE_READ, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    uint64_t until = rig_now_us() + 3 * SOON_MS * 1000 - 8000;
    while (rig_now_us() < until) rig_turn(rig, 5);
    uint64_t start = rig_now_us();
    gn_stream_resume(&rig->loop, conn->stream);
    expect_idle(rig, conn, start);
}

static void many_streams_are_closed_when_their_time_comes(void **state) {
    struct rig *rig = rig_open(state);
    rig->options.idle_mode = GN_IDLE_BOTH;
    struct conn *conn;
    for (int i = 0; i < 200; i++) {
        rig->options.idle_ms = (uint32_t)(10 + i * 7 % 50);
        rig_socketpair(rig, &conn);
    }
    for (int i = 0; i < 200; i++) {
        TURN_UNTIL(rig, rig->conns[i]->closed);
        assert_int_equal(rig->conns[i]->code, GN_EIDLE);
    }
}

/* ---- nothing to do costs nothing ---- */

static void expect_calm(struct rig *rig) {
    rig_settle(rig);
    unsigned waits = rig_waits(rig, 100);
    if (waits > WAITS_MAX) fail_msg("%u waits in 100 ms in which nothing happens", waits);
}

static void an_idle_loop_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    expect_calm(rig);
}

static void a_paused_stream_with_data_waiting_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_send(rig, peer, 0, 10000);
    expect_calm(rig);
}

static void a_paused_stream_whose_peer_left_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_send(rig, peer, 0, 10000);
    rig_close_fd(rig, peer);
    expect_calm(rig);
    assert_int_equal(conn->closed, 0);
}

static void a_paused_stream_that_was_reset_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_reset(rig, peer);
    expect_calm(rig);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -ECONNRESET);
}

static void a_stream_whose_peer_ended_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    shutdown(peer, SHUT_WR);
    TURN_UNTIL(rig, conn->ended);
    expect_calm(rig);
    rig_close_fd(rig, peer);
    expect_calm(rig);
}

static void a_stream_that_ended_in_both_directions_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    gn_stream_shut(&rig->loop, conn->stream);
    rig_settle(rig);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
    expect_calm(rig);
}

static void a_unix_stream_whose_peer_left_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    rig_settle(rig);
    rig_close_fd(rig, peer);
    TURN_UNTIL(rig, conn->ended);
    expect_calm(rig);
}

static void a_send_that_is_stuck_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    rig->sock.send_buffer = 8192;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    for (uint64_t at = 0; at < 4 * MUCH; at += 65536) {
        gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 65536);
    }
    for (int i = 0; i < 20; i++) rig_turn(rig, 5);
    expect_calm(rig);
    peer_read_until(rig, peer, &reader, 4 * MUCH);
    assert_int_equal(reader.len, 4 * MUCH);
}

static void a_stuck_send_to_a_peer_that_ended_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig->sock.send_buffer = 8192;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    for (uint64_t at = 0; at < 4 * MUCH; at += 65536) {
        gn_stream_write(&rig->loop, conn->stream, pattern_at(at), 65536);
    }
    shutdown(peer, SHUT_WR);
    for (int i = 0; i < 20; i++) rig_turn(rig, 5);
    expect_calm(rig);
    gn_stream_close(&rig->loop, conn->stream);
    expect_calm(rig);
}

static void a_lingering_stream_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    gn_stream_close(&rig->loop, conn->stream);
    expect_calm(rig);
    assert_int_equal(conn->closed, 0);
}

static void after_a_reset_the_loop_is_calm(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, &conn);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    expect_calm(rig);
}

static void held_bytes_of_a_paused_stream_cost_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    rig_settle(rig);
    conn->hold = true;
    peer_send(rig, peer, 0, 30000);
    rig_turn(rig, 10);
    gn_stream_pause(&rig->loop, conn->stream);
    expect_calm(rig);
}

/* A turn without a limit returns only for something that happened. */
static void a_timer_ends_a_turn_that_waits_for_ever(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig->options.idle_mode = GN_IDLE_BOTH;
    rig->options.idle_ms = 20;
    rig_socketpair(rig, &conn);
    rig_turn(rig, -1);
    assert_int_equal(conn->closed, 1);
}

static void a_turn_without_patience_returns_at_once(void **state) {
    struct rig *rig = rig_open(state);
    uint64_t start = rig_now_us();
    for (int i = 0; i < 100; i++) rig_turn(rig, 0);
    assert_in_range(rig_now_us() - start, 0, 500000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_silent_stream_is_closed_after_its_idle_time),
        RIG_TEST(a_connected_stream_is_closed_after_its_idle_time),
        RIG_TEST(without_idle_mode_a_silent_stream_stays),
        RIG_TEST(a_stream_that_receives_is_not_read_idle),
        RIG_TEST(a_stream_that_sends_is_read_idle),
        RIG_TEST(a_stream_that_sends_is_not_write_idle),
        RIG_TEST(a_stream_that_receives_is_write_idle),
        RIG_TEST(either_direction_keeps_a_stream_that_counts_both),
        RIG_TEST(bytes_that_wake_the_loop_count_from_now),
        RIG_TEST(a_connection_after_a_long_calm_has_its_whole_idle_time),
        RIG_TEST(a_moving_download_is_not_cut),
        RIG_TEST(a_moving_download_is_not_cut_for_what_it_does_not_write),
        RIG_TEST(a_moving_download_is_not_cut_after_the_close),
        RIG_TEST(a_moving_download_is_not_cut_by_its_send_deadline),
        RIG_TEST(a_moving_download_without_idle_time_has_a_send_deadline),
        RIG_TEST(bytes_queued_in_the_last_moment_are_sent),
        RIG_TEST(a_reader_that_stands_still_is_cut),
        RIG_TEST(a_paused_stream_is_not_read_idle),
        RIG_TEST(after_a_resume_the_peer_has_its_whole_idle_time),
        RIG_TEST(many_streams_are_closed_when_their_time_comes),
        RIG_TEST(an_idle_loop_costs_nothing),
        RIG_TEST(a_paused_stream_with_data_waiting_costs_nothing),
        RIG_TEST(a_paused_stream_whose_peer_left_costs_nothing),
        RIG_TEST(a_paused_stream_that_was_reset_costs_nothing),
        RIG_TEST(a_stream_whose_peer_ended_costs_nothing),
        RIG_TEST(a_stream_that_ended_in_both_directions_costs_nothing),
        RIG_TEST(a_unix_stream_whose_peer_left_costs_nothing),
        RIG_TEST(a_send_that_is_stuck_costs_nothing),
        RIG_TEST(a_stuck_send_to_a_peer_that_ended_costs_nothing),
        RIG_TEST(a_lingering_stream_costs_nothing),
        RIG_TEST(after_a_reset_the_loop_is_calm),
        RIG_TEST(held_bytes_of_a_paused_stream_cost_nothing),
        RIG_TEST(a_timer_ends_a_turn_that_waits_for_ever),
        RIG_TEST(a_turn_without_patience_returns_at_once),
    };
    return RIG_RUN_AT_ONCE("backend: idle", tests);
}

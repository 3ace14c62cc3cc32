/* Pausing, resuming and handing back, on every backend. */
#include "support.h"

#include <string.h>
#include <sys/socket.h>

enum { PIECE = 4096 };

static int pair(struct rig *rig, struct conn **conn) {
    rig_listen(rig, GN_FAMILY_V4);
    int peer = rig_pair(rig, conn);
    (*conn)->sink = true;
    return peer;
}

static void a_paused_stream_tells_nothing_until_it_resumes(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    peer_send(rig, peer, 0, 20000);
    rig_settle(rig);
    assert_int_equal(conn->len, 0);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == 20000);
}

static void bytes_that_arrive_with_the_pause_are_held(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    rig_settle(rig);
    peer_send(rig, peer, 0, 20000);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    assert_int_equal(conn->len, 0);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == 20000);
}

static void a_pause_before_the_first_turn_holds_everything(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    peer_send(rig, peer, 0, 100);
    rig_settle(rig);
    assert_int_equal(conn->len, 0);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == 100);
}

static void the_end_of_a_paused_stream_is_told_after_the_resume(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    rig_settle(rig);
    peer_send(rig, peer, 0, 20000);
    shutdown(peer, SHUT_WR);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    assert_int_equal(conn->ended, 0);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(conn->len, 20000);
}

static void sending_goes_on_while_reading_is_paused(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = pair(rig, &conn);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 5000), 0);
    peer_read_until(rig, peer, &reader, 5000);
    assert_int_equal(reader.len, 5000);
}

static void pausing_and_resuming_in_one_go_changes_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    rig_settle(rig);
    for (int i = 0; i < 10; i++) {
        gn_stream_pause(&rig->loop, conn->stream);
        gn_stream_resume(&rig->loop, conn->stream);
    }
    peer_send(rig, peer, 0, 20000);
    TURN_UNTIL(rig, conn->len == 20000);
}

static void a_resume_before_the_pause_took_effect_reads_on(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    for (uint64_t at = 0; at < 400000; at += 4000) {
        gn_stream_pause(&rig->loop, conn->stream);
        peer_send(rig, peer, at, 4000);
        rig_turn(rig, 0);
        gn_stream_resume(&rig->loop, conn->stream);
        rig_turn(rig, 0);
    }
    TURN_UNTIL(rig, conn->len == 400000);
}

static void bytes_handed_back_are_told_again_in_order(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    rig_settle(rig);
    conn->hold = true;
    peer_send(rig, peer, 0, 10000);
    for (int i = 0; i < 3; i++) {
        rig_turn(rig, 20);
        gn_stream_pause(&rig->loop, conn->stream);
    }
    assert_int_equal(conn->len, 0);
    peer_send(rig, peer, 10000, 10000);
    rig_settle(rig);
    conn->hold = false;
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == 20000);
}

/* More is held than one turn can tell, and the reader pauses again in the middle of that. */
static void bytes_handed_back_come_before_those_still_held(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.recv_count = 4;
    struct rig *rig = rig_open_with(&config);
    struct conn *conn;
    int peer = pair(rig, &conn);
    /* Everything told is handed back for a while: that fills the hold without end. */
    conn->hold = true;
    uint64_t sent = 0;
    for (int i = 0; i < 40; i++, sent += 3 * PIECE) {
        peer_send(rig, peer, sent, 3 * PIECE);
        rig_turn(rig, 0);
    }
    for (int round = 0; round < 200 && conn->len < sent; round++) {
        conn->hold = round % 3 == 0;
        rig_turn(rig, 0);
        if (conn->hold) gn_stream_pause(&rig->loop, conn->stream);
        if (round % 3 == 1) gn_stream_resume(&rig->loop, conn->stream);
    }
    conn->hold = false;
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == sent);
}

static void an_end_handed_back_is_told_again_after_the_bytes(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = pair(rig, &conn);
    rig_settle(rig);
    conn->hold = true;
    peer_send(rig, peer, 0, 6000);
    shutdown(peer, SHUT_WR);
    for (int i = 0; i < 5; i++) {
        rig_turn(rig, 20);
        gn_stream_pause(&rig->loop, conn->stream);
    }
    assert_int_equal(conn->len, 0);
    assert_int_equal(conn->ended, 0);
    conn->hold = false;
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(conn->len, 6000);
}

static void handing_back_to_a_closed_stream_is_harmless(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    rig_socketpair(rig, &conn);
    gn_stream_close(&rig->loop, conn->stream);
    assert_int_equal(gn_stream_hold(&rig->loop, conn->stream, "abc", 3), 0);
    rig_settle(rig);
    assert_int_equal(conn->len, 0);
}

static void random_pauses_lose_and_reorder_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    unsigned dice = 12345;
    size_t sent = 0, total = 3 << 20;
    int peer = pair(rig, &conn);
    for (int i = 0; i < 100000 && conn->len < total; i++) {
        size_t piece = total - sent < 9000 ? total - sent : 9000;
        ssize_t n = send(peer, pattern_at(sent), piece, MSG_DONTWAIT);
        if (n > 0) sent += (size_t)n;
        dice = dice * 1664525u + 1013904223u;
        rig_turn(rig, 0);
        if (dice >> 30 == 0) {
            conn->hold = true;
            rig_turn(rig, 0);
            gn_stream_pause(&rig->loop, conn->stream);
        } else if (dice >> 30 == 1) {
            gn_stream_pause(&rig->loop, conn->stream);
        } else {
            conn->hold = false;
            gn_stream_resume(&rig->loop, conn->stream);
        }
    }
    conn->hold = false;
    if (conn->stream) gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == total);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_paused_stream_tells_nothing_until_it_resumes),
        RIG_TEST(bytes_that_arrive_with_the_pause_are_held),
        RIG_TEST(a_pause_before_the_first_turn_holds_everything),
        RIG_TEST(the_end_of_a_paused_stream_is_told_after_the_resume),
        RIG_TEST(sending_goes_on_while_reading_is_paused),
        RIG_TEST(pausing_and_resuming_in_one_go_changes_nothing),
        RIG_TEST(a_resume_before_the_pause_took_effect_reads_on),
        RIG_TEST(bytes_handed_back_are_told_again_in_order),
        RIG_TEST(bytes_handed_back_come_before_those_still_held),
        RIG_TEST(an_end_handed_back_is_told_again_after_the_bytes),
        RIG_TEST(handing_back_to_a_closed_stream_is_harmless),
        RIG_TEST(random_pauses_lose_and_reorder_nothing),
    };
    return RIG_RUN("backend: pause", tests);
}

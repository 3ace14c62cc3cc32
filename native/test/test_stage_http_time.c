/* Deadlines of HTTP sessions: who does not send in time is told, who moves is left alone. */
#include "http_peer.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"

#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
#define CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

enum {
    SHORT_MS = 150,
    LONG_MS = 60 * 1000,
    EARLY_US = 2000, /* the clock of the loop counts whole milliseconds */
    PATIENCE_US = 1000 * 1000,
    TICK_MS = SHORT_MS / 4,
    LARGE = 8 << 20,
};

static void open_with(void **state, uint32_t head_ms, uint32_t body_ms, uint32_t send_ms) {
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    http.head_ms = head_ms;
    http.body_ms = body_ms;
    http.send_ms = send_ms;
    http_open_with(&config, &http);
}

static struct peer *peer_with(uint32_t idle_ms, uint32_t send_ms) {
    return http_peer(&(struct gn_stream_options){
        .close_ms = 1000,
        .idle_mode = idle_ms > 0 ? GN_IDLE_BOTH : GN_IDLE_OFF,
        .idle_ms = idle_ms,
        .send_ms = send_ms,
    });
}

static void wait_ms(int ms) {
    uint64_t end = rig_now_us() + (uint64_t)ms * 1000;
    while (rig_now_us() < end) http_turn(1);
}

static void expect_took(uint64_t since_us, uint64_t ms) {
    uint64_t took = rig_now_us() - since_us;
    assert_true(took + EARLY_US >= ms * 1000);
    assert_true(took < ms * 1000 + PATIENCE_US);
}

/* ---- heads ---- */

static void what_is_overdue_says_whether_it_was_head(void **state) {
    open_with(state, SHORT_MS, LONG_MS, LONG_MS);
    struct peer *head = peer_with(LONG_MS, LONG_MS), *get = peer_with(LONG_MS, LONG_MS);
    http_feed_text(head, "\r\nHEAD / HTT");
    http_feed_text(get, "HEA");
    while (!head->overdue || !get->overdue) wait_ms(5);
    assert_string_equal(head->text, "OVERDUE in head, without a body\n");
    assert_string_equal(get->text, "OVERDUE in head\n");
    http_close();
}

static void a_head_that_trickles_is_overdue_and_then_discarded(void **state) {
    open_with(state, SHORT_MS * 2, LONG_MS, LONG_MS);
    struct peer *peer = peer_with(LONG_MS, LONG_MS);
    uint64_t since = rig_now_us();
    http_feed_text(peer, GET "GET / HTTP/1.1\r\nF: ");
    while (!peer->overdue) {
        http_feed_text(peer, "v");
        wait_ms(5);
        assert_true(rig_now_us() < since + RIG_PATIENCE_US);
    }
    expect_took(since, SHORT_MS * 2);
    assert_true(http_holds_nothing());
    assert_non_null(strstr(peer->text, "[]\nOVERDUE in head\n"));
    http_feed_text(peer, "\r\nHost: a\r\n\r\n" GET);
    wait_ms(SHORT_MS * 3);
    assert_int_equal(peer->requests, 1);
    assert_int_equal(peer->overdue, 1);
    assert_int_equal(peer->bad, 0);
    http_close();
}

static void heads_that_come_in_time_are_not_overdue(void **state) {
    open_with(state, SHORT_MS, SHORT_MS, SHORT_MS);
    struct peer *peer = peer_with(LONG_MS, LONG_MS);
    for (int i = 0; i < 6; i++) {
        http_feed_text(peer, "GET / HTTP/1.1\r\n");
        wait_ms(TICK_MS);
        http_feed_text(peer, "Host: a\r\n\r\n");
        wait_ms(TICK_MS);
    }
    wait_ms(SHORT_MS * 2); /* nothing is owed between two messages */
    assert_int_equal(peer->requests, 6);
    assert_int_equal(peer->overdue, 0);
    assert_non_null(peer->session);
    http_close();
}

static void every_head_has_its_own_time(void **state) {
    open_with(state, SHORT_MS * 2, 0, 0);
    struct peer *peer = peer_with(0, 0);
    http_feed_text(peer, "GE");
    for (int i = 0; i < 4; i++) {
        wait_ms(SHORT_MS);
        http_feed_text(peer, "T / HTTP/1.1\r\nHost: a\r\n\r\nGE"); /* one ends, one begins */
    }
    assert_int_equal(peer->requests, 4);
    assert_int_equal(peer->overdue, 0);
    uint64_t since = rig_now_us();
    HTTP_UNTIL(peer->overdue);
    expect_took(since, SHORT_MS * 2);
    http_close();
}

static void many_heads_are_overdue_in_a_small_batch(void **state) {
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    struct peer *all[200];
    config.events = 64;
    http.head_ms = SHORT_MS;
    http_open_with(&config, &http);
    for (int i = 0; i < 200; i++) {
        all[i] = http_peer(NULL);
        assert_int_equal(send(all[i]->fd, "GET", 3, 0), 3);
    }
    for (int i = 0; i < 200; i++) HTTP_UNTIL(all[i]->overdue == 1);
    http_settle();
    for (int i = 0; i < 200; i++) assert_string_equal(all[i]->text, "OVERDUE in head\n");
    assert_true(http_holds_nothing());
    http_close();
}

/* ---- bodies ---- */

static void a_body_that_moves_is_never_overdue(void **state) {
    static const char *const heads[] = {POST, CHUNKED "3e8\r\n", CHUNKED "0\r\nT: "};
    open_with(state, SHORT_MS, SHORT_MS, 0);
    for (int i = 0; i < 3; i++) {
        struct peer *peer = peer_with(SHORT_MS, 0);
        http_feed_text(peer, heads[i]);
        http_command(peer, GN_COMMAND_PATIENT);
        for (int k = 0; k < 16; k++) {
            wait_ms(TICK_MS);
            http_feed_text(peer, "x");
        }
        assert_int_equal(peer->overdue, 0);
        assert_non_null(peer->session);
        http_drop(peer);
    }
    http_close();
}

/* A byte in time, of the data or of what is around it, is not enough for a body that is kept. */
static void a_body_that_trickles_is_overdue(void **state) {
    static const char *const heads[] = {POST, CHUNKED "3e8\r\n", CHUNKED "5;", CHUNKED "0\r\nT: "};
    open_with(state, 0, SHORT_MS * 2, 0);
    for (int i = 0; i < 8; i++) {
        struct peer *peer = peer_with(0, 0);
        uint64_t since = rig_now_us();
        http_feed_text(peer, heads[i % 4]);
        if (i >= 4) { /* patience ends with what asked for it */
            http_command(peer, GN_COMMAND_PATIENT);
            http_command(peer, GN_COMMAND_STRICT);
        }
        while (!peer->overdue) {
            http_feed_text(peer, "x");
            wait_ms(5);
            assert_true(rig_now_us() < since + RIG_PATIENCE_US);
        }
        expect_took(since, SHORT_MS * 2);
        assert_non_null(strstr(peer->text, "OVERDUE in body\n"));
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void some_thousand_bytes_are_progress(void **state) {
    enum { PIECE = GN_STAGE_HTTP_PROGRESS_MIN / 4 };
    char piece[PIECE + 1];
    memset(piece, 'x', PIECE);
    piece[PIECE] = 0;
    open_with(state, 0, SHORT_MS * 2, 0);
    struct peer *peer = peer_with(0, 0);
    http_feed_text(peer, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n");
    for (int i = 0; i < 24; i++) {
        wait_ms(SHORT_MS / 4);
        http_feed_text(peer, piece);
    }
    assert_int_equal(peer->overdue, 0);
    uint64_t since = rig_now_us();
    piece[PIECE - 1] = 0;
    for (int i = 0; i < 4; i++) http_feed_text(peer, piece);
    HTTP_UNTIL(peer->overdue);
    assert_true(rig_now_us() < since + SHORT_MS * 2000 + PATIENCE_US);
    http_close();
}

static void a_body_that_stands_still_is_overdue(void **state) {
    static const char *const heads[] = {POST, POST "x", CHUNKED "3e8\r\nxyz", CHUNKED "0\r\nT: "};
    open_with(state, 0, SHORT_MS, 0);
    for (int i = 0; i < 4; i++) {
        struct peer *peer = peer_with(0, 0);
        uint64_t since = rig_now_us();
        http_feed_text(peer, heads[i]);
        HTTP_UNTIL(peer->overdue);
        expect_took(since, SHORT_MS);
        assert_non_null(strstr(peer->text, "OVERDUE in body\n"));
        assert_true(http_holds_nothing());
        http_feed_text(peer, GET);
        assert_int_equal(peer->requests, 1);
        http_drop(peer);
    }
    http_close();
}

static void a_pause_does_not_count_against_the_peer(void **state) {
    static const char *const heads[] = {POST "x", "GET / HTTP/1.1\r\n"};
    open_with(state, SHORT_MS * 2, SHORT_MS * 2, 0);
    for (int i = 0; i < 2; i++) {
        struct peer *peer = peer_with(0, 0);
        http_feed_text(peer, heads[i]);
        wait_ms(SHORT_MS);
        http_command(peer, GN_COMMAND_PAUSE);
        wait_ms(SHORT_MS * 4);
        assert_int_equal(peer->overdue, 0);
        uint64_t since = rig_now_us();
        http_command(peer, GN_COMMAND_RESUME);
        HTTP_UNTIL(peer->overdue);
        expect_took(since, SHORT_MS * 2);
        http_drop(peer);
    }
    http_close();
}

static void bytes_that_came_while_the_loop_was_away_are_not_overdue(void **state) {
    open_with(state, SHORT_MS, SHORT_MS, 0);
    struct peer *peer = peer_with(SHORT_MS, 0);
    http_feed_text(peer, POST "x");
    http_command(peer, GN_COMMAND_PATIENT);
    usleep(SHORT_MS / 2 * 1000);
    assert_int_equal(send(peer->fd, "y", 1, 0), 1);
    usleep(SHORT_MS * 2 * 1000); /* as when a handler or a collector keeps the thread */
    wait_ms(SHORT_MS / 2);
    assert_int_equal(peer->overdue, 0);
    assert_non_null(peer->session);
    HTTP_UNTIL(peer->overdue);
    http_close();
}

static void without_deadlines_a_cut_message_is_idle(void **state) {
    static const char *const texts[] = {"GET /", POST "x"};
    open_with(state, 0, 0, 0);
    for (int i = 0; i < 2; i++) {
        struct peer *peer = peer_with(SHORT_MS, 0);
        http_feed_text(peer, texts[i]);
        HTTP_UNTIL(!peer->session);
        assert_int_equal(peer->code, GN_EIDLE);
        assert_int_equal(peer->overdue, 0);
    }
    assert_true(http_holds_nothing());
    http_close();
}

/* ---- idle ---- */

static void the_idle_time_waits_for_a_longer_deadline(void **state) {
    open_with(state, LONG_MS, LONG_MS, LONG_MS);
    struct peer *head = peer_with(SHORT_MS, LONG_MS), *body = peer_with(SHORT_MS, LONG_MS);
    http_feed_text(head, "GET / ");
    http_feed_text(body, POST "x");
    wait_ms(SHORT_MS * 3);
    assert_non_null(head->session);
    assert_non_null(body->session);
    uint64_t since = rig_now_us();
    http_feed_text(head, "HTTP/1.1\r\nHost: a\r\n\r\n");
    HTTP_UNTIL(!head->session);
    assert_int_equal(head->code, GN_EIDLE);
    expect_took(since, SHORT_MS);
    http_close();
}

static void a_busy_session_is_not_idle_and_a_free_one_is(void **state) {
    open_with(state, LONG_MS, LONG_MS, 0);
    struct peer *peer = peer_with(SHORT_MS, 0);
    http_feed_text(peer, GET);
    http_command(peer, GN_COMMAND_BUSY);
    wait_ms(SHORT_MS * 4);
    assert_non_null(peer->session);
    uint64_t since = rig_now_us();
    http_command(peer, GN_COMMAND_FREE);
    HTTP_UNTIL(!peer->session);
    assert_int_equal(peer->code, GN_EIDLE);
    expect_took(since, SHORT_MS);
    http_close();
}

static void a_busy_session_still_has_deadlines(void **state) {
    open_with(state, LONG_MS, SHORT_MS, 0);
    struct peer *peer = peer_with(LONG_MS, 0);
    http_feed_text(peer, POST "x");
    http_command(peer, GN_COMMAND_BUSY);
    HTTP_UNTIL(peer->overdue);
    assert_non_null(peer->session);
    http_close();
}

/* ---- sending ---- */

static char bytes[64 * 1024];

/* Queue `len` bytes of answer. */
static void answer(struct peer *peer, size_t len) {
    for (size_t at = 0; at < len; at += 32768) {
        http_send(peer, bytes, 32768);
        http_turn(0);
    }
}

static void an_answer_that_stands_still_ends_the_session(void **state) {
    open_with(state, 0, 0, SHORT_MS);
    for (int close = 0; close < 2; close++) {
        struct peer *peer = peer_with(close ? LONG_MS : 0, SHORT_MS);
        http_feed_text(peer, GET);
        uint64_t since = rig_now_us();
        answer(peer, LARGE);
        if (close) http_command(peer, GN_COMMAND_CLOSE);
        HTTP_UNTIL(!peer->session);
        assert_int_equal(peer->code, GN_EIDLE);
        expect_took(since, SHORT_MS);
    }
    http_close();
}

static void an_answer_that_moves_is_not_cut(void **state) {
    open_with(state, 0, 0, SHORT_MS);
    struct peer *peer = peer_with(SHORT_MS, SHORT_MS);
    int size = 128 * 1024;
    setsockopt(peer->session->stream.chan.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    http_feed_text(peer, GET);
    answer(peer, LARGE);
    size_t read = 0;
    for (int i = 0; i < 16; i++) {
        wait_ms(TICK_MS);
        for (int k = 0; k < 4; k++) {
            ssize_t n = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (n > 0) read += (size_t)n;
        }
        assert_non_null(peer->session);
    }
    assert_true(read > 0);
    uint64_t end = rig_now_us() + RIG_PATIENCE_US;
    while (read < LARGE && rig_now_us() < end) {
        ssize_t n = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0) read += (size_t)n;
        if (n < 0) http_turn(1);
    }
    assert_int_equal(read, LARGE);
    uint64_t since = rig_now_us();
    HTTP_UNTIL(!peer->session); /* and then it is idle */
    expect_took(since, SHORT_MS / 2);
    http_close();
}

static void after_a_slow_answer_the_session_is_idle_in_its_time(void **state) {
    open_with(state, 0, 0, LONG_MS);
    struct peer *peer = peer_with(SHORT_MS, LONG_MS);
    http_feed_text(peer, GET);
    answer(peer, LARGE);
    wait_ms(SHORT_MS * 3);
    assert_non_null(peer->session); /* by now its timer stands at the end of LONG_MS */
    uint64_t end = rig_now_us() + RIG_PATIENCE_US;
    for (size_t read = 0; read < LARGE && rig_now_us() < end;) {
        ssize_t n = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0) read += (size_t)n;
        if (n < 0) http_turn(1);
    }
    uint64_t since = rig_now_us();
    HTTP_UNTIL(!peer->session);
    assert_int_equal(peer->code, GN_EIDLE);
    expect_took(since, SHORT_MS / 2);
    http_close();
}

static void short_answers_do_not_move_the_timer(void **state) {
    open_with(state, LONG_MS, LONG_MS, LONG_MS);
    struct peer *peer = peer_with(LONG_MS * 2, LONG_MS);
    uint64_t due = 0;
    for (int i = 0; i < 5; i++) {
        http_feed_text(peer, GET);
        http_send(peer, "x", 1);
        http_turn(5);
        const struct gn_stream *stream = &peer->session->stream;
        assert_true(stream->sent == stream->queued);
        if (i == 0) due = gn_heap_due_ms(&hub->loop.timers, &stream->timer);
        assert_true(due <= gn_clock_ms() + LONG_MS);
        assert_int_equal(gn_heap_due_ms(&hub->loop.timers, &stream->timer), due);
        wait_ms(3);
    }
    http_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(what_is_overdue_says_whether_it_was_head),
        RIG_TEST(a_head_that_trickles_is_overdue_and_then_discarded),
        RIG_TEST(heads_that_come_in_time_are_not_overdue),
        RIG_TEST(every_head_has_its_own_time),
        RIG_TEST(many_heads_are_overdue_in_a_small_batch),
        RIG_TEST(a_body_that_moves_is_never_overdue),
        RIG_TEST(a_body_that_trickles_is_overdue),
        RIG_TEST(some_thousand_bytes_are_progress),
        RIG_TEST(a_body_that_stands_still_is_overdue),
        RIG_TEST(a_pause_does_not_count_against_the_peer),
        RIG_TEST(bytes_that_came_while_the_loop_was_away_are_not_overdue),
        RIG_TEST(without_deadlines_a_cut_message_is_idle),
        RIG_TEST(the_idle_time_waits_for_a_longer_deadline),
        RIG_TEST(a_busy_session_is_not_idle_and_a_free_one_is),
        RIG_TEST(a_busy_session_still_has_deadlines),
        RIG_TEST(an_answer_that_stands_still_ends_the_session),
        RIG_TEST(an_answer_that_moves_is_not_cut),
        RIG_TEST(after_a_slow_answer_the_session_is_idle_in_its_time),
        RIG_TEST(short_answers_do_not_move_the_timer),
    };
    return RIG_RUN_AT_ONCE("stage_http_time", tests);
}

/* The HTTP stage: what one turn may tell. Deep pipelines, pauses and full batches lose nothing, and
 * nobody waits long for others. */
#include "http_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- pipelines ---- */

/* `count` numbered requests, and the transcript they must give. */
static size_t pipeline(int count, char *text, char *wanted) {
    size_t len = 0, told = 0;
    for (int i = 0; i < count; i++) {
        len += (size_t)sprintf(text + len, "GET /%d HTTP/1.0\r\n\r\n", i);
        told += (size_t)sprintf(wanted + told,
                                "GET /%d 1.0 id=1 framing=0 flags=0 length=0 path=/%d\n[]\n", i, i);
    }
    return len;
}

static void a_pipeline_is_told_in_order_and_in_bounded_parts(void **state) {
    static char text[64 * 1024], wanted[128 * 1024];
    const int counts[] = {1, 16, 64, 65, 1000};
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    config.loop.recv_size = sizeof text;
    http_open_with(&config, &http);
    for (int i = 0; i < 5; i++) {
        size_t len = pipeline(counts[i], text, wanted);
        struct peer *peer = http_peer(NULL);
        assert_int_equal(send(peer->fd, text, len, 0), len);
        int turns = 0;
        while (peer->requests < counts[i] && turns < 300) {
            int before = peer->requests;
            http_turn(RIG_TURN_MS);
            /* What is left comes in the next turn, whole. */
            int left = counts[i] - before;
            if (before > 0) assert_int_equal(peer->requests - before, left < 64 ? left : 64);
            turns++;
        }
        assert_string_equal(peer->text, wanted);
        assert_null(peer->session->http);
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void many_receives_of_one_turn_share_its_bound(void **state) {
    static char text[32 * 1024], wanted[64 * 1024];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    config.loop.recv_size = 256;
    http.limits.request_line_max = http.limits.header_bytes_max = 100;
    http.limits.trailer_bytes_max = 100;
    http_open_with(&config, &http);
    size_t len = pipeline(500, text, wanted);
    struct peer *peer = http_peer(NULL);
    http_feed(peer, text, len); /* checks the bound in every turn */
    HTTP_UNTIL(peer->requests == 500);
    assert_string_equal(peer->text, wanted);
    assert_true(http_holds_nothing());
    http_close();
}

static void a_pause_keeps_the_rest_of_a_pipeline_until_the_resume(void **state) {
    static char text[32 * 1024], wanted[64 * 1024];
    http_open(state);
    size_t len = pipeline(200, text, wanted);
    struct peer *peer = http_peer(NULL);
    assert_int_equal(send(peer->fd, text, len, 0), len);
    HTTP_UNTIL(peer->requests == 64);
    http_command(peer, GN_COMMAND_PAUSE);
    http_settle();
    assert_int_equal(peer->requests, 64);
    http_command(peer, GN_COMMAND_RESUME);
    http_turn(0);
    http_command(peer, GN_COMMAND_PAUSE);
    http_settle();
    assert_int_equal(peer->requests, 128);
    shutdown(peer->fd, SHUT_WR);
    http_settle();
    assert_int_equal(peer->ended, 0);
    http_command(peer, GN_COMMAND_RESUME);
    HTTP_UNTIL(peer->ended);
    strcat(wanted, "END\n");
    assert_string_equal(peer->text, wanted);
    assert_true(http_holds_nothing());
    http_close();
}

static void a_full_batch_loses_nothing(void **state) {
    static char text[32 * 1024], wanted[64 * 1024];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    enum { SESSIONS = 12, EACH = 70 };
    struct peer *all[SESSIONS];
    for (uint32_t events = 60; events < 75; events++) {
        config.events = events;
        http_open_with(&config, &http);
        size_t len = pipeline(EACH, text, wanted);
        for (int i = 0; i < SESSIONS; i++) {
            all[i] = http_peer(NULL);
            assert_int_equal(send(all[i]->fd, text, len, 0), len);
        }
        for (int i = 0; i < SESSIONS; i++) {
            HTTP_UNTIL(all[i]->requests == EACH);
            assert_string_equal(all[i]->text, wanted);
        }
        assert_true(http_holds_nothing());
        http_close();
    }
}

/* A request with so many fields beside Host. */
static size_t request_with(char *text, int fields) {
    size_t len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < fields; i++) len += (size_t)sprintf(text + len, "F:%d\r\n", i % 10);
    return len + (size_t)sprintf(text + len, "\r\n");
}

/* What is sent completes in the same step that tells the rest of a pipeline, where a backend sends
 * at once: there must be room for both. */
static void answers_leave_while_the_batch_is_full(void **state) {
    static char text[32 * 1024];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    enum { SESSIONS = 6, EACH = 20 };
    struct peer *all[SESSIONS];
    size_t len = 0;
    for (int i = 0; i < EACH; i++) {
        len += request_with(text + len, i % 3 == 0 ? i : 99);
    }
    for (uint32_t events = 60; events < 90; events++) {
        config.events = events;
        http_open_with(&config, &http);
        for (int i = 0; i < SESSIONS; i++) {
            all[i] = http_peer(NULL);
            assert_int_equal(send(all[i]->fd, text, len, 0), len);
        }
        uint64_t end = rig_now_us() + RIG_PATIENCE_US;
        for (int done = 0; done < SESSIONS && rig_now_us() < end;) {
            http_turn(RIG_TURN_MS);
            done = 0;
            for (int i = 0; i < SESSIONS; i++) {
                if (all[i]->turn_requests > 0) http_send(all[i], "x", 1);
                done += all[i]->requests == EACH;
            }
        }
        for (int i = 0; i < SESSIONS; i++) assert_int_equal(all[i]->requests, EACH);
        http_close();
    }
}

static int no_recv(struct gn_loop *loop, struct gn_chan *chan) {
    (void)loop;
    (void)chan;
    return -ENOSPC; /* as of a process that watches too much */
}

static void a_session_that_fails_while_the_batch_is_full_is_told_later(void **state) {
    static char text[16 * 1024];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    enum { EACH = 3, RECORDS = 2 + 25 };
    config.events = EACH * RECORDS; /* nothing is left behind three requests */
    http_open_with(&config, &http);
    struct gn_backend backend = *hub->loop.backend;
    size_t len = 0;
    for (int i = 0; i < 3 * EACH; i++) len += request_with(text + len, 99);
    struct peer *peer = http_peer(NULL);
    assert_int_equal(send(peer->fd, text, len, 0), len);
    HTTP_UNTIL(peer->requests == EACH);
    backend.recv = no_recv;
    hub->loop.backend = &backend;
    HTTP_UNTIL(!peer->session);
    assert_int_equal(peer->code, -ENOSPC);
    assert_int_equal(peer->requests, 3 * EACH);
    http_close();
}

/* ---- fairness ---- */

/* Turns until `peer` is told so many requests, while others are told theirs. */
static int turns_until(const struct peer *peer, int requests, int turns_max) {
    int turns = 0;
    while (peer->requests < requests && turns <= turns_max) {
        http_turn(RIG_TURN_MS);
        turns++;
    }
    return turns;
}

/* Many deep pipelines want the spare buffers and the batch in every turn: one who wants little has
 * to get it soon. */
static void expect_fair(void **state, uint32_t events, const char *before, const char *rest) {
    static char text[16 * 1024], wanted[32 * 1024];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    enum { SESSIONS = 120, EACH = 550, TURNS_MAX = 12 };
    struct peer *all[SESSIONS];
    config.events = events;
    config.loop.recv_count = 128;
    http_open_with(&config, &http);
    size_t len = pipeline(EACH, text, wanted);
    struct peer *small = http_peer(NULL);
    http_feed_text(small, before);
    for (int i = 0; i < SESSIONS; i++) {
        all[i] = http_peer(NULL);
        assert_int_equal(send(all[i]->fd, text, len, 0), len);
    }
    for (int i = 0; i < 3; i++) http_turn(RIG_TURN_MS);
    assert_int_equal(send(small->fd, rest, strlen(rest), 0), strlen(rest));
    assert_true(turns_until(small, 1, TURNS_MAX) <= TURNS_MAX);
    int done = 0;
    for (int i = 0; i < SESSIONS; i++) done += all[i]->requests == EACH;
    assert_true(done < SESSIONS);
    for (int i = 0; i < SESSIONS; i++) HTTP_UNTIL(all[i]->requests == EACH);
    http_close();
}

static void a_cut_head_has_its_turn_among_deep_pipelines(void **state) {
    expect_fair(state, 64 * 1024, "GET / HTTP/1.1\r\n", "Host: a\r\n\r\n");
}

static void a_request_has_its_turn_among_deep_pipelines(void **state) {
    expect_fair(state, 512, "", GET);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_pipeline_is_told_in_order_and_in_bounded_parts),
        RIG_TEST(many_receives_of_one_turn_share_its_bound),
        RIG_TEST(a_pause_keeps_the_rest_of_a_pipeline_until_the_resume),
        RIG_TEST(a_full_batch_loses_nothing),
        RIG_TEST(answers_leave_while_the_batch_is_full),
        RIG_TEST(a_session_that_fails_while_the_batch_is_full_is_told_later),
        RIG_TEST(a_cut_head_has_its_turn_among_deep_pipelines),
        RIG_TEST(a_request_has_its_turn_among_deep_pipelines),
    };
    return RIG_RUN("stage_http_turns", tests);
}

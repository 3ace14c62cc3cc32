/* The HTTP stage: what arrives in whatever pieces becomes the same requests, on every backend. */
#include "http_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POST(fields) "POST /p HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define CHUNKED POST("Transfer-Encoding: chunked\r\n")

enum { LARGE = 1 << 20 };

/* ---- whole requests ---- */

static void a_whole_request_is_one_event_and_holds_nothing(void **state) {
    static const char text[] =
        "\r\nPUT http://h:1/p/q?x=y HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\nA:\r\n\r\nxyz";
    http_open(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, text);
    assert_string_equal(peer->text,
                        "PUT http://h:1/p/q?x=y 1.1 id=4 framing=1 flags=113 length=3 path=/p/q "
                        "query=x=y authority=h:1\nHost: h:1\nContent-Length: 3\nA: \n[xyz]\n");
    assert_int_equal(peer->requests, 1);
    assert_int_equal(peer->pieces, 0);
    assert_null(peer->session->http);
    assert_true(http_holds_nothing());
    http_close();
}

static void an_accepted_session_has_the_stage_of_its_listener(void **state) {
    const struct gn_sock_options sock = {.backlog = 10};
    const struct gn_stream_options options = {0};
    struct gn_sock_file file;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0), at;
    uint32_t gen;
    http_open(state);
    for (int stage = GN_STAGE_RAW; stage <= GN_STAGE_HTTP; stage++) {
        int fd = gn_sock_listen(&addr, &sock, &file);
        assert_int_equal(gn_sock_local(fd, &at), 0);
        assert_true(gn_hub_listen(hub, fd, &options, (enum gn_session_stage)stage, &gen) >= 0);
        int peer = gn_sock_open(&at, &(struct gn_sock_options){0});
        assert_int_equal(peer_connect(peer, &at), 0);
        assert_int_equal(send(peer, GET, strlen(GET), 0), strlen(GET));
        int wanted = stage == GN_STAGE_HTTP ? GN_EVENT_REQUEST : GN_EVENT_RECV, found = 0;
        for (int i = 0; i < 200 && !found; i++) {
            int count = gn_hub_turn(hub, 0, RIG_TURN_MS);
            for (int k = 0; k < count && !found; k++) {
                const struct gn_event *event = &hub->batch.events[k];
                if (event->type == GN_EVENT_OPEN) k += 2; /* addresses look like anything */
                found = event->type == wanted;
            }
        }
        assert_true(found);
        close(peer);
    }
    http_close();
}

static void a_method_of_any_length_ends_before_the_target(void **state) {
    const int lens[] = {254, 255, 256, 3000};
    char text[4000];
    http_open(state);
    for (int i = 0; i < 4; i++) {
        struct peer *peer = http_peer(NULL);
        memset(text, 'M', sizeof text);
        strcpy(text + lens[i], " / HTTP/1.0\r\n\r\n");
        http_feed_text(peer, text);
        assert_memory_equal(peer->text, text, lens[i] + 3);
        assert_memory_equal(peer->text + lens[i], " / 1.0 id=0", 11);
        http_drop(peer);
    }
    http_close();
}

static void a_hundred_fields_are_told_and_one_more_is_refused(void **state) {
    char text[4000];
    http_open(state);
    for (int count = 98; count <= 101; count++) {
        size_t len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < count; i++) len += (size_t)sprintf(text + len, "f%d: v%d\r\n", i, i);
        strcpy(text + len, "\r\n");
        for (int cut = 0; cut < 2; cut++) {
            struct peer *peer = http_peer(NULL);
            if (cut) http_feed(peer, text, 500);
            http_feed_text(peer, text + (cut ? 500 : 0));
            const char *last = count > 100 ? "BAD 431 header_count\n" : "f97: v97\n";
            assert_non_null(strstr(peer->text, last));
            assert_int_equal(peer->requests, count <= 100);
            http_drop(peer);
        }
    }
    http_close();
}

/* ---- what has begun ---- */

static void a_session_is_begun_between_the_first_and_the_last_byte_of_a_head(void **state) {
    const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
    http_open(state);
    struct peer *peer = http_peer(NULL);
    assert_false(gn_hub_is_begun(hub, peer->slot, peer->gen));
    http_feed(peer, text, 1);
    assert_true(gn_hub_is_begun(hub, peer->slot, peer->gen));
    http_feed(peer, text + 1, sizeof text - 3);
    assert_true(gn_hub_is_begun(hub, peer->slot, peer->gen));
    assert_false(gn_hub_is_begun(hub, peer->slot, peer->gen + 1));
    assert_false(gn_hub_is_begun(hub, peer->slot + 100, peer->gen));
    http_feed(peer, "\n", 1);
    assert_false(gn_hub_is_begun(hub, peer->slot, peer->gen)); /* it is in the body */
    http_feed_text(peer, "body");
    assert_false(gn_hub_is_begun(hub, peer->slot, peer->gen));
    http_drop(peer);
    http_close();
}

/* ---- any cut gives the same ---- */

struct script {
    const char *bytes;
    const char *wanted;
};

#define CHUNKS "4;a=\"b\"\r\nwxyz\r\n1\r\n!\r\n"
#define CHUNKS_HEAD(fields) "POST /p 1.1 id=3 framing=2 flags=17 length=0 path=/p authority=a\n" \
    "Host: a\nTransfer-Encoding: chunked\n" fields

static const struct script scripts[] = {
    {GET GET, GOT GOT},
    {"\r\n" GET "\r\n" GET, GOT GOT},
    {POST("Content-Length: 0\r\n") GET,
     "POST /p 1.1 id=3 framing=1 flags=81 length=0 path=/p authority=a\n"
     "Host: a\nContent-Length: 0\n[]\n" GOT},
    {GET POST("Content-Length: 10\r\n") "0123456789" GET,
     GOT "POST /p 1.1 id=3 framing=1 flags=81 length=10 path=/p authority=a\n"
     "Host: a\nContent-Length: 10\n[0123456789]\n" GOT},
    {CHUNKED CHUNKS "0\r\n\r\n" GET, CHUNKS_HEAD("[wxyz!]\n") GOT},
    {CHUNKED "0\r\n\r\n" CHUNKED "000\r\n\r\n", CHUNKS_HEAD("[]\n") CHUNKS_HEAD("[]\n")},
    {CHUNKED CHUNKS "0;z\r\nT: 1\r\nUnd: zwei\r\n\r\n" GET,
     CHUNKS_HEAD("[wxyz!]\nT: 1\nUnd: zwei\n") GOT},
    {GET GET "BAD\n / HTTP/1.1\r\n\r\n" GET, GOT GOT "BAD 400 bare_lf\n"},
    {GET "GET / HTTP/2.0\r\nHost: a\r\n\r\n" GET, GOT "BAD 505 version\n"},
    {GET CHUNKED "5f5e0ff\r\nabc", GOT CHUNKS_HEAD("[BAD 413 body_long\n")},
    {GET "HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
     GOT "BAD 400 host_repeated, without a body\n"},
    {"\r\nHEAD  / HTTP/1.1\r\nHost: a\r\n\r\n", "BAD 400 target_form, without a body\n"},
    {"HEADS / HTTP/1.0\r\nA : b\r\n\r\n", "BAD 400 field_space\n"},
    {CHUNKED CHUNKS "x" GET, CHUNKS_HEAD("[wxyz!BAD 400 chunk_size\n")},
    {CHUNKED CHUNKS "0\r\nHost: b\r\n\r\n" GET, CHUNKS_HEAD("[wxyz!BAD 400 trailer_field\n")},
};

enum { SCRIPTS = sizeof scripts / sizeof *scripts };

/* Feed `text` cut at two places, and in single bytes when `step` is 1. */
static void expect_same(const struct script *script, size_t first, size_t second, size_t step) {
    size_t len = strlen(script->bytes);
    struct peer *peer = http_peer(NULL);
    for (size_t at = 0; at < len;) {
        size_t to = at < first ? first : at < second ? second : len;
        if (step > 0) to = at + step < len ? at + step : len;
        http_feed(peer, script->bytes + at, to - at);
        at = to;
    }
    if (strcmp(peer->text, script->wanted) != 0) {
        fail_msg("cut at %zu, %zu, step %zu:\n%s\ngives\n%s\nnot\n%s", first, second, step,
                 script->bytes, peer->text, script->wanted);
    }
    assert_true(http_holds_nothing());
    assert_null(peer->session->http);
    http_drop(peer);
}

static void messages_cut_at_any_byte_are_the_same(void **state) {
    http_open(state);
    for (int i = 0; i < SCRIPTS; i++) {
        size_t len = strlen(scripts[i].bytes);
        for (size_t cut = 0; cut <= len; cut++) expect_same(&scripts[i], cut, len, 0);
    }
    http_close();
}

static void messages_in_small_pieces_are_the_same(void **state) {
    http_open(state);
    for (int i = 0; i < SCRIPTS; i++) {
        for (size_t step = 1; step < 8; step++) expect_same(&scripts[i], 0, 0, step);
    }
    http_close();
}

static void messages_cut_at_any_two_bytes_are_the_same(void **state) {
    http_open(state);
    for (int i = 0; i < SCRIPTS; i++) {
        size_t len = strlen(scripts[i].bytes);
        for (size_t cut = 0; cut < len; cut++) {
            size_t second = cut + 1 + (cut * 7 + (size_t)i) % 40;
            expect_same(&scripts[i], cut, second < len ? second : len, 0);
        }
    }
    http_close();
}

static void sessions_in_the_middle_of_a_head_do_not_mix(void **state) {
    http_open(state);
    struct peer *a = http_peer(NULL), *b = http_peer(NULL), *c = http_peer(NULL);
    http_feed_text(a, "GET / HTTP/1.1\r\nHost: a\r\nFirst: 1\r\nSecond");
    http_feed_text(b, "GET / HTTP/1.1\r\nLonger-Than-Host: 3\r\nHost: a\r");
    http_feed_text(c, "GET / HTTP/1.1\r\nX: y\r\nY: z\r\nHost: a\r\n\r\n");
    assert_non_null(a->session->http);
    http_feed_text(b, "\n\r\n");
    http_feed_text(a, ": 2\r\n\r\n");
    assert_non_null(strstr(a->text, "\nHost: a\nFirst: 1\nSecond: 2\n[]\n"));
    assert_non_null(strstr(b->text, "\nLonger-Than-Host: 3\nHost: a\n[]\n"));
    assert_non_null(strstr(c->text, "\nX: y\nY: z\nHost: a\n[]\n"));
    assert_true(http_holds_nothing());
    http_close();
}

/* ---- limits and sizes ---- */

/* A head with a target and a field so long. */
static size_t long_head(char *text, size_t line, size_t header) {
    size_t len = 0;
    memcpy(text, "GET /", 5);
    memset(text + 5, 'p', line - 14);
    len = 5 + line - 14;
    len += (size_t)sprintf(text + len, " HTTP/1.1\r\nHost: a\r\nF: ");
    size_t value = header - (strlen("Host: a\r\nF: \r\n\r\n"));
    memset(text + len, 'v', value);
    memcpy(text + len + value, "\r\n\r\n", 4);
    return len + value + 4;
}

static void the_largest_head_fits_and_one_byte_more_does_not(void **state) {
    static char text[40000];
    http_open(state);
    for (int i = 0; i < 6 * 3; i++) {
        size_t piece = (const size_t[]){40000, 8192, 1000, 8195, 2, 16383}[i / 3];
        size_t line = GN_HTTP_REQUEST_LINE_MAX + (i % 3 == 1);
        size_t header = 8 * 1024 + (i % 3 == 2);
        memcpy(text, GET "\r\n", strlen(GET) + 2); /* what precedes it cuts it */
        size_t len = strlen(GET) + 2;
        len += long_head(text + len, line, header);
        memcpy(text + len, GET, strlen(GET) + 1);
        len += strlen(GET);
        struct peer *peer = http_peer(NULL);
        for (size_t at = 0; at < len; at += piece) {
            http_feed(peer, text + at, len - at < piece ? len - at : piece);
        }
        assert_int_equal(peer->requests, i % 3 == 0 ? 3 : 1);
        if (i % 3 == 1) assert_string_equal(peer->text, GOT "BAD 414 line_long\n");
        if (i % 3 == 2) assert_string_equal(peer->text, GOT "BAD 431 header_bytes\n");
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void trailers_have_their_limit_in_any_pieces(void **state) {
    char text[600];
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    http.limits.trailer_bytes_max = 200;
    http_open_with(&config, &http);
    for (int i = 0; i < 3 * 5; i++) {
        size_t piece = (const size_t[]){600, 100, 7, 1, 199}[i / 3];
        size_t len = (size_t)sprintf(text, "%s0\r\nT: %0*d\r\n\r\n", CHUNKED, 192 + i % 3, 0);
        struct peer *peer = http_peer(NULL);
        for (size_t at = 0; at < len; at += piece) {
            http_feed(peer, text + at, len - at < piece ? len - at : piece);
        }
        assert_int_equal(peer->bad, i % 3 == 2);
        if (i % 3 == 2) assert_non_null(strstr(peer->text, "BAD 431 trailer_bytes"));
        assert_int_equal(peer->pieces, i % 3 != 2);
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void a_large_body_passes_through_in_constant_memory(void **state) {
    char head[100];
    http_open(state);
    struct peer *peer = http_peer(NULL);
    for (int round = 0; round < 2; round++) {
        sprintf(head, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LARGE);
        http_feed_text(peer, head);
        size_t used = 0, before = peer->len;
        for (size_t at = 0; at < LARGE; at += 32768) {
            http_feed(peer, pattern_at(at), 32768);
            if (at == 0) used = hub->loop.budget.used;
            assert_true(hub->loop.budget.used <= used);
            if (at < LARGE / 2) assert_non_null(peer->session->http);
        }
        for (size_t at = 0; at < LARGE; at += 32768) {
            assert_memory_equal(peer->text + before + at, pattern_at(at), 32768);
        }
        assert_string_equal(peer->text + before + LARGE, "]\n");
        assert_null(peer->session->http);
        assert_true(http_holds_nothing());
    }
    http_feed_text(peer, GET);
    assert_int_equal(peer->requests, 3);
    http_close();
}

static void the_chunks_of_a_receive_are_told_as_one_piece(void **state) {
    static char text[64 * 1024];
    http_open(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, CHUNKED);
    size_t len = 0, start = peer->len, count = 2500;
    for (size_t i = 0; i < count; i++) {
        len += (size_t)sprintf(text + len, "1\r\n%c\r\n", 'a' + (int)(i % 26));
    }
    strcpy(text + len, "0\r\n\r\n" GET);
    assert_int_equal(send(peer->fd, text, len + 5 + strlen(GET), 0), len + 5 + strlen(GET));
    HTTP_UNTIL(peer->requests == 2);
    assert_true(peer->pieces <= 3); /* what the socket cut, and the empty end */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(peer->text[start + i], 'a' + (int)(i % 26));
    }
    assert_string_equal(peer->text + start + count, "]\n" GOT);
    http_close();
}

/* ---- the end of things ---- */

static void what_follows_a_refused_request_is_discarded(void **state) {
    http_open(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, GET "GET\r\n\r\n" GET);
    for (int i = 0; i < 20; i++) http_feed(peer, pattern_at(0), 60000);
    http_feed_text(peer, GET);
    assert_string_equal(peer->text, GOT "BAD 400 line_form\n");
    assert_true(http_holds_nothing());
    shutdown(peer->fd, SHUT_WR);
    HTTP_UNTIL(peer->ended);
    http_send(peer, "answer", 6);
    http_command(peer, GN_COMMAND_CLOSE);
    HTTP_UNTIL(!peer->session);
    assert_int_equal(peer->code, 0);
    assert_int_equal(peer->bad, 1);
    char bytes[10];
    assert_int_equal(recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT), 6);
    http_close();
}

static void an_end_between_messages_is_just_that(void **state) {
    http_open(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, GET);
    shutdown(peer->fd, SHUT_WR);
    HTTP_UNTIL(peer->ended);
    assert_string_equal(peer->text, GOT "END\n");
    http_close();
}

static void an_end_inside_a_head_frees_it(void **state) {
    http_open(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, GET "GET / HTT");
    assert_non_null(peer->session->http);
    shutdown(peer->fd, SHUT_WR);
    HTTP_UNTIL(peer->ended);
    assert_string_equal(peer->text, GOT "END\n");
    assert_true(http_holds_nothing());
    http_close();
}

static void an_end_inside_a_body_is_told_before_the_end(void **state) {
    static const char *const texts[] = {
        POST("Content-Length: 10\r\n") "123", CHUNKED "8\r\n123", CHUNKED "3\r\n123\r\n0\r\nT: 1"};
    http_open(state);
    for (int i = 0; i < 3; i++) {
        struct peer *peer = http_peer(NULL);
        http_feed_text(peer, texts[i]);
        assert_non_null(peer->session->http);
        shutdown(peer->fd, SHUT_WR);
        HTTP_UNTIL(peer->ended);
        assert_non_null(strstr(peer->text, "[123BAD 400 body_short\nEND\n"));
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void a_session_that_goes_takes_what_it_holds_along(void **state) {
    static const char *const texts[] = {"GET / HT", CHUNKED "8\r\n123", CHUNKED "0\r\nT: 1"};
    http_open(state);
    for (int i = 0; i < 6; i++) {
        struct peer *peer = http_peer(NULL);
        http_feed_text(peer, texts[i % 3]);
        assert_int_equal(hub->http.stages.live, 1);
        if (i < 3) close(peer->fd);
        if (i < 3) peer->fd = dup(0);
        http_drop(peer);
        assert_true(http_holds_nothing());
    }
    http_close();
}

/* ---- shortages ---- */

static void without_spare_buffers_a_cut_head_waits(void **state) {
    static const char *const texts[][2] = {
        {"GET / HTTP/1.1\r\nHos", "t: a\r\n\r\n" GET},
        {CHUNKED "0\r\nT: ", "1\r\n\r\n" GET},
    };
    http_open(state);
    for (int i = 0; i < 2; i++) {
        struct peer *peer = http_peer(NULL);
        int taken[64], count = 0;
        http_feed_text(peer, texts[i][0]);
        /* All but io_uring receive into the same buffers: one is left. */
        bool shared = hub->loop.backend != &gn_backend_uring;
        while (count < 64 && hub->loop.rbuf.free_count > shared) {
            taken[count++] = gn_rbuf_take(&hub->loop.rbuf);
        }
        size_t len = strlen(texts[i][1]), before = peer->len;
        assert_int_equal(send(peer->fd, texts[i][1], len, 0), len);
        http_settle();
        assert_int_equal(peer->len, before);
        while (count > 0) gn_rbuf_give(&hub->loop.rbuf, (uint32_t)taken[--count]);
        HTTP_UNTIL(peer->requests == 2);
        assert_non_null(strstr(peer->text, i ? "[]\nT: 1\n" GOT : GOT GOT));
        assert_true(http_holds_nothing());
        http_drop(peer);
    }
    http_close();
}

static void without_memory_the_one_request_is_refused(void **state) {
    static const char *const texts[] = {"GET / HT", CHUNKED "8\r\n123"};
    http_open(state);
    struct peer *other = http_peer(NULL);
    for (int i = 0; i < 2; i++) {
        struct peer *peer = http_peer(NULL);
        http_turn(0);
        size_t limit = hub->loop.budget.limit;
        hub->loop.budget.limit = hub->loop.budget.used;
        http_feed_text(peer, texts[i]);
        HTTP_UNTIL(peer->bad == 1);
        assert_non_null(strstr(peer->text, "BAD 503"));
        assert_int_equal(peer->requests, 0);
        http_feed_text(other, GET);
        assert_int_equal(other->requests, i + 1);
        hub->loop.budget.limit = limit;
        http_drop(peer);
    }
    assert_int_equal(hub->loop.counts->unserved, 2);
    assert_true(http_holds_nothing());
    http_close();
}

static void without_memory_for_more_of_a_head_it_is_refused(void **state) {
    static char text[8000];
    http_open(state);
    struct peer *peer = http_peer(NULL);
    memset(text, 'x', sizeof text);
    http_feed_text(peer, "GET /");
    hub->loop.budget.limit = hub->loop.budget.used;
    http_feed(peer, text, sizeof text);
    HTTP_UNTIL(peer->bad == 1);
    assert_non_null(strstr(peer->text, "BAD 503"));
    assert_true(http_holds_nothing());
    http_close();
}

/* ---- set-up ---- */

static void a_configuration_that_cannot_work_is_refused(void **state) {
    const struct gn_http_config fine = http_config();
    struct gn_hub_config config = http_hub_config(state);
    const struct gn_stream_options options = {0};
    uint32_t gen;
    config.events = 64;
    http_open_bare(&config);
    for (int i = 0; i < 8; i++) {
        struct gn_http_config http = fine;
        if (i == 0) http.limits.header_bytes_max++; /* a head would not fit a buffer */
        if (i == 1) http.limits.request_line_max++;
        if (i == 2) http.limits.request_line_max = http.limits.header_bytes_max = UINT32_MAX;
        if (i == 3) http.limits.trailer_bytes_max = 16 * 1024 + 1;
        if (i == 4) http.limits.header_count_max = 200; /* nor the batch */
        if (i == 5) http.limits.trailer_count_max = 200;
        if (i == 6) http.limits.header_count_max = 0;
        if (i == 7) http.limits.header_bytes_max = 0;
        assert_int_equal(gn_hub_http(hub, &http), -EINVAL);
    }
    assert_int_equal(gn_hub_listen(hub, 0, &options, GN_STAGE_HTTP, &gen), -EINVAL);
    assert_int_equal(gn_hub_listen(hub, 0, &options, (enum gn_session_stage)2, &gen), -EINVAL);
    assert_int_equal(gn_hub_http(hub, &fine), 0);
    assert_int_equal(gn_hub_http(hub, &fine), -EBUSY);
    http_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_session_is_begun_between_the_first_and_the_last_byte_of_a_head),
        RIG_TEST(a_whole_request_is_one_event_and_holds_nothing),
        RIG_TEST(an_accepted_session_has_the_stage_of_its_listener),
        RIG_TEST(a_method_of_any_length_ends_before_the_target),
        RIG_TEST(a_hundred_fields_are_told_and_one_more_is_refused),
        RIG_TEST(messages_cut_at_any_byte_are_the_same),
        RIG_TEST(messages_in_small_pieces_are_the_same),
        RIG_TEST(messages_cut_at_any_two_bytes_are_the_same),
        RIG_TEST(sessions_in_the_middle_of_a_head_do_not_mix),
        RIG_TEST(the_largest_head_fits_and_one_byte_more_does_not),
        RIG_TEST(trailers_have_their_limit_in_any_pieces),
        RIG_TEST(a_large_body_passes_through_in_constant_memory),
        RIG_TEST(the_chunks_of_a_receive_are_told_as_one_piece),
        RIG_TEST(what_follows_a_refused_request_is_discarded),
        RIG_TEST(an_end_between_messages_is_just_that),
        RIG_TEST(an_end_inside_a_head_frees_it),
        RIG_TEST(an_end_inside_a_body_is_told_before_the_end),
        RIG_TEST(a_session_that_goes_takes_what_it_holds_along),
        RIG_TEST(without_spare_buffers_a_cut_head_waits),
        RIG_TEST(without_memory_the_one_request_is_refused),
        RIG_TEST(without_memory_for_more_of_a_head_it_is_refused),
        RIG_TEST(a_configuration_that_cannot_work_is_refused),
    };
    return RIG_RUN("stage_http", tests);
}

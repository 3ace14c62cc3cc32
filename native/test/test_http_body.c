/* What the cases do not say about bodies: zero copy, the end of the connection, default limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../http/http.h"
#include "../http/http_scan.h"
#include "http_cases.h"

enum { TRAILERS_MAX = 40, ROOM = 64 * 1024 };

static const struct gn_http_limits defaults = GN_HTTP_LIMITS_DEFAULT;
static struct gn_http_field trailers[TRAILERS_MAX];
static struct gn_http_body body;
static struct gn_http_piece piece;
static char memory[ROOM];

static void start(enum gn_http_framing framing, uint64_t length) {
    gn_http_body_init(&body, framing, length, trailers, TRAILERS_MAX);
}

static int parse(const char *data, size_t len) {
    return gn_http_body_parse(&body, &defaults, data, len, &piece);
}

/* Parse all of `data`, dropping what is consumed, until it is done, bad or wants more. */
static int parse_all(const char *data, size_t len) {
    int rc;
    size_t at = 0;
    do {
        rc = parse(http_guarded(data + at, len - at), len - at);
        at += piece.consumed;
    } while (rc == GN_HTTP_DATA);
    return rc;
}

static int parse_text(const char *text) { return parse_all(text, strlen(text)); }

static void data_lies_where_it_arrived(void **state) {
    (void)state;
    static const char text[] = "5;x\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n";
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    assert_int_equal(parse(text, strlen(text)), GN_HTTP_DATA);
    assert_int_equal(piece.data_at, 5);
    assert_int_equal(piece.data_len, 5);
    assert_int_equal(piece.consumed, 10);
    assert_int_equal(parse(text + 10, strlen(text) - 10), GN_HTTP_DATA);
    assert_int_equal(piece.data_at, 5);
    assert_int_equal(piece.data_len, 3);
    assert_int_equal(parse(text + 18, strlen(text) - 18), GN_HTTP_DONE);
    assert_int_equal(18 + piece.consumed, strlen(text));
}

static void a_length_is_told_in_the_pieces_that_arrive(void **state) {
    (void)state;
    start(GN_HTTP_FRAMING_LENGTH, 5);
    assert_int_equal(parse("", 0), GN_HTTP_MORE);
    assert_int_equal(parse("hel", 3), GN_HTTP_DATA);
    assert_int_equal(piece.data_len, 3);
    assert_int_equal(parse("lo, and more", 12), GN_HTTP_DATA);
    assert_int_equal(piece.data_len, 2);
    assert_int_equal(piece.consumed, 2);
    assert_int_equal(parse(", and more", 10), GN_HTTP_DONE);
    assert_int_equal(piece.consumed, 0);
}

static void no_body_is_complete_at_once(void **state) {
    (void)state;
    start(GN_HTTP_FRAMING_NONE, 0);
    assert_int_equal(parse("GET", 3), GN_HTTP_DONE);
    assert_int_equal(piece.consumed, 0);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_DONE);
}

static void trailers_wait_until_they_are_complete(void **state) {
    (void)state;
    static const char text[] = "1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n";
    const size_t section = 9;
    for (size_t cut = section; cut < strlen(text); cut++) {
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        assert_int_equal(parse(text, cut), GN_HTTP_DATA);
        assert_int_equal(parse(text + 4, cut - 4), GN_HTTP_MORE);
        assert_int_equal(4 + piece.consumed, section);
        size_t rest = strlen(text) - section;
        const char *data = http_guarded(text + section, rest);
        assert_int_equal(parse(data, rest), GN_HTTP_DONE);
        assert_int_equal(piece.consumed, rest);
        assert_int_equal(body.trailers.count, 2);
        assert_memory_equal(data + piece.trailers_at + trailers[1].name_at, "C", 1);
        assert_memory_equal(data + piece.trailers_at + trailers[1].value_at, "d", 1);
    }
}

static void trailers_that_come_with_data_count_from_their_own_start(void **state) {
    (void)state;
    static const char text[] = "0;x=y\r\nA: b\r\n\r\n";
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    assert_int_equal(parse(text, strlen(text)), GN_HTTP_DONE);
    assert_int_equal(piece.trailers_at, 7);
    assert_int_equal(trailers[0].name_at, 0);
    assert_int_equal(trailers[0].value_at, 3);
}

static void the_end_of_the_connection_completes_only_what_lasts_until_then(void **state) {
    (void)state;
    start(GN_HTTP_FRAMING_CLOSE, 0);
    assert_int_equal(parse("abc", 3), GN_HTTP_DATA);
    assert_int_equal(parse("", 0), GN_HTTP_MORE);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_DONE);
    assert_int_equal(parse("abc", 3), GN_HTTP_DONE);

    start(GN_HTTP_FRAMING_LENGTH, 3);
    assert_int_equal(parse("ab", 2), GN_HTTP_DATA);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_BAD);
    assert_int_equal(body.reason, GN_HTTP_REASON_BODY_SHORT);
    assert_int_equal(parse("c", 1), GN_HTTP_BAD);

    start(GN_HTTP_FRAMING_LENGTH, 2);
    assert_int_equal(parse("ab", 2), GN_HTTP_DATA);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_DONE);

    static const char *const parts[] = {"", "5", "5\r\n", "0\r\n", "0\r\nA: b\r\n"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        assert_int_equal(parse_text(parts[i]), GN_HTTP_MORE);
        assert_int_equal(gn_http_body_end(&body), GN_HTTP_BAD);
        assert_int_equal(body.reason, GN_HTTP_REASON_BODY_SHORT);
    }
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    assert_int_equal(parse_text("0\r\n\r\n"), GN_HTTP_DONE);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_DONE);
}

static void a_body_that_failed_keeps_failing(void **state) {
    (void)state;
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    assert_int_equal(parse_text("x"), GN_HTTP_BAD);
    assert_int_equal(body.status, 400);
    assert_int_equal(parse_text("0\r\n\r\n"), GN_HTTP_BAD);
    assert_int_equal(gn_http_body_end(&body), GN_HTTP_BAD);
    assert_int_equal(body.reason, GN_HTTP_REASON_CHUNK_SIZE);
}

static void chunk_extensions_are_limited_to_4_kib_in_all(void **state) {
    (void)state;
    for (int more = -1; more <= 1; more++) {
        size_t count = GN_HTTP_CHUNK_EXT_MAX + (size_t)(more + 1) - 1;
        int len = snprintf(memory, sizeof(memory), "0;");
        memset(memory + len, 'a', count - 1);
        strcpy(memory + (size_t)len + count - 1, "\r\n\r\n");
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        int rc = parse_text(memory);
        assert_int_equal(rc, more <= 0 ? GN_HTTP_DONE : GN_HTTP_BAD);
        if (more > 0) assert_int_equal(body.reason, GN_HTTP_REASON_CHUNK_EXT_LONG);
        if (more > 0) assert_int_equal(body.status, 400);
    }
}

static void trailers_are_limited_to_8_kib(void **state) {
    (void)state;
    const size_t rest = strlen("A: \r\n\r\n");
    for (int more = -1; more <= 1; more++) {
        size_t count = GN_HTTP_TRAILER_BYTES_MAX + (size_t)(more + 1) - 1 - rest;
        int len = snprintf(memory, sizeof(memory), "0\r\nA: ");
        memset(memory + len, 'a', count);
        strcpy(memory + (size_t)len + count, "\r\n\r\n");
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        int rc = parse_text(memory);
        assert_int_equal(rc, more <= 0 ? GN_HTTP_DONE : GN_HTTP_BAD);
        if (more > 0) assert_int_equal(body.reason, GN_HTTP_REASON_TRAILER_BYTES);
        if (more > 0) assert_int_equal(body.status, 431);
    }
}

static void there_are_at_most_32_trailers(void **state) {
    (void)state;
    for (int count = GN_HTTP_TRAILER_COUNT_MAX - 1; count <= GN_HTTP_TRAILER_COUNT_MAX + 1;
         count++) {
        size_t len = (size_t)snprintf(memory, sizeof(memory), "0\r\n");
        for (int i = 0; i < count; i++) {
            len += (size_t)snprintf(memory + len, sizeof(memory) - len, "A: b\r\n");
        }
        snprintf(memory + len, sizeof(memory) - len, "\r\n");
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        int rc = parse_text(memory);
        assert_int_equal(rc, count <= GN_HTTP_TRAILER_COUNT_MAX ? GN_HTTP_DONE : GN_HTTP_BAD);
        if (rc == GN_HTTP_BAD) assert_int_equal(body.reason, GN_HTTP_REASON_TRAILER_COUNT);
        if (rc == GN_HTTP_DONE) assert_int_equal(body.trailers.count, count);
    }
}

static void a_chunked_body_is_limited_to_16_mib(void **state) {
    (void)state;
    for (int more = -1; more <= 1; more++) {
        start(GN_HTTP_FRAMING_CHUNKED, 0);
        snprintf(memory, sizeof(memory), "%x\r\n", (unsigned)(GN_HTTP_BODY_MAX + more));
        assert_int_equal(parse_text(memory), more <= 0 ? GN_HTTP_MORE : GN_HTTP_BAD);
        if (more > 0) assert_int_equal(body.status, 413);
    }
}

/* Ten gigabytes in chunks, told in pieces: the counters must not be 32 bits wide. */
static void a_body_may_be_larger_than_32_bits_count(void **state) {
    (void)state;
    struct gn_http_limits limits = defaults;
    limits.body_max = UINT64_MAX;
    uint64_t told = 0;
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    assert_int_equal(gn_http_body_parse(&body, &limits, "280000000\r\n", 11, &piece), GN_HTTP_MORE);
    while (told < 0x280000000u) {
        assert_int_equal(gn_http_body_parse(&body, &limits, memory, sizeof(memory), &piece),
                         GN_HTTP_DATA);
        told += piece.data_len;
    }
    assert_true(told == 0x280000000u);
    assert_int_equal(gn_http_body_parse(&body, &limits, "\r\n0\r\n\r\n", 7, &piece), GN_HTTP_DONE);

    start(GN_HTTP_FRAMING_LENGTH, 0x280000001u);
    for (told = 0; told < 0x280000001u; told += piece.data_len) {
        assert_int_equal(gn_http_body_parse(&body, &limits, memory, sizeof(memory), &piece),
                         GN_HTTP_DATA);
    }
    assert_int_equal(gn_http_body_parse(&body, &limits, memory, sizeof(memory), &piece),
                     GN_HTTP_DONE);
}

/* Feed so many bytes at a time; returns how all of it ended, and how much data there was. */
static int fed_by(size_t step, const char *text, size_t len, uint64_t body_max, size_t *told) {
    struct gn_http_limits limits = defaults;
    limits.body_max = body_max;
    int rc = GN_HTTP_MORE;
    *told = 0;
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    for (size_t at = 0, end = 0; end < len && rc == GN_HTTP_MORE;) {
        end = len - end < step ? len : end + step;
        do {
            size_t here = end - at; /* with what was left of an end of the trailers */
            rc = gn_http_body_parse(&body, &limits, http_guarded(text + at, here), here, &piece);
            at += piece.consumed;
            *told += rc == GN_HTTP_DATA ? piece.data_len : 0;
        } while (rc == GN_HTTP_DATA);
    }
    return rc;
}

/* Lines that are right, and those with any one byte wrong, end, or are over a limit. */
static void the_line_of_a_short_chunk_is_read_as_strictly_at_once_as_in_bytes(void **state) {
    (void)state;
    char text[] = "1\r\na\r\nf\r\nbbbbbbbbbbbbbbb\r\n0\r\n\r\n";
    const size_t line = 4, line_len = 5, all = strlen(text);
    for (size_t at = line; at < line + line_len; at++) {
        char right = text[at];
        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            for (uint64_t max = 15; max <= 17; max++) {
                size_t told, told_at_once;
                int rc = fed_by(1, text, all, max, &told);
                unsigned reason = body.reason;
                assert_int_equal(fed_by(all, text, all, max, &told_at_once), rc);
                assert_int_equal(body.reason, reason);
                assert_int_equal(told_at_once, told);
                bool good = (char)c == right || (right == 'f' && c == 'F');
                assert_int_equal(rc == GN_HTTP_DONE, max >= 16 && good);
            }
        }
        text[at] = right;
    }
    for (size_t len = line; len < all; len++) {
        size_t told, told_at_once;
        assert_int_equal(fed_by(1, text, len, 16, &told), GN_HTTP_MORE);
        assert_int_equal(fed_by(len, text, len, 16, &told_at_once), GN_HTTP_MORE);
        assert_int_equal(told_at_once, told);
    }
}

/* Chunks whose sum passes 2^64 when nothing limits the body. */
static void the_sum_of_chunks_cannot_wrap_around(void **state) {
    (void)state;
    struct gn_http_limits limits = defaults;
    limits.body_max = UINT64_MAX;
    start(GN_HTTP_FRAMING_CHUNKED, 0);
    body.total = UINT64_MAX - 4;
    assert_int_equal(gn_http_body_parse(&body, &limits, "5\r\n", 3, &piece), GN_HTTP_BAD);
    assert_int_equal(body.reason, GN_HTTP_REASON_BODY_LONG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_lies_where_it_arrived),
        cmocka_unit_test(a_length_is_told_in_the_pieces_that_arrive),
        cmocka_unit_test(no_body_is_complete_at_once),
        cmocka_unit_test(trailers_wait_until_they_are_complete),
        cmocka_unit_test(trailers_that_come_with_data_count_from_their_own_start),
        cmocka_unit_test(the_end_of_the_connection_completes_only_what_lasts_until_then),
        cmocka_unit_test(a_body_that_failed_keeps_failing),
        cmocka_unit_test(chunk_extensions_are_limited_to_4_kib_in_all),
        cmocka_unit_test(trailers_are_limited_to_8_kib),
        cmocka_unit_test(there_are_at_most_32_trailers),
        cmocka_unit_test(a_chunked_body_is_limited_to_16_mib),
        cmocka_unit_test(a_body_may_be_larger_than_32_bits_count),
        cmocka_unit_test(the_line_of_a_short_chunk_is_read_as_strictly_at_once_as_in_bytes),
        cmocka_unit_test(the_sum_of_chunks_cannot_wrap_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

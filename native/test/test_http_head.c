/* What the cases do not say about heads: limits by their defaults, resuming, records, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../http/http.h"
#include "../http/http_scan.h"
#include "http_cases.h"

enum { FIELDS_MAX = 128, ROOM = 96 * 1024 };

static const struct gn_http_limits defaults = GN_HTTP_LIMITS_DEFAULT;
static struct gn_http_field fields[FIELDS_MAX];
static struct gn_http_head head;
static char memory[ROOM];

static int parse(const char *data, size_t len) {
    gn_http_head_init(&head, fields, FIELDS_MAX);
    return gn_http_request_parse(&head, &defaults, http_guarded(data, len), len);
}

static int parse_text(const char *text) { return parse(text, strlen(text)); }

static void refused(int rc, int status, enum gn_http_reason reason) {
    assert_int_equal(rc, GN_HTTP_BAD);
    assert_int_equal(head.status, status);
    assert_int_equal(head.reason, reason);
}

/* `before`, `count` letters and `after`. */
static size_t compose(const char *before, size_t count, const char *after) {
    size_t len = strlen(before);
    assert_true(len + count + strlen(after) < sizeof(memory));
    memcpy(memory, before, len);
    memset(memory + len, 'a', count);
    strcpy(memory + len + count, after);
    return len + count + strlen(after);
}

static void the_request_line_is_limited_to_8190_bytes(void **state) {
    (void)state;
    const size_t rest = strlen("GET / HTTP/1.1");
    for (int more = -1; more <= 1; more++) {
        size_t letters = GN_HTTP_REQUEST_LINE_MAX + (size_t)(more + 1) - 1 - rest;
        size_t len = compose("GET /", letters, " HTTP/1.1\r\nHost: h\r\n\r\n");
        int rc = parse(memory, len);
        if (more <= 0) {
            assert_int_equal(rc, GN_HTTP_DONE);
            assert_int_equal(head.target.len, letters + 1);
        } else {
            refused(rc, 414, GN_HTTP_REASON_LINE_LONG);
        }
    }
}

static void the_header_is_limited_to_32_kib(void **state) {
    (void)state;
    const size_t rest = strlen("Host: h\r\nA: \r\n\r\n");
    for (int more = -1; more <= 1; more++) {
        size_t letters = GN_HTTP_HEADER_BYTES_MAX + (size_t)(more + 1) - 1 - rest;
        size_t len = compose("GET / HTTP/1.1\r\nHost: h\r\nA: ", letters, "\r\n\r\n");
        int rc = parse(memory, len);
        if (more <= 0) {
            assert_int_equal(rc, GN_HTTP_DONE);
            assert_int_equal(head.head_len, len);
        } else {
            refused(rc, 431, GN_HTTP_REASON_HEADER_BYTES);
        }
    }
}

static void a_header_has_at_most_100_lines(void **state) {
    (void)state;
    for (int count = GN_HTTP_HEADER_COUNT_MAX - 1; count <= GN_HTTP_HEADER_COUNT_MAX + 1; count++) {
        size_t len = compose("GET / HTTP/1.1\r\nHost: h\r\n", 0, "");
        for (int i = 1; i < count; i++) {
            len += (size_t)snprintf(memory + len, sizeof(memory) - len, "A%d: b\r\n", i);
        }
        len += (size_t)snprintf(memory + len, sizeof(memory) - len, "\r\n");
        int rc = parse(memory, len);
        if (count <= GN_HTTP_HEADER_COUNT_MAX) {
            assert_int_equal(rc, GN_HTTP_DONE);
            assert_int_equal(head.fields.count, count);
        } else {
            refused(rc, 431, GN_HTTP_REASON_HEADER_COUNT);
        }
    }
}

static void a_body_is_limited_to_16_mib(void **state) {
    (void)state;
    for (int more = -1; more <= 1; more++) {
        char text[100];
        snprintf(text, sizeof(text), "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
                 GN_HTTP_BODY_MAX + more);
        int rc = parse_text(text);
        if (more <= 0) {
            assert_int_equal(rc, GN_HTTP_DONE);
            assert_true(head.content_length == (uint64_t)GN_HTTP_BODY_MAX + (uint64_t)more);
        } else {
            refused(rc, 413, GN_HTTP_REASON_BODY_LONG);
        }
    }
}

static void room_for_fewer_fields_limits_the_header_too(void **state) {
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    gn_http_head_init(&head, fields, 2);
    assert_int_equal(gn_http_request_parse(&head, &defaults, text, strlen(text)), GN_HTTP_DONE);
    gn_http_head_init(&head, fields, 1);
    refused(gn_http_request_parse(&head, &defaults, text, strlen(text)), 431,
            GN_HTTP_REASON_HEADER_COUNT);
    gn_http_head_init(&head, NULL, 0);
    refused(gn_http_request_parse(&head, &defaults, text, strlen(text)), 431,
            GN_HTTP_REASON_HEADER_COUNT);
}

/* Limits beyond what offsets can hold must not wrap around. */
static void huge_limits_are_no_limits(void **state) {
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    struct gn_http_limits limits;
    memset(&limits, 0xff, sizeof(limits));
    gn_http_head_init(&head, fields, FIELDS_MAX);
    assert_int_equal(gn_http_request_parse(&head, &limits, text, strlen(text)), GN_HTTP_DONE);
}

/* A name longer than its record can say would be cut short, so it must be refused. */
static void a_name_longer_than_its_record_is_refused(void **state) {
    (void)state;
    struct gn_http_limits limits = defaults;
    limits.header_bytes_max = 1 << 20;
    for (size_t letters = UINT16_MAX; letters <= UINT16_MAX + 1; letters++) {
        size_t len = compose("GET / HTTP/1.1\r\nHost: h\r\n", letters, ": v\r\n\r\n");
        gn_http_head_init(&head, fields, FIELDS_MAX);
        int rc = gn_http_request_parse(&head, &limits, memory, len);
        if (letters == UINT16_MAX) {
            assert_int_equal(rc, GN_HTTP_DONE);
            assert_int_equal(fields[1].name_len, UINT16_MAX);
        } else {
            refused(rc, 431, GN_HTTP_REASON_HEADER_BYTES);
        }
    }
}

static void a_head_that_failed_keeps_failing_until_it_is_set_up_anew(void **state) {
    (void)state;
    static const char good[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    refused(parse_text("GET / HTTP/1.1\r\n\r\n"), 400, GN_HTTP_REASON_HOST_MISSING);
    refused(gn_http_request_parse(&head, &defaults, good, strlen(good)), 400,
            GN_HTTP_REASON_HOST_MISSING);
    refused(gn_http_request_parse(&head, &defaults, good, 0), 400, GN_HTTP_REASON_HOST_MISSING);
    gn_http_head_init(&head, fields, FIELDS_MAX);
    assert_int_equal(gn_http_request_parse(&head, &defaults, good, strlen(good)), GN_HTTP_DONE);
}

static void a_head_that_is_complete_stays_complete(void **state) {
    (void)state;
    assert_int_equal(parse_text("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), GN_HTTP_DONE);
    struct gn_http_head before = head;
    assert_int_equal(gn_http_request_parse(&head, &defaults, "\x01", 1), GN_HTTP_DONE);
    assert_memory_equal(&head, &before, sizeof(head));
}

static void known_names_are_recognised_in_any_case_and_no_others(void **state) {
    (void)state;
    static const struct {
        const char *line;
        enum gn_http_name name;
    } lines[] = {
        {"Host: h", GN_HTTP_NAME_HOST},
        {"cOnNeCtIoN: x", GN_HTTP_NAME_CONNECTION},
        {"CONTENT-LENGTH: 0", GN_HTTP_NAME_CONTENT_LENGTH},
        {"expect: 100-continue", GN_HTTP_NAME_EXPECT},
        {"Upgrade: x", GN_HTTP_NAME_UPGRADE},
        {"Contentolength: 0", GN_HTTP_NAME_OTHER},
        {"Cannection: x", GN_HTTP_NAME_OTHER},
        {"Accept: x", GN_HTTP_NAME_OTHER},
        {"Cookie: x", GN_HTTP_NAME_OTHER},
        {"Transfer_Encoding: x", GN_HTTP_NAME_OTHER},
        {"Content-Lengthx: x", GN_HTTP_NAME_OTHER},
    };
    size_t len = compose("GET / HTTP/1.1\r\n", 0, "");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        len += (size_t)snprintf(memory + len, sizeof(memory) - len, "%s\r\n", lines[i].line);
    }
    len += (size_t)snprintf(memory + len, sizeof(memory) - len, "\r\n");
    assert_int_equal(parse(memory, len), GN_HTTP_DONE);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(fields[i].name, lines[i].name);
    }
}

/* Each letter of a known name replaced: none of the bytes that is compared may be left out. */
static void a_known_name_with_one_other_letter_is_unknown(void **state) {
    (void)state;
    static const char *const names[] = {"Host",   "Connection", "Content-Length",
                                        "Expect", "Upgrade",    "Transfer-Encoding"};
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        for (size_t i = 0; i < strlen(names[n]); i++) {
            char text[100];
            int len = snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n%s:\r\n\r\n", names[n]);
            text[strlen("GET / HTTP/1.0\r\n") + i] = 'j';
            assert_int_equal(parse(text, (size_t)len), GN_HTTP_DONE);
            assert_int_equal(fields[0].name, GN_HTTP_NAME_OTHER);
        }
    }
}

static void every_registered_method_has_its_number_and_name(void **state) {
    (void)state;
    for (int i = 1; i < GN_HTTP_METHOD_COUNT; i++) {
        const char *name = gn_http_method_name((enum gn_http_method)i);
        const char *target = i == GN_HTTP_METHOD_CONNECT ? "h:80" : "/";
        char text[100];
        snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n\r\n", name, target);
        assert_int_equal(parse_text(text), GN_HTTP_DONE);
        assert_int_equal(head.method_id, i);
        snprintf(text, sizeof(text), "%sX / HTTP/1.1\r\nHost: h\r\n\r\n", name);
        assert_int_equal(parse_text(text), GN_HTTP_DONE);
        assert_int_equal(head.method_id, GN_HTTP_METHOD_OTHER);
    }
    assert_string_equal(gn_http_method_name(GN_HTTP_METHOD_OTHER), "");
    assert_string_equal(gn_http_method_name((enum gn_http_method)10000), "");
}

static void every_reason_has_a_status_a_name_and_a_text(void **state) {
    (void)state;
    for (int i = 1; i < GN_HTTP_REASON_COUNT; i++) {
        enum gn_http_reason reason = (enum gn_http_reason)i;
        int status = gn_http_reason_status(reason);
        assert_true((status >= 400 && status < 432) || status == 501 || status == 503 ||
                    status == 505);
        assert_true(strlen(gn_http_reason_name(reason)) > 0);
        assert_true(strlen(gn_http_reason_text(reason)) > strlen(gn_http_reason_name(reason)));
    }
    assert_int_equal(gn_http_reason_status((enum gn_http_reason)10000), 0);
}

/* The marks come in words of 64 bytes: nothing may slip through where one ends. */
static void a_bad_byte_is_found_at_every_place_of_target_and_host(void **state) {
    (void)state;
    static const char host[] = "host.example";
    for (size_t letters = 0; letters < 140; letters++) {
        size_t len = compose("GET /", letters, " HTTP/1.1\r\nHost: host.example\r\n\r\n");
        char *text = memory;
        assert_int_equal(parse(text, len), GN_HTTP_DONE);
        uint32_t target = head.target.at, target_len = head.target.len, host_at = head.host.at;
        for (uint32_t i = 1; i < target_len; i++) {
            text[target + i] = '|';
            refused(parse(text, len), 400, GN_HTTP_REASON_TARGET_BYTE);
            text[target + i] = 'a';
        }
        for (uint32_t i = 0; i < strlen(host); i++) {
            text[host_at + i] = '|';
            refused(parse(text, len), 400, GN_HTTP_REASON_HOST);
            text[host_at + i] = host[i];
        }
    }
}

/* ---- resuming ---- */

static uint64_t marked;

static void mark_and_count(struct gn_http_marks *marks, const char *data, uint32_t from,
                           uint32_t to) {
    marked += to - from;
    gn_http_scan_portable.mark(marks, data, from, to);
}

static bool always(void) { return true; }

static const struct gn_http_scan counting = {"counting", always, mark_and_count};

/* Bytes that are looked at when `len` bytes of memory[] arrive in steps of `step`. */
static uint64_t work(size_t len, size_t step, int expected) {
    int rc = GN_HTTP_MORE;
    gn_http_scan_use(&counting);
    gn_http_head_init(&head, fields, FIELDS_MAX);
    marked = 0;
    for (size_t have = step; rc == GN_HTTP_MORE && have < len + step; have += step) {
        rc = gn_http_request_parse(&head, &defaults, memory, have < len ? have : len);
    }
    gn_http_scan_use(NULL);
    assert_int_equal(rc, expected);
    return marked;
}

static void a_head_that_arrives_byte_by_byte_costs_linear_time(void **state) {
    (void)state;
    static const char start[] = "GET / HTTP/1.1\r\nHost: h\r\nA: ";
    for (size_t letters = 1000; letters <= 32000; letters *= 2) {
        size_t len = compose(start, letters, "\r\n\r\n");
        for (size_t step = 1; step <= 1024; step *= 4) {
            assert_true(work(len, step, GN_HTTP_DONE) < 4 * len + 4096);
        }
    }
}

static void many_short_lines_byte_by_byte_cost_linear_time(void **state) {
    (void)state;
    size_t len = compose("GET / HTTP/1.1\r\nHost: h\r\n", 0, "");
    for (int i = 0; i < 90; i++) {
        len += (size_t)snprintf(memory + len, sizeof(memory) - len, "Name-%d: some value\r\n", i);
    }
    len += (size_t)snprintf(memory + len, sizeof(memory) - len, "\r\n");
    assert_true(work(len, 1, GN_HTTP_DONE) < 4 * len);
}

static void a_request_line_byte_by_byte_costs_linear_time(void **state) {
    (void)state;
    size_t len = compose("GET /", 8000, " HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(work(len, 1, GN_HTTP_DONE) < 4 * len);
}

/* A small request behind which much more is in the buffer: only little of that is looked at. */
static void what_is_behind_a_head_costs_little(void **state) {
    (void)state;
    size_t len = compose("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 60000, "");
    assert_true(work(len, len, GN_HTTP_DONE) <= GN_HTTP_ODD_MAX);
}

/* The head's memory moves and grows between calls, and so may the fields. */
static void head_and_fields_may_move_between_calls(void **state) {
    (void)state;
    static const char text[] = "GET /a HTTP/1.1\r\nHost: h\r\nA: b\r\nC: d\r\n\r\n";
    struct gn_http_field first[FIELDS_MAX], second[FIELDS_MAX];
    struct gn_http_head moved;
    size_t len = strlen(text);
    for (size_t cut = 1; cut < len; cut++) {
        gn_http_head_init(&head, first, FIELDS_MAX);
        char *copy = malloc(cut);
        assert_non_null(copy);
        memcpy(copy, text, cut);
        assert_int_equal(gn_http_request_parse(&head, &defaults, copy, cut), GN_HTTP_MORE);
        memset(copy, 0xee, cut);
        free(copy);
        moved = head;
        memcpy(second, first, sizeof(first));
        memset(first, 0xee, sizeof(first));
        memset(&head, 0xee, sizeof(head));
        moved.fields.at = second;
        assert_int_equal(gn_http_request_parse(&moved, &defaults, http_guarded(text, len), len),
                         GN_HTTP_DONE);
        assert_int_equal(moved.fields.count, 3);
        assert_int_equal(second[2].name_at, strlen("GET /a HTTP/1.1\r\nHost: h\r\nA: b\r\n"));
        assert_memory_equal(text + second[0].value_at, "h", second[0].value_len);
    }
}

static void fewer_bytes_than_before_change_nothing(void **state) {
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    size_t len = strlen(text);
    for (size_t cut = 1; cut < len; cut++) {
        gn_http_head_init(&head, fields, FIELDS_MAX);
        assert_int_equal(gn_http_request_parse(&head, &defaults, text, cut), GN_HTTP_MORE);
        for (size_t less = 0; less < cut; less++) {
            const char *data = http_guarded(text, less);
            assert_int_equal(gn_http_request_parse(&head, &defaults, data, less), GN_HTTP_MORE);
        }
        assert_int_equal(gn_http_request_parse(&head, &defaults, text, len), GN_HTTP_DONE);
        assert_int_equal(head.fields.count, 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_line_is_limited_to_8190_bytes),
        cmocka_unit_test(the_header_is_limited_to_32_kib),
        cmocka_unit_test(a_header_has_at_most_100_lines),
        cmocka_unit_test(a_body_is_limited_to_16_mib),
        cmocka_unit_test(room_for_fewer_fields_limits_the_header_too),
        cmocka_unit_test(huge_limits_are_no_limits),
        cmocka_unit_test(a_name_longer_than_its_record_is_refused),
        cmocka_unit_test(a_head_that_failed_keeps_failing_until_it_is_set_up_anew),
        cmocka_unit_test(a_head_that_is_complete_stays_complete),
        cmocka_unit_test(known_names_are_recognised_in_any_case_and_no_others),
        cmocka_unit_test(a_known_name_with_one_other_letter_is_unknown),
        cmocka_unit_test(every_registered_method_has_its_number_and_name),
        cmocka_unit_test(every_reason_has_a_status_a_name_and_a_text),
        cmocka_unit_test(a_bad_byte_is_found_at_every_place_of_target_and_host),
        cmocka_unit_test(a_head_that_arrives_byte_by_byte_costs_linear_time),
        cmocka_unit_test(many_short_lines_byte_by_byte_cost_linear_time),
        cmocka_unit_test(a_request_line_byte_by_byte_costs_linear_time),
        cmocka_unit_test(what_is_behind_a_head_costs_little),
        cmocka_unit_test(fewer_bytes_than_before_change_nothing),
        cmocka_unit_test(head_and_fields_may_move_between_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

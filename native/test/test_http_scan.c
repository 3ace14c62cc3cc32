/* Every scan against the portable one, and that one against the RFCs' own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "../http/http_scan.h"
#include "http_cases.h"

enum { LEN_MAX = GN_HTTP_MARK_MAX, ROUNDS = 200 };

static uint32_t seed = 1;

static uint32_t next_random(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* Mark data[0 .. len) as the parser does: a first step, then one more or two. */
static void mark(const struct gn_http_scan *scan, struct gn_http_marks *marks, const char *data,
                 uint32_t len, uint32_t middle) {
    uint32_t first = len < GN_HTTP_ODD_MAX ? len : GN_HTTP_ODD_MAX;
    memset(marks, 0xa5, sizeof(*marks));
    scan->mark(marks, data, 0, first);
    if (middle > first && middle < len) {
        scan->mark(marks, data, first, middle);
        first = middle;
    }
    if (first < len) scan->mark(marks, data, first, len);
}

static void compare(const struct gn_http_scan *scan, const char *data, uint32_t len,
                    uint32_t middle) {
    struct gn_http_marks expected, actual;
    mark(&gn_http_scan_portable, &expected, data, len, middle);
    mark(scan, &actual, data, len, middle);
    assert_memory_equal(&actual, &expected, sizeof(actual));
}

static void portable_marks_are_what_the_classes_say(void **state) {
    (void)state;
    char data[256];
    struct gn_http_marks marks;
    for (int c = 0; c < 256; c++)
        data[c] = (char)c;
    for (uint32_t start = 0; start < 256; start += GN_HTTP_ODD_MAX) {
        mark(&gn_http_scan_portable, &marks, data + start, GN_HTTP_ODD_MAX, 0);
        for (uint32_t i = 0; i < GN_HTTP_ODD_MAX; i++) {
            char c = data[start + i];
            assert_int_equal(marks.stop[i / 64] >> (i % 64) & 1, !gn_http_is(c, GN_HTTP_IN_VALUE));
            assert_int_equal(marks.other[i / 64] >> (i % 64) & 1, !gn_http_is(c, GN_HTTP_IN_TOKEN));
            assert_int_equal(marks.odd[i / 64] >> (i % 64) & 1, !gn_http_is(c, GN_HTTP_IN_TARGET));
        }
    }
}

static bool is_one_of(int c, const char *text) { return c != 0 && strchr(text, c) != NULL; }

/* The classes once more, as the RFCs list them. */
static void classes_are_those_of_the_rfcs(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool unreserved = alnum || is_one_of(c, "-._~");
        bool sub_delim = is_one_of(c, "!$&'()*+,;=");
        bool text = c == '\t' || (c >= 0x20 && c <= 0x7e) || c >= 0x80;
        unsigned expected = 0;
        if (alnum || is_one_of(c, "!#$%&'*+-.^_`|~")) expected |= GN_HTTP_IN_TOKEN;
        if (unreserved || sub_delim || is_one_of(c, ":@/")) expected |= GN_HTTP_IN_TARGET;
        if (unreserved || sub_delim) expected |= GN_HTTP_IN_HOST;
        if (is_one_of(c, "?[]{}|\\^`")) expected |= GN_HTTP_IN_QUERY;
        if (text) expected |= GN_HTTP_IN_VALUE;
        if (text && c != '"' && c != '\\') expected |= GN_HTTP_IN_QUOTED;
        assert_int_equal(gn_http_classes[c], expected);
    }
}

/* Every byte value at every place of a block and behind it. */
static void every_byte_is_marked_alike_everywhere(void **state) {
    (void)state;
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        for (uint32_t place = 0; place < 200; place++) {
            for (int c = 0; c < 256; c++) {
                char data[200];
                memset(data, 'a', sizeof(data));
                data[place] = (char)c;
                compare(gn_http_scans[i], data, sizeof(data), 0);
            }
        }
    }
}

static void fill(char *data, uint32_t len, uint32_t kind) {
    static const char common[] = "GET /index?a=b%20 HTTP/1.1\r\nHost: h.example:80\r\nA-b: c\td";
    for (uint32_t i = 0; i < len; i++) {
        uint32_t random = next_random();
        data[i] = (char)random;
        if (kind == 1 || (kind == 2 && random % 16 != 0)) data[i] = common[random % sizeof(common)];
        if (kind == 3 && random % 8 != 0) data[i] = 'x';
    }
}

/* At every length up to two blocks and more, at every alignment, against an unreadable page. */
static void random_bytes_are_marked_alike_at_every_length(void **state) {
    (void)state;
    static char data[LEN_MAX];
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        for (uint32_t len = 1; len <= 300; len++) {
            for (uint32_t kind = 0; kind < 4; kind++) {
                fill(data, len, kind);
                compare(gn_http_scans[i], http_guarded(data, len), len, 0);
                compare(gn_http_scans[i], http_guarded(data, len), len, 192);
            }
        }
    }
}

/* http_guarded aligns the end; here the start is at each of 64 addresses. */
static void random_bytes_are_marked_alike_at_every_alignment(void **state) {
    (void)state;
    static char data[LEN_MAX + 64];
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        for (uint32_t start = 0; start < 64; start++) {
            for (uint32_t len = 1; len <= 130; len++) {
                fill(data + start, len, len % 4);
                compare(gn_http_scans[i], data + start, len, 0);
            }
        }
    }
}

static void whole_windows_are_marked_alike(void **state) {
    (void)state;
    static char data[LEN_MAX];
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        for (uint32_t round = 0; round < ROUNDS; round++) {
            uint32_t len = LEN_MAX - (round % 2 == 0 ? 0 : next_random() % 900);
            fill(data, len, round % 4);
            compare(gn_http_scans[i], http_guarded(data, len), len, 128 + next_random() % 12 * 64);
        }
    }
}

static void marks_are_found_in_the_same_word_and_far_away(void **state) {
    (void)state;
    uint64_t words[5] = {1u << 5 | (uint64_t)1 << 63, 0, 0, 1, ~(uint64_t)0};
    assert_int_equal(gn_http_marks_next(words, 0), 5);
    assert_int_equal(gn_http_marks_next(words, 5), 5);
    assert_int_equal(gn_http_marks_next(words, 6), 63);
    assert_int_equal(gn_http_marks_next(words, 64), 192);
    assert_int_equal(gn_http_marks_next(words, 191), 192);
    assert_int_equal(gn_http_marks_next(words, 193), 256);
    assert_int_equal(gn_http_marks_next(words, 256), 256);
}

static void the_best_usable_scan_is_chosen_at_first_use(void **state) {
    (void)state;
    struct gn_http_marks marks;
    const struct gn_http_scan *const *best = gn_http_scans;
    while (!(*best)->usable())
        best++;
    gn_http_scan_use(NULL);
    gn_http_scan_get()->mark(&marks, "a\r", 0, 2);
    assert_int_equal(marks.stop[0] & 3, 2);
    assert_ptr_equal(gn_http_scan_get(), *best);
    gn_http_scan_use(&gn_http_scan_portable);
    assert_ptr_equal(gn_http_scan_get(), &gn_http_scan_portable);
    gn_http_scan_use(NULL);
}

static void the_portable_scan_is_the_last_resort(void **state) {
    (void)state;
    int last = 0;
    while (gn_http_scans[last + 1] != NULL)
        last++;
    assert_ptr_equal(gn_http_scans[last], &gn_http_scan_portable);
    assert_true(gn_http_scan_portable.usable());
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        print_message("%s: %s\n", gn_http_scans[i]->name,
                      gn_http_scans[i]->usable() ? "tested" : "SKIPPED, not on this machine");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_portable_scan_is_the_last_resort),
        cmocka_unit_test(classes_are_those_of_the_rfcs),
        cmocka_unit_test(portable_marks_are_what_the_classes_say),
        cmocka_unit_test(every_byte_is_marked_alike_everywhere),
        cmocka_unit_test(random_bytes_are_marked_alike_at_every_length),
        cmocka_unit_test(random_bytes_are_marked_alike_at_every_alignment),
        cmocka_unit_test(whole_windows_are_marked_alike),
        cmocka_unit_test(marks_are_found_in_the_same_word_and_far_away),
        cmocka_unit_test(the_best_usable_scan_is_chosen_at_first_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every case of native/test/cases/proxy/, in every way its bytes can arrive. The format is that of
 * http_cases.h; what comes out of a header is
 *
 *   source 192.0.2.1 56324     the address and port of either end; IPv6 without any abbreviation
 *   target 0:0:0:0:0:0:0:1 443
 *   unix                       both ends are Unix sockets
 *   real                       nothing is announced
 *   rest ...                   bytes behind the header
 *   more                       every byte was fine, the header is not complete
 *   error address              the reason as proxy.h calls it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../proxy/proxy.h"
#include "http_cases.h"

enum { CASES_MIN = 130, TEXT_MAX = 16 * 1024 };

struct tally {
    int cases, failed;
};

static char text[TEXT_MAX];
static size_t text_len;

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...) {
    va_list args;
    va_start(args, format);
    int added = vsnprintf(text + text_len, TEXT_MAX - text_len, format, args);
    va_end(args);
    assert_true(added >= 0 && (size_t)added < TEXT_MAX - text_len);
    text_len += (size_t)added;
}

static void put_end(const char *name, enum gn_proxy_family family, const struct gn_proxy_end *end) {
    put("%s ", name);
    for (int i = 0; family == GN_PROXY_V4 && i < 4; i++) put(i > 0 ? ".%d" : "%d", end->ip[i]);
    for (int i = 0; family == GN_PROXY_V6 && i < 16; i += 2) {
        put(i > 0 ? ":%x" : "%x", end->ip[i] << 8 | end->ip[i + 1]);
    }
    put(" %d\n", end->port);
}

static void put_rest(const char *data, size_t len) {
    put("rest ");
    for (size_t i = 0; i < len; i++) {
        switch (data[i]) {
        case '\r': put("\\r"); break;
        case '\n': put("\\n"); break;
        default: put("%c", data[i]); break;
        }
    }
    put("\n");
}

static void put_header(const struct gn_proxy *proxy) {
    if (proxy->family == GN_PROXY_REAL) {
        put("real\n");
    } else if (proxy->family == GN_PROXY_UNIX) {
        put("unix\n");
    } else {
        put_end("source", proxy->family, &proxy->source);
        put_end("target", proxy->family, &proxy->target);
    }
}

/* Parse `first` bytes, then `step` more each time; what came out is in `text`. */
static void run(const struct http_case *test, size_t first, size_t step) {
    struct gn_proxy proxy;
    size_t have = first < test->len ? first : test->len;
    text_len = 0;
    text[0] = '\0';
    int rc;
    while ((rc = gn_proxy_parse(&proxy, http_guarded(test->bytes, have), have)) == GN_PROXY_MORE &&
           have < test->len) {
        have = step < test->len - have ? have + step : test->len;
    }
    if (rc == GN_PROXY_BAD) put("error %s\n", gn_proxy_reason_name(proxy.reason));
    if (rc == GN_PROXY_MORE) put("more\n");
    if (rc != GN_PROXY_DONE) return;
    put_header(&proxy);
    assert_true(proxy.header_len <= have && proxy.header_len <= GN_PROXY_HEADER_MAX);
    if (proxy.header_len < test->len) {
        put_rest(test->bytes + proxy.header_len, test->len - proxy.header_len);
    }
}

static void compare(const struct http_case *test, struct tally *tally, size_t first) {
    if (strcmp(text, test->expected) == 0) return;
    tally->failed++;
    print_error("%s:%d: %s (%zu of %zu bytes first)\n  expected %s  actual   %s", test->file,
                test->line, test->name, first, test->len, test->expected, text);
}

static void in_every_way(struct http_case *test, void *arg) {
    struct tally *tally = arg;
    for (size_t first = 0; first <= test->len; first++) {
        run(test, first, test->len);
        compare(test, tally, first);
    }
    run(test, 1, 1);
    compare(test, tally, 1);
    tally->cases++;
}

static void every_case_holds_whole_cut_in_two_and_byte_by_byte(void **state) {
    (void)state;
    struct tally tally = {0};
    http_cases_read(GN_PROXY_CASES "/line.case", in_every_way, &tally);
    http_cases_read(GN_PROXY_CASES "/binary.case", in_every_way, &tally);
    assert_int_equal(tally.failed, 0);
    assert_true(tally.cases >= CASES_MIN);
}

static void a_bad_header_stays_bad_with_more_behind_it(void **state) {
    (void)state;
    struct gn_proxy proxy;
    static const char bytes[] = "GET / HTTP/1.1\r\n\r\nPROXY UNKNOWN\r\n";
    for (size_t len = 1; len < sizeof bytes; len++) {
        assert_int_equal(gn_proxy_parse(&proxy, bytes, len), GN_PROXY_BAD);
        assert_int_equal(proxy.reason, GN_PROXY_REASON_SIGNATURE);
    }
}

static void nothing_is_more(void **state) {
    (void)state;
    struct gn_proxy proxy;
    assert_int_equal(gn_proxy_parse(&proxy, NULL, 0), GN_PROXY_MORE);
}

static void every_reason_has_a_name(void **state) {
    (void)state;
    for (int reason = GN_PROXY_REASON_NONE; reason <= GN_PROXY_REASON_CHECKSUM; reason++) {
        assert_true(strlen(gn_proxy_reason_name((enum gn_proxy_reason)reason)) > 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_holds_whole_cut_in_two_and_byte_by_byte),
        cmocka_unit_test(a_bad_header_stays_bad_with_more_behind_it),
        cmocka_unit_test(nothing_is_more),
        cmocka_unit_test(every_reason_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The load generator believes no response that is not the one it wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../bench/load/reply.h"

#define HEAD "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\n\r\n"

static const struct reply_wanted hello = {.body = "hello", .len = 5};

/* Feed `text` in pieces of `step` bytes; returns how many responses there were, or -1. */
static int feed(const char *text, size_t step, const struct reply_wanted *wanted) {
    static struct reply reply;
    const char *why = NULL;
    size_t len = strlen(text);
    int count = 0;
    memset(&reply, 0, sizeof reply);
    for (size_t at = 0; at < len; at += step) {
        size_t part = len - at < step ? len - at : step;
        int rc = reply_feed(&reply, text + at, part, wanted, &why);
        if (rc < 0) {
            assert_non_null(why);
            return rc;
        }
        count += rc;
    }
    return count;
}

static void responses_are_counted_however_they_are_cut(void **state) {
    (void)state;
    static const char three[] = HEAD "hello" HEAD "hello" HEAD "hello";
    for (size_t step = 1; step <= sizeof three; step++) {
        assert_int_equal(feed(three, step, &hello), 3);
    }
}

static void half_a_response_is_none(void **state) {
    (void)state;
    assert_int_equal(feed(HEAD "hell", 100, &hello), 0);
    assert_int_equal(feed("HTTP/1.1 200 OK\r\n", 100, &hello), 0);
}

static void a_body_may_be_empty(void **state) {
    (void)state;
    struct reply_wanted nothing = {.body = "", .len = 0};
    const char *text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(feed(text, 1, &nothing), 1);
    assert_int_equal(feed(text, 100, &nothing), 1);
}

static void what_is_wrong_is_noticed(void **state) {
    (void)state;
    static const char *const wrong[] = {
        HEAD "hallo",
        HEAD "hello" HEAD "hella",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 4294967301\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "SSH-2.0-x\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(feed(wrong[i], 1, &hello), -1);
        assert_int_equal(feed(wrong[i], 1000, &hello), -1);
    }
}

static void a_head_without_an_end_is_given_up(void **state) {
    (void)state;
    static char text[2 * REPLY_HEAD_MAX];
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(feed(text, 100, &hello), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_counted_however_they_are_cut),
        cmocka_unit_test(half_a_response_is_none),
        cmocka_unit_test(a_body_may_be_empty),
        cmocka_unit_test(what_is_wrong_is_noticed),
        cmocka_unit_test(a_head_without_an_end_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every case of native/test/cases/http/, in every way its bytes can arrive: see http_cases.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "../http/http_scan.h"
#include "http_cases.h"

enum {
    CASES_MIN = 300, /* of the files together; fewer means that some were not found */
    SHOWN_MAX = 10,
    CUTS_MAX = 2048, /* longer cases are cut at these many places, all over their length */
};

struct tally {
    int cases, failed;
    unsigned long runs;
    const char *how;
};

/* The first line that is not as expected; lines may be thousands of bytes long. */
static void show(const char *what, const char *text, size_t same) {
    while (same > 0 && text[same - 1] != '\n')
        same--;
    print_error("    %s %.*s\n", what, (int)strcspn(text + same, "\n"), text + same);
}

static void compare(const struct http_case *test, struct http_cut cut, struct tally *tally) {
    const char *actual = http_case_run(test, cut);
    size_t same = 0;
    tally->runs++;
    if (strcmp(actual, test->expected) == 0) return;
    if (tally->failed++ >= SHOWN_MAX) return;
    while (actual[same] != '\0' && actual[same] == test->expected[same])
        same++;
    print_error("%s:%d: %s (%s, %s, %zu of %zu bytes first)\n", test->file, test->line, test->name,
                tally->how, cut.every_byte ? "byte by byte" : "cut", cut.first, test->len);
    show("expected:", test->expected, same);
    show("actual:  ", actual, same);
}

static void whole(struct http_case *test, void *arg) {
    compare(test, (struct http_cut){.first = 0}, arg);
}

static void split(struct http_case *test, void *arg) {
    size_t step = test->len / CUTS_MAX + 1;
    for (size_t first = 1; first < test->len; first += step) {
        compare(test, (struct http_cut){.first = first}, arg);
    }
}

static void byte_by_byte(struct http_case *test, void *arg) {
    compare(test, (struct http_cut){.every_byte = true}, arg);
}

static void run_all(void (*each)(struct http_case *, void *)) {
    glob_t found;
    struct tally tally = {.cases = 0};
    assert_int_equal(glob(GN_HTTP_CASES "/*.case", 0, NULL, &found), 0);
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) {
            print_message("[  SKIP  ] this machine has no %s\n", gn_http_scans[i]->name);
            continue;
        }
        gn_http_scan_use(gn_http_scans[i]);
        tally.how = gn_http_scans[i]->name;
        tally.cases = 0;
        for (size_t file = 0; file < found.gl_pathc; file++) {
            tally.cases += http_cases_read(found.gl_pathv[file], each, &tally);
        }
    }
    gn_http_scan_use(NULL);
    globfree(&found);
    print_message("%d cases, %lu runs\n", tally.cases, tally.runs);
    assert_int_equal(tally.failed, 0);
    assert_true(tally.cases >= CASES_MIN);
}

static void every_case_holds_in_one_piece(void **state) {
    (void)state;
    run_all(whole);
}

static void every_case_holds_cut_in_two_after_every_byte(void **state) {
    (void)state;
    run_all(split);
}

static void every_case_holds_byte_by_byte(void **state) {
    (void)state;
    run_all(byte_by_byte);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_holds_in_one_piece),
        cmocka_unit_test(every_case_holds_cut_in_two_after_every_byte),
        cmocka_unit_test(every_case_holds_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

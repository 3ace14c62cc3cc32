/* The names and texts of error codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/err.h"

static void a_kernel_error_has_its_symbolic_name(void **state) {
    (void)state;
    assert_string_equal(gn_err_name(-ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(gn_err_name(-EPIPE), "EPIPE");
    assert_string_equal(gn_err_name(-ECANCELED), "ECANCELED");
}

static void every_own_code_has_its_name_and_a_text(void **state) {
    (void)state;
    for (int code = GN_ECROWDED; code <= GN_ECLOSED; code++) {
        assert_memory_equal(gn_err_name(code), "GN_E", 4);
        assert_string_not_equal(gn_err_text(code), "unknown error");
    }
    assert_string_equal(gn_err_name(GN_ECLOSED), "GN_ECLOSED");
    assert_string_equal(gn_err_name(GN_EIDLE), "GN_EIDLE");
    assert_string_equal(gn_err_name(GN_EMEMORY), "GN_EMEMORY");
    assert_string_equal(gn_err_name(GN_ESESSIONS), "GN_ESESSIONS");
    assert_string_equal(gn_err_name(GN_ETRUNCATED), "GN_ETRUNCATED");
    assert_string_equal(gn_err_name(GN_ENOTSOCKET), "GN_ENOTSOCKET");
    assert_string_equal(gn_err_name(GN_EPATHLEN), "GN_EPATHLEN");
    assert_string_equal(gn_err_name(GN_EPROTO), "GN_EPROTO");
    assert_string_equal(gn_err_name(GN_ENOTFILE), "GN_ENOTFILE");
    assert_string_equal(gn_err_name(GN_ECONNTIME), "GN_ECONNTIME");
    assert_string_equal(gn_err_name(GN_EDENIED), "GN_EDENIED");
    assert_string_equal(gn_err_name(GN_ECROWDED), "GN_ECROWDED");
    assert_string_equal(gn_err_name(GN_EPROXYPEER), "GN_EPROXYPEER");
    assert_string_equal(gn_err_name(GN_EPROXYHEADER), "GN_EPROXYHEADER");
    assert_string_equal(gn_err_name(GN_EPROXYTIME), "GN_EPROXYTIME");
}

static void every_error_the_c_library_can_describe_is_known(void **state) {
    (void)state;
    int known = 0;
    for (int number = 1; number < 160; number++) {
        /* "Unknown error 41" in glibc, "Unknown error: 41" on macOS, "No error information" in
         * musl. */
        const char *described = strerror(number);
        if (strncmp(described, "Unknown", 7) == 0 || strncmp(described, "No err", 6) == 0) continue;
        assert_string_not_equal(gn_err_name(-number), "EUNKNOWN");
        assert_string_not_equal(gn_err_text(-number), "unknown error");
        known++;
    }
    assert_true(known > 90);
}

static void two_names_for_one_number_give_the_first(void **state) {
    (void)state;
    assert_string_equal(gn_err_name(-EWOULDBLOCK), "EAGAIN");
}

static void a_code_without_a_name_is_eunknown(void **state) {
    (void)state;
    static const int codes[] = {0, 1, EPIPE, 5001, -4095, -5000, -5016, -2147483647 - 1};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_string_equal(gn_err_name(codes[i]), "EUNKNOWN");
        assert_string_equal(gn_err_text(codes[i]), "unknown error");
    }
}

static void a_text_is_a_fragment_without_a_full_stop(void **state) {
    (void)state;
    assert_string_equal(gn_err_text(-ECONNREFUSED), "connection refused by the peer");
    for (int code = -6000; code < 0; code++) {
        const char *text = gn_err_text(code);
        size_t len = strlen(text);
        assert_true(len > 0);
        assert_int_not_equal(text[len - 1], '.');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_error_has_its_symbolic_name),
        cmocka_unit_test(every_own_code_has_its_name_and_a_text),
        cmocka_unit_test(every_error_the_c_library_can_describe_is_known),
        cmocka_unit_test(two_names_for_one_number_give_the_first),
        cmocka_unit_test(a_code_without_a_name_is_eunknown),
        cmocka_unit_test(a_text_is_a_fragment_without_a_full_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

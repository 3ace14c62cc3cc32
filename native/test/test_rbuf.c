/* Receive buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../io/rbuf.h"

static struct gn_rbuf rbuf;

static int set_up(void **state) {
    (void)state;
    return gn_rbuf_init(&rbuf, NULL, 1000, 8);
}

static int tear_down(void **state) {
    (void)state;
    gn_rbuf_fini(&rbuf);
    return 0;
}

static void fresh_buffers_are_taken_in_order(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) assert_int_equal(gn_rbuf_take(&rbuf), i);
    assert_int_equal(gn_rbuf_take(&rbuf), -1);
}

static void buffers_do_not_overlap_and_lie_in_the_mapping(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 8; i++) memset(gn_rbuf_at(&rbuf, i), (int)i + 1, rbuf.size);
    for (uint32_t i = 0; i < 8; i++) {
        const char *at = gn_rbuf_at(&rbuf, i);
        assert_int_equal(at[0], i + 1);
        assert_int_equal(at[rbuf.size - 1], i + 1);
        assert_true(at + rbuf.size <= rbuf.base + rbuf.bytes);
    }
}

static void lent_buffers_come_back_all_at_once(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) gn_rbuf_lend(&rbuf, (uint32_t)gn_rbuf_take(&rbuf));
    assert_int_equal(gn_rbuf_take(&rbuf), -1);
    gn_rbuf_recycle(&rbuf);
    assert_int_equal(rbuf.free_count, 8);
    assert_int_equal(rbuf.lent_count, 0);
}

static void a_buffer_given_back_is_taken_next(void **state) {
    (void)state;
    int first = gn_rbuf_take(&rbuf);
    gn_rbuf_give(&rbuf, (uint32_t)first);
    assert_int_equal(gn_rbuf_take(&rbuf), first);
}

static void ending_twice_is_harmless(void **state) {
    (void)state;
    gn_rbuf_fini(&rbuf);
    gn_rbuf_fini(&rbuf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fresh_buffers_are_taken_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buffers_do_not_overlap_and_lie_in_the_mapping, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lent_buffers_come_back_all_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_buffer_given_back_is_taken_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ending_twice_is_harmless, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

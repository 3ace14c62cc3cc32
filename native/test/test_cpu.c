/* Binding threads to processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>

#include "../io/cpu.h"

static cpu_set_t allowed;

static int set_up(void **state) {
    (void)state;
    return sched_getaffinity(0, sizeof allowed, &allowed);
}

static int tear_down(void **state) {
    (void)state;
    return sched_setaffinity(0, sizeof allowed, &allowed);
}

static int the_only_one(void) {
    cpu_set_t now;
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_int_equal(CPU_COUNT(&now), 1);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &now)) return cpu;
    }
    return -1;
}

static void a_thread_is_bound_to_one_allowed_processor(void **state) {
    (void)state;
    assert_int_equal(gn_cpu_pin(0), 0);
    int first = the_only_one();
    assert_true(CPU_ISSET(first, &allowed));
}

static void numbers_count_around_among_the_allowed(void **state) {
    int count = CPU_COUNT(&allowed);
    int seen[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gn_cpu_pin(count - 1 + i * count), 0);
        seen[i] = the_only_one();
        assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    }
    assert_int_equal(seen[0], seen[1]);
}

static void processors_that_are_not_allowed_are_skipped(void **state) {
    (void)state;
    if (CPU_COUNT(&allowed) < 2) {
        print_message("[  SKIP  ] needs two processors\n");
        skip();
    }
    assert_int_equal(gn_cpu_pin(1), 0);
    int second = the_only_one();
    for (int n = 0; n < 3; n++) {
        assert_int_equal(gn_cpu_pin(n), 0);
        assert_int_equal(the_only_one(), second);
    }
}

static void a_negative_number_is_refused(void **state) {
    (void)state;
    assert_int_equal(gn_cpu_pin(-1), -EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thread_is_bound_to_one_allowed_processor, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(numbers_count_around_among_the_allowed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(processors_that_are_not_allowed_are_skipped, set_up,
                                        tear_down),
        cmocka_unit_test(a_negative_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

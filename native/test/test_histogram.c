/* The histogram of the load generator: what goes in comes out within 3 %. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../bench/load/histogram.h"

static struct histogram histogram;

static void a_value_is_close_to_the_middle_of_its_bucket(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        for (int off = -1; off <= 1; off++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)off;
            unsigned bucket = histogram_bucket(value);
            assert_in_range(bucket, 0, HISTOGRAM_BUCKETS - 1);
            uint64_t middle = histogram_value(bucket);
            uint64_t gap = middle > value ? middle - value : value - middle;
            assert_true(gap <= value / 32);
        }
    }
}

static void buckets_follow_each_other(void **state) {
    (void)state;
    for (uint64_t value = 0; value < 100000; value++) {
        unsigned step = histogram_bucket(value + 1) - histogram_bucket(value);
        assert_in_range(step, 0, 1);
    }
}

static void percentiles_are_those_of_what_was_added(void **state) {
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    for (uint64_t value = 1; value <= 100000; value++) histogram_add(&histogram, value);
    assert_in_range(histogram_at(&histogram, 0.5), 48500, 51500);
    assert_in_range(histogram_at(&histogram, 0.99), 96000, 102000);
    assert_int_equal(histogram.max, 100000);
    assert_int_equal(histogram_at(&histogram, 1), 100000);
    assert_int_equal(histogram.total, 100000);
}

static void one_slow_value_in_a_thousand_is_seen(void **state) {
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    for (int i = 0; i < 999; i++) histogram_add(&histogram, 10);
    histogram_add(&histogram, 1000000);
    assert_int_equal(histogram_at(&histogram, 0.5), 10);
    assert_int_equal(histogram_at(&histogram, 0.998), 10);
    assert_in_range(histogram_at(&histogram, 0.9999), 970000, 1030000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_close_to_the_middle_of_its_bucket),
        cmocka_unit_test(buckets_follow_each_other),
        cmocka_unit_test(percentiles_are_those_of_what_was_added),
        cmocka_unit_test(one_slow_value_in_a_thousand_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Monotonic milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "../base/clock.h"

static uint64_t fine_ms(void) {
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void it_is_at_most_ten_milliseconds_behind_the_fine_clock(void **state) {
    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t before = fine_ms();
        uint64_t now = gn_clock_ms();
        uint64_t after = fine_ms();
        /* One more for the rounding of both to milliseconds. */
        assert_in_range(now + 11, before, after + 11);
    }
}

static void it_never_goes_back(void **state) {
    (void)state;
    uint64_t last = gn_clock_ms();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = gn_clock_ms();
        assert_true(now >= last);
        last = now;
    }
}

static void it_moves(void **state) {
    (void)state;
    uint64_t start = gn_clock_ms();
    uint64_t give_up = fine_ms() + 5000;
    while (gn_clock_ms() == start) assert_true(fine_ms() < give_up);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_at_most_ten_milliseconds_behind_the_fine_clock),
        cmocka_unit_test(it_never_goes_back),
        cmocka_unit_test(it_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

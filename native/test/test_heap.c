/* The timer heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "../base/err.h"
#include "../base/heap.h"

enum { TIMERS = 300 };

static struct gn_budget budget;
static struct gn_heap heap;
static struct gn_timer timers[TIMERS];

static int set_up(void **state) {
    (void)state;
    budget = (struct gn_budget){.used = 0, .limit = 1 << 20};
    gn_heap_init(&heap, &budget);
    for (uint32_t i = 0; i < TIMERS; i++) gn_timer_init(&timers[i], i);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    gn_heap_fini(&heap);
    assert_int_equal(budget.used, 0);
    return 0;
}

static void an_empty_heap_has_nothing_due_and_costs_nothing(void **state) {
    (void)state;
    assert_null(gn_heap_shift(&heap, UINT64_MAX));
    assert_int_equal(gn_heap_wait_ms(&heap, 5), -1);
    assert_int_equal(budget.used, 0);
}

static void timers_fire_in_the_order_of_their_times(void **state) {
    (void)state;
    static const uint64_t due[] = {50, 10, 40, 20, 30};
    for (int i = 0; i < 5; i++) assert_int_equal(gn_heap_set(&heap, &timers[i], due[i]), 0);
    static const int order[] = {1, 3, 4, 2, 0};
    for (int i = 0; i < 5; i++) {
        struct gn_timer *timer = gn_heap_shift(&heap, 50);
        assert_ptr_equal(timer, &timers[order[i]]);
        assert_false(gn_timer_set(timer));
    }
    assert_null(gn_heap_shift(&heap, 50));
}

static void a_timer_fires_at_its_time_and_not_before(void **state) {
    (void)state;
    gn_heap_set(&heap, &timers[0], 100);
    assert_null(gn_heap_shift(&heap, 99));
    assert_true(gn_timer_set(&timers[0]));
    assert_ptr_equal(gn_heap_shift(&heap, 100), &timers[0]);
}

static void a_set_timer_can_move_either_way(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) gn_heap_set(&heap, &timers[i], 100 + (uint64_t)i);
    gn_heap_set(&heap, &timers[7], 1);
    gn_heap_set(&heap, &timers[0], 500);
    assert_int_equal(heap.count, 8);
    assert_ptr_equal(gn_heap_shift(&heap, 1000), &timers[7]);
    for (int i = 1; i < 7; i++) assert_ptr_equal(gn_heap_shift(&heap, 1000), &timers[i]);
    assert_ptr_equal(gn_heap_shift(&heap, 1000), &timers[0]);
}

static void a_dropped_timer_never_fires(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) gn_heap_set(&heap, &timers[i], 10 + (uint64_t)i);
    gn_heap_drop(&heap, &timers[0]);
    gn_heap_drop(&heap, &timers[3]);
    assert_false(gn_timer_set(&timers[0]));
    assert_ptr_equal(gn_heap_shift(&heap, 100), &timers[1]);
    assert_ptr_equal(gn_heap_shift(&heap, 100), &timers[2]);
    assert_null(gn_heap_shift(&heap, 100));
}

static void dropping_a_timer_that_is_not_set_is_harmless(void **state) {
    (void)state;
    gn_heap_set(&heap, &timers[0], 10);
    gn_heap_drop(&heap, &timers[1]);
    gn_heap_drop(&heap, &timers[0]);
    gn_heap_drop(&heap, &timers[0]);
    assert_int_equal(heap.count, 0);
}

static void a_gap_filled_by_an_earlier_timer_keeps_the_order(void **state) {
    (void)state;
    /* Dropping 101 lets 5, from the other branch, take its place: it has to go up there. */
    static const uint64_t due[] = {1, 100, 2, 101, 102, 3, 4, 103, 104, 105, 106, 6, 7, 8, 5};
    for (int i = 0; i < 15; i++) gn_heap_set(&heap, &timers[i], due[i]);
    gn_heap_drop(&heap, &timers[3]);
    uint64_t last = 0;
    for (int i = 0; i < 14; i++) {
        struct gn_timer *timer = gn_heap_shift(&heap, 1000);
        assert_true(due[timer - timers] >= last);
        last = due[timer - timers];
    }
}

static void the_wait_is_bounded_by_zero_and_int_max(void **state) {
    (void)state;
    gn_heap_set(&heap, &timers[0], 1000);
    assert_int_equal(gn_heap_wait_ms(&heap, 400), 600);
    assert_int_equal(gn_heap_wait_ms(&heap, 1000), 0);
    assert_int_equal(gn_heap_wait_ms(&heap, 2000), 0);
    gn_heap_set(&heap, &timers[0], 1 + (uint64_t)INT_MAX);
    assert_int_equal(gn_heap_wait_ms(&heap, 0), INT_MAX);
    assert_int_equal(gn_heap_wait_ms(&heap, 1), INT_MAX);
    assert_int_equal(gn_heap_wait_ms(&heap, 2), INT_MAX - 1);
    gn_heap_set(&heap, &timers[0], UINT64_MAX);
    assert_int_equal(gn_heap_wait_ms(&heap, 0), INT_MAX);
}

static void a_heap_that_cannot_grow_says_so_and_keeps_working(void **state) {
    (void)state;
    budget.limit = 700; /* 16 and 32 places fit, 64 do not */
    uint32_t count = 0;
    while (count < TIMERS && gn_heap_set(&heap, &timers[count], 1000 - count) == 0) count++;
    assert_int_equal(count, 32);
    assert_int_equal(gn_heap_set(&heap, &timers[count], 1), GN_EMEMORY);
    assert_false(gn_timer_set(&timers[count]));
    assert_int_equal(gn_heap_set(&heap, &timers[0], 1), 0);
    assert_ptr_equal(gn_heap_shift(&heap, 2000), &timers[0]);
    assert_int_equal(gn_heap_set(&heap, &timers[count], 2), 0);
    assert_ptr_equal(gn_heap_shift(&heap, 2000), &timers[count]);
}

static void ending_the_heap_forgets_timers_without_touching_them(void **state) {
    (void)state;
    gn_heap_set(&heap, &timers[0], 1);
    uint32_t place = timers[0].place;
    gn_heap_fini(&heap);
    assert_int_equal(timers[0].place, place);
    assert_null(gn_heap_shift(&heap, UINT64_MAX));
    assert_int_equal(gn_heap_wait_ms(&heap, 0), -1);
}

static uint32_t random_next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* The model: the due time of each timer, 0 when not set; the earliest is found by looking. */
static uint64_t model_due[TIMERS];

static uint64_t model_earliest(void) {
    uint64_t earliest = UINT64_MAX;
    for (int i = 0; i < TIMERS; i++) {
        if (model_due[i] != 0 && model_due[i] < earliest) earliest = model_due[i];
    }
    return earliest;
}

static void heap_matches_model(uint64_t now) {
    uint32_t set = 0;
    for (int i = 0; i < TIMERS; i++) {
        set += model_due[i] != 0;
        assert_int_equal(gn_timer_set(&timers[i]), model_due[i] != 0);
    }
    assert_int_equal(heap.count, set);
    uint64_t earliest = model_earliest();
    int expected = set == 0 ? -1 : earliest <= now ? 0 : (int)(earliest - now);
    assert_int_equal(gn_heap_wait_ms(&heap, now), expected);
}

static void random_operations_match_a_model(void **state) {
    (void)state;
    for (uint32_t start = 1; start <= 20; start++) {
        uint32_t seed = start;
        uint64_t now = 1000;
        uint32_t spread = 1 + random_next(&seed) % 400; /* few and many equal times */
        memset(model_due, 0, sizeof(model_due));
        for (int turn = 0; turn < 3000; turn++) {
            uint32_t which = random_next(&seed) % TIMERS;
            uint32_t action = random_next(&seed) % 10;
            if (action < 6) {
                model_due[which] = now + random_next(&seed) % spread;
                assert_int_equal(gn_heap_set(&heap, &timers[which], model_due[which]), 0);
            } else if (action < 8) {
                gn_heap_drop(&heap, &timers[which]);
                model_due[which] = 0;
            } else {
                now += random_next(&seed) % 3;
                struct gn_timer *timer = gn_heap_shift(&heap, now);
                uint64_t earliest = model_earliest();
                assert_int_equal(timer != NULL, earliest <= now);
                if (timer != NULL) {
                    assert_true(model_due[timer->kind] == earliest);
                    model_due[timer->kind] = 0;
                }
            }
            heap_matches_model(now);
        }
        for (int i = 0; i < TIMERS; i++) gn_heap_drop(&heap, &timers[i]);
    }
}

static void a_timer_tells_when_it_is_due(void **state) {
    (void)state;
    struct gn_timer a, b;
    gn_timer_init(&a, 0);
    gn_timer_init(&b, 1);
    assert_true(gn_heap_due_ms(&heap, &a) == UINT64_MAX);
    assert_int_equal(gn_heap_set(&heap, &a, 50), 0);
    assert_int_equal(gn_heap_set(&heap, &b, 20), 0);
    assert_true(gn_heap_due_ms(&heap, &a) == 50);
    assert_true(gn_heap_due_ms(&heap, &b) == 20);
    gn_heap_drop(&heap, &b);
    assert_true(gn_heap_due_ms(&heap, &a) == 50);
    assert_true(gn_heap_due_ms(&heap, &b) == UINT64_MAX);
    gn_heap_drop(&heap, &a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_heap_has_nothing_due_and_costs_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_timer_tells_when_it_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_their_times, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_timer_fires_at_its_time_and_not_before, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_set_timer_can_move_either_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dropped_timer_never_fires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dropping_a_timer_that_is_not_set_is_harmless, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_gap_filled_by_an_earlier_timer_keeps_the_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_wait_is_bounded_by_zero_and_int_max, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_heap_that_cannot_grow_says_so_and_keeps_working, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ending_the_heap_forgets_timers_without_touching_them,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_operations_match_a_model, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

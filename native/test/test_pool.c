/* Pools and the budget they share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/pool.h"

static struct gn_budget budget;
static struct gn_pool pool;

static int set_up(void **state) {
    (void)state;
    budget = (struct gn_budget){.used = 0, .limit = 1 << 20};
    return 0;
}

static void init_takes_no_memory(void **state) {
    (void)state;
    gn_pool_init(&pool, &budget, 100, 8, 0);
    assert_int_equal(budget.used, 0);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void items_are_aligned_and_do_not_overlap(void **state) {
    (void)state;
    char *items[20];
    gn_pool_init(&pool, &budget, 33, 8, 0);
    assert_int_equal(pool.item_size, 48);
    for (int i = 0; i < 20; i++) {
        items[i] = gn_pool_take(&pool);
        assert_non_null(items[i]);
        assert_int_equal((uintptr_t)items[i] % 16, 0);
        memset(items[i], i, pool.item_size);
    }
    assert_int_equal(pool.live, 20);
    assert_int_equal(pool.free_count, 4);
    for (int i = 0; i < 20; i++) {
        for (size_t k = 0; k < pool.item_size; k++) assert_int_equal(items[i][k], i);
        gn_pool_give(&pool, items[i]);
    }
    gn_pool_fini(&pool);
}

static void the_last_item_given_is_the_first_taken(void **state) {
    (void)state;
    gn_pool_init(&pool, &budget, 64, 8, 0);
    void *a = gn_pool_take(&pool);
    void *b = gn_pool_take(&pool);
    gn_pool_give(&pool, b);
    gn_pool_give(&pool, a);
    assert_ptr_equal(gn_pool_take(&pool), a);
    assert_ptr_equal(gn_pool_take(&pool), b);
    gn_pool_give(&pool, a);
    gn_pool_give(&pool, b);
    gn_pool_fini(&pool);
}

static void chunks_of_several_items_stay_until_the_end(void **state) {
    (void)state;
    void *items[16];
    gn_pool_init(&pool, &budget, 64, 8, 0);
    for (int i = 0; i < 16; i++) items[i] = gn_pool_take(&pool);
    size_t used = budget.used;
    assert_in_range(used, 16 * 64, 16 * 64 + 64);
    for (int i = 0; i < 16; i++) gn_pool_give(&pool, items[i]);
    assert_int_equal(budget.used, used);
    for (int i = 0; i < 16; i++) items[i] = gn_pool_take(&pool);
    assert_int_equal(budget.used, used);
    for (int i = 0; i < 16; i++) gn_pool_give(&pool, items[i]);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void single_items_beyond_keep_are_returned_to_the_system(void **state) {
    (void)state;
    void *items[5];
    gn_pool_init(&pool, &budget, 4096, 1, 2);
    for (int i = 0; i < 5; i++) items[i] = gn_pool_take(&pool);
    assert_int_equal(budget.used, 5 * 4096);
    for (int i = 0; i < 5; i++) gn_pool_give(&pool, items[i]);
    assert_int_equal(budget.used, 2 * 4096);
    assert_int_equal(pool.free_count, 2);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void trimming_returns_the_free_items_kept_and_no_others(void **state) {
    (void)state;
    struct gn_pool shared;
    gn_pool_init(&pool, &budget, 4096, 1, 4);
    void *live = gn_pool_take(&pool);
    gn_pool_give(&pool, gn_pool_take(&pool));
    assert_int_equal(budget.used, 2 * 4096);
    gn_pool_trim(&pool);
    assert_int_equal(budget.used, 4096);
    assert_int_equal(pool.free_count, 0);
    gn_pool_init(&shared, &budget, 64, 8, 0);
    gn_pool_give(&shared, gn_pool_take(&shared));
    size_t used = budget.used;
    gn_pool_trim(&shared);
    assert_int_equal(budget.used, used);
    gn_pool_give(&pool, live);
    gn_pool_fini(&shared);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void the_budget_is_used_to_its_last_byte_and_not_beyond(void **state) {
    (void)state;
    budget.limit = 4 * 4096;
    gn_pool_init(&pool, &budget, 4096, 1, 0);
    void *items[4];
    for (int i = 0; i < 4; i++) assert_non_null(items[i] = gn_pool_take(&pool));
    assert_null(gn_pool_take(&pool));
    assert_int_equal(pool.live, 4);
    gn_pool_give(&pool, items[3]);
    assert_non_null(items[3] = gn_pool_take(&pool));
    for (int i = 0; i < 4; i++) gn_pool_give(&pool, items[i]);
    budget.limit--;
    for (int i = 0; i < 3; i++) items[i] = gn_pool_take(&pool);
    assert_null(gn_pool_take(&pool));
    for (int i = 0; i < 3; i++) gn_pool_give(&pool, items[i]);
    gn_pool_fini(&pool);
}

static void pools_share_one_budget(void **state) {
    (void)state;
    struct gn_pool other;
    budget.limit = 2 * 4096;
    gn_pool_init(&pool, &budget, 4096, 1, 0);
    gn_pool_init(&other, &budget, 4096, 1, 0);
    void *a = gn_pool_take(&pool);
    void *b = gn_pool_take(&other);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(gn_pool_take(&pool));
    gn_pool_give(&other, b);
    assert_non_null(b = gn_pool_take(&pool));
    gn_pool_give(&pool, a);
    gn_pool_give(&pool, b);
    gn_pool_fini(&pool);
    gn_pool_fini(&other);
}

static void a_chunk_that_does_not_fit_the_budget_is_not_taken(void **state) {
    (void)state;
    budget.limit = 8 * 64; /* the items alone, without the head of the chunk */
    gn_pool_init(&pool, &budget, 64, 8, 0);
    assert_null(gn_pool_take(&pool));
    assert_int_equal(budget.used, 0);
    gn_pool_fini(&pool);
}

static void a_limit_below_what_is_used_only_stops_more(void **state) {
    (void)state;
    gn_pool_init(&pool, &budget, 64, 1, 4);
    void *item = gn_pool_take(&pool);
    budget.limit = 1;
    assert_null(gn_pool_take(&pool));
    gn_pool_give(&pool, item);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    budget.limit = SIZE_MAX;
    gn_pool_init(&pool, &budget, SIZE_MAX / 2 + 1, 2, 0);
    assert_null(gn_pool_take(&pool));
    /* The items alone fit a size_t; the head of the chunk does not any more. */
    gn_pool_init(&pool, &budget, (SIZE_MAX - 15) / 3, 3, 0);
    assert_null(gn_pool_take(&pool));
    gn_pool_init(&pool, &budget, SIZE_MAX, 2, 0);
    assert_null(gn_pool_take(&pool));
    assert_int_equal(budget.used, 0);
}

static void resize_obtains_grows_shrinks_and_frees(void **state) {
    (void)state;
    char *at = gn_budget_resize(&budget, NULL, 0, 100);
    assert_non_null(at);
    assert_int_equal(budget.used, 100);
    memset(at, 7, 100);
    at = gn_budget_resize(&budget, at, 100, 5000);
    assert_int_equal(budget.used, 5000);
    for (int i = 0; i < 100; i++) assert_int_equal(at[i], 7);
    at = gn_budget_resize(&budget, at, 5000, 10);
    assert_int_equal(budget.used, 10);
    for (int i = 0; i < 10; i++) assert_int_equal(at[i], 7);
    assert_null(gn_budget_resize(&budget, at, 10, 0));
    assert_int_equal(budget.used, 0);
}

static void resize_fails_at_the_limit_and_leaves_the_old(void **state) {
    (void)state;
    budget.limit = 100;
    char *at = gn_budget_resize(&budget, NULL, 0, 60);
    at[59] = 9;
    assert_null(gn_budget_resize(&budget, at, 60, 101));
    assert_int_equal(budget.used, 60);
    assert_int_equal(at[59], 9);
    at = gn_budget_resize(&budget, at, 60, 100);
    assert_non_null(at);
    assert_int_equal(at[59], 9);
    gn_budget_resize(&budget, at, 100, 0);
    assert_int_equal(budget.used, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(init_takes_no_memory, set_up),
        cmocka_unit_test_setup(items_are_aligned_and_do_not_overlap, set_up),
        cmocka_unit_test_setup(the_last_item_given_is_the_first_taken, set_up),
        cmocka_unit_test_setup(chunks_of_several_items_stay_until_the_end, set_up),
        cmocka_unit_test_setup(single_items_beyond_keep_are_returned_to_the_system, set_up),
        cmocka_unit_test_setup(trimming_returns_the_free_items_kept_and_no_others, set_up),
        cmocka_unit_test_setup(the_budget_is_used_to_its_last_byte_and_not_beyond, set_up),
        cmocka_unit_test_setup(pools_share_one_budget, set_up),
        cmocka_unit_test_setup(a_chunk_that_does_not_fit_the_budget_is_not_taken, set_up),
        cmocka_unit_test_setup(a_limit_below_what_is_used_only_stops_more, set_up),
        cmocka_unit_test_setup(sizes_that_overflow_are_refused, set_up),
        cmocka_unit_test_setup(resize_obtains_grows_shrinks_and_frees, set_up),
        cmocka_unit_test_setup(resize_fails_at_the_limit_and_leaves_the_old, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

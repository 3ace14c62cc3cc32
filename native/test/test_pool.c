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
    assert_int_equal((20 + pool.free_count) % pool.chunk_items, 0);
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

static void a_chunk_goes_back_when_it_is_empty_and_another_is_free_too(void **state) {
    (void)state;
    void *items[64];
    gn_pool_init(&pool, &budget, 64, 8, 0);
    items[0] = gn_pool_take(&pool);
    size_t chunk = budget.used;
    int count = 4 * (int)pool.chunk_items;
    assert_in_range(count, 8, 64);
    for (int i = 1; i < count; i++) items[i] = gn_pool_take(&pool);
    assert_int_equal(budget.used, 4 * chunk);
    for (int i = 0; i < count; i++) gn_pool_give(&pool, items[i]);
    assert_int_equal(budget.used, chunk);
    for (int i = 0; i < count; i++) items[i] = gn_pool_take(&pool);
    assert_int_equal(budget.used, 4 * chunk);
    for (int i = count; i > 0; i--) gn_pool_give(&pool, items[i - 1]);
    assert_int_equal(budget.used, chunk);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

/* One item in each chunk stays: no chunk can go, and every free place is used again. */
static void chunks_in_use_stay_and_are_filled_up(void **state) {
    (void)state;
    void *items[64];
    gn_pool_init(&pool, &budget, 64, 8, 0);
    items[0] = gn_pool_take(&pool);
    int each = (int)pool.chunk_items, count = 4 * each;
    for (int i = 1; i < count; i++) items[i] = gn_pool_take(&pool);
    size_t used = budget.used;
    for (int i = 0; i < count; i++) {
        if (i % each > 0) gn_pool_give(&pool, items[i]);
    }
    assert_int_equal(budget.used, used);
    for (int i = 0; i < count; i++) {
        if (i % each > 0) items[i] = gn_pool_take(&pool);
    }
    assert_int_equal(budget.used, used);
    assert_int_equal(pool.free_count, 0);
    for (int i = 0; i < count; i++) gn_pool_give(&pool, items[i]);
    gn_pool_fini(&pool);
    assert_int_equal(budget.used, 0);
}

static void a_pool_leaves_what_it_was_told_to_others(void **state) {
    (void)state;
    struct gn_pool other;
    budget.limit = 4 * 4096;
    gn_pool_init(&pool, &budget, 4096, 1, 0);
    gn_pool_init(&other, &budget, 4096, 1, 0);
    pool.leave = 4096 + 1;
    void *a = gn_pool_take(&pool);
    void *b = gn_pool_take(&pool);
    assert_non_null(b);
    assert_null(gn_pool_take(&pool)); /* one byte less to leave would do */
    pool.leave--;
    void *c = gn_pool_take(&pool);
    assert_non_null(c);
    assert_null(gn_pool_take(&pool));
    void *d = gn_pool_take(&other);
    assert_non_null(d);
    assert_null(gn_pool_take(&other));
    pool.leave = SIZE_MAX;
    assert_null(gn_pool_take(&pool));
    gn_pool_give(&pool, a);
    gn_pool_give(&pool, b);
    gn_pool_give(&pool, c);
    gn_pool_give(&other, d);
    gn_pool_fini(&pool);
    gn_pool_fini(&other);
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
    gn_pool_trim(&shared);
    assert_int_equal(budget.used, 4096);
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
    budget.limit = 8 * 64 - 1;
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
        cmocka_unit_test_setup(a_chunk_goes_back_when_it_is_empty_and_another_is_free_too, set_up),
        cmocka_unit_test_setup(chunks_in_use_stay_and_are_filled_up, set_up),
        cmocka_unit_test_setup(a_pool_leaves_what_it_was_told_to_others, set_up),
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

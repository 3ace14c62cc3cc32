/* The intrusive list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../base/list.h"

struct item {
    int number;
    struct gn_list node;
};

static struct item items[4];
static struct gn_list list;

static int set_up(void **state) {
    (void)state;
    gn_list_init(&list);
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        gn_list_init(&items[i].node);
    }
    return 0;
}

static int shift_number(void) {
    struct gn_list *node = gn_list_shift(&list);
    return node == NULL ? -1 : gn_container(node, struct item, node)->number;
}

static void a_new_list_is_empty(void **state) {
    (void)state;
    assert_true(gn_list_empty(&list));
    assert_null(gn_list_shift(&list));
}

static void nodes_come_out_in_the_order_they_went_in(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) gn_list_append(&list, &items[i].node);
    assert_false(gn_list_empty(&list));
    for (int i = 0; i < 4; i++) assert_int_equal(shift_number(), i);
    assert_int_equal(shift_number(), -1);
    assert_true(gn_list_empty(&list));
}

static void a_node_in_the_middle_can_leave(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) gn_list_append(&list, &items[i].node);
    gn_list_remove(&items[2].node);
    assert_int_equal(shift_number(), 0);
    assert_int_equal(shift_number(), 1);
    assert_int_equal(shift_number(), 3);
    assert_int_equal(shift_number(), -1);
}

static void the_ring_is_whole_backwards_too(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) gn_list_append(&list, &items[i].node);
    gn_list_remove(&items[0].node);
    gn_list_remove(&items[3].node);
    assert_ptr_equal(list.prev, &items[2].node);
    assert_ptr_equal(items[2].node.prev, &items[1].node);
    assert_ptr_equal(items[1].node.prev, &list);
}

static void a_node_knows_whether_it_is_in_a_list(void **state) {
    (void)state;
    assert_false(gn_list_linked(&items[0].node));
    gn_list_append(&list, &items[0].node);
    assert_true(gn_list_linked(&items[0].node));
    gn_list_remove(&items[0].node);
    assert_false(gn_list_linked(&items[0].node));
    gn_list_append(&list, &items[0].node);
    assert_int_equal(shift_number(), 0);
    assert_false(gn_list_linked(&items[0].node));
}

static void removing_twice_is_harmless(void **state) {
    (void)state;
    gn_list_append(&list, &items[0].node);
    gn_list_append(&list, &items[1].node);
    gn_list_remove(&items[0].node);
    gn_list_remove(&items[0].node);
    assert_int_equal(shift_number(), 1);
    assert_true(gn_list_empty(&list));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_list_is_empty, set_up),
        cmocka_unit_test_setup(nodes_come_out_in_the_order_they_went_in, set_up),
        cmocka_unit_test_setup(a_node_in_the_middle_can_leave, set_up),
        cmocka_unit_test_setup(the_ring_is_whole_backwards_too, set_up),
        cmocka_unit_test_setup(a_node_knows_whether_it_is_in_a_list, set_up),
        cmocka_unit_test_setup(removing_twice_is_harmless, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

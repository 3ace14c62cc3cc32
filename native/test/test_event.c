/* Event records and their batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../session/event.h"

static struct gn_event events[8];
static struct gn_batch batch;

static int set_up(void **state) {
    (void)state;
    memset(events, 0xff, sizeof events);
    batch = (struct gn_batch){.events = events, .cap = 8};
    return 0;
}

static void a_record_starts_zeroed_but_for_what_it_is(void **state) {
    (void)state;
    struct gn_event *event = gn_batch_put(&batch, GN_EVENT_SENT, 7, 9);
    const struct gn_event expected = {.slot = 7, .gen = 9, .type = GN_EVENT_SENT};
    assert_ptr_equal(event, events);
    assert_memory_equal(event, &expected, sizeof expected);
    assert_int_equal(batch.count, 1);
}

static void records_that_continue_an_event_lie_behind_it(void **state) {
    (void)state;
    gn_batch_put(&batch, GN_EVENT_REQUEST, 1, 1);
    assert_ptr_equal(gn_batch_extend(&batch, 3), events + 1);
    assert_ptr_equal(gn_batch_extend(&batch, 0), events + 4);
    assert_ptr_equal(gn_batch_extend(&batch, 4), events + 4);
    assert_int_equal(batch.count, batch.cap);
}

static void an_address_record_holds_all_but_the_path(void **state) {
    struct gn_addr addr = {.family = GN_FAMILY_V6, .port = 0x1234, .scope = 5};
    (void)state;
    for (int i = 0; i < 16; i++) addr.ip[i] = (uint8_t)(i + 1);
    gn_batch_put_addr(&batch, &addr);
    const unsigned char *bytes = (unsigned char *)&events[0];
    assert_memory_equal(bytes, &addr, 24);
    for (int i = 24; i < 32; i++) assert_int_equal(bytes[i], 0);
}

static void there_is_room_while_all_records_of_the_events_fit(void **state) {
    (void)state;
    assert_true(gn_batch_room(&batch, 2));
    gn_batch_put(&batch, GN_EVENT_END, 1, 1);
    gn_batch_put(&batch, GN_EVENT_END, 1, 1);
    assert_true(gn_batch_room(&batch, 2));
    gn_batch_put(&batch, GN_EVENT_END, 1, 1);
    assert_false(gn_batch_room(&batch, 2));
    assert_true(gn_batch_room(&batch, 1));
    while (batch.count < batch.cap) gn_batch_put(&batch, GN_EVENT_END, 1, 1);
    assert_false(gn_batch_room(&batch, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_record_starts_zeroed_but_for_what_it_is, set_up),
        cmocka_unit_test_setup(records_that_continue_an_event_lie_behind_it, set_up),
        cmocka_unit_test_setup(an_address_record_holds_all_but_the_path, set_up),
        cmocka_unit_test_setup(there_is_room_while_all_records_of_the_events_fit, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

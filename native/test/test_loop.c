/* The loop by itself: slots and generations, timers, the choice of a backend. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct gn_loop loop;
static struct gn_loop_calls no_calls;
static struct variant epoll = {"epoll", GN_EPOLL, 0};
static void *any = &epoll;

static struct gn_loop_config config_for(enum gn_backend_choice backend) {
    struct gn_loop_config config = rig_config(&any);
    config.backend = backend;
    config.required = false;
    return config;
}

static bool has_uring(void) {
    struct gn_loop_config config = config_for(GN_IO_URING);
    config.required = true;
    if (gn_loop_init(&loop, &config, &no_calls, NULL) < 0) return false;
    gn_loop_fini(&loop);
    return true;
}

static void need_uring(void) {
    if (has_uring()) return;
    print_message("[  SKIP  ] io_uring: %s: %s\n", loop.probe.step, gn_err_name(loop.probe.err));
    skip();
}

/* ---- the choice ---- */

static void auto_takes_the_best_and_blames_nobody(void **state) {
    (void)state;
    need_uring();
    struct gn_loop_config config = config_for(GN_AUTO);
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_equal(loop.backend->name, "io_uring");
    assert_null(loop.probe.step);
    assert_int_equal(loop.probe.err, 0);
    gn_loop_fini(&loop);
}

static void a_named_backend_is_taken(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_EPOLL);
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_equal(loop.backend->name, "epoll");
    assert_null(loop.probe.step);
    assert_int_equal(loop.probe.err, 0);
    gn_loop_fini(&loop);
}

static void auto_falls_back_and_says_why(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_AUTO);
    config.denied = GN_FEATURE_IO_URING;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_equal(loop.backend->name, "epoll");
    assert_string_equal(loop.probe.step, "io_uring_setup");
    assert_int_equal(loop.probe.err, -EPERM);
    gn_loop_fini(&loop);
}

static void a_named_backend_falls_back_when_it_is_not_required(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_IO_URING);
    config.denied = GN_FEATURE_IO_URING;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_equal(loop.backend->name, "epoll");
    assert_string_equal(loop.probe.step, "io_uring_setup");
    gn_loop_fini(&loop);
}

static void a_required_backend_fails_with_its_cause(void **state) {
    (void)state;
    int before = rig_fd_count();
    struct gn_loop_config config = config_for(GN_IO_URING);
    config.denied = GN_FEATURE_IO_URING;
    config.required = true;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), -EPERM);
    assert_string_equal(loop.probe.step, "io_uring_setup");
    assert_int_equal(loop.probe.err, -EPERM);
    assert_int_equal(rig_fd_count(), before);
}

static void without_provided_buffers_there_is_no_io_uring(void **state) {
    (void)state;
    need_uring();
    int before = rig_fd_count();
    struct gn_loop_config config = config_for(GN_IO_URING);
    config.denied = GN_FEATURE_BUFFER_RING;
    config.required = true;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), -EINVAL);
    assert_string_equal(loop.probe.step, "io_uring provided buffer ring");
    assert_int_equal(rig_fd_count(), before);
}

static void this_build_knows_kqueue_if_it_says_so(void **state) {
    (void)state;
#if defined(GN_HAVE_KQUEUE)
    assert_true(rig_has("kqueue"));
    struct gn_loop_config config = config_for(GN_KQUEUE);
    config.required = true;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_equal(loop.backend->name, "kqueue");
    assert_null(loop.probe.step);
    gn_loop_fini(&loop);
#else
    assert_false(rig_has("kqueue"));
#endif
}

static void denied_features_are_not_used(void **state) {
    (void)state;
    need_uring();
    const unsigned denials[] = {GN_FEATURE_DEFER_TASKRUN,
                                GN_FEATURE_DEFER_TASKRUN | GN_FEATURE_COOP_TASKRUN,
                                GN_FEATURE_MULTISHOT_ACCEPT, GN_FEATURE_MULTISHOT_RECV,
                                GN_FEATURE_RING_FD};
    for (int i = 0; i < 5; i++) {
        void *variant = &(struct variant){"", GN_IO_URING, denials[i]};
        struct rig *rig = rig_open(&variant);
        struct conn *conn;
        rig_socketpair(rig, &conn);
        rig_settle(rig);
        unsigned features = rig->backend.features(&rig->loop);
        assert_int_equal(features & denials[i], 0);
        assert_true(features & GN_FEATURE_BUFFER_RING);
        rig_tear_down(&variant);
    }
}

static void a_configuration_beyond_its_limits_is_refused(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) {
        struct gn_loop_config config = config_for(GN_AUTO);
        if (i == 0) config.recv_count = 0;
        if (i == 1) config.recv_count = 3;
        if (i == 2) config.recv_count = 32768;
        if (i == 3) config.recv_size = 0;
        if (i == 4) config.recv_size = (1 << 24) + 1;
        if (i == 5) config.chans_max = 0;
        if (i == 6) config.queue_depth = 0;
        if (i == 7) config.recv_count = 1u << 31;
        assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), -EINVAL);
        assert_string_equal(loop.probe.step, "configuration");
    }
}

static void the_largest_receive_buffers_are_accepted(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_AUTO);
    config.recv_count = 16384;
    config.recv_size = 64;
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    gn_loop_fini(&loop);
}

/* ---- slots ---- */

static int open_slots(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_EPOLL);
    config.chans_max = 1000;
    return gn_loop_init(&loop, &config, &no_calls, NULL);
}

static int close_slots(void **state) {
    (void)state;
    gn_loop_fini(&loop);
    assert_int_equal(loop.budget.used, 0);
    return 0;
}

static void every_channel_gets_its_own_slot(void **state) {
    static struct gn_chan chans[1000];
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(gn_loop_add(&loop, &chans[i]), 0);
        assert_int_equal(chans[i].slot, i);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_ptr_equal(gn_loop_find(&loop, i, chans[i].gen), &chans[i]);
    }
    struct gn_chan more;
    assert_int_equal(gn_loop_add(&loop, &more), GN_ESESSIONS);
    gn_loop_remove(&loop, &chans[500]);
    assert_int_equal(gn_loop_add(&loop, &more), 0);
    assert_int_equal(more.slot, 500);
    gn_loop_remove(&loop, &more);
    for (uint32_t i = 0; i < 1000; i++) {
        if (i != 500) gn_loop_remove(&loop, &chans[i]);
    }
    assert_int_equal(loop.chan_count, 0);
}

static void a_slot_used_again_has_another_generation(void **state) {
    struct gn_chan first, second;
    (void)state;
    assert_int_equal(gn_loop_add(&loop, &first), 0);
    gn_loop_remove(&loop, &first);
    assert_null(gn_loop_find(&loop, first.slot, first.gen));
    assert_int_equal(gn_loop_add(&loop, &second), 0);
    assert_int_equal(second.slot, first.slot);
    assert_int_not_equal(second.gen, first.gen);
    assert_null(gn_loop_find(&loop, first.slot, first.gen));
    gn_loop_remove(&loop, &second);
}

static void generations_wrap_at_24_bits(void **state) {
    struct gn_chan chan;
    (void)state;
    assert_int_equal(gn_loop_add(&loop, &chan), 0);
    gn_loop_remove(&loop, &chan);
    loop.slots[chan.slot].gen = GN_GEN_MASK;
    assert_int_equal(gn_loop_add(&loop, &chan), 0);
    assert_int_equal(chan.gen, GN_GEN_MASK);
    gn_loop_remove(&loop, &chan);
    assert_int_equal(gn_loop_add(&loop, &chan), 0);
    assert_int_equal(chan.gen, 0);
    assert_ptr_equal(gn_loop_find(&loop, chan.slot, 0), &chan);
    gn_loop_remove(&loop, &chan);
}

static void what_was_never_there_is_not_found(void **state) {
    (void)state;
    assert_null(gn_loop_find(&loop, 0, 0));
    assert_null(gn_loop_find(&loop, 0, 1));
    assert_null(gn_loop_find(&loop, UINT32_MAX, 1));
}

static void without_memory_there_is_no_slot(void **state) {
    struct gn_chan chan;
    (void)state;
    loop.budget.limit = 0;
    assert_int_equal(gn_loop_add(&loop, &chan), GN_EMEMORY);
    assert_int_equal(loop.chan_count, 0);
}

/* ---- timers ---- */

static void timers_fire_in_the_order_of_their_time(void **state) {
    (void)state;
    struct rig *rig = rig_open(&any);
    struct conn *late, *soon, *middle;
    rig->options.idle_mode = GN_IDLE_BOTH;
    rig->options.idle_ms = 60;
    rig_socketpair(rig, &late);
    rig->options.idle_ms = 15;
    rig_socketpair(rig, &soon);
    rig->options.idle_ms = 35;
    rig_socketpair(rig, &middle);
    /* Two may close in one turn when the machine is slow. */
    TURN_UNTIL(rig, late->closed);
    assert_int_equal(soon->place, 1);
    assert_int_equal(middle->place, 2);
    assert_int_equal(late->place, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_takes_the_best_and_blames_nobody),
        cmocka_unit_test(a_named_backend_is_taken),
        cmocka_unit_test(auto_falls_back_and_says_why),
        cmocka_unit_test(a_named_backend_falls_back_when_it_is_not_required),
        cmocka_unit_test(a_required_backend_fails_with_its_cause),
        cmocka_unit_test(without_provided_buffers_there_is_no_io_uring),
        cmocka_unit_test(this_build_knows_kqueue_if_it_says_so),
        cmocka_unit_test_teardown(denied_features_are_not_used, rig_tear_down),
        cmocka_unit_test(a_configuration_beyond_its_limits_is_refused),
        cmocka_unit_test(the_largest_receive_buffers_are_accepted),
        cmocka_unit_test_setup_teardown(every_channel_gets_its_own_slot, open_slots, close_slots),
        cmocka_unit_test_setup_teardown(a_slot_used_again_has_another_generation, open_slots,
                                        close_slots),
        cmocka_unit_test_setup_teardown(generations_wrap_at_24_bits, open_slots, close_slots),
        cmocka_unit_test_setup_teardown(what_was_never_there_is_not_found, open_slots,
                                        close_slots),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_slot, open_slots, close_slots),
        cmocka_unit_test_teardown(timers_fire_in_the_order_of_their_time, rig_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

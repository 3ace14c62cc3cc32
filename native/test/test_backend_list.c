/* The backends of the library that is shipped: nothing of support.c is used here, which would bring
 * the list of the tests along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../io/loop.h"

static struct gn_loop loop;
static struct gn_loop_calls no_calls;

static struct gn_loop_config config_for(enum gn_backend_choice backend, bool required) {
    return (struct gn_loop_config){
        .backend = backend,
        .required = required,
        .recv_size = 4096,
        .recv_count = 16,
        .queue_depth = 16,
        .chans_max = 16,
        .memory_max = 1 << 20,
    };
}

static void linux_has_io_uring_then_epoll(void **state) {
    (void)state;
    assert_string_equal(gn_backends[0]->name, "io_uring");
    assert_string_equal(gn_backends[1]->name, "epoll");
    assert_null(gn_backends[2]);
}

static void a_backend_of_another_system_that_is_required_is_an_error(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_KQUEUE, true);
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), -EOPNOTSUPP);
    assert_string_equal(loop.probe.step, "backend");
    assert_int_equal(loop.probe.err, -EOPNOTSUPP);
}

static void a_backend_of_another_system_is_replaced_and_named_as_the_cause(void **state) {
    (void)state;
    struct gn_loop_config config = config_for(GN_KQUEUE, false);
    assert_int_equal(gn_loop_init(&loop, &config, &no_calls, NULL), 0);
    assert_string_not_equal(loop.backend->name, "kqueue");
    assert_string_equal(loop.probe.step, "backend");
    gn_loop_fini(&loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_has_io_uring_then_epoll),
        cmocka_unit_test(a_backend_of_another_system_that_is_required_is_an_error),
        cmocka_unit_test(a_backend_of_another_system_is_replaced_and_named_as_the_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

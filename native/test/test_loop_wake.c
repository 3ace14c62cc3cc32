/* Waking a loop from other threads, on every backend; ThreadSanitizer runs this too. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { WAKERS = 4, WAKES = 1000 };

struct waker {
    struct gn_loop *loop;
    int wakes;
    atomic_int *running;
};

static void *wake(void *arg) {
    struct waker *waker = arg;
    for (int i = 0; i < waker->wakes; i++) {
        if (gn_loop_wake(waker->loop) < 0) return arg;
    }
    atomic_fetch_sub(waker->running, 1);
    return NULL;
}

static void *wake_later(void *arg) {
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
    return wake(arg);
}

static void a_wake_ends_a_turn_that_waits_for_ever(void **state) {
    struct rig *rig = rig_open(state);
    atomic_int running = 1;
    struct waker waker = {&rig->loop, 1, &running};
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, wake_later, &waker), 0);
    rig_turn(rig, -1);
    assert_true(rig->loop.woken);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

static void a_wake_before_the_turn_ends_it_at_once(void **state) {
    struct rig *rig = rig_open(state);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gn_loop_wake(&rig->loop), 0);
        rig_turn(rig, -1);
        assert_true(rig->loop.woken);
    }
    rig_turn(rig, 5);
    assert_false(rig->loop.woken);
}

static void a_thousand_wakes_are_one(void **state) {
    struct rig *rig = rig_open(state);
    for (int i = 0; i < WAKES; i++) assert_int_equal(gn_loop_wake(&rig->loop), 0);
    rig_turn(rig, -1);
    assert_true(rig->loop.woken);
    rig_settle(rig);
    assert_false(rig->loop.woken);
    assert_in_range(rig_waits(rig, 50), 1, 12);
}

static void several_threads_wake_a_loop_that_works(void **state) {
    struct rig *rig = rig_open(state);
    atomic_int running = WAKERS;
    struct waker waker = {&rig->loop, WAKES, &running};
    pthread_t threads[WAKERS];
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    conn->sink = true;
    for (int i = 0; i < WAKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wake, &waker), 0);
    }
    uint64_t sent = 0;
    while (atomic_load(&running) > 0 || sent < 100000) {
        peer_send(rig, peer, sent, 500);
        sent += 500;
        rig_turn(rig, atomic_load(&running) > 0 ? 100 : 0);
    }
    for (int i = 0; i < WAKERS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    TURN_UNTIL(rig, conn->len == sent);
}

static void *turn_elsewhere(void *arg) {
    struct rig *rig = arg;
    for (int i = 0; i < 5; i++) rig_turn(rig, 2);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    while (rig->loop.chan_count > 0) rig_turn(rig, 2);
    return NULL;
}

/* A loop belongs to the thread that turns it first, not to the one that opened it. */
static void a_loop_may_be_opened_by_another_thread_than_turns_it(void **state) {
    struct rig *rig = rig_open(state);
    pthread_t thread;
    rig_listen(rig, GN_FAMILY_V4);
    assert_int_equal(pthread_create(&thread, NULL, turn_elsewhere, rig), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(rig->listening);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_wake_ends_a_turn_that_waits_for_ever),
        RIG_TEST(a_wake_before_the_turn_ends_it_at_once),
        RIG_TEST(a_thousand_wakes_are_one),
        RIG_TEST(several_threads_wake_a_loop_that_works),
        RIG_TEST(a_loop_may_be_opened_by_another_thread_than_turns_it),
    };
    return RIG_RUN("loop: wake", tests);
}

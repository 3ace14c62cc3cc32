/* Monotonic time: see clock.h.
 *
 * Linux has a coarse clock that is read without touching the hardware counter, for about a third of
 * the cost; its step is one timer tick, so 10 ms at the slowest kernel configuration (HZ=100).
 */
#include "clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#ifdef CLOCK_MONOTONIC_COARSE
enum { COARSE_STEP_NS_MAX = 10 * 1000 * 1000, CLOCK_UNKNOWN = -1 };

/* Threads that race here all compute and store the same value. */
static clockid_t cheapest_clock(void) {
    static atomic_int chosen = CLOCK_UNKNOWN;
    int clock = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (clock != CLOCK_UNKNOWN) return clock;

    struct timespec step;
    clock = CLOCK_MONOTONIC;
    if (clock_getres(CLOCK_MONOTONIC_COARSE, &step) == 0 && step.tv_sec == 0 &&
        step.tv_nsec <= COARSE_STEP_NS_MAX) {
        clock = CLOCK_MONOTONIC_COARSE;
    }
    atomic_store_explicit(&chosen, clock, memory_order_relaxed);
    return clock;
}
#else
static clockid_t cheapest_clock(void) { return CLOCK_MONOTONIC; }
#endif

uint64_t gn_clock_ms(void) {
    struct timespec now;
    int rc = clock_gettime(cheapest_clock(), &now);
    assert(rc == 0);
    (void)rc;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What the benchmarks share: a clock, and the best of several runs, which is the one that nothing
 * else disturbed.
 */
#ifndef GN_BENCH_TIMING_H
#define GN_BENCH_TIMING_H

#include <time.h>

#define GN_TIMING_WORST 1e18

static inline double gn_timing_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Keep the better of two; `*best` starts as GN_TIMING_WORST. */
static inline void gn_timing_keep(double *best, double ns) {
    if (ns < *best) *best = ns;
}

#endif

/* Counts times in buckets that are at most 3 % wide: percentiles of any number of samples in
 * a fixed memory. A bucket belongs to the five leading bits of its values.
 */
#ifndef GN_BENCH_HISTOGRAM_H
#define GN_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 5,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total, max;
};

static inline unsigned histogram_bucket(uint64_t value) {
    if (value < 1u << HISTOGRAM_BITS) return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
    return ((shift + 1u) << HISTOGRAM_BITS) + (unsigned)((value >> shift) - (1u << HISTOGRAM_BITS));
}

/* The middle of a bucket. */
static inline uint64_t histogram_value(unsigned bucket) {
    unsigned shift = bucket >> HISTOGRAM_BITS;
    uint64_t low = bucket & ((1u << HISTOGRAM_BITS) - 1);
    if (shift == 0) return low;
    low += 1u << HISTOGRAM_BITS;
    return (low << (shift - 1)) + ((1ull << (shift - 1)) >> 1);
}

static inline void histogram_add(struct histogram *histogram, uint64_t value) {
    histogram->counts[histogram_bucket(value)]++;
    histogram->total++;
    if (value > histogram->max) histogram->max = value;
}

/* The value that `share` of all samples do not pass. */
static inline uint64_t histogram_at(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram->total), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > wanted) return histogram_value(i);
    }
    return histogram->max;
}

#endif

/* Character classes, the portable scan, and the choice of the best scan: see http_scan.h. */
#include "http_scan.h"

#define QUERY(c)                                                                        \
    ((c) == '?' || (c) == '[' || (c) == ']' || (c) == '{' || (c) == '}' || (c) == '|' || \
     (c) == '\\' || (c) == '^' || (c) == '`')
#define QUOTED(c) (GN_HTTP_VALUE(c) && (c) != '"' && (c) != '\\')
#define CLASS(c)                                                                           \
    ((GN_HTTP_TOKEN(c) ? GN_HTTP_IN_TOKEN : 0) | (GN_HTTP_TARGET(c) ? GN_HTTP_IN_TARGET : 0) | \
     (GN_HTTP_REG_NAME(c) ? GN_HTTP_IN_HOST : 0) | (QUERY(c) ? GN_HTTP_IN_QUERY : 0) |     \
     (GN_HTTP_VALUE(c) ? GN_HTTP_IN_VALUE : 0) | (QUOTED(c) ? GN_HTTP_IN_QUOTED : 0))
#define CLASS4(c) CLASS(c), CLASS((c) + 1), CLASS((c) + 2), CLASS((c) + 3)
#define CLASS16(c) CLASS4(c), CLASS4((c) + 4), CLASS4((c) + 8), CLASS4((c) + 12)
#define CLASS64(c) CLASS16(c), CLASS16((c) + 16), CLASS16((c) + 32), CLASS16((c) + 48)

const uint8_t gn_http_classes[256] = {CLASS64(0), CLASS64(64), CLASS64(128), CLASS64(192)};

static bool always(void) { return true; }

/* Eight classes side by side, so that one multiplication gathers a bit of each. */
static inline uint64_t classes_of_8(const char *data, uint32_t count) {
    uint64_t classes = 0;
#pragma GCC unroll 8
    for (uint32_t i = 0; i < count; i++) {
        classes |= (uint64_t)gn_http_classes[(unsigned char)data[i]] << (8 * i);
    }
    return classes;
}

/* The lowest bit of each byte, inverted: bit i of the result is byte i's. */
static inline uint64_t missing(uint64_t classes) {
    const uint64_t ones = 0x0101010101010101u;
    return (~classes & ones) * 0x0102040810204080u >> 56;
}

static inline void mark_8(struct gn_http_marks *marks, uint32_t at, uint64_t classes, bool odd) {
    _Static_assert(GN_HTTP_IN_TOKEN == 1 && GN_HTTP_IN_TARGET == 2 && GN_HTTP_IN_VALUE == 16,
                   "the shifts below bring these bits down");
    marks->other[at / 64] |= missing(classes) << (at % 64);
    marks->stop[at / 64] |= missing(classes >> 4) << (at % 64);
    if (odd) marks->odd[at / 64] |= missing(classes >> 1) << (at % 64);
}

static void mark_portable(struct gn_http_marks *marks, const char *data, uint32_t from,
                          uint32_t to) {
    for (uint32_t word = from; word < to; word += 64) {
        marks->stop[word / 64] = marks->other[word / 64] = 0;
        if (from == 0) marks->odd[word / 64] = 0;
        /* Bytes behind the end have no class, so all their bits get set. */
        for (uint32_t at = word; at < word + 64; at += 8) {
            uint32_t left = at < to ? to - at : 0;
            uint64_t classes = left >= 8 ? classes_of_8(data + at, 8) : 0;
            if (left > 0 && left < 8) classes = classes_of_8(data + at, left);
            mark_8(marks, at, classes, from == 0);
        }
    }
}

const struct gn_http_scan gn_http_scan_portable = {
    .name = "portable",
    .usable = always,
    .mark = mark_portable,
};

static void mark_first(struct gn_http_marks *marks, const char *data, uint32_t from, uint32_t to) {
    const struct gn_http_scan *const *best = gn_http_scans;
    while (!(*best)->usable()) best++;
    gn_http_scan_use(*best);
    (*best)->mark(marks, data, from, to);
}

static const struct gn_http_scan scan_first = {
    .name = "not chosen yet",
    .usable = always,
    .mark = mark_first,
};

const struct gn_http_scan *_Atomic gn_http_scan_now = &scan_first;

void gn_http_scan_use(const struct gn_http_scan *scan) {
    if (scan == NULL) scan = &scan_first;
    atomic_store_explicit(&gn_http_scan_now, scan, memory_order_relaxed);
}

/* The scans for x86-64: see http_scan.h.
 *
 * A class of ASCII bytes is two tables of sixteen: the row of the low nibble has bit h set when the
 * byte h << 4 | low belongs to the class, and the high nibble selects the bit. PSHUFB looks up
 * sixteen bytes at once, and gives 0 for bytes from 0x80 on, which thus belong to no class. `stop`
 * is a class by itself; the others are complements.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#include "http_scan.h"

static const uint8_t stop_rows[16] = GN_HTTP_ROWS(GN_HTTP_STOP);
static const uint8_t token_rows[16] = GN_HTTP_ROWS(GN_HTTP_TOKEN);
static const uint8_t target_rows[16] = GN_HTTP_ROWS(GN_HTTP_TARGET);
static const uint8_t high_bits[16] = {1, 2, 4, 8, 16, 32, 64, 128};

struct bits {
    uint64_t stop, other, odd;
};

/* Store the bits of a word; those from `count` on are set. */
static inline void store(struct gn_http_marks *marks, uint32_t word, struct bits bits,
                         uint32_t count, bool odd) {
    uint64_t rest = count < 64 ? ~(uint64_t)0 << count : 0;
    marks->stop[word] = bits.stop | rest;
    marks->other[word] = bits.other | rest;
    if (odd) marks->odd[word] = bits.odd | rest;
}

/* ---- AVX2: 32 bytes at a time ---- */

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

struct rows_32 {
    __m256i stop, token, target, high, nibble;
};

AVX2_INLINE __m256i rows_32(const uint8_t *rows) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)rows));
}

AVX2_INLINE struct rows_32 all_rows_32(void) {
    return (struct rows_32){rows_32(stop_rows), rows_32(token_rows), rows_32(target_rows),
                            rows_32(high_bits), _mm256_set1_epi8(0x0f)};
}

AVX2_INLINE struct bits bits_32(const struct rows_32 *rows, const char *data, bool odd) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i bytes = _mm256_loadu_si256((const __m256i *)data);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), rows->nibble);
    __m256i bit = _mm256_shuffle_epi8(rows->high, high);
    __m256i stop = _mm256_and_si256(_mm256_shuffle_epi8(rows->stop, bytes), bit);
    __m256i token = _mm256_and_si256(_mm256_shuffle_epi8(rows->token, bytes), bit);
    struct bits bits = {
        .stop = (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(stop, zero)),
        .other = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(token, zero)),
    };
    if (odd) {
        __m256i target = _mm256_and_si256(_mm256_shuffle_epi8(rows->target, bytes), bit);
        bits.odd = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(target, zero));
    }
    return bits;
}

/* The last `count` bytes of data[0 .. to), up to 32, without reading behind them: the 32 bytes that
 * end there, shifted. */
AVX2_INLINE struct bits last_32(const struct rows_32 *rows, const char *data, uint32_t to,
                                uint32_t count, bool odd) {
    struct bits bits = bits_32(rows, data + to - 32, odd);
    uint32_t shift = 32 - count;
    return (struct bits){bits.stop >> shift, bits.other >> shift, bits.odd >> shift};
}

static inline struct bits join_32(struct bits low, struct bits high) {
    return (struct bits){low.stop | high.stop << 32, low.other | high.other << 32,
                         low.odd | high.odd << 32};
}

AVX2_INLINE void mark_32(struct gn_http_marks *marks, const char *data, uint32_t from,
                                uint32_t to, bool odd) {
    const struct rows_32 rows = all_rows_32();
    uint32_t at = from;
    for (; at + 64 <= to; at += 64) {
        struct bits low = bits_32(&rows, data + at, odd);
        store(marks, at / 64, join_32(low, bits_32(&rows, data + at + 32, odd)), 64, odd);
    }
    if (at == to) return;
    struct bits bits;
    if (to - at <= 32) {
        bits = last_32(&rows, data, to, to - at, odd);
    } else {
        bits = bits_32(&rows, data + at, odd);
        bits = join_32(bits, last_32(&rows, data, to, to - at - 32, odd));
    }
    store(marks, at / 64, bits, to - at, odd);
}

/* Less than 32 bytes in all are copied. Apart, so that no other call pays for the stack this
 * needs. */
static AVX2 __attribute__((noinline)) void mark_short_32(struct gn_http_marks *marks,
                                                         const char *data, uint32_t to) {
    char copy[32] = {0};
    memcpy(copy, data, to);
    const struct rows_32 rows = all_rows_32();
    store(marks, 0, bits_32(&rows, copy, true), to, true);
}

static AVX2 void mark_avx2(struct gn_http_marks *marks, const char *data, uint32_t from,
                           uint32_t to) {
    if (to < 32) {
        mark_short_32(marks, data, to);
    } else if (from == 0) {
        mark_32(marks, data, 0, to, true);
    } else {
        mark_32(marks, data, from, to, false);
    }
}

/* ---- SSE4.2: 16 bytes at a time ---- */

#define SSE42 __attribute__((target("sse4.2")))
#define SSE42_INLINE static inline __attribute__((target("sse4.2"), always_inline))

SSE42_INLINE __m128i rows_16(const uint8_t *rows) {
    return _mm_loadu_si128((const __m128i *)rows);
}

SSE42_INLINE uint64_t zeros_16(__m128i bytes) {
    return (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
}

SSE42_INLINE struct bits bits_16(const char *data, bool odd) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)data);
    __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0f));
    __m128i bit = _mm_shuffle_epi8(rows_16(high_bits), high);
    __m128i stop = _mm_and_si128(_mm_shuffle_epi8(rows_16(stop_rows), bytes), bit);
    __m128i token = _mm_and_si128(_mm_shuffle_epi8(rows_16(token_rows), bytes), bit);
    struct bits bits = {.stop = zeros_16(stop) ^ 0xffff, .other = zeros_16(token)};
    if (odd) {
        bits.odd = zeros_16(_mm_and_si128(_mm_shuffle_epi8(rows_16(target_rows), bytes), bit));
    }
    return bits;
}

/* As last_32, for up to 16 bytes. */
SSE42_INLINE struct bits last_16(const char *data, uint32_t to, uint32_t count, bool odd) {
    struct bits bits = bits_16(data + to - 16, odd);
    uint32_t shift = 16 - count;
    return (struct bits){bits.stop >> shift, bits.other >> shift, bits.odd >> shift};
}

static inline struct bits join_16(struct bits bits, struct bits next, uint32_t at) {
    return (struct bits){bits.stop | next.stop << at, bits.other | next.other << at,
                         bits.odd | next.odd << at};
}

SSE42_INLINE void mark_16(struct gn_http_marks *marks, const char *data, uint32_t from,
                          uint32_t to, bool odd) {
    uint32_t at = from;
    for (; at + 64 <= to; at += 64) {
        struct bits bits = bits_16(data + at, odd);
        bits = join_16(bits, bits_16(data + at + 16, odd), 16);
        bits = join_16(bits, bits_16(data + at + 32, odd), 32);
        bits = join_16(bits, bits_16(data + at + 48, odd), 48);
        store(marks, at / 64, bits, 64, odd);
    }
    if (at == to) return;
    struct bits bits = {0, 0, 0};
    uint32_t i = 0;
    for (; at + i + 16 <= to; i += 16) bits = join_16(bits, bits_16(data + at + i, odd), i);
    if (at + i < to) bits = join_16(bits, last_16(data, to, to - at - i, odd), i);
    store(marks, at / 64, bits, to - at, odd);
}

static SSE42 __attribute__((noinline)) void mark_short_16(struct gn_http_marks *marks,
                                                          const char *data, uint32_t to) {
    char copy[16] = {0};
    memcpy(copy, data, to);
    store(marks, 0, bits_16(copy, true), to, true);
}

static SSE42 void mark_sse42(struct gn_http_marks *marks, const char *data, uint32_t from,
                             uint32_t to) {
    if (to < 16) {
        mark_short_16(marks, data, to);
    } else if (from == 0) {
        mark_16(marks, data, 0, to, true);
    } else {
        mark_16(marks, data, from, to, false);
    }
}

/* ---- which of them this machine runs ---- */

/* CPUID is asked directly: the compilers' own helper would tie the library to their run-time. */
static bool has_sse42(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0 && (c & bit_SSSE3) != 0;
}

static bool has_avx2(void) {
    unsigned a, b, c, d, low, high;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
    /* The kernel must save the upper halves of the registers too. */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0;
}

static const struct gn_http_scan scan_avx2 = {"AVX2", has_avx2, mark_avx2};
static const struct gn_http_scan scan_sse42 = {"SSE4.2", has_sse42, mark_sse42};

const struct gn_http_scan *const gn_http_scans[] = {&scan_avx2, &scan_sse42,
                                                    &gn_http_scan_portable, NULL};

/* The scans for arm64, where NEON is always there: see http_scan.h, and http_scan_x86.c for how a
 * class becomes two tables. TBL gives 0 for an index from 16 on, so the high nibble of bytes from
 * 0x80 on has no bit in `high_bits`.
 */
#include <arm_neon.h>
#include <string.h>

#include "http_scan.h"

static const uint8_t stop_rows[16] = GN_HTTP_ROWS(GN_HTTP_STOP);
static const uint8_t token_rows[16] = GN_HTTP_ROWS(GN_HTTP_TOKEN);
static const uint8_t target_rows[16] = GN_HTTP_ROWS(GN_HTTP_TARGET);
static const uint8_t high_bits[16] = {1, 2, 4, 8, 16, 32, 64, 128};
static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};

struct bits {
    uint64_t stop, other, odd;
};

static bool always(void) { return true; }

/* Bit i is set when byte i of the class test is not 0. */
static inline uint64_t gather(uint8x16_t in_class) {
    uint8x16_t bits = vandq_u8(vtstq_u8(in_class, in_class), vld1q_u8(places));
    return (uint64_t)vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

static inline struct bits bits_16(const char *data, bool odd) {
    uint8x16_t bytes = vld1q_u8((const uint8_t *)data);
    uint8x16_t low = vandq_u8(bytes, vdupq_n_u8(0x0f));
    uint8x16_t bit = vqtbl1q_u8(vld1q_u8(high_bits), vshrq_n_u8(bytes, 4));
    uint8x16_t stop = vandq_u8(vqtbl1q_u8(vld1q_u8(stop_rows), low), bit);
    uint8x16_t token = vandq_u8(vqtbl1q_u8(vld1q_u8(token_rows), low), bit);
    struct bits bits = {.stop = gather(stop), .other = gather(token) ^ 0xffff};
    if (odd) {
        uint8x16_t target = vandq_u8(vqtbl1q_u8(vld1q_u8(target_rows), low), bit);
        bits.odd = gather(target) ^ 0xffff;
    }
    return bits;
}

/* The last `count` bytes of data[0 .. to), up to 16, without reading behind them: the 16 bytes that
 * end there, shifted. */
static inline struct bits last_16(const char *data, uint32_t to, uint32_t count, bool odd) {
    struct bits bits = bits_16(data + to - 16, odd);
    uint32_t shift = 16 - count;
    return (struct bits){bits.stop >> shift, bits.other >> shift, bits.odd >> shift};
}

static inline struct bits join(struct bits bits, struct bits next, uint32_t at) {
    return (struct bits){bits.stop | next.stop << at, bits.other | next.other << at,
                         bits.odd | next.odd << at};
}

/* Store the bits of a word; those from `count` on are set. */
static inline void store(struct gn_http_marks *marks, uint32_t word, struct bits bits,
                         uint32_t count, bool odd) {
    uint64_t rest = count < 64 ? ~(uint64_t)0 << count : 0;
    marks->stop[word] = bits.stop | rest;
    marks->other[word] = bits.other | rest;
    if (odd) marks->odd[word] = bits.odd | rest;
}

static inline void mark_16(struct gn_http_marks *marks, const char *data, uint32_t from,
                           uint32_t to, bool odd) {
    uint32_t at = from;
    for (; at + 64 <= to; at += 64) {
        struct bits bits = bits_16(data + at, odd);
        bits = join(bits, bits_16(data + at + 16, odd), 16);
        bits = join(bits, bits_16(data + at + 32, odd), 32);
        bits = join(bits, bits_16(data + at + 48, odd), 48);
        store(marks, at / 64, bits, 64, odd);
    }
    if (at == to) return;
    struct bits bits = {0, 0, 0};
    uint32_t i = 0;
    for (; at + i + 16 <= to; i += 16)
        bits = join(bits, bits_16(data + at + i, odd), i);
    if (at + i < to) bits = join(bits, last_16(data, to, to - at - i, odd), i);
    store(marks, at / 64, bits, to - at, odd);
}

static void mark_neon(struct gn_http_marks *marks, const char *data, uint32_t from, uint32_t to) {
    if (to < 16) {
        /* Less than 16 bytes in all are copied. */
        char copy[16] = {0};
        memcpy(copy, data, to);
        store(marks, 0, bits_16(copy, true), to, true);
    } else if (from == 0) {
        mark_16(marks, data, 0, to, true);
    } else {
        mark_16(marks, data, from, to, false);
    }
}

static const struct gn_http_scan scan_neon = {"NEON", always, mark_neon};

const struct gn_http_scan *const gn_http_scans[] = {&scan_neon, &gn_http_scan_portable, NULL};

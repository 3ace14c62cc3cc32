/* Spans and number readers.
 *
 * A span is borrowed memory with a length. The readers turn wire bytes into numbers with every
 * overflow checked; they accept digits alone, no sign, no blank, no prefix. Pure functions over
 * memory; anyone may use them.
 */
#ifndef GN_BASE_BYTES_H
#define GN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gn_span {
    const char *data;
    size_t len;
};

static inline uint16_t gn_bytes_be16(const void *at) {
    const unsigned char *b = at;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t gn_bytes_be32(const void *at) {
    const unsigned char *b = at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint64_t gn_bytes_be64(const void *at) {
    const unsigned char *b = at;
    return (uint64_t)gn_bytes_be32(b) << 32 | gn_bytes_be32(b + 4);
}

/* The value of a hexadecimal digit, -1 for any other byte. */
static inline int gn_bytes_hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char lower = (char)(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
    return -1;
}

/* Read all of `span` as a decimal number.
 * Owns:   borrows the span.
 * Thread: any.
 * Fails:  false for an empty span, any byte but a digit, or a value above `max`; *value is then
 *         untouched. */
static inline bool gn_bytes_decimal(struct gn_span span, uint64_t max, uint64_t *value) {
    uint64_t sum = 0;
    if (span.len == 0) return false;
    for (size_t i = 0; i < span.len; i++) {
        unsigned digit = (unsigned)(unsigned char)span.data[i] - '0';
        if (digit > 9 || sum > (UINT64_MAX - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    if (sum > max) return false;
    *value = sum;
    return true;
}

/* Read all of `span` as a hexadecimal number; the same rules as gn_bytes_decimal. */
static inline bool gn_bytes_hex(struct gn_span span, uint64_t max, uint64_t *value) {
    uint64_t sum = 0;
    if (span.len == 0) return false;
    for (size_t i = 0; i < span.len; i++) {
        int digit = gn_bytes_hex_digit(span.data[i]);
        if (digit < 0 || sum > (UINT64_MAX >> 4)) return false;
        sum = sum << 4 | (uint64_t)digit;
    }
    if (sum > max) return false;
    *value = sum;
    return true;
}

#endif

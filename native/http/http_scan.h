/* Where the interesting bytes of a message head are, as bit maps; and which byte may stand where.
 *
 * One call marks up to 1 KiB: a set bit is a byte that ends or breaks a line (`stop`), that cannot
 * be part of a token (`other`), or that needs a look when it stands in a request target (`odd`).
 * Finding the end of a name or a line is then a shift and a count of zeros, and no byte is looked
 * at twice. Several implementations give identical marks; the best one that the machine runs is
 * chosen at the first use. For native/http and its tests alone.
 */
#ifndef GN_HTTP_HTTP_SCAN_H
#define GN_HTTP_HTTP_SCAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GN_HTTP_MARK_WORDS = 16,
    GN_HTTP_MARK_MAX = GN_HTTP_MARK_WORDS * 64, /* bytes */
    GN_HTTP_ODD_WORDS = 2,
    GN_HTTP_ODD_MAX = GN_HTTP_ODD_WORDS * 64,
};

/* What a byte may be part of. */
enum gn_http_class {
    GN_HTTP_IN_TOKEN = 1 << 0,  /* RFC 9110 §5.6.2 */
    GN_HTTP_IN_TARGET = 1 << 1, /* RFC 3986 pchar and "/", but "%" */
    GN_HTTP_IN_HOST = 1 << 2,   /* RFC 3986 reg-name, but "%" */
    GN_HTTP_IN_QUERY = 1 << 3,  /* what a query may hold besides GN_HTTP_IN_TARGET and "%" */
    GN_HTTP_IN_VALUE = 1 << 4,  /* RFC 9110 §5.5: HTAB, SP, VCHAR, obs-text */
    GN_HTTP_IN_QUOTED = 1 << 5, /* RFC 9110 §5.6.4 qdtext */
};
extern const uint8_t gn_http_classes[256];

static inline bool gn_http_is(char c, unsigned classes) {
    return (gn_http_classes[(unsigned char)c] & classes) != 0;
}

/* The classes as constant expressions over a byte; every table is made of them. */
#define GN_HTTP_ALNUM(c)                                                                          \
    (((c) >= '0' && (c) <= '9') || ((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define GN_HTTP_UNRESERVED(c) \
    (GN_HTTP_ALNUM(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~')
#define GN_HTTP_TOKEN(c)                                                                          \
    (GN_HTTP_UNRESERVED(c) || (c) == '!' || ((c) >= '#' && (c) <= '\'') || (c) == '*' ||         \
     (c) == '+' || (c) == '^' || (c) == '`' || (c) == '|')
#define GN_HTTP_REG_NAME(c)                                                                       \
    (GN_HTTP_UNRESERVED(c) || (c) == '!' || (c) == '$' || ((c) >= '&' && (c) <= ',') ||           \
     (c) == ';' || (c) == '=')
#define GN_HTTP_TARGET(c) (GN_HTTP_REG_NAME(c) || (c) == ':' || (c) == '@' || (c) == '/')
#define GN_HTTP_VALUE(c) ((c) == 0x09 || ((c) >= 0x20 && (c) != 0x7f))
#define GN_HTTP_STOP(c) (!GN_HTTP_VALUE(c))

/* A class of ASCII bytes as sixteen rows, for scans that look bytes up by their nibbles: row `low`
 * has bit `high` set when the byte high << 4 | low belongs to the class. */
#define GN_HTTP_ROW_BIT(in, c, high) (in((c) + 16 * (high)) ? 1 << (high) : 0)
#define GN_HTTP_ROW(in, c)                                                                        \
    (GN_HTTP_ROW_BIT(in, c, 0) | GN_HTTP_ROW_BIT(in, c, 1) | GN_HTTP_ROW_BIT(in, c, 2) |          \
     GN_HTTP_ROW_BIT(in, c, 3) | GN_HTTP_ROW_BIT(in, c, 4) | GN_HTTP_ROW_BIT(in, c, 5) |          \
     GN_HTTP_ROW_BIT(in, c, 6) | GN_HTTP_ROW_BIT(in, c, 7))
#define GN_HTTP_ROWS4(in, c)                                                                      \
    GN_HTTP_ROW(in, c), GN_HTTP_ROW(in, (c) + 1), GN_HTTP_ROW(in, (c) + 2), GN_HTTP_ROW(in, (c) + 3)
#define GN_HTTP_ROWS(in)                                                                          \
    { GN_HTTP_ROWS4(in, 0), GN_HTTP_ROWS4(in, 4), GN_HTTP_ROWS4(in, 8), GN_HTTP_ROWS4(in, 12) }

/* One more word than data, so that a search always finds a set bit: see gn_http_marks_next. */
struct gn_http_marks {
    uint64_t stop[GN_HTTP_MARK_WORDS + 1];  /* not GN_HTTP_IN_VALUE */
    uint64_t other[GN_HTTP_MARK_WORDS + 1]; /* not GN_HTTP_IN_TOKEN */
    uint64_t odd[GN_HTTP_ODD_WORDS];        /* not GN_HTTP_IN_TARGET; of the first bytes alone */
};

struct gn_http_scan {
    const char *name;
    bool (*usable)(void); /* on this machine */

    /* Mark data[from .. to): bit i of word i / 64 is byte i. `from` is a multiple of 64, and `to`
     * is one or is where the data ends; the bits from `to` to the end of its word are set. `odd`
     * is filled by the call with `from` 0 alone, which covers at most GN_HTTP_ODD_MAX bytes.
     * Owns:   borrows `data`; may read all of data[0 .. to), never a byte more.
     * Thread: any.
     * Fails:  never. */
    void (*mark)(struct gn_http_marks *marks, const char *data, uint32_t from, uint32_t to);
};

/* The scans of this build for this architecture, best first; the last one is always usable. NULL
 * ends the list. */
extern const struct gn_http_scan *const gn_http_scans[];

/* Plain C, for every machine. */
extern const struct gn_http_scan gn_http_scan_portable;

/* The scan in use. It starts as one that puts the best usable scan in its place when it is first
 * asked to mark; threads that meet there find the same one, so relaxed order is enough. */
extern const struct gn_http_scan *_Atomic gn_http_scan_now;

static inline const struct gn_http_scan *gn_http_scan_get(void) {
    return atomic_load_explicit(&gn_http_scan_now, memory_order_relaxed);
}

/* Choose a scan, for tests and benchmarks; NULL chooses the best one again.
 * Owns:   keeps `scan`, which is static.
 * Thread: any; a parser at work elsewhere may still use the old one, to the same effect.
 * Fails:  never. */
void gn_http_scan_use(const struct gn_http_scan *scan);

/* The first set bit behind the word of `from`. There must be one: whoever fills the marks sets the
 * word behind the last one to all ones. */
static inline size_t gn_http_marks_far(const uint64_t *words, size_t from) {
    size_t word = from / 64 + 1;
    while (words[word] == 0) word++;
    return word * 64 + (unsigned)__builtin_ctzll(words[word]);
}

/* The first set bit at or behind `from`. */
static inline size_t gn_http_marks_next(const uint64_t *words, size_t from) {
    uint64_t bits = words[from / 64] >> (from % 64);
    return bits != 0 ? from + (unsigned)__builtin_ctzll(bits) : gn_http_marks_far(words, from);
}

#endif

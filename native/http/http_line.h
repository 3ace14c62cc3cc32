/* The lines of a head or of trailers, and what else the files of native/http share. For native/http
 * alone.
 *
 * The reader goes from line to line over marks (http_scan.h) of a window of the data. The window
 * starts at some line, grows while lines end in it, and is opened anew when it is full. A line is
 * judged when its CRLF is there or when a byte in it is wrong, whichever comes first: so the result
 * never depends on how the bytes were cut into calls.
 *
 *    window       line          ready          end                 data_end
 *      |███████████|█████████████|..............|......................|
 *      marked, done  marked        not marked     not to be looked at: the limit
 */
#ifndef GN_HTTP_HTTP_LINE_H
#define GN_HTTP_HTTP_LINE_H

#include <string.h>

#include "http.h"
#include "http_scan.h"

struct gn_http_lines {
    const char *data;
    const char *line;   /* the line to be found starts here */
    const char *window; /* what the marks count from */
    const char *ready;
    const char *end;
    const char *safe;     /* the lesser of `ready` and `end` */
    const char *data_end; /* `end` where no limit comes first */
    const char *scanned;  /* after GN_HTTP_MORE: no line ends before it */
    bool limited;         /* what needs more than `end` is refused, for this reason: */
    uint8_t limit_reason;
    uint8_t reason; /* after GN_HTTP_BAD */
    const struct gn_http_scan *scan;
    struct gn_http_marks marks;
};

enum {
    GN_HTTP_DATA_MAX = INT32_MAX,         /* further than any limit lets anyone look */
    GN_HTTP_STEP_FIRST = GN_HTTP_ODD_MAX, /* what is marked at first: enough for a small request */
};

static inline size_t gn_http_least(size_t a, size_t b) { return a < b ? a : b; }

static inline uint32_t gn_http_offset(const struct gn_http_lines *lines, const char *at) {
    return (uint32_t)(at - lines->data);
}

/* Start to read lines at data[line], without a limit. `scanned` is what an earlier call said of
 * this line: if it did, nothing is marked until gn_http_lines_resume finds more to do. */
static inline void gn_http_lines_init(struct gn_http_lines *lines, const char *data, size_t len,
                                      uint32_t line, uint32_t scanned,
                                      enum gn_http_reason limit_reason) {
    len = gn_http_least(len, GN_HTTP_DATA_MAX);
    size_t count = scanned > line ? 0 : gn_http_least(len - line, GN_HTTP_STEP_FIRST);
    size_t words = (count + 63) / 64;
    lines->data = data;
    lines->line = lines->window = data + line;
    lines->ready = lines->safe = lines->line + count;
    lines->end = lines->data_end = data + len;
    lines->limited = false;
    lines->limit_reason = (uint8_t)limit_reason;
    lines->scan = gn_http_scan_get();
    if (count > 0) lines->scan->mark(&lines->marks, lines->line, 0, (uint32_t)count);
    lines->marks.stop[words] = lines->marks.other[words] = ~(uint64_t)0;
}

/* Lines must end at or before data[from + max]; what needs more is refused for this reason. `max`
 * is taken as GN_HTTP_LIMIT_MAX when it is larger. */
static inline void gn_http_lines_limit(struct gn_http_lines *lines, size_t from, size_t max,
                                       enum gn_http_reason reason) {
    size_t limit = from + gn_http_least(max, GN_HTTP_LIMIT_MAX);
    size_t len = (size_t)(lines->data_end - lines->data);
    lines->limited = len >= limit;
    lines->limit_reason = (uint8_t)reason;
    lines->end = lines->data + gn_http_least(len, limit);
    lines->safe = lines->ready < lines->end ? lines->ready : lines->end;
}

/* An earlier call saw no line end before `scanned`: look behind it before anything else, so that a
 * line that comes in many pieces is read twice at most. GN_HTTP_DONE if there is something now. */
int gn_http_lines_resume(struct gn_http_lines *lines, uint32_t scanned);

/* What gn_http_lines_next leaves for later: growing the window, errors, limits, long lines. */
int gn_http_lines_slow(struct gn_http_lines *lines, const char **at, const char **token);

/* Open the window anew at the present line. */
void gn_http_lines_open(struct gn_http_lines *lines);

/* Find the CRLF that ends the present line, and the end of the token at the line's start.
 * Owns:   borrows the data.
 * Thread: any.
 * Fails:  GN_HTTP_MORE, GN_HTTP_BAD with `reason`; `*at` and `*token` are then not set. */
static inline int gn_http_lines_next(struct gn_http_lines *lines, const char **at,
                                     const char **token) {
    const char *line = lines->line;
    size_t from = (size_t)(line - lines->window);
    uint64_t stop = lines->marks.stop[from / 64] >> (from % 64);
    uint64_t other = lines->marks.other[from / 64] >> (from % 64);
    const char *end = stop != 0 ? line + (unsigned)__builtin_ctzll(stop)
                                : lines->window + gn_http_marks_far(lines->marks.stop, from);
    const char *token_end = other != 0
                                ? line + (unsigned)__builtin_ctzll(other)
                                : lines->window + gn_http_marks_far(lines->marks.other, from);
    if (__builtin_expect(lines->safe - end < 2 || memcmp(end, "\r\n", 2) != 0, 0)) {
        return gn_http_lines_slow(lines, at, token);
    }
    *at = end;
    *token = token_end;
    return GN_HTTP_DONE;
}

/* Go behind the CRLF at `at`. */
static inline void gn_http_lines_advance(struct gn_http_lines *lines, const char *at) {
    lines->line = at + 2;
    if (__builtin_expect(lines->line > lines->ready, 0)) gn_http_lines_open(lines);
}

static inline bool gn_http_blank(char c) { return c == ' ' || c == '\t'; }

static inline int gn_http_lines_bad(struct gn_http_lines *lines, enum gn_http_reason reason) {
    lines->reason = (uint8_t)reason;
    return GN_HTTP_BAD;
}

/* The present line does not start with a token and a colon: which of the known attacks is it?
 * Always GN_HTTP_BAD. */
int gn_http_lines_no_field(struct gn_http_lines *lines, const char *name_end, const char *line_end);

/* Check and split a request target, at `at` and not empty; fills form, path, query,
 * authority and their flags.
 * Owns:   borrows the data.
 * Thread: any.
 * Fails:  the reason, GN_HTTP_REASON_NONE when all is well. */
enum gn_http_reason gn_http_target_parse(struct gn_http_head *head, struct gn_http_lines *lines,
                                         const char *at, const char *end);

/* True for `host` or `host:port` as RFC 3986 §3.2 has it, without userinfo and with a host that is
 * not empty; a port is needed when `port_needed` says so. */
bool gn_http_authority_valid(const char *text, size_t len, bool port_needed);

/* True when nothing in text[0 .. len) needs a look, neither as token nor in a target: then it is a
 * path segment, and a host name or IPv4 address, if it is not empty. False may mean that the marks
 * of these bytes are not there any more. */
static inline bool gn_http_lines_plain(const struct gn_http_lines *lines, const char *text,
                                       size_t len) {
    size_t from = (size_t)(text - lines->window); /* huge in front of the window */
    size_t word = from / 64;
    if (word >= GN_HTTP_ODD_WORDS || len == 0 || from % 64 + len > 64) return false;
    uint64_t marked = lines->marks.odd[word] | lines->marks.other[word];
    return marked >> (from % 64) << (64 - len) == 0;
}

/* What the fields of a complete head mean: Host, framing, persistence, expectations.
 * Owns:   borrows the data.
 * Thread: any.
 * Fails:  the reason, GN_HTTP_REASON_NONE when all is well. */
enum gn_http_reason gn_http_request_meaning(struct gn_http_head *head,
                                            const struct gn_http_limits *limits,
                                            const struct gn_http_lines *lines);
enum gn_http_reason gn_http_response_meaning(struct gn_http_head *head,
                                             const struct gn_http_limits *limits,
                                             enum gn_http_method request_method,
                                             const struct gn_http_lines *lines);

/* Two numbers, stored one by one: copying a part that was just stored so would stall, as the
 * processor cannot forward two small stores to one large load. */
static inline void gn_http_part_set(struct gn_http_part *part, uint32_t at, uint32_t len) {
    part->at = at;
    part->len = len;
}

#endif

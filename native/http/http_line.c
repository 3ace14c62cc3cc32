/* Lines: see http_line.h. */
#include "http_line.h"

#include <string.h>

enum { STEP = 384 /* how far is marked at once, behind the first step */ };

static bool extend(struct gn_http_lines *lines);
static int judge(struct gn_http_lines *lines, const char *stop, const char **at,
                 const char **token);
static int incomplete(struct gn_http_lines *lines, const char *scanned);
static const char *find(const struct gn_http_lines *lines, const char *from, const char *to,
                        bool stop);

void gn_http_lines_open(struct gn_http_lines *lines) {
    lines->window = lines->ready = lines->safe = lines->line;
    lines->marks.stop[0] = lines->marks.other[0] = ~(uint64_t)0;
}

int gn_http_lines_resume(struct gn_http_lines *lines, uint32_t scanned) {
    if (find(lines, lines->data + scanned, lines->end, true) < lines->end) return GN_HTTP_DONE;
    return incomplete(lines, lines->end);
}

int gn_http_lines_slow(struct gn_http_lines *lines, const char **at, const char **token) {
    for (;;) {
        size_t from = (size_t)(lines->line - lines->window);
        const char *stop = lines->window + gn_http_marks_next(lines->marks.stop, from);
        if (stop < lines->ready) return judge(lines, stop, at, token);
        if (lines->ready >= lines->end) return incomplete(lines, lines->end);
        if (extend(lines)) continue;
        if (from == 0) {
            return judge(lines, find(lines, lines->ready, lines->end, true), at, token);
        }
        gn_http_lines_open(lines);
    }
}

/* Mark more of the data; false when the window is full. */
static bool extend(struct gn_http_lines *lines) {
    size_t from = (size_t)(lines->ready - lines->window);
    size_t to = from + (from == 0 ? GN_HTTP_STEP_FIRST : STEP);
    if (from == GN_HTTP_MARK_MAX) return false;
    if (to > GN_HTTP_MARK_MAX) to = GN_HTTP_MARK_MAX;
    to = gn_http_least(to, (size_t)(lines->data_end - lines->window));
    lines->scan->mark(&lines->marks, lines->window, (uint32_t)from, (uint32_t)to);
    size_t words = (to + 63) / 64;
    lines->marks.stop[words] = lines->marks.other[words] = ~(uint64_t)0;
    lines->ready = lines->window + to;
    lines->safe = lines->ready < lines->end ? lines->ready : lines->end;
    return true;
}

/* A byte that cannot be in a line is at `stop`: is it the CRLF that ends it? */
static int judge(struct gn_http_lines *lines, const char *stop, const char **at,
                 const char **token) {
    if (stop >= lines->end) return incomplete(lines, lines->end);
    if (*stop == '\n') return gn_http_lines_bad(lines, GN_HTTP_REASON_BARE_LF);
    if (*stop != '\r') return gn_http_lines_bad(lines, GN_HTTP_REASON_CONTROL);
    if (lines->end - stop < 2) return incomplete(lines, stop);
    if (stop[1] != '\n') return gn_http_lines_bad(lines, GN_HTTP_REASON_BARE_CR);
    *at = stop;
    size_t from = (size_t)(lines->line - lines->window);
    *token = lines->window + gn_http_marks_next(lines->marks.other, from);
    if (*token >= lines->ready) *token = find(lines, lines->line, stop, false);
    return GN_HTTP_DONE;
}

static int incomplete(struct gn_http_lines *lines, const char *scanned) {
    if (lines->limited) return gn_http_lines_bad(lines, (enum gn_http_reason)lines->limit_reason);
    lines->scanned = scanned;
    return GN_HTTP_MORE;
}

/* The first byte in [from, to) that is no part of a line, or of a token; `to` if there is none. */
static const char *find(const struct gn_http_lines *lines, const char *from, const char *to,
                        bool stop) {
    struct gn_http_marks marks;
    while (from < to) {
        size_t count = gn_http_least((size_t)(to - from), GN_HTTP_ODD_MAX);
        size_t words = (count + 63) / 64;
        lines->scan->mark(&marks, from, 0, (uint32_t)count);
        marks.stop[words] = marks.other[words] = ~(uint64_t)0;
        size_t found = gn_http_marks_next(stop ? marks.stop : marks.other, 0);
        if (found < count) return from + found;
        from += count;
    }
    return to;
}

int gn_http_lines_no_field(struct gn_http_lines *lines, const char *name_end,
                           const char *line_end) {
    if (name_end == line_end) return gn_http_lines_bad(lines, GN_HTTP_REASON_FIELD_COLON);
    if (!gn_http_blank(*name_end)) return gn_http_lines_bad(lines, GN_HTTP_REASON_FIELD_NAME);
    if (name_end == lines->line) return gn_http_lines_bad(lines, GN_HTTP_REASON_FOLD);
    while (name_end < line_end && gn_http_blank(*name_end))
        name_end++;
    bool space = name_end < line_end && *name_end == ':';
    return gn_http_lines_bad(lines, space ? GN_HTTP_REASON_FIELD_SPACE : GN_HTTP_REASON_FIELD_NAME);
}

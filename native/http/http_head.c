/* Request and response heads: see http.h. This file knows the start lines and the order of things;
 * lines are in http_line.c, fields in http_field.h, targets in http_target.c, what fields mean in
 * http_meaning.c. */
#include <string.h>

#include "http_field.h"

enum phase {
    PHASE_START,  /* an empty line may still be skipped */
    PHASE_LINE,   /* the start line */
    PHASE_FIELDS, /* the header */
    PHASE_DONE,
    PHASE_BAD,
};

enum { VERSION_LEN = 8 /* of "HTTP/1.1" */, CRLF_LEN = 2 };

/* For what would otherwise be called through a pointer, once for each request. */
#define INLINE static inline __attribute__((always_inline))

typedef enum gn_http_reason start_line_fn(struct gn_http_head *head, struct gn_http_lines *lines,
                                          const char *line_end, const char *token);

INLINE enum gn_http_reason request_line(struct gn_http_head *head, struct gn_http_lines *lines,
                                        const char *line_end, const char *method_end);
static start_line_fn status_line;
static int fail(struct gn_http_head *head, enum gn_http_reason reason);
static enum gn_http_reason broken_request_line(struct gn_http_head *head,
                                               const struct gn_http_lines *lines,
                                               const char *method_end, const char *line_end);

void gn_http_head_init(struct gn_http_head *head, struct gn_http_field *fields,
                       uint32_t field_cap) {
    /* In halves: for the whole of it gcc 12 writes `rep stos`, which alone costs as much as a
     * quarter of a small request. */
    memset(head, 0, sizeof(*head) / 2);
    memset((char *)head + sizeof(*head) / 2, 0, sizeof(*head) / 2);
    head->fields.at = fields;
    head->fields.cap = field_cap;
}

static inline void limit_start_line(const struct gn_http_limits *limits,
                                    struct gn_http_lines *lines) {
    gn_http_lines_limit(lines, gn_http_offset(lines, lines->line),
                        (size_t)limits->request_line_max + CRLF_LEN, GN_HTTP_REASON_LINE_LONG);
}

/* Find the start line and have it parsed; lines->reason tells what is wrong after GN_HTTP_BAD. */
INLINE int start(struct gn_http_head *head, const struct gn_http_limits *limits,
                 struct gn_http_lines *lines, start_line_fn *start_line) {
    const char *line_end, *token;
    int rc;
    while ((rc = gn_http_lines_next(lines, &line_end, &token)) == GN_HTTP_DONE) {
        if (line_end != lines->line) {
            enum gn_http_reason reason = start_line(head, lines, line_end, token);
            gn_http_lines_advance(lines, line_end);
            head->phase = PHASE_FIELDS;
            head->fields_at = gn_http_offset(lines, lines->line);
            lines->reason = (uint8_t)reason;
            return reason == GN_HTTP_REASON_NONE ? GN_HTTP_DONE : GN_HTTP_BAD;
        }
        lines->reason = GN_HTTP_REASON_EMPTY_LINE;
        if (head->phase != PHASE_START) return GN_HTTP_BAD;
        head->phase = PHASE_LINE;
        gn_http_lines_advance(lines, line_end);
        limit_start_line(limits, lines);
    }
    return rc;
}

/* All lines of the head, from where the last call stopped. */
INLINE int syntax(struct gn_http_head *head, const struct gn_http_limits *limits,
                  struct gn_http_lines *lines, start_line_fn *start_line) {
    int rc = GN_HTTP_DONE;
    /* Most heads, and whatever came behind them, are far from any limit. */
    size_t len = (size_t)(lines->data_end - lines->data);
    bool limited = len >= limits->request_line_max || len >= limits->header_bytes_max;
    if (limited && head->phase < PHASE_FIELDS) limit_start_line(limits, lines);
    if (limited && head->phase == PHASE_FIELDS) {
        gn_http_lines_limit(lines, head->fields_at, limits->header_bytes_max,
                            GN_HTTP_REASON_HEADER_BYTES);
    }
    if (head->scanned > head->line_at) rc = gn_http_lines_resume(lines, head->scanned);
    if (rc == GN_HTTP_DONE && head->phase < PHASE_FIELDS) {
        rc = start(head, limits, lines, start_line);
        if (limited && rc == GN_HTTP_DONE) {
            gn_http_lines_limit(lines, head->fields_at, limits->header_bytes_max,
                                GN_HTTP_REASON_HEADER_BYTES);
        }
    }
    if (rc == GN_HTTP_DONE) {
        rc = gn_http_fields_parse(lines, &head->fields, limits->header_count_max,
                                  GN_HTTP_REASON_HEADER_COUNT);
    }
    if (rc == GN_HTTP_MORE) {
        head->line_at = gn_http_offset(lines, lines->line);
        head->scanned = gn_http_offset(lines, lines->scanned);
    }
    return rc;
}

int gn_http_request_parse(struct gn_http_head *head, const struct gn_http_limits *limits,
                          const char *data, size_t len) {
    struct gn_http_lines lines;
    if (head->phase >= PHASE_DONE) return head->phase == PHASE_DONE ? GN_HTTP_DONE : GN_HTTP_BAD;
    if (len < head->scanned) return GN_HTTP_MORE; /* less than the call before held */
    gn_http_lines_init(&lines, data, len, head->line_at, head->scanned,
                       GN_HTTP_REASON_HEADER_BYTES);
    int rc = syntax(head, limits, &lines, request_line);
    if (rc == GN_HTTP_BAD) return fail(head, (enum gn_http_reason)lines.reason);
    if (rc == GN_HTTP_MORE) return rc;
    enum gn_http_reason reason = gn_http_request_meaning(head, limits, &lines);
    if (reason != GN_HTTP_REASON_NONE) return fail(head, reason);
    head->head_len = gn_http_offset(&lines, lines.line);
    head->phase = PHASE_DONE;
    return GN_HTTP_DONE;
}

int gn_http_response_parse(struct gn_http_head *head, const struct gn_http_limits *limits,
                           enum gn_http_method request_method, const char *data, size_t len) {
    struct gn_http_lines lines;
    if (head->phase >= PHASE_DONE) return head->phase == PHASE_DONE ? GN_HTTP_DONE : GN_HTTP_BAD;
    if (len < head->scanned) return GN_HTTP_MORE; /* less than the call before held */
    if (head->phase == PHASE_START) head->phase = PHASE_LINE;
    gn_http_lines_init(&lines, data, len, head->line_at, head->scanned,
                       GN_HTTP_REASON_HEADER_BYTES);
    int rc = syntax(head, limits, &lines, status_line);
    if (rc == GN_HTTP_MORE) return rc;
    enum gn_http_reason reason =
        rc == GN_HTTP_BAD ? (enum gn_http_reason)lines.reason
                          : gn_http_response_meaning(head, limits, request_method, &lines);
    if (reason != GN_HTTP_REASON_NONE) {
        fail(head, reason);
        head->status = 502;
        return GN_HTTP_BAD;
    }
    head->head_len = gn_http_offset(&lines, lines.line);
    head->phase = PHASE_DONE;
    return GN_HTTP_DONE;
}

static int fail(struct gn_http_head *head, enum gn_http_reason reason) {
    head->phase = PHASE_BAD;
    head->reason = (uint8_t)reason;
    head->status = (uint16_t)gn_http_reason_status(reason);
    head->flags &= (uint16_t)~GN_HTTP_KEEP_ALIVE;
    return GN_HTTP_BAD;
}

/* ---- methods ---- */

#define METHOD_NAME(id, name) name,
static const char *const method_names[] = {"", GN_HTTP_METHODS(METHOD_NAME)};
_Static_assert(sizeof(method_names) / sizeof(*method_names) == GN_HTTP_METHOD_COUNT, "one each");

const char *gn_http_method_name(enum gn_http_method method) {
    return method_names[(unsigned)method < GN_HTTP_METHOD_COUNT ? method : 0];
}

/* Methods are case-sensitive: `get` is another one than GET (RFC 9110 §9.1). */
static enum gn_http_method rare_method(const char *at, size_t len) {
    for (int i = 1; i < GN_HTTP_METHOD_COUNT; i++) {
        const char *name = method_names[i];
        size_t same = 0;
        while (same < len && name[same] != '\0' && name[same] == at[same])
            same++;
        if (same == len && name[same] == '\0') return (enum gn_http_method)i;
    }
    return GN_HTTP_METHOD_OTHER;
}

static inline enum gn_http_method method_of(const char *at, size_t len) {
    if (len == 3 && memcmp(at, "GET", 3) == 0) return GN_HTTP_METHOD_GET;
    if (len == 4 && memcmp(at, "POST", 4) == 0) return GN_HTTP_METHOD_POST;
    return rare_method(at, len);
}

/* ---- start lines ---- */

/* "HTTP/1.1" or "HTTP/1.0"; other versions are 505, other texts malformed. */
static enum gn_http_reason version(struct gn_http_head *head, const char *at, size_t len) {
    if (len != VERSION_LEN || memcmp(at, "HTTP/", 5) != 0 || at[6] != '.' || at[5] < '0' ||
        at[5] > '9' || at[7] < '0' || at[7] > '9') {
        return GN_HTTP_REASON_VERSION_FORM;
    }
    head->version_minor = (uint8_t)(at[7] - '0');
    return at[5] == '1' && at[7] <= '1' ? GN_HTTP_REASON_NONE : GN_HTTP_REASON_VERSION;
}

/* RFC 9112 §3: method SP request-target SP HTTP-version, each space exactly one. The last space is
 * looked for in front of the version, so one too many is found in the target. */
INLINE enum gn_http_reason request_line(struct gn_http_head *head, struct gn_http_lines *lines,
                                        const char *line_end, const char *method_end) {
    const char *method = lines->line;
    /* Behind the method: SP, at least one byte, SP, and the version. */
    if (method_end == method || line_end - method_end < VERSION_LEN + 3 || *method_end != ' ' ||
        line_end[-VERSION_LEN - 1] != ' ') {
        return broken_request_line(head, lines, method_end, line_end);
    }
    const char *space = line_end - VERSION_LEN - 1;
    if (memcmp(space + 1, "HTTP/1.1", VERSION_LEN) == 0) {
        head->version_minor = 1;
    } else {
        enum gn_http_reason reason = version(head, space + 1, VERSION_LEN);
        if (reason != GN_HTTP_REASON_NONE) return reason;
    }
    size_t method_len = (size_t)(method_end - method);
    gn_http_part_set(&head->method, gn_http_offset(lines, method), (uint32_t)method_len);
    head->method_id = (uint8_t)method_of(method, method_len);

    const char *target = method_end + 1;
    size_t from = (size_t)(target - lines->window), target_len = (size_t)(space - target);
    uint32_t target_at = gn_http_offset(lines, target);
    gn_http_part_set(&head->target, target_at, (uint32_t)target_len);
    /* The usual target, quickly: a short path without anything that needs a look. */
    if (*target == '/' && from + target_len <= 64 && head->method_id != GN_HTTP_METHOD_CONNECT &&
        lines->marks.odd[0] >> from << (64 - target_len) == 0) {
        gn_http_part_set(&head->path, target_at, (uint32_t)target_len);
        return GN_HTTP_REASON_NONE;
    }
    return gn_http_target_parse(head, lines, target, space);
}

/* No request line looks like this; what is it that is wrong? */
static enum gn_http_reason broken_request_line(struct gn_http_head *head,
                                               const struct gn_http_lines *lines,
                                               const char *method_end, const char *line_end) {
    const char *space = line_end;
    if (method_end == line_end) return GN_HTTP_REASON_LINE_FORM;
    if (method_end == lines->line || *method_end != ' ') return GN_HTTP_REASON_METHOD;
    while (*--space != ' ')
        continue;
    if (space <= method_end + 1) return GN_HTTP_REASON_LINE_FORM;
    enum gn_http_reason reason = version(head, space + 1, (size_t)(line_end - space - 1));
    return reason != GN_HTTP_REASON_NONE ? reason : GN_HTTP_REASON_LINE_FORM;
}

/* RFC 9112 §4: HTTP-version SP 3DIGIT SP [ reason-phrase ]; the second space is always there. */
static enum gn_http_reason status_line(struct gn_http_head *head, struct gn_http_lines *lines,
                                       const char *line_end, const char *token) {
    enum { HERE = VERSION_LEN + 1, PHRASE = HERE + 4 };
    const char *line = lines->line;
    uint32_t code = 0;
    if (line_end - line < PHRASE || line[HERE - 1] != ' ' || line[PHRASE - 1] != ' ') {
        return GN_HTTP_REASON_STATUS_LINE;
    }
    enum gn_http_reason reason = version(head, line, VERSION_LEN);
    if (reason != GN_HTTP_REASON_NONE) return reason;
    for (int i = HERE; i < HERE + 3; i++) {
        if (line[i] < '0' || line[i] > '9') return GN_HTTP_REASON_STATUS_LINE;
        code = code * 10 + (uint32_t)(line[i] - '0');
    }
    /* Codes from 600 on are invalid, but a client treats them as 5xx (RFC 9110 §15). */
    if (code < 100) return GN_HTTP_REASON_STATUS_LINE;
    head->status = (uint16_t)code;
    gn_http_part_set(&head->reason_phrase, gn_http_offset(lines, line) + PHRASE,
                     (uint32_t)(line_end - line) - PHRASE);
    return GN_HTTP_REASON_NONE;
}

/* ---- reasons ---- */

#define REASON(id, status, name, text) {status, name, text},
static const struct {
    int status;
    const char *name, *text;
} reasons[] = {GN_HTTP_REASONS(REASON)};

static unsigned known_reason(enum gn_http_reason reason) {
    return (unsigned)reason < GN_HTTP_REASON_COUNT ? reason : 0;
}

int gn_http_reason_status(enum gn_http_reason reason) {
    return reasons[known_reason(reason)].status;
}

const char *gn_http_reason_name(enum gn_http_reason reason) {
    return reasons[known_reason(reason)].name;
}

const char *gn_http_reason_text(enum gn_http_reason reason) {
    return reasons[known_reason(reason)].text;
}

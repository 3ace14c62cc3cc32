/* Bodies: see http.h. A chunk line is read byte by byte, as RFC 9112 §7.1 writes it:
 *
 *   chunk-size *( BWS ";" BWS name [ BWS "=" BWS ( token | quoted-string ) ] ) CRLF
 *
 *            ┌────────────────── ";" ──────────────────┐
 *   SIZE ──►NAME_START─►NAME──"="──►VALUE_START─►VALUE─┤      CR from SIZE, NAME, VALUE, QUOTED_END
 *     │       ▲           │BWS ▲         └─►QUOTED─►QUOTED_END      └──► SIZE_LF ──► DATA
 *     └─BWS─►SEMICOLON    └►EQUALS─┘            ⇅ ESCAPE
 *
 * White space is fine where the grammar has BWS, and nowhere else: not in front of the CRLF.
 */
#include <string.h>

#include "../base/bytes.h"
#include "http_field.h"

enum phase {
    PHASE_NONE, /* no body: done at once */
    PHASE_LENGTH,
    PHASE_CLOSE,
    PHASE_SIZE,
    PHASE_SEMICOLON, /* white space after the size or a value: only ";" may follow */
    PHASE_NAME_START,
    PHASE_NAME,
    PHASE_EQUALS, /* white space after a name: "=" or ";" */
    PHASE_VALUE_START,
    PHASE_VALUE,
    PHASE_QUOTED,
    PHASE_ESCAPE,
    PHASE_QUOTED_END,
    PHASE_SIZE_LF,
    PHASE_DATA,
    PHASE_DATA_CR,
    PHASE_DATA_LF,
    PHASE_TRAILERS,
    PHASE_DONE,
    PHASE_BAD,
};

enum {
    SIZE_DIGITS_MAX = 16,
    SHORT_LINE = 5, /* bytes between the data of two chunks when the second has one digit */
};

static int counted(struct gn_http_body *body, const struct gn_http_limits *limits, size_t len,
                   struct gn_http_piece *piece);
static int chunked(struct gn_http_body *body, const struct gn_http_limits *limits, const char *data,
                   size_t len, struct gn_http_piece *piece);
static enum gn_http_reason framing_byte(struct gn_http_body *body,
                                        const struct gn_http_limits *limits, char c);
static enum gn_http_reason size_byte(struct gn_http_body *body, char c);
static enum gn_http_reason ext_byte(struct gn_http_body *body, char c);
static enum gn_http_reason chunk_start(struct gn_http_body *body,
                                       const struct gn_http_limits *limits);
static int trailers(struct gn_http_body *body, const struct gn_http_limits *limits,
                    const char *data, size_t len, struct gn_http_piece *piece);

static int fail(struct gn_http_body *body, enum gn_http_reason reason) {
    body->phase = PHASE_BAD;
    body->reason = (uint8_t)reason;
    body->status = (uint16_t)gn_http_reason_status(reason);
    return GN_HTTP_BAD;
}

void gn_http_body_init(struct gn_http_body *body, enum gn_http_framing framing,
                       uint64_t content_length, struct gn_http_field *trailer_fields,
                       uint32_t trailer_cap) {
    static const uint8_t first[] = {
        [GN_HTTP_FRAMING_NONE] = PHASE_NONE,
        [GN_HTTP_FRAMING_LENGTH] = PHASE_LENGTH,
        [GN_HTTP_FRAMING_CHUNKED] = PHASE_SIZE,
        [GN_HTTP_FRAMING_CLOSE] = PHASE_CLOSE,
    };
    memset(body, 0, sizeof(*body));
    body->phase = first[framing];
    body->trailers.at = trailer_fields;
    body->trailers.cap = trailer_cap;
    if (framing == GN_HTTP_FRAMING_LENGTH) body->left = content_length;
}

int gn_http_body_parse(struct gn_http_body *body, const struct gn_http_limits *limits,
                       const char *data, size_t len, struct gn_http_piece *piece) {
    *piece = (struct gn_http_piece){.consumed = 0};
    if (body->phase == PHASE_BAD) return GN_HTTP_BAD;
    if (body->phase == PHASE_DONE || body->phase == PHASE_NONE) return GN_HTTP_DONE;
    if (body->phase == PHASE_LENGTH || body->phase == PHASE_CLOSE) {
        return counted(body, limits, len, piece);
    }
    return chunked(body, limits, data, len, piece);
}

int gn_http_body_end(struct gn_http_body *body) {
    if (body->phase == PHASE_BAD) return GN_HTTP_BAD;
    bool complete = body->phase == PHASE_DONE || body->phase == PHASE_NONE ||
                    body->phase == PHASE_CLOSE || (body->phase == PHASE_LENGTH && body->left == 0);
    if (!complete) return fail(body, GN_HTTP_REASON_BODY_SHORT);
    body->phase = PHASE_DONE;
    return GN_HTTP_DONE;
}

static int tell(struct gn_http_piece *piece, size_t at, size_t len) {
    piece->data_at = at;
    piece->data_len = len;
    piece->consumed = at + len;
    return GN_HTTP_DATA;
}

/* Content-Length, or everything up to the end of the connection. */
static int counted(struct gn_http_body *body, const struct gn_http_limits *limits, size_t len,
                   struct gn_http_piece *piece) {
    uint64_t room = limits->body_max < body->total ? 0 : limits->body_max - body->total;
    uint64_t left = body->phase == PHASE_LENGTH ? body->left : UINT64_MAX;
    if (body->phase == PHASE_LENGTH && left > room) return fail(body, GN_HTTP_REASON_BODY_LONG);
    if (left == 0) {
        body->phase = PHASE_DONE;
        return GN_HTTP_DONE;
    }
    if (len == 0) return GN_HTTP_MORE;
    if (room == 0) return fail(body, GN_HTTP_REASON_BODY_LONG);
    uint64_t count = len;
    if (count > left) count = left;
    if (count > room) count = room;
    body->total += count;
    if (body->phase == PHASE_LENGTH) body->left -= count;
    return tell(piece, 0, (size_t)count);
}

/* The end of a chunk and the line of one of at most 15 bytes, which is mostly framing: at once. */
static inline bool takes_short_line(struct gn_http_body *body, const char *data) {
    int digit = gn_bytes_hex_digit(data[2]);
    bool ends = data[0] == '\r' && data[1] == '\n' && data[3] == '\r' && data[4] == '\n';
    if (digit < 0 || !ends) return false;
    body->digits = 1;
    body->left = (uint64_t)digit;
    return true;
}

static int chunked(struct gn_http_body *body, const struct gn_http_limits *limits, const char *data,
                   size_t len, struct gn_http_piece *piece) {
    size_t at = 0;
    for (;;) {
        if (body->phase == PHASE_TRAILERS) {
            int rc = trailers(body, limits, data + at, len - at, piece);
            piece->consumed += at;
            piece->trailers_at = at;
            return rc;
        }
        if (at == len) break;
        if (body->phase == PHASE_DATA) {
            size_t count = len - at < body->left ? len - at : (size_t)body->left;
            body->left -= count;
            if (body->left == 0) body->phase = PHASE_DATA_CR;
            return tell(piece, at, count);
        }
        enum gn_http_reason reason;
        if (body->phase == PHASE_DATA_CR && len - at >= SHORT_LINE &&
            takes_short_line(body, data + at)) {
            reason = chunk_start(body, limits);
            at += SHORT_LINE;
        } else {
            reason = framing_byte(body, limits, data[at++]);
        }
        if (reason != GN_HTTP_REASON_NONE) return fail(body, reason);
    }
    piece->consumed = at;
    return GN_HTTP_MORE;
}

/* One byte between the data of two chunks. */
static enum gn_http_reason framing_byte(struct gn_http_body *body,
                                        const struct gn_http_limits *limits, char c) {
    enum gn_http_reason reason = GN_HTTP_REASON_NONE;
    switch (body->phase) {
    case PHASE_DATA_CR:
        if (c != '\r') return GN_HTTP_REASON_CHUNK_END;
        body->phase = PHASE_DATA_LF;
        return reason;
    case PHASE_DATA_LF:
        if (c != '\n') return GN_HTTP_REASON_CHUNK_END;
        body->phase = PHASE_SIZE;
        body->digits = 0;
        return reason;
    case PHASE_SIZE_LF: return c == '\n' ? chunk_start(body, limits) : GN_HTTP_REASON_BARE_CR;
    case PHASE_SIZE: reason = size_byte(body, c); break;
    default: reason = ext_byte(body, c); break;
    }
    if (reason != GN_HTTP_REASON_NONE) return reason;
    if (body->phase == PHASE_SIZE || body->phase == PHASE_SIZE_LF) return reason;
    return ++body->ext_bytes > limits->chunk_ext_max ? GN_HTTP_REASON_CHUNK_EXT_LONG : reason;
}

static inline bool blank(char c) { return c == ' ' || c == '\t'; }

/* What may follow a size, a name, a value: ";" or CR, white space if it leads to `after_blank`. */
static enum gn_http_reason ext_end(struct gn_http_body *body, char c, enum phase after_blank) {
    if (c == ';') {
        body->phase = PHASE_NAME_START;
    } else if (c == '\r') {
        body->phase = PHASE_SIZE_LF;
    } else if (blank(c)) {
        body->phase = (uint8_t)after_blank;
    } else {
        return c == '\n' ? GN_HTTP_REASON_BARE_LF : GN_HTTP_REASON_CHUNK_EXT;
    }
    return GN_HTTP_REASON_NONE;
}

static enum gn_http_reason size_byte(struct gn_http_body *body, char c) {
    int digit = gn_bytes_hex_digit(c);
    if (digit < 0) {
        if (body->digits == 0) return GN_HTTP_REASON_CHUNK_SIZE;
        enum gn_http_reason reason = ext_end(body, c, PHASE_SEMICOLON);
        return reason == GN_HTTP_REASON_CHUNK_EXT ? GN_HTTP_REASON_CHUNK_SIZE : reason;
    }
    if (body->digits == 0) body->left = 0;
    /* Leading zeros count, or a size could go on for ever. */
    if (++body->digits > SIZE_DIGITS_MAX) return GN_HTTP_REASON_CHUNK_SIZE;
    body->left = body->left << 4 | (uint64_t)digit;
    return body->left > INT64_MAX ? GN_HTTP_REASON_CHUNK_SIZE : GN_HTTP_REASON_NONE;
}

static enum gn_http_reason ext_byte(struct gn_http_body *body, char c) {
    if (c == '\n') return GN_HTTP_REASON_BARE_LF;
    switch (body->phase) {
    case PHASE_SEMICOLON:
        return c == '\r' ? GN_HTTP_REASON_CHUNK_EXT : ext_end(body, c, PHASE_SEMICOLON);
    case PHASE_EQUALS:
        if (c == '\r') return GN_HTTP_REASON_CHUNK_EXT;
        if (c != '=') return ext_end(body, c, PHASE_EQUALS);
        body->phase = PHASE_VALUE_START;
        return GN_HTTP_REASON_NONE;
    case PHASE_NAME:
        if (gn_http_is(c, GN_HTTP_IN_TOKEN)) return GN_HTTP_REASON_NONE;
        if (c != '=') return ext_end(body, c, PHASE_EQUALS);
        body->phase = PHASE_VALUE_START;
        return GN_HTTP_REASON_NONE;
    case PHASE_VALUE:
        if (gn_http_is(c, GN_HTTP_IN_TOKEN)) return GN_HTTP_REASON_NONE;
        return ext_end(body, c, PHASE_SEMICOLON);
    case PHASE_QUOTED_END: return ext_end(body, c, PHASE_SEMICOLON);
    case PHASE_QUOTED:
        if (c == '"') body->phase = PHASE_QUOTED_END;
        if (c == '\\') body->phase = PHASE_ESCAPE;
        return c == '"' || c == '\\' || gn_http_is(c, GN_HTTP_IN_QUOTED) ? GN_HTTP_REASON_NONE
                                                                         : GN_HTTP_REASON_CHUNK_EXT;
    case PHASE_ESCAPE:
        body->phase = PHASE_QUOTED;
        return gn_http_is(c, GN_HTTP_IN_VALUE) ? GN_HTTP_REASON_NONE : GN_HTTP_REASON_CHUNK_EXT;
    default: break;
    }
    /* PHASE_NAME_START, PHASE_VALUE_START */
    if (blank(c)) return GN_HTTP_REASON_NONE;
    bool value = body->phase == PHASE_VALUE_START;
    if (value && c == '"') {
        body->phase = PHASE_QUOTED;
        return GN_HTTP_REASON_NONE;
    }
    body->phase = value ? PHASE_VALUE : PHASE_NAME;
    return gn_http_is(c, GN_HTTP_IN_TOKEN) ? GN_HTTP_REASON_NONE : GN_HTTP_REASON_CHUNK_EXT;
}

static enum gn_http_reason chunk_start(struct gn_http_body *body,
                                       const struct gn_http_limits *limits) {
    if (body->left == 0) {
        body->phase = PHASE_TRAILERS;
        return GN_HTTP_REASON_NONE;
    }
    if (body->total > limits->body_max || body->left > limits->body_max - body->total) {
        return GN_HTTP_REASON_BODY_LONG;
    }
    body->total += body->left;
    body->phase = PHASE_DATA;
    return GN_HTTP_REASON_NONE;
}

/* The trailer section, which `data` starts with. */
static int trailers(struct gn_http_body *body, const struct gn_http_limits *limits,
                    const char *data, size_t len, struct gn_http_piece *piece) {
    struct gn_http_lines lines;
    int rc = GN_HTTP_DONE;
    if (len < body->scanned) return GN_HTTP_MORE; /* less than the call before held */
    gn_http_lines_init(&lines, data, len, body->line_at, body->scanned,
                       GN_HTTP_REASON_TRAILER_BYTES);
    gn_http_lines_limit(&lines, 0, limits->trailer_bytes_max, GN_HTTP_REASON_TRAILER_BYTES);
    if (body->scanned > body->line_at) rc = gn_http_lines_resume(&lines, body->scanned);
    if (rc == GN_HTTP_DONE) {
        rc = gn_http_fields_parse(&lines, &body->trailers, limits->trailer_count_max,
                                  GN_HTTP_REASON_TRAILER_COUNT);
    }
    /* Before what is wrong with the last line: the result must not depend on how many lines came
     * with this call. */
    if (body->trailers.seen != 0) return fail(body, GN_HTTP_REASON_TRAILER_FIELD);
    if (rc == GN_HTTP_BAD) return fail(body, (enum gn_http_reason)lines.reason);
    if (rc == GN_HTTP_MORE) {
        body->line_at = gn_http_offset(&lines, lines.line);
        body->scanned = gn_http_offset(&lines, lines.scanned);
        return rc;
    }
    body->phase = PHASE_DONE;
    piece->consumed = gn_http_offset(&lines, lines.line);
    return GN_HTTP_DONE;
}

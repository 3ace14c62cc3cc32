/* Field lines, in heads and in trailers. For native/http alone.
 *
 * A header and not a source: the loop below is most of what parsing a head costs, and being part of
 * its two callers, instead of a call, makes a small request a tenth cheaper.
 */
#ifndef GN_HTTP_HTTP_FIELD_H
#define GN_HTTP_HTTP_FIELD_H

#include "http_line.h"

static inline uint64_t gn_http_lower_8(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word | 0x2020202020202020u;
}

static inline uint32_t gn_http_lower_4(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word | 0x20202020u;
}

/* The names that frame or route a message have lengths of their own, so a name needs to be compared
 * with one of them alone, in overlapping words. Among the bytes of tokens, setting bit 5 makes
 * lower case and turns nothing else into a letter or a hyphen. */
static inline enum gn_http_name gn_http_field_recognise(const char *name, size_t len) {
#define IS_4(at, text) (gn_http_lower_4(name + (at)) == gn_http_lower_4(text))
#define IS_8(at, text) (gn_http_lower_8(name + (at)) == gn_http_lower_8(text))
    switch (len) {
    case 4: return IS_4(0, "host") ? GN_HTTP_NAME_HOST : GN_HTTP_NAME_OTHER;
    case 6: return IS_4(0, "expe") && IS_4(2, "pect") ? GN_HTTP_NAME_EXPECT : GN_HTTP_NAME_OTHER;
    case 7: return IS_4(0, "upgr") && IS_4(3, "rade") ? GN_HTTP_NAME_UPGRADE : GN_HTTP_NAME_OTHER;
    case 10:
        return IS_8(0, "connecti") && IS_8(2, "nnection") ? GN_HTTP_NAME_CONNECTION
                                                          : GN_HTTP_NAME_OTHER;
    case 14:
        return IS_8(0, "content-") && IS_8(6, "t-length") ? GN_HTTP_NAME_CONTENT_LENGTH
                                                          : GN_HTTP_NAME_OTHER;
    case 17:
        return IS_8(0, "transfer") && IS_8(8, "-encodin") && IS_8(9, "encoding")
                   ? GN_HTTP_NAME_TRANSFER_ENCODING
                   : GN_HTTP_NAME_OTHER;
    default: return GN_HTTP_NAME_OTHER;
    }
#undef IS_4
#undef IS_8
}

static inline void gn_http_field_note(struct gn_http_fields *fields, enum gn_http_name name) {
    unsigned bit = 1u << name;
    if ((fields->seen & bit) != 0) {
        fields->repeated |= (uint8_t)bit;
        return;
    }
    fields->seen |= (uint8_t)bit;
    fields->first[name] = (uint16_t)fields->count;
}

/* Read field lines up to and including the empty line that ends them, and `max` at most; `full` is
 * why one more is refused.
 * Owns:   borrows the data; adds to `fields`, also when it fails.
 * Thread: any.
 * Fails:  GN_HTTP_MORE, GN_HTTP_BAD with `reason`. */
static inline __attribute__((always_inline)) int gn_http_fields_parse(struct gn_http_lines *lines,
                                                                      struct gn_http_fields *fields,
                                                                      uint32_t max,
                                                                      enum gn_http_reason full) {
    const char *line_end, *name_end;
    int rc;
    if (max > fields->cap) max = fields->cap;
    if (max > UINT16_MAX) max = UINT16_MAX;
    while ((rc = gn_http_lines_next(lines, &line_end, &name_end)) == GN_HTTP_DONE) {
        const char *line = lines->line;
        if (*name_end != ':' || name_end == line) {
            if (line_end != line) return gn_http_lines_no_field(lines, name_end, line_end);
            gn_http_lines_advance(lines, line_end);
            return rc;
        }
        size_t name_len = (size_t)(name_end - line);
        /* What does not fit the record is longer than any header may be. */
        if (name_len > UINT16_MAX) {
            return gn_http_lines_bad(lines, (enum gn_http_reason)lines->limit_reason);
        }
        if (fields->count == max) return gn_http_lines_bad(lines, full);

        /* The CR ends the search for the first byte, and that one the search for the last. */
        const char *value = name_end + 1, *value_end = line_end;
        while (gn_http_blank(*value))
            value++;
        while (value < value_end && gn_http_blank(value_end[-1]))
            value_end--;

        enum gn_http_name name = gn_http_field_recognise(line, name_len);
        if (name != GN_HTTP_NAME_OTHER) gn_http_field_note(fields, name);
        struct gn_http_field *field = &fields->at[fields->count++];
        field->name_at = gn_http_offset(lines, line);
        field->value_at = gn_http_offset(lines, value);
        field->value_len = (uint32_t)(value_end - value);
        field->name_len = (uint16_t)name_len;
        field->name = (uint16_t)name;
        gn_http_lines_advance(lines, line_end);
        if (lines->safe - line_end >= 4 && memcmp(line_end, "\r\n\r\n", 4) == 0) {
            gn_http_lines_advance(lines, line_end + 2);
            return GN_HTTP_DONE;
        }
    }
    return rc;
}

#endif

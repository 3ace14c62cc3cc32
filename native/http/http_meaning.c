/* What the fields of a head mean together: see http_line.h. Syntax was checked before; here is
 * where requests are refused that two servers could frame differently, RFC 9112 §6.3 and §11.2. */
#include <string.h>

#include "../base/bytes.h"
#include "http_line.h"

/* What lists said; a field may come several times, and its lines then make up one list. */
enum said {
    SAID_CLOSE = 1 << 0, /* Connection */
    SAID_KEEP_ALIVE = 1 << 1,
    SAID_UPGRADE = 1 << 2,
    SAID_CHUNKED = 1 << 3,  /* Transfer-Encoding */
    SAID_CODING = 1 << 4,   /* one that is unknown */
    SAID_CONTINUE = 1 << 5, /* Expect */
    SAID_EXPECT = 1 << 6,   /* one that is unknown */
    SAID_BAD = 1 << 7,
};

#define SEEN(head, id)     (((head)->fields.seen >> GN_HTTP_NAME_##id & 1) != 0)
#define REPEATED(head, id) (((head)->fields.repeated >> GN_HTTP_NAME_##id & 1) != 0)

typedef unsigned list_fn(unsigned said, struct gn_span value);

static unsigned each_line(const struct gn_http_head *head, const char *data, enum gn_http_name name,
                          list_fn *list);
static list_fn codings, options, expectations;
static inline enum gn_http_reason framing(struct gn_http_head *head, const char *data);
static inline void persistence(struct gn_http_head *head, const char *data);

static struct gn_span first_value(const struct gn_http_head *head, const char *data,
                                  enum gn_http_name name) {
    const struct gn_http_field *field = &head->fields.at[head->fields.first[name]];
    return (struct gn_span){data + field->value_at, field->value_len};
}

static inline enum gn_http_reason host(struct gn_http_head *head,
                                       const struct gn_http_lines *lines) {
    const char *data = lines->data;
    if (!SEEN(head, HOST)) {
        return head->version_minor > 0 ? GN_HTTP_REASON_HOST_MISSING : GN_HTTP_REASON_NONE;
    }
    if (REPEATED(head, HOST)) return GN_HTTP_REASON_HOST_REPEATED;
    struct gn_span value = first_value(head, data, GN_HTTP_NAME_HOST);
    uint32_t at = (uint32_t)(value.data - data), len = (uint32_t)value.len;
    head->flags |= GN_HTTP_HAS_HOST;
    gn_http_part_set(&head->host, at, len);
    /* RFC 9112 §3.2.2: the authority of an absolute target replaces Host. */
    if (head->authority.len == 0) gn_http_part_set(&head->authority, at, len);
    return gn_http_lines_plain(lines, value.data, len) ||
                   gn_http_authority_valid(value.data, len, false)
               ? GN_HTTP_REASON_NONE
               : GN_HTTP_REASON_HOST;
}

enum gn_http_reason gn_http_request_meaning(struct gn_http_head *head,
                                            const struct gn_http_limits *limits,
                                            const struct gn_http_lines *lines) {
    const char *data = lines->data;
    enum gn_http_reason reason;
    if ((reason = host(head, lines)) != GN_HTTP_REASON_NONE) return reason;
    if ((reason = framing(head, data)) != GN_HTTP_REASON_NONE) return reason;
    persistence(head, data);
    /* RFC 9110 §10.1.1: a 1.0 client cannot wait for 100. */
    if (SEEN(head, EXPECT) && head->version_minor > 0) {
        unsigned said = each_line(head, data, GN_HTTP_NAME_EXPECT, expectations);
        if ((said & SAID_CONTINUE) != 0) head->flags |= GN_HTTP_EXPECT_CONTINUE;
        if ((said & SAID_EXPECT) != 0) head->flags |= GN_HTTP_EXPECT_OTHER;
    }
    return head->content_length > limits->body_max ? GN_HTTP_REASON_BODY_LONG : GN_HTTP_REASON_NONE;
}

enum gn_http_reason gn_http_response_meaning(struct gn_http_head *head,
                                             const struct gn_http_limits *limits,
                                             enum gn_http_method request_method,
                                             const struct gn_http_lines *lines) {
    const char *data = lines->data;
    enum gn_http_reason reason = framing(head, data);
    if (reason != GN_HTTP_REASON_NONE) return reason;
    uint16_t status = head->status;
    bool tunnel = request_method == GN_HTTP_METHOD_CONNECT && status / 100 == 2;
    if (request_method == GN_HTTP_METHOD_HEAD || status / 100 == 1 || status == 204 ||
        status == 304 || tunnel) {
        head->framing = GN_HTTP_FRAMING_NONE;
    } else if (head->framing == GN_HTTP_FRAMING_NONE) {
        head->framing = GN_HTTP_FRAMING_CLOSE;
    }
    persistence(head, data);
    if (head->framing == GN_HTTP_FRAMING_CLOSE || tunnel) {
        head->flags &= (uint16_t)~GN_HTTP_KEEP_ALIVE;
    }
    bool has_body = head->framing == GN_HTTP_FRAMING_LENGTH;
    return has_body && head->content_length > limits->body_max ? GN_HTTP_REASON_BODY_LONG
                                                               : GN_HTTP_REASON_NONE;
}

static inline enum gn_http_reason framing(struct gn_http_head *head, const char *data) {
    if (SEEN(head, CONTENT_LENGTH)) {
        if (REPEATED(head, CONTENT_LENGTH)) return GN_HTTP_REASON_LENGTH_REPEATED;
        struct gn_span value = first_value(head, data, GN_HTTP_NAME_CONTENT_LENGTH);
        if (!gn_bytes_decimal(value, INT64_MAX, &head->content_length)) {
            return GN_HTTP_REASON_LENGTH;
        }
        head->flags |= GN_HTTP_HAS_LENGTH;
        head->framing = GN_HTTP_FRAMING_LENGTH;
    }
    if (!SEEN(head, TRANSFER_ENCODING)) return GN_HTTP_REASON_NONE;
    /* RFC 9112 §6.1 and §6.3: each of these is a known way to smuggle a request. */
    if (SEEN(head, CONTENT_LENGTH)) return GN_HTTP_REASON_TE_LENGTH;
    if (head->version_minor == 0) return GN_HTTP_REASON_TE_VERSION;
    unsigned said = each_line(head, data, GN_HTTP_NAME_TRANSFER_ENCODING, codings);
    if ((said & SAID_BAD) != 0) return GN_HTTP_REASON_TE;
    if ((said & SAID_CODING) != 0) return GN_HTTP_REASON_TE_UNKNOWN;
    head->framing = GN_HTTP_FRAMING_CHUNKED;
    return GN_HTTP_REASON_NONE;
}

static inline void persistence(struct gn_http_head *head, const char *data) {
    unsigned said = 0;
    if (SEEN(head, CONNECTION)) said = each_line(head, data, GN_HTTP_NAME_CONNECTION, options);
    unsigned keep = head->version_minor > 0 ? 1 : said & SAID_KEEP_ALIVE;
    if ((said & SAID_CLOSE) != 0) {
        head->flags |= GN_HTTP_CLOSE;
    } else if (keep != 0) {
        head->flags |= GN_HTTP_KEEP_ALIVE;
    }
    /* RFC 9110 §7.8: Upgrade counts when Connection names it, and never in 1.0. */
    if ((said & SAID_UPGRADE) != 0 && SEEN(head, UPGRADE) && head->version_minor > 0) {
        head->flags |= GN_HTTP_UPGRADE;
    }
}

/* ---- comma lists, RFC 9110 §5.6.1 ---- */

static unsigned each_line(const struct gn_http_head *head, const char *data, enum gn_http_name name,
                          list_fn *list) {
    unsigned said = list(0, first_value(head, data, name));
    if ((head->fields.repeated >> name & 1) == 0) return said;
    for (uint32_t i = head->fields.first[name] + 1u; i < head->fields.count; i++) {
        const struct gn_http_field *field = &head->fields.at[i];
        if (field->name != name) continue;
        said = list(said, (struct gn_span){data + field->value_at, field->value_len});
    }
    return said;
}

/* Take the next element of a comma list off `list`, without the white space around it; false at
 * the end. Quoted strings are not known here: no field of this file has any that is valid. */
static bool next_element(struct gn_span *list, struct gn_span *element) {
    if (list->data == NULL) return false;
    const char *comma = memchr(list->data, ',', list->len);
    size_t len = comma == NULL ? list->len : (size_t)(comma - list->data);
    struct gn_span found = {list->data, len};
    while (found.len > 0 && gn_http_blank(found.data[0])) {
        found.data++;
        found.len--;
    }
    while (found.len > 0 && gn_http_blank(found.data[found.len - 1]))
        found.len--;
    *element = found;
    if (comma == NULL) {
        list->data = NULL;
    } else {
        list->data = comma + 1;
        list->len -= len + 1;
    }
    return true;
}

/* `lower` has letters, digits and hyphens. Among the bytes of values, of which none is a control
 * character but HTAB, setting bit 5 makes lower case and turns no other byte into one of these. */
static inline bool equals(struct gn_span span, const char *lower, size_t len) {
    if (span.len != len) return false;
    size_t same = 0;
    while (same < len && (span.data[same] | 0x20) == lower[same]) same++;
    return same == len;
}
#define EQUALS(span, lower) equals(span, lower, sizeof(lower) - 1)

static bool is_token(struct gn_span span) {
    for (size_t i = 0; i < span.len; i++) {
        if (!gn_http_is(span.data[i], GN_HTTP_IN_TOKEN)) return false;
    }
    return span.len > 0;
}

/* Transfer-Encoding, RFC 9112 §6.1: chunked is applied once and last, and has no parameters
 * (§7.1). What parameters another coding has does not matter: we know none. */
static unsigned codings(unsigned said, struct gn_span value) {
    struct gn_span coding;
    while (next_element(&value, &coding)) {
        if ((said & SAID_CHUNKED) != 0) return said | SAID_BAD;
        if (EQUALS(coding, "chunked")) {
            said |= SAID_CHUNKED;
            continue;
        }
        const char *parameters = memchr(coding.data, ';', coding.len);
        if (parameters != NULL) coding.len = (size_t)(parameters - coding.data);
        while (coding.len > 0 && gn_http_blank(coding.data[coding.len - 1]))
            coding.len--;
        if (!is_token(coding) || EQUALS(coding, "chunked")) return said | SAID_BAD;
        said |= SAID_CODING;
    }
    return said;
}

/* Connection: a list of tokens. What is none of the three is the business of proxies. */
static unsigned options(unsigned said, struct gn_span value) {
    struct gn_span option;
    while (next_element(&value, &option)) {
        if (EQUALS(option, "keep-alive")) said |= SAID_KEEP_ALIVE;
        if (EQUALS(option, "close")) said |= SAID_CLOSE;
        if (EQUALS(option, "upgrade")) said |= SAID_UPGRADE;
    }
    return said;
}

static unsigned expectations(unsigned said, struct gn_span value) {
    struct gn_span expectation;
    while (next_element(&value, &expectation)) {
        if (expectation.len == 0) continue;
        said |= EQUALS(expectation, "100-continue") ? SAID_CONTINUE : SAID_EXPECT;
    }
    return said;
}

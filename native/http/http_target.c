/* Request targets and authorities: RFC 9112 §3.2, RFC 3986 §3. Nothing is decoded. */
#include <string.h>

#include "../base/bytes.h"
#include "http_line.h"

static enum gn_http_reason absolute(struct gn_http_head *head, struct gn_http_lines *lines,
                                    const char *at, const char *end);
static enum gn_http_reason path_and_query(struct gn_http_head *head, struct gn_http_lines *lines,
                                          const char *at, const char *end);

static inline void set(struct gn_http_part *part, const struct gn_http_lines *lines, const char *at,
                       const char *end) {
    gn_http_part_set(part, gn_http_offset(lines, at), (uint32_t)(end - at));
}

enum gn_http_reason gn_http_target_parse(struct gn_http_head *head, struct gn_http_lines *lines,
                                         const char *at, const char *end) {
    if (head->method_id == GN_HTTP_METHOD_CONNECT) {
        /* RFC 9110 §9.3.6: a CONNECT without a valid port is rejected. */
        head->form = GN_HTTP_FORM_AUTHORITY;
        set(&head->authority, lines, at, end);
        return gn_http_authority_valid(at, (size_t)(end - at), true) ? GN_HTTP_REASON_NONE
                                                                     : GN_HTTP_REASON_TARGET_HOST;
    }
    if (*at == '/') {
        head->form = GN_HTTP_FORM_ORIGIN;
        return path_and_query(head, lines, at, end);
    }
    if (end - at == 1 && *at == '*') {
        head->form = GN_HTTP_FORM_ASTERISK;
        return head->method_id == GN_HTTP_METHOD_OPTIONS ? GN_HTTP_REASON_NONE
                                                         : GN_HTTP_REASON_TARGET_FORM;
    }
    head->form = GN_HTTP_FORM_ABSOLUTE;
    return absolute(head, lines, at, end);
}

/* How long "http://" or "https://" in front of `text` is, 0 when it is not there. */
static size_t scheme_len(const char *text, size_t len) {
    static const char https[] = "https";
    size_t i = 0;
    while (i < 5 && i < len && (text[i] | 0x20) == https[i])
        i++;
    if (i < 4 || len - i < 3 || memcmp(text + i, "://", 3) != 0) return 0;
    return i + 3;
}

static enum gn_http_reason absolute(struct gn_http_head *head, struct gn_http_lines *lines,
                                    const char *at, const char *end) {
    size_t scheme = scheme_len(at, (size_t)(end - at));
    /* Neither an absolute path nor a scheme that is ours: `x/y`, `h:80` without CONNECT, `ftp:`. */
    if (scheme == 0) return GN_HTTP_REASON_TARGET_FORM;
    const char *host = at + scheme;
    const char *host_end = host;
    while (host_end < end && *host_end != '/' && *host_end != '?' && *host_end != '#')
        host_end++;
    if (!gn_http_authority_valid(host, (size_t)(host_end - host), false)) {
        return GN_HTTP_REASON_TARGET_HOST;
    }
    set(&head->authority, lines, host, host_end);
    return path_and_query(head, lines, host_end, end);
}

static inline bool escape(const char *at, size_t left) {
    return left >= 3 && gn_bytes_hex_digit(at[1]) >= 0 && gn_bytes_hex_digit(at[2]) >= 0;
}

/* One byte that is odd in a target (http_scan.h). */
static enum gn_http_reason judge(struct gn_http_head *head, const struct gn_http_lines *lines,
                                 const char *at, const char *end) {
    if (*at == '%') {
        return escape(at, (size_t)(end - at)) ? GN_HTTP_REASON_NONE : GN_HTTP_REASON_TARGET_ESCAPE;
    }
    if ((head->flags & GN_HTTP_HAS_QUERY) != 0) {
        return gn_http_is(*at, GN_HTTP_IN_QUERY) ? GN_HTTP_REASON_NONE : GN_HTTP_REASON_TARGET_BYTE;
    }
    if (*at != '?') return GN_HTTP_REASON_TARGET_BYTE;
    head->flags |= GN_HTTP_HAS_QUERY;
    head->path.len = gn_http_offset(lines, at) - head->path.at;
    set(&head->query, lines, at + 1, end);
    return GN_HTTP_REASON_NONE;
}

/* The marks tell which of the first bytes need a look; there are few of them. */
static enum gn_http_reason path_and_query(struct gn_http_head *head, struct gn_http_lines *lines,
                                          const char *at, const char *end) {
    const char *window = lines->window;
    const char *marked = end - window < GN_HTTP_ODD_MAX ? end : window + GN_HTTP_ODD_MAX;
    enum gn_http_reason reason;
    set(&head->path, lines, at, end);
    while (at < marked) {
        size_t from = (size_t)(at - window);
        uint64_t bits = lines->marks.odd[from / 64] >> (from % 64);
        size_t skip = bits != 0 ? (size_t)__builtin_ctzll(bits) : 64 - from % 64;
        at += gn_http_least(skip, (size_t)(marked - at));
        if (bits == 0 || at == marked) continue;
        if ((reason = judge(head, lines, at, end)) != GN_HTTP_REASON_NONE) return reason;
        at++;
    }
    for (; at < end; at++) {
        if (gn_http_is(*at, GN_HTTP_IN_TARGET)) continue;
        if ((reason = judge(head, lines, at, end)) != GN_HTTP_REASON_NONE) return reason;
    }
    return GN_HTTP_REASON_NONE;
}

/* ---- authority ---- */

/* RFC 3986 §3.2.2 dec-octet: 0 to 255 without leading zeros. Returns its length, 0 for none. */
static size_t dec_octet(const char *text, size_t len) {
    size_t value = 0, i = 0;
    while (i < 3 && i < len && text[i] >= '0' && text[i] <= '9') {
        value = value * 10 + (size_t)(text[i++] - '0');
    }
    if (value > 255 || (i > 1 && text[0] == '0')) return 0;
    return i;
}

static bool ipv4(const char *text, size_t len) {
    size_t at = 0;
    for (int octet = 0; octet < 4; octet++) {
        if (octet > 0 && (at >= len || text[at++] != '.')) return false;
        size_t digits = dec_octet(text + at, len - at);
        if (digits == 0) return false;
        at += digits;
    }
    return at == len;
}

/* RFC 3986 §3.2.2 IPv6address: eight groups, one run of them may be left out as `::`, and the last
 * two may be an IPv4 address. */
static bool ipv6(const char *text, size_t len) {
    size_t at = 0, groups = 0;
    bool gap = false;
    if (len >= 2 && text[0] == ':' && text[1] == ':') {
        gap = true;
        at = 2;
    }
    while (at < len) {
        size_t digits = 0;
        while (digits < 5 && at + digits < len && gn_bytes_hex_digit(text[at + digits]) >= 0) {
            digits++;
        }
        if (at + digits < len && text[at + digits] == '.') {
            if (!ipv4(text + at, len - at)) return false;
            groups += 2;
            break;
        }
        if (digits == 0 || digits > 4 || ++groups > 8) return false;
        at += digits;
        if (at == len) break;
        if (text[at++] != ':' || at == len) return false;
        if (text[at] == ':') {
            if (gap) return false;
            gap = true;
            at++;
        }
    }
    return gap ? groups <= 7 : groups == 8;
}

/* The length of the host in front of `text`, 0 when there is none that is valid. */
static size_t host_len(const char *text, size_t len) {
    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (close == NULL) return 0;
        size_t inner = (size_t)(close - text) - 1;
        return ipv6(text + 1, inner) ? inner + 2 : 0;
    }
    size_t at = 0;
    while (at < len) {
        if (gn_http_is(text[at], GN_HTTP_IN_HOST)) {
            at++;
        } else if (text[at] == '%' && escape(text + at, len - at)) {
            at += 3;
        } else {
            break;
        }
    }
    return at;
}

bool gn_http_authority_valid(const char *text, size_t len, bool port_needed) {
    uint64_t port;
    size_t host = host_len(text, len);
    if (host == 0) return false;
    if (host == len) return !port_needed;
    if (text[host] != ':') return false;
    /* RFC 3986 §3.2.3: the port may be empty, which means the default one. */
    struct gn_span digits = {.data = text + host + 1, .len = len - host - 1};
    if (digits.len == 0) return !port_needed;
    return gn_bytes_decimal(digits, UINT16_MAX, &port) && port > 0;
}

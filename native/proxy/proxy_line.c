/* Version 1: one line of text, as "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n". */
#include <string.h>

#include "../base/bytes.h"
#include "proxy.h"

#define SIGNATURE "PROXY "

enum {
    SIGNATURE_LEN = sizeof SIGNATURE - 1,
    GROUPS = 8, /* of an IPv6 address, each of 16 bits */
};

/* A decimal number as it is written without need: no leading zero. */
static bool number(struct gn_span text, uint64_t max, uint64_t *value) {
    if (text.len > 1 && text.data[0] == '0') return false;
    return gn_bytes_decimal(text, max, value);
}

/* Cut `rest` at the first `c`; without one all of it is the part, and `rest` is empty. Returns
 * whether there was one. */
static bool cut(struct gn_span *rest, char c, struct gn_span *part) {
    const char *at = rest->len > 0 ? memchr(rest->data, c, rest->len) : NULL;
    size_t len = at ? (size_t)(at - rest->data) : rest->len;
    size_t used = at ? len + 1 : len;
    *part = (struct gn_span){rest->data, len};
    *rest = (struct gn_span){rest->data + used, rest->len - used};
    return at != NULL;
}

static bool read_v4(struct gn_span text, uint8_t *ip) {
    struct gn_span part;
    uint64_t value;
    for (int i = 0; i < 4; i++) {
        bool dot = cut(&text, '.', &part);
        if (dot != (i < 3) || !number(part, UINT8_MAX, &value)) return false;
        ip[i] = (uint8_t)value;
    }
    return true;
}

/* Groups with colons between them; what remains may be an IPv4 address. Returns how many 16-bit
 * groups were written to `ip`, which has room for `max`, -1 for a fault. */
static int read_groups(struct gn_span text, int max, bool v4_may_end, uint8_t *ip) {
    struct gn_span part;
    uint64_t value;
    int count = 0;
    bool more = text.len > 0;
    while (more) {
        more = cut(&text, ':', &part);
        if (!more && v4_may_end && count + 2 <= max && read_v4(part, ip + 2 * count)) {
            return count + 2;
        }
        if (count == max || part.len > 4 || !gn_bytes_hex(part, UINT16_MAX, &value)) return -1;
        ip[2 * count] = (uint8_t)(value >> 8);
        ip[2 * count + 1] = (uint8_t)value;
        count++;
    }
    return count;
}

/* RFC 4291 §2.2, without a zone. */
static bool read_v6(struct gn_span text, uint8_t *ip) {
    uint8_t front[2 * GROUPS], back[2 * GROUPS];
    size_t gap = 0;
    while (gap + 1 < text.len && (text.data[gap] != ':' || text.data[gap + 1] != ':')) gap++;
    if (gap + 1 >= text.len) return read_groups(text, GROUPS, true, ip) == GROUPS;
    struct gn_span before = {text.data, gap};
    struct gn_span behind = {text.data + gap + 2, text.len - gap - 2};
    int front_count = read_groups(before, GROUPS - 1, false, front);
    if (front_count < 0) return false;
    /* Two colons stand for one group at least. */
    int back_count = read_groups(behind, GROUPS - 1 - front_count, true, back);
    if (back_count < 0) return false;
    memset(ip, 0, 2 * GROUPS);
    memcpy(ip, front, 2 * (size_t)front_count);
    memcpy(ip + 2 * (GROUPS - back_count), back, 2 * (size_t)back_count);
    return true;
}

static int read_ends(struct gn_proxy *proxy, struct gn_span rest) {
    struct gn_span source, target, source_port, target_port;
    bool (*read)(struct gn_span, uint8_t *) = proxy->family == GN_PROXY_V4 ? read_v4 : read_v6;
    uint64_t from, to;
    if (!cut(&rest, ' ', &source) || !read(source, proxy->source.ip)) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_ADDRESS);
    }
    if (!cut(&rest, ' ', &target) || !read(target, proxy->target.ip)) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_ADDRESS);
    }
    if (!cut(&rest, ' ', &source_port) || !number(source_port, UINT16_MAX, &from)) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_PORT);
    }
    if (cut(&rest, ' ', &target_port) || !number(target_port, UINT16_MAX, &to)) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_PORT);
    }
    proxy->source.port = (uint16_t)from;
    proxy->target.port = (uint16_t)to;
    return GN_PROXY_DONE;
}

static bool is(struct gn_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

/* The line without its CRLF and its first word. */
static int read_line(struct gn_proxy *proxy, struct gn_span rest) {
    struct gn_span family;
    bool more = cut(&rest, ' ', &family);
    /* Whatever follows is to be ignored, says the specification. */
    if (is(family, "UNKNOWN")) return GN_PROXY_DONE;
    if (!more) return gn_proxy_bad(proxy, GN_PROXY_REASON_FAMILY);
    if (is(family, "TCP4")) {
        proxy->family = GN_PROXY_V4;
    } else if (is(family, "TCP6")) {
        proxy->family = GN_PROXY_V6;
    } else {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_FAMILY);
    }
    return read_ends(proxy, rest);
}

int gn_proxy_parse_line(struct gn_proxy *proxy, const char *data, size_t len) {
    size_t known = len < SIGNATURE_LEN ? len : SIGNATURE_LEN;
    if (memcmp(data, SIGNATURE, known) != 0) return gn_proxy_bad(proxy, GN_PROXY_REASON_SIGNATURE);
    size_t seen = len < GN_PROXY_LINE_MAX ? len : GN_PROXY_LINE_MAX;
    const char *end = memchr(data, '\n', seen);
    if (!end) {
        return len < GN_PROXY_LINE_MAX ? GN_PROXY_MORE : gn_proxy_bad(proxy, GN_PROXY_REASON_LINE);
    }
    size_t line = (size_t)(end - data) - 1;
    const char *cr = memchr(data, '\r', line + 1);
    if (cr != data + line) return gn_proxy_bad(proxy, GN_PROXY_REASON_LINE);
    proxy->header_len = (uint32_t)line + 2;
    return read_line(proxy, (struct gn_span){data + SIGNATURE_LEN, line - SIGNATURE_LEN});
}

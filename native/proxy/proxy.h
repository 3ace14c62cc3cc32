/* The PROXY protocol, versions 1 and 2: what a proxy writes in front of a connection's first byte
 * to tell whom it stands for.
 *
 * Pure functions over memory, like those of http/: no socket, no allocation. Whoever accepts such
 * headers has to know that they come from a proxy: nothing in them proves it. Strict by intent, as
 * a header that two readers could understand differently is an attack: version 1 has one spelling
 * of each address and port, version 2 must be consistent in itself, and its checksum, where there
 * is one, must be right. Other TLVs are skipped once their lengths are known to add up.
 */
#ifndef GN_PROXY_PROXY_H
#define GN_PROXY_PROXY_H

#include <stddef.h>
#include <stdint.h>

enum {
    GN_PROXY_LINE_MAX = 107,    /* bytes of a version 1 header, its CRLF included */
    GN_PROXY_HEADER_MAX = 4096, /* of any header that is read; version 2 could say 65,551 */
};

/* What the parser says. */
enum gn_proxy_outcome {
    GN_PROXY_DONE, /* the header is complete; what follows it is not looked at */
    GN_PROXY_MORE, /* every byte given was fine, but there must be more */
    GN_PROXY_BAD,  /* see `reason` */
};

/* Why a header is refused: constant, name in cases. */
#define GN_PROXY_REASONS(X)                                                              \
    X(NONE, "none")                                                                      \
    X(SIGNATURE, "signature") /* neither version begins like this */                     \
    X(LINE, "line")           /* version 1: no CRLF within its limit, or a lone CR or LF */ \
    X(FAMILY, "family")       /* one that the version does not know */                   \
    X(ADDRESS, "address")                                                                \
    X(PORT, "port")                                                                      \
    X(VERSION, "version")                                                                \
    X(COMMAND, "command")                                                                \
    X(LENGTH, "length")       /* too short for its family, or over the limit */          \
    X(TLV, "tlv")             /* lengths that do not add up */                           \
    X(CHECKSUM, "checksum")

enum gn_proxy_reason {
#define GN_PROXY_CONSTANT(name, text) GN_PROXY_REASON_##name,
    GN_PROXY_REASONS(GN_PROXY_CONSTANT)
#undef GN_PROXY_CONSTANT
};

enum gn_proxy_family {
    GN_PROXY_REAL, /* nothing is announced: the addresses of the connection itself hold */
    GN_PROXY_V4,
    GN_PROXY_V6,
    GN_PROXY_UNIX, /* without its paths, which say nothing on another machine */
};

struct gn_proxy_end {
    uint8_t ip[16]; /* 4 of them for IPv4 */
    uint16_t port;
};

struct gn_proxy {
    uint32_t header_len; /* with GN_PROXY_DONE */
    enum gn_proxy_reason reason;
    enum gn_proxy_family family; /* of both ends */
    struct gn_proxy_end source;  /* who asked the proxy */
    struct gn_proxy_end target;  /* and on which address */
};

/* Parse a header from its first byte; the same bytes come again, with more behind them, after
 * GN_PROXY_MORE. That is never said of GN_PROXY_HEADER_MAX bytes or more.
 * Owns:   borrows `data`.
 * Thread: any.
 * Fails:  GN_PROXY_BAD with proxy->reason; else an enum gn_proxy_outcome. */
int gn_proxy_parse(struct gn_proxy *proxy, const char *data, size_t len);

/* The name of a reason, in cases. */
const char *gn_proxy_reason_name(enum gn_proxy_reason reason);

/* The versions, for gn_proxy_parse alone: the first byte is theirs; and how they refuse. */
int gn_proxy_parse_line(struct gn_proxy *proxy, const char *data, size_t len);
int gn_proxy_parse_binary(struct gn_proxy *proxy, const char *data, size_t len);

static inline int gn_proxy_bad(struct gn_proxy *proxy, enum gn_proxy_reason reason) {
    proxy->reason = reason;
    return GN_PROXY_BAD;
}

#endif

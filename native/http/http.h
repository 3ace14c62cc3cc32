/* HTTP/1.1 framing: bytes in, one message head or one piece of a body out.
 *
 * Pure functions over memory: no system call, no allocation, no errno, no clock. A parser is a
 * plain struct of the caller's; it remembers how far it looked, so bytes that arrive one at a time
 * cost linear time. Offsets count from the first byte of the message, so the memory may move from
 * call to call. It is not a router and no URI library: nothing is decoded or normalised. The
 * session stage calls it; tests and Java read its records.
 *
 *   head:  START ──(at most one empty line)──► LINE ──► FIELDS ──► DONE      any ──► BAD, for good
 *   body:  LENGTH | UNTIL_CLOSE ──► DONE
 *          SIZE ─► EXT ─► DATA ─► DATA_END ─► SIZE ... SIZE 0 ─► TRAILERS ─► DONE
 *
 * Strict by RFC 9110, 9112 and 3986, without switches: what two servers could frame differently is
 * refused. Where an RFC leaves a choice, this is what we do:
 *   - One empty line before a request line is skipped (RFC 9112 §2.2), a second one is refused.
 *   - A line ends with CRLF and nothing else; a lone CR or LF is refused (the MAY of §2.2).
 *   - Versions but 1.0 and 1.1 are 505, later 1.x as well.
 *   - Content-Length appears once and holds one number up to 2^63-1 (Java's long), or is refused,
 *     even when repeated with the same value.
 *   - Transfer-Encoding is exactly `chunked`. `chunked` twice, not last, with parameters, or any
 *     empty element: 400. Otherwise, if there is a coding that we do not know: 501.
 *   - Host appears exactly once in 1.1 and at most once in 1.0, and is never empty (RFC 9110 §7.2
 *     lets a server refuse that).
 *   - A query may hold [ ] { } | \ ^ ` beyond RFC 3986: browsers send them as they are, and no
 *     framing depends on them. A path may not.
 *   - Absolute targets are http or https without userinfo; ports are 1 to 65535, or left out.
 *     IPv6 literals are checked; zones and IPvFuture are refused.
 *   - A chunk size has at most 16 digits. Names that frame or route a message are refused in
 *     trailers (RFC 9110 §6.5.1).
 */
#ifndef GN_HTTP_HTTP_H
#define GN_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a parser says. All are >= 0: none of them is an errno. */
enum gn_http_outcome {
    GN_HTTP_DONE, /* the head, or the body with its trailers, is complete */
    GN_HTTP_MORE, /* every byte given was fine, but there must be more */
    GN_HTTP_DATA, /* body only: here are some of its bytes; call again for what follows */
    GN_HTTP_BAD,  /* see `status` and `reason`; the parser says so until it is set up again */
};

/* Why something is refused: name, status that answers it, name in cases and logs, text. */
#define GN_HTTP_REASONS(X)                                                                        \
    X(NONE, 0, "none", "nothing is wrong")                                                        \
    X(EMPTY_LINE, 400, "empty_line", "more than one empty line before the request line")          \
    X(LINE_LONG, 414, "line_long", "the request line is longer than the limit")                   \
    X(LINE_FORM, 400, "line_form", "the request line is not method, target and version")          \
    X(METHOD, 400, "method", "the method is not a token")                                         \
    X(VERSION_FORM, 400, "version_form", "the HTTP version is malformed")                         \
    X(VERSION, 505, "version", "the HTTP version is neither 1.0 nor 1.1")                         \
    X(TARGET_FORM, 400, "target_form", "the request target has a form its method does not allow") \
    X(TARGET_BYTE, 400, "target_byte", "the request target contains a byte it must not")          \
    X(TARGET_ESCAPE, 400, "target_escape", "a % in the target lacks its two hexadecimal digits")  \
    X(TARGET_HOST, 400, "target_host", "the authority in the request target is malformed")        \
    X(STATUS_LINE, 400, "status_line", "the status line is malformed")                            \
    X(BARE_CR, 400, "bare_cr", "a CR without its LF")                                             \
    X(BARE_LF, 400, "bare_lf", "an LF without its CR")                                            \
    X(CONTROL, 400, "control", "a control character in the head")                                 \
    X(FOLD, 400, "fold", "a folded header line")                                                  \
    X(FIELD_NAME, 400, "field_name", "a header name that is empty or not a token")                \
    X(FIELD_SPACE, 400, "field_space", "white space between header name and colon")               \
    X(FIELD_COLON, 400, "field_colon", "a header line without a colon")                           \
    X(HEADER_BYTES, 431, "header_bytes", "the header is longer than the limit")                   \
    X(HEADER_COUNT, 431, "header_count", "more header lines than the limit")                      \
    X(HOST_MISSING, 400, "host_missing", "HTTP/1.1 without a Host")                               \
    X(HOST_REPEATED, 400, "host_repeated", "more than one Host")                                  \
    X(HOST, 400, "host", "the Host is malformed")                                                 \
    X(LENGTH, 400, "length", "the Content-Length is not one number")                              \
    X(LENGTH_REPEATED, 400, "length_repeated", "more than one Content-Length")                    \
    X(TE_LENGTH, 400, "te_length", "both Transfer-Encoding and Content-Length")                   \
    X(TE_VERSION, 400, "te_version", "Transfer-Encoding in HTTP/1.0")                             \
    X(TE, 400, "te", "the Transfer-Encoding is malformed or chunked is not its one last coding")  \
    X(TE_UNKNOWN, 501, "te_unknown", "a transfer coding other than chunked")                      \
    X(BODY_LONG, 413, "body_long", "the body is longer than the limit")                           \
    X(BODY_SHORT, 400, "body_short", "the connection ended inside the body")                      \
    X(CHUNK_SIZE, 400, "chunk_size", "a chunk size is not a hexadecimal number of the right size") \
    X(CHUNK_EXT, 400, "chunk_ext", "a chunk extension is malformed")                              \
    X(CHUNK_EXT_LONG, 400, "chunk_ext_long", "the chunk extensions are longer than the limit")    \
    X(CHUNK_END, 400, "chunk_end", "a chunk is not followed by CRLF")                             \
    X(TRAILER_FIELD, 400, "trailer_field", "a trailer that frames or routes the message")         \
    X(TRAILER_BYTES, 431, "trailer_bytes", "the trailers are longer than the limit")              \
    X(TRAILER_COUNT, 431, "trailer_count", "more trailer lines than the limit")                   \
    X(NO_MEMORY, 503, "no_memory", "the server is short of memory")

#define GN_HTTP_REASON_ID(id, status, name, text) GN_HTTP_REASON_##id,
enum gn_http_reason { GN_HTTP_REASONS(GN_HTTP_REASON_ID) GN_HTTP_REASON_COUNT };
#undef GN_HTTP_REASON_ID

/* The registered methods (IANA, HTTP Method Registry), those of RFC 9110 first. */
#define GN_HTTP_METHODS(X)                                                                        \
    X(GET, "GET") X(HEAD, "HEAD") X(POST, "POST") X(PUT, "PUT") X(DELETE, "DELETE")               \
    X(CONNECT, "CONNECT") X(OPTIONS, "OPTIONS") X(TRACE, "TRACE") X(PATCH, "PATCH")               \
    X(ACL, "ACL") X(BASELINE_CONTROL, "BASELINE-CONTROL") X(BIND, "BIND") X(CHECKIN, "CHECKIN")   \
    X(CHECKOUT, "CHECKOUT") X(COPY, "COPY") X(LABEL, "LABEL") X(LINK, "LINK") X(LOCK, "LOCK")     \
    X(MERGE, "MERGE") X(MKACTIVITY, "MKACTIVITY") X(MKCALENDAR, "MKCALENDAR") X(MKCOL, "MKCOL")   \
    X(MKREDIRECTREF, "MKREDIRECTREF") X(MKWORKSPACE, "MKWORKSPACE") X(MOVE, "MOVE")               \
    X(ORDERPATCH, "ORDERPATCH") X(PRI, "PRI") X(PROPFIND, "PROPFIND") X(PROPPATCH, "PROPPATCH")   \
    X(QUERY, "QUERY") X(REBIND, "REBIND") X(REPORT, "REPORT") X(SEARCH, "SEARCH")                 \
    X(UNBIND, "UNBIND") X(UNCHECKOUT, "UNCHECKOUT") X(UNLINK, "UNLINK") X(UNLOCK, "UNLOCK")       \
    X(UPDATE, "UPDATE") X(UPDATEREDIRECTREF, "UPDATEREDIRECTREF")                                 \
    X(VERSION_CONTROL, "VERSION-CONTROL")

#define GN_HTTP_METHOD_ID(id, name) GN_HTTP_METHOD_##id,
enum gn_http_method {
    GN_HTTP_METHOD_OTHER, /* a token that is not registered */
    GN_HTTP_METHODS(GN_HTTP_METHOD_ID) GN_HTTP_METHOD_COUNT
};
#undef GN_HTTP_METHOD_ID

/* RFC 9112 §3.2. */
enum gn_http_form {
    GN_HTTP_FORM_ORIGIN,    /* /path?query */
    GN_HTTP_FORM_ABSOLUTE,  /* http://host/path?query */
    GN_HTTP_FORM_AUTHORITY, /* host:port, CONNECT alone */
    GN_HTTP_FORM_ASTERISK,  /* *, OPTIONS alone */
};

/* Where the body ends, RFC 9112 §6.3. */
enum gn_http_framing {
    GN_HTTP_FRAMING_NONE,    /* there is no body */
    GN_HTTP_FRAMING_LENGTH,  /* `content_length` bytes, maybe 0 */
    GN_HTTP_FRAMING_CHUNKED, /* chunks and trailers */
    GN_HTTP_FRAMING_CLOSE,   /* responses: everything until the connection ends */
};

enum gn_http_flag {
    GN_HTTP_KEEP_ALIVE = 1 << 0,      /* by version, framing and Connection, RFC 9112 §9.3 */
    GN_HTTP_EXPECT_CONTINUE = 1 << 1, /* 1.1 alone, RFC 9110 §10.1.1 */
    GN_HTTP_EXPECT_OTHER = 1 << 2,    /* an expectation that is answered with 417 */
    GN_HTTP_UPGRADE = 1 << 3,         /* 1.1 with Upgrade and `Connection: upgrade` */
    GN_HTTP_HAS_HOST = 1 << 4,
    GN_HTTP_HAS_QUERY = 1 << 5,  /* there was a ?, though the query may be empty */
    GN_HTTP_HAS_LENGTH = 1 << 6, /* `content_length` was stated */
    GN_HTTP_CLOSE = 1 << 7,      /* the peer said `Connection: close` */
};

/* Field names that the parser itself understands. */
enum gn_http_name {
    GN_HTTP_NAME_OTHER,
    GN_HTTP_NAME_HOST,
    GN_HTTP_NAME_CONNECTION,
    GN_HTTP_NAME_CONTENT_LENGTH,
    GN_HTTP_NAME_TRANSFER_ENCODING,
    GN_HTTP_NAME_EXPECT,
    GN_HTTP_NAME_UPGRADE,
    GN_HTTP_NAME_COUNT,
};

enum {
    /* 8 KiB with CRLF is what most servers and proxies allow; RFC 9112 §3 asks for 8000. */
    GN_HTTP_REQUEST_LINE_MAX = 8190,
    GN_HTTP_HEADER_BYTES_MAX = 32 * 1024,
    GN_HTTP_HEADER_COUNT_MAX = 100,
    GN_HTTP_CHUNK_EXT_MAX = 4 * 1024,
    GN_HTTP_TRAILER_BYTES_MAX = 8 * 1024,
    GN_HTTP_TRAILER_COUNT_MAX = 32,
    GN_HTTP_BODY_MAX = 16 * 1024 * 1024,
    GN_HTTP_LIMIT_MAX = 1 << 29, /* of the 32-bit limits; a larger one is taken as this */
};

struct gn_http_limits {
    uint64_t body_max;           /* data bytes of a body; 413 */
    uint32_t request_line_max;   /* without its CRLF; 414. Also for the status line. */
    uint32_t header_bytes_max;   /* behind the request line, the last empty line included; 431 */
    uint32_t header_count_max;   /* 431; so are more fields than the caller has room for */
    uint32_t chunk_ext_max;      /* between size and CRLF, summed over all chunks; 400 */
    uint32_t trailer_bytes_max;  /* behind the last chunk, the empty line included; 431 */
    uint32_t trailer_count_max;  /* 431, as for header_count_max */
};

#define GN_HTTP_LIMITS_DEFAULT                                  \
    {                                                           \
        .body_max = GN_HTTP_BODY_MAX,                           \
        .request_line_max = GN_HTTP_REQUEST_LINE_MAX,           \
        .header_bytes_max = GN_HTTP_HEADER_BYTES_MAX,           \
        .header_count_max = GN_HTTP_HEADER_COUNT_MAX,           \
        .chunk_ext_max = GN_HTTP_CHUNK_EXT_MAX,                 \
        .trailer_bytes_max = GN_HTTP_TRAILER_BYTES_MAX,         \
        .trailer_count_max = GN_HTTP_TRAILER_COUNT_MAX,         \
    }

/* One field line. Java reads these records too. */
struct gn_http_field {
    uint32_t name_at;   /* from the first byte of the head, or of the trailers */
    uint32_t value_at;  /* without the white space around the value */
    uint32_t value_len; /* may be 0 */
    uint16_t name_len;
    uint16_t name; /* enum gn_http_name */
};
_Static_assert(sizeof(struct gn_http_field) == 16, "Java reads fields of 16 bytes");

/* Part of a head: bytes [at, at + len) of it. */
struct gn_http_part {
    uint32_t at, len;
};

/* The fields of a head or of trailers, in the order they came. */
struct gn_http_fields {
    struct gn_http_field *at; /* the caller's; set it anew when they are moved */
    uint32_t count, cap;
    uint16_t first[GN_HTTP_NAME_COUNT]; /* where each name came first, if `seen` */
    uint8_t seen, repeated;             /* bit n for enum gn_http_name n */
};

struct gn_http_head {
    /* The result, complete after GN_HTTP_DONE. */
    uint64_t content_length;
    uint32_t head_len; /* bytes of the head, skipped empty line included */
    uint16_t flags;    /* enum gn_http_flag */
    uint16_t status;   /* of a response; after GN_HTTP_BAD the status that answers it */
    uint8_t method_id;     /* enum gn_http_method */
    uint8_t form;          /* enum gn_http_form */
    uint8_t framing;       /* enum gn_http_framing */
    uint8_t version_minor; /* 0 or 1 */
    uint8_t reason;        /* enum gn_http_reason */
    uint8_t phase;         /* the parser's own */
    uint16_t zero;
    struct gn_http_part method, target;
    struct gn_http_part path;      /* of origin and absolute form; may be empty in the latter */
    struct gn_http_part query;     /* without the ?; see GN_HTTP_HAS_QUERY */
    struct gn_http_part authority; /* host and port: the target's, else Host's (RFC 9112 §3.3) */
    struct gn_http_part host;      /* the value of Host */
    struct gn_http_part reason_phrase; /* responses */
    struct gn_http_fields fields;
    uint32_t line_at; /* the parser's own: the line that is not complete yet */
    uint32_t scanned; /* what of it holds no line end */
    uint32_t fields_at;
};
_Static_assert(offsetof(struct gn_http_head, flags) == 12, "Java reads this layout");
_Static_assert(offsetof(struct gn_http_head, method_id) == 16, "Java reads this layout");
_Static_assert(offsetof(struct gn_http_head, method) == 24, "Java reads this layout");
_Static_assert(offsetof(struct gn_http_head, fields) == 80, "Java reads this layout");
_Static_assert(sizeof(struct gn_http_head) == 128, "Java reads this layout");

/* Set a head up for the next message, also after GN_HTTP_BAD.
 * Owns:   keeps `fields` until the head is set up anew; they may be moved together with it.
 * Thread: any, one at a time.
 * Fails:  never. */
void gn_http_head_init(struct gn_http_head *head, struct gn_http_field *fields, uint32_t field_cap);

/* Parse a request head. `data` starts at its first byte, in every call, and holds what the call
 * before held and maybe more; what follows the head is not looked at.
 * Owns:   borrows `data`; never reads beyond data[len - 1].
 * Thread: any, one at a time.
 * Fails:  GN_HTTP_BAD with `status` and `reason`; also when the limits alone refuse it: 413 for a
 *         Content-Length over body_max comes last, when everything else was right. */
int gn_http_request_parse(struct gn_http_head *head, const struct gn_http_limits *limits,
                          const char *data, size_t len);

/* Parse a response head; the rest is as for gn_http_request_parse. Which body follows depends on
 * the method of the request (RFC 9112 §6.3). An interim response (1xx) is a head of its own.
 * Owns:   borrows `data`; never reads beyond data[len - 1].
 * Thread: any, one at a time.
 * Fails:  GN_HTTP_BAD with `reason`; `status` is 502, what a gateway would answer. */
int gn_http_response_parse(struct gn_http_head *head, const struct gn_http_limits *limits,
                           enum gn_http_method request_method, const char *data, size_t len);

struct gn_http_body {
    uint64_t left;  /* of the content, or of the present chunk */
    uint64_t total; /* data bytes announced so far */
    uint32_t ext_bytes;
    uint32_t scanned;
    uint32_t line_at;
    uint16_t status;
    uint8_t reason; /* enum gn_http_reason */
    uint8_t phase;
    uint8_t digits;
    struct gn_http_fields trailers; /* after GN_HTTP_DONE */
};

/* What one call found. */
struct gn_http_piece {
    size_t consumed;       /* bytes of `data` that are done with: never give them again */
    size_t data_at;        /* GN_HTTP_DATA: the bytes are data[data_at .. data_at + data_len) */
    size_t data_len;       /* never 0 after GN_HTTP_DATA */
    size_t trailers_at;    /* GN_HTTP_DONE: offsets of trailers count from data[trailers_at] */
};

/* Set a body up, with the framing and length of its head.
 * Owns:   keeps `trailer_fields` until the body is set up anew.
 * Thread: any, one at a time.
 * Fails:  never. */
void gn_http_body_init(struct gn_http_body *body, enum gn_http_framing framing,
                       uint64_t content_length, struct gn_http_field *trailer_fields,
                       uint32_t trailer_cap);

/* Parse the next piece of a body. Each call tells at most one piece of data; bytes that are not
 * consumed are given again, with more behind them: that happens to trailers alone, which need to
 * lie in one piece.
 * Owns:   borrows `data`; the piece lies in it, nothing is copied.
 * Thread: any, one at a time.
 * Fails:  GN_HTTP_BAD with `status` and `reason`. */
int gn_http_body_parse(struct gn_http_body *body, const struct gn_http_limits *limits,
                       const char *data, size_t len, struct gn_http_piece *piece);

/* The connection ended and every byte was parsed: GN_HTTP_DONE when the body was complete or
 * lasts until then, else GN_HTTP_BAD. */
int gn_http_body_end(struct gn_http_body *body);

/* The status that answers a reason, its name as the cases write it, its English text, and the name
 * of a method ("" for GN_HTTP_METHOD_OTHER).
 * Owns:   the texts are static.
 * Thread: any.
 * Fails:  never; numbers out of range are taken as 0. */
int gn_http_reason_status(enum gn_http_reason reason);
const char *gn_http_reason_name(enum gn_http_reason reason);
const char *gn_http_reason_text(enum gn_http_reason reason);
const char *gn_http_method_name(enum gn_http_method method);

#endif

/* The HTTP stage: received bytes in; requests and pieces of their bodies out, as event records.
 *
 * A request that lies whole in its receive buffer is told there: nothing is copied, and the session
 * keeps nothing. Only while a message is incomplete does its session hold memory: the bytes of a
 * head or of trailers that are cut, and the state of a body. A head that had been cut is copied to
 * a spare receive buffer when it is complete, so that every event refers to one. What a turn cannot
 * tell stays with the stream and is fed again in the next. It frames and refuses, it answers
 * nothing: Java does, and closes. NativeHttp.java knows the layouts.
 *
 *            whole request ───┐  cut                complete, no body
 *                             ▼  ┌─► (head) ──────────────┐
 *   (nothing held) ───────────┴──┤      │ complete        ├─► (nothing held)
 *                        body cut└──► (body) ─► (trailers)┘
 *   any ── refused, overdue or ended inside ──► discarding
 */
#ifndef GN_SESSION_STAGE_HTTP_H
#define GN_SESSION_STAGE_HTTP_H

#include "../base/dmsg.h"
#include "../http/http.h"

struct gn_hub;
struct gn_session;

enum {
    GN_STAGE_HTTP_REQUESTS_MAX = 64, /* of one session in a turn */
    GN_STAGE_HTTP_METHOD_MAX = UINT8_MAX, /* record.method_len of that and of longer methods */
};

/* gn_event.flag of GN_EVENT_REQUEST and GN_EVENT_BODY. */
enum { GN_STAGE_HTTP_LAST = 1 }; /* the message ends with this event */

/* Bits of gn_event.flag of GN_EVENT_BAD and GN_EVENT_OVERDUE. */
enum {
    GN_STAGE_HTTP_IN_BODY = 1,
    GN_STAGE_HTTP_NO_BODY = 2, /* the method is HEAD: the answer has no body */
};

struct gn_http_config {
    /* A whole head, and whole trailers, must fit a receive buffer. The limit of bodies holds for
     * chunked ones: a Content-Length is told at once, for who answers to refuse it. */
    struct gn_http_limits limits;
    uint32_t head_ms; /* for a head, from its first byte that came without the last; 0: off */
    uint32_t body_ms; /* without progress in a body; 0: off */
    uint32_t send_ms; /* without progress while there are bytes to send; 0: off */
};

/* The record behind GN_EVENT_REQUEST. Offsets count from the first byte of the head, which is that
 * of the method: an empty line before it is left out. A text of length 0 has offset 0. */
struct gn_http_record {
    uint64_t content_length;
    uint16_t target_at, target_len;
    uint16_t path_at, path_len;
    uint16_t query_at, query_len;
    uint16_t authority_at, authority_len;
    uint16_t flags; /* enum gn_http_flag */
    uint8_t method_id;
    uint8_t method_len; /* of a method too long for this: it ends one byte before the target */
    uint8_t framing, version_minor;
    uint16_t method_at;
};
_Static_assert(sizeof(struct gn_http_record) == 32, "one record");
_Static_assert(offsetof(struct gn_http_record, flags) == 24, "as Java reads it");
_Static_assert(offsetof(struct gn_http_record, method_at) == 30, "as Java reads it");

/* A field or trailer; four to a record. */
struct gn_http_item {
    uint16_t name_at, name_len, value_at, value_len;
};
_Static_assert(sizeof(struct gn_http_item) == 8, "four to a record");

/* A body that is kept in memory until it is complete costs what it has, as long as it takes: only
 * so many bytes, or its end, are progress. With GN_STREAM_PATIENT any byte is. */
enum { GN_STAGE_HTTP_PROGRESS_MIN = 4096 };

/* What a session holds while a message is incomplete. */
struct gn_stage_http {
    struct gn_dmsg in; /* of the head or of the trailers, as `in_body` says */
    struct gn_http_head head;
    struct gn_http_body body;
    bool in_body;
    bool counted;  /* the body, by Content-Length */
    uint32_t came; /* bytes of the body since there was progress */
    struct gn_http_field fields[]; /* of the head, then of the trailers */
};

/* What the sessions of a hub share. */
struct gn_http_shared {
    struct gn_http_config config;
    struct gn_http_limits told; /* the same limits, for what may be as long as it says */
    struct gn_pool stages;
    struct gn_http_head head;     /* of requests that lie whole in their receive buffer */
    struct gn_http_field *fields; /* NULL: HTTP is not set up */
    uint32_t field_count;
    uint32_t head_max;    /* bytes */
    uint32_t records_max; /* that one step of feeding may tell */
};

/* Set HTTP up, once, before the first session.
 * Owns:   borrows `config`; gn_stage_http_fini gives the memory back.
 * Thread: the loop's.
 * Fails:  -EINVAL for limits that the receive buffers or the batch cannot hold, -EBUSY when it was
 *         set up before, GN_EMEMORY. */
int gn_stage_http_init(struct gn_hub *hub, const struct gn_http_config *config);

/* Give everything back; harmless when HTTP was never set up. */
void gn_stage_http_fini(struct gn_hub *hub);

/* Feed what arrived in receive buffer `buf`.
 * Owns:   borrows the buffer until the next turn recycles it, and may move bytes inside.
 * Thread: the loop's.
 * Fails:  never; returns how many bytes were taken, the others have to be fed again in a later
 *         turn. For want of memory a request is refused, GN_HTTP_REASON_NO_MEMORY. */
uint32_t gn_stage_http_feed(struct gn_hub *hub, struct gn_session *session, uint32_t buf,
                            uint32_t len);

/* The peer sends no more: tells so of a body that is incomplete. At most one record. */
void gn_stage_http_end(struct gn_hub *hub, struct gn_session *session);

/* The rest of a message did not come in time: tells so. One record. */
void gn_stage_http_overdue(struct gn_hub *hub, struct gn_session *session);

/* Give back what a session holds. */
void gn_stage_http_drop(struct gn_hub *hub, struct gn_session *session);

#endif

/* A session: a stream and, on top of it, what turns its bytes into events.
 *
 * Raw sessions tell every receive as it comes, HTTP sessions whole requests (stage_http.h); either
 * may first have to wait for the word of a proxy (stage_proxy.h). Storage comes from the hub's
 * pool.
 */
#ifndef GN_SESSION_SESSION_H
#define GN_SESSION_SESSION_H

#include "../io/stream.h"

struct gn_hub;
struct gn_stage_http;
struct gn_stage_proxy;

/* What turns bytes into events; also gn_acceptor.tag, except the last. */
enum gn_session_stage { GN_STAGE_RAW = 0, GN_STAGE_HTTP = 1, GN_STAGE_PROXY = 2 };

struct gn_session {
    struct gn_stream stream; /* first: the loop knows it by this */
    union {
        struct gn_stage_http *http;   /* while a message is incomplete */
        struct gn_stage_proxy *proxy; /* with GN_STAGE_PROXY */
    };
    uint32_t turn;    /* of the hub, that `requests` counts for */
    uint8_t requests; /* told in that turn */
    uint8_t stage;    /* enum gn_session_stage */
    bool deaf;        /* what still arrives is discarded */
    bool opened;      /* and told so: its end is counted */
};

/* A raw session whose stream is not set up yet.
 * Owns:   the caller gives it back to gn_hub.sessions, or its stream to the loop.
 * Thread: the loop's.
 * Fails:  NULL for want of memory. */
struct gn_session *gn_session_new(struct gn_hub *hub);

/* What a hub's loop calls: events into the hub's batch. */
extern const struct gn_loop_calls gn_session_calls;

#endif

/* A session: a stream and, on top of it, what turns its bytes into events.
 *
 * Raw sessions tell every receive as it comes. Storage comes from the hub's pool.
 */
#ifndef GN_SESSION_SESSION_H
#define GN_SESSION_SESSION_H

#include "../io/stream.h"

struct gn_session {
    struct gn_stream stream; /* first: the loop knows it by this */
};

/* What a hub's loop calls: events into the hub's batch. */
extern const struct gn_loop_calls gn_session_calls;

#endif

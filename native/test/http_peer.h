/* A hub whose sessions speak HTTP, and peers that talk to it: what the tests of the stage share.
 *
 * Every session is one end of a socket pair. What is told of it becomes a transcript which does not
 * depend on how bytes were cut: the head, the whole body between brackets, the trailers. A rule of
 * the stage that is broken fails the test at once. Everything is closed by http_close, which also
 * checks that nothing is lost.
 */
#ifndef GN_TEST_HTTP_PEER_H
#define GN_TEST_HTTP_PEER_H

#include "support.h"

#include "../session/hub.h"

/* The usual request, and what a transcript says of it. */
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GOT "GET / 1.1 id=1 framing=0 flags=17 length=0 path=/ authority=a\nHost: a\n[]\n"

enum { PEERS_MAX = 512 };

struct peer {
    int fd; /* the test's end, -1 when closed */
    uint32_t slot, gen;
    struct gn_session *session; /* NULL when it was closed */
    char *text;                 /* the transcript, with a NUL behind it */
    size_t len, cap;
    bool in_body;
    int requests, pieces; /* REQUEST and BODY events */
    int turn_requests;    /* of the last turn */
    int bad, ended, overdue, sent;
    int code; /* of CLOSED */
};

extern struct gn_hub *hub;

/* The limits and deadlines tests start from: all deadlines are off. */
struct gn_http_config http_config(void);

/* Open a hub of a test's variant, without HTTP; skips the test where there is none. */
struct gn_hub_config http_hub_config(void **state);
void http_open_bare(const struct gn_hub_config *config);

/* The same with HTTP. */
void http_open_with(const struct gn_hub_config *hub_config, const struct gn_http_config *config);
void http_open(void **state);
void http_close(void);

/* A new session and its peer; `options` may be NULL. */
struct peer *http_peer(const struct gn_stream_options *options);

/* Write a command without payload for the next turn. */
void http_command(const struct peer *peer, uint32_t type);
void http_send(const struct peer *peer, const void *data, uint32_t len);

/* One turn; returns how many records it told. */
int http_turn(int timeout_ms);
void http_settle(void);

#define HTTP_UNTIL(condition)                                                           \
    do {                                                                                \
        uint64_t end_ = rig_now_us() + RIG_PATIENCE_US;                                 \
        while (!(condition) && rig_now_us() < end_) http_turn(RIG_TURN_MS);             \
        if (!(condition)) fail_msg("never in time: %s", #condition);                    \
    } while (0)

/* Send from the peer, all of it, and turn until the session has read it. */
void http_feed(struct peer *peer, const char *data, size_t len);
void http_feed_text(struct peer *peer, const char *text);

/* End the session and wait for it to be gone. */
void http_drop(struct peer *peer);

/* Nothing is held for any message. */
bool http_holds_nothing(void);

#endif

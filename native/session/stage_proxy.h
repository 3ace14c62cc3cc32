/* The stage in front of the others: who comes through a proxy is known only when that has said so.
 *
 * Once a hub has been told which peers are proxies, every connection that it accepts starts here.
 * One from elsewhere ends at once, and so does one whose header is malformed or late: the protocol
 * forbids to guess whether there is one. A session is told of (GN_EVENT_OPEN) when its header is
 * complete, with the addresses that it announces, and then belongs to the stage its acceptor asked
 * for. Until then nothing is told of it, so that nothing above has to know half a session.
 *
 *   accepted ─► (waits, holds what came) ─► OPEN ─► raw or http
 *       │                │ malformed, late, not accepted from any more
 *       └── not trusted ─┴─► REFUSED, dead            ended before: dead, untold
 */
#ifndef GN_SESSION_STAGE_PROXY_H
#define GN_SESSION_STAGE_PROXY_H

#include "../base/dmsg.h"
#include "../io/acceptor.h"

struct gn_hub;
struct gn_session;

/* gn_event.flag of GN_EVENT_OPEN. */
enum { GN_STAGE_PROXY_ANNOUNCED = 1 }; /* a third address follows: the peer's, which is the proxy */

/* Peers who are proxies. */
struct gn_proxy_range {
    uint8_t family; /* enum gn_family */
    uint8_t bits;   /* of `ip` that count; no others are set */
    uint8_t ip[16];
    uint8_t pad[14];
};
_Static_assert(sizeof(struct gn_proxy_range) == 32, "as Java writes it");

/* What a session holds until its header is complete. */
struct gn_stage_proxy {
    struct gn_dmsg in;
    struct gn_addr peer;
    uint32_t acceptor_slot, acceptor_gen;
};

/* What the sessions of a hub share. */
struct gn_proxy_shared {
    struct gn_proxy_range *ranges; /* NULL: nobody is asked for a header */
    uint32_t range_count;
    uint32_t header_ms; /* how long a header may take; 0: off */
    struct gn_pool stages;
};

/* Expect headers, once, before anything is accepted.
 * Owns:   borrows `ranges`; gn_stage_proxy_fini gives the memory back.
 * Thread: the loop's.
 * Fails:  -EINVAL for none, or one that is no range, -EBUSY when it was set up before,
 *         GN_EMEMORY. */
int gn_stage_proxy_init(struct gn_hub *hub, const struct gn_proxy_range *ranges, uint32_t count,
                        uint32_t header_ms);

/* Give everything back; harmless when it was never set up. */
void gn_stage_proxy_fini(struct gn_hub *hub);

/* A session was accepted. At most two records. */
void gn_stage_proxy_begin(struct gn_hub *hub, struct gn_session *session,
                          struct gn_acceptor *acceptor);

/* Feed what arrived in receive buffer `buf`; at most four records.
 * Owns:   borrows the buffer.
 * Thread: the loop's.
 * Fails:  never; returns how many bytes were taken: what is behind a header has to be fed to the
 *         stage that the session belongs to then. */
uint32_t gn_stage_proxy_feed(struct gn_hub *hub, struct gn_session *session, uint32_t buf,
                             uint32_t len);

/* The header did not come in time. At most two records. */
void gn_stage_proxy_overdue(struct gn_hub *hub, struct gn_session *session);

/* The peer sends no more. */
void gn_stage_proxy_end(struct gn_hub *hub, struct gn_session *session);

/* An acceptor leaves: end those of its sessions of whose header not a byte has come. */
void gn_stage_proxy_end_silent(struct gn_hub *hub, const struct gn_acceptor *acceptor);

/* Give back what a session holds. */
void gn_stage_proxy_drop(struct gn_hub *hub, struct gn_session *session);

#endif

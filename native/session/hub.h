/* One loop with its sessions and the memory it shares with Java.
 *
 * The whole of what a loop thread drives: it carries out the commands Java wrote, turns the loop,
 * and leaves events in the batch. Everything here runs on the thread of the loop, except where it
 * says otherwise.
 */
#ifndef GN_SESSION_HUB_H
#define GN_SESSION_HUB_H

#include "../io/acceptor.h"
#include "../io/loop.h"
#include "command.h"
#include "event.h"
#include "session.h"
#include "stage_http.h"
#include "stage_proxy.h"

struct gn_hub_config {
    struct gn_loop_config loop;
    uint32_t events;        /* records of the batch, at least 6 */
    void *event_memory;     /* for so many and one more; NULL: the hub's own */
    uint32_t command_bytes; /* room for commands, a multiple of 64 */
};

struct gn_hub {
    struct gn_loop loop;
    struct gn_pool sessions, acceptors;
    struct gn_http_shared http;
    struct gn_proxy_shared proxy;
    uint32_t turn; /* counts them */
    struct gn_batch batch;
    void *own_events; /* the memory of the batch unless it was given */
    char *commands;
    uint32_t command_cap;
};

/* Open a hub.
 * Owns:   the caller owns the hub until gn_hub_free, and keeps `event_memory` until then.
 * Thread: any; the first turn decides which thread it belongs to.
 * Fails:  a negative code, and *probe says which step it was; *hub is untouched then. */
int gn_hub_new(struct gn_hub **hub, const struct gn_hub_config *config, struct gn_probe *probe);

/* Close every session and listener at once, without telling, and free the hub.
 * Owns:   takes `hub`.
 * Thread: the one that turned it last, or any when none did.
 * Fails:  -errno when the queue broke so that completions could not be waited for; the memory that
 *         the kernel may still write to is left to the process then, and the descriptors, which are
 *         shut down. */
int gn_hub_free(struct gn_hub *hub);

/* Carry out `command_bytes` of commands, then one turn of the loop.
 * Owns:   the batch holds the events until the next call.
 * Thread: the loop's.
 * Fails:  -errno of a broken queue, GN_EPROTO; else the number of event records. */
int gn_hub_turn(struct gn_hub *hub, uint32_t command_bytes, int timeout_ms);

/* Carry out commands without a turn, to make room for more. */
int gn_hub_run(struct gn_hub *hub, uint32_t command_bytes);

/* Queue bytes on a session without a command, behind those that were carried out: as
 * gn_stream_write_room. As with commands, a session that is gone is skipped, and what fails it
 * tells by its own end: there is nothing to put then.
 * Owns:   the iovecs borrow the queue.
 * Thread: the loop's.
 * Fails:  never; returns the number of iovecs. */
int gn_hub_send_room(struct gn_hub *hub, uint32_t slot, uint32_t gen, size_t len,
                     struct iovec *iov);

/* Whether a part of a head has arrived on an HTTP session, and its rest has not. */
bool gn_hub_is_begun(const struct gn_hub *hub, uint32_t slot, uint32_t gen);

/* Set HTTP up, once and before listening with it.
 * Owns:   borrows `config`.
 * Thread: the loop's.
 * Fails:  as gn_stage_http_init. */
int gn_hub_http(struct gn_hub *hub, const struct gn_http_config *config);

/* Expect the headers of proxies on whatever is accepted, once and before listening.
 * Owns:   borrows `ranges`.
 * Thread: the loop's.
 * Fails:  as gn_stage_proxy_init. */
int gn_hub_proxy(struct gn_hub *hub, const struct gn_proxy_range *ranges, uint32_t count,
                 uint32_t header_ms);

/* Listen on a descriptor; returns the slot of the acceptor. HTTP sessions take options.send_ms from
 * the configuration of HTTP.
 * Owns:   takes `fd` unless it fails.
 * Thread: the loop's.
 * Fails:  GN_ESESSIONS, GN_EMEMORY; -EINVAL for a stage that there is not, or not set up. */
int gn_hub_listen(struct gn_hub *hub, int fd, const struct gn_stream_options *options,
                  enum gn_session_stage stage, uint32_t *gen);

/* Connect; returns the slot of the session. GN_EVENT_CONNECTED or GN_EVENT_CLOSED follows.
 * Owns:   borrows everything.
 * Thread: the loop's.
 * Fails:  as gn_stream_connect. */
int gn_hub_connect(struct gn_hub *hub, const struct gn_addr *addr,
                   const struct gn_sock_options *sock, const struct gn_stream_options *options,
                   uint32_t timeout_ms, uint32_t *gen);

#endif

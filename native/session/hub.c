#include "hub.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "../base/clock.h"

enum {
    SESSIONS_PER_CHUNK = 256,
    ACCEPTORS_PER_CHUNK = 4,
    EAGER_TURNS = 8,
    CLOSE_TURNS_MAX = 1000, /* of at most 10 ms each, to wait for the last completions */
};

/* Every completion has room for two events, or nothing would ever be told. */
enum { EVENTS_MIN = 2 * GN_EVENT_RECORDS_MAX };

static void free_memory(struct gn_hub *hub) {
    free(hub->own_events);
    free(hub->commands);
    free(hub);
}

static struct gn_hub *hub_new(const struct gn_hub_config *config) {
    struct gn_hub *hub = calloc(1, sizeof *hub);
    if (!hub) return NULL;
    /* One more for the record that ends a batch; the sizes are multiples of the alignment, without
     * which macOS gives no memory. */
    size_t records = ((size_t)config->events + 2) & ~(size_t)1;
    if (!config->event_memory) {
        hub->own_events = aligned_alloc(64, records * sizeof(struct gn_event));
    }
    hub->batch.events = config->event_memory ? config->event_memory : hub->own_events;
    hub->commands = aligned_alloc(64, ((size_t)config->command_bytes + 63) & ~(size_t)63);
    if (hub->batch.events && hub->commands) return hub;
    free_memory(hub);
    return NULL;
}

int gn_hub_new(struct gn_hub **out, const struct gn_hub_config *config, struct gn_probe *probe) {
    *probe = (struct gn_probe){.step = "configuration", .err = -EINVAL};
    if (config->events < EVENTS_MIN || config->command_bytes == 0) return -EINVAL;
    struct gn_hub *hub = hub_new(config);
    *probe = (struct gn_probe){.step = "memory", .err = -ENOMEM};
    if (!hub) return -ENOMEM;
    hub->batch.cap = config->events;
    hub->command_cap = config->command_bytes;
    int rc = gn_loop_init(&hub->loop, &config->loop, &gn_session_calls, hub);
    *probe = hub->loop.probe;
    if (rc < 0) {
        free_memory(hub);
        return rc;
    }
    struct gn_budget *budget = &hub->loop.budget;
    gn_pool_init(&hub->sessions, budget, sizeof(struct gn_session), SESSIONS_PER_CHUNK, 0);
    hub->sessions.leave = gn_loop_leave_new(&hub->loop);
    gn_pool_init(&hub->acceptors, budget, sizeof(struct gn_acceptor), ACCEPTORS_PER_CHUNK, 0);
    *out = hub;
    return 0;
}

static void close_all(struct gn_loop *loop) {
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        struct gn_chan *chan = loop->slots[i].chan;
        if (!chan) continue;
        if (chan->kind == GN_CHAN_STREAM) {
            gn_stream_abort(loop, gn_container(chan, struct gn_stream, chan), false);
        } else {
            gn_acceptor_close(loop, gn_container(chan, struct gn_acceptor, chan));
        }
    }
}

/* The kernel may hold on to what a broken queue was told to do, so that no descriptor of it goes
 * away by being closed. But nobody may wait for us at the other end, nor go on to connect. */
static void shut_all(const struct gn_loop *loop) {
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        const struct gn_chan *chan = loop->slots[i].chan;
        if (chan && chan->fd >= 0) shutdown(chan->fd, SHUT_RDWR);
    }
}

static void count_memory(const struct gn_loop *loop) {
    struct gn_counts *counts = loop->counts;
    uint64_t used = loop->budget.used;
    gn_count_set(&counts->memory, used);
    if (used > counts->memory_peak) gn_count_set(&counts->memory_peak, used);
}

int gn_hub_free(struct gn_hub *hub) {
    int rc = 0;
    for (int i = 0; hub->loop.chan_count > 0 && i < CLOSE_TURNS_MAX && rc >= 0; i++) {
        close_all(&hub->loop);
        hub->batch.count = 0;
        /* Nothing is told, so a turn ends by its time alone: a cancel mostly needs none. */
        rc = gn_loop_turn(&hub->loop, i < EAGER_TURNS ? 0 : 10);
    }
    if (hub->loop.chan_count > 0) {
        shut_all(&hub->loop);
        return rc < 0 ? rc : -EBUSY;
    }
    gn_pool_fini(&hub->sessions);
    gn_pool_fini(&hub->acceptors);
    gn_stage_http_fini(hub);
    gn_stage_proxy_fini(hub);
    count_memory(&hub->loop);
    gn_loop_fini(&hub->loop);
    free_memory(hub);
    return 0;
}

int gn_hub_run(struct gn_hub *hub, uint32_t command_bytes) {
    if (command_bytes > hub->command_cap) return GN_EPROTO;
    /* Handlers ran since the loop waited, maybe for long, and whatever time a command starts to
     * count begins now. */
    if (command_bytes > 0) hub->loop.now_ms = gn_clock_ms();
    int rc = gn_command_run(hub, hub->commands, command_bytes);
    gn_loop_weigh(&hub->loop);
    return rc;
}

int gn_hub_turn(struct gn_hub *hub, uint32_t command_bytes, int timeout_ms) {
    int rc = gn_hub_run(hub, command_bytes);
    if (rc < 0) return rc;
    hub->batch.count = 0;
    hub->turn++;
    count_memory(&hub->loop);
    rc = gn_loop_turn(&hub->loop, timeout_ms);
    count_memory(&hub->loop);
    gn_loop_weigh(&hub->loop);
    hub->batch.events[hub->batch.count].type = GN_EVENT_NONE;
    return rc < 0 ? rc : (int)hub->batch.count;
}

bool gn_hub_is_begun(const struct gn_hub *hub, uint32_t slot, uint32_t gen) {
    struct gn_chan *chan = gn_loop_find(&hub->loop, slot, gen);
    if (!chan || chan->kind != GN_CHAN_STREAM) return false;
    const struct gn_stream *stream = gn_container(chan, struct gn_stream, chan);
    const struct gn_session *session = gn_container(stream, struct gn_session, stream);
    return session->stage == GN_STAGE_HTTP && session->http && !session->http->in_body;
}

int gn_hub_http(struct gn_hub *hub, const struct gn_http_config *config) {
    return gn_stage_http_init(hub, config);
}

int gn_hub_proxy(struct gn_hub *hub, const struct gn_proxy_range *ranges, uint32_t count,
                 uint32_t header_ms) {
    return gn_stage_proxy_init(hub, ranges, count, header_ms);
}

int gn_hub_listen(struct gn_hub *hub, int fd, const struct gn_stream_options *options,
                  enum gn_session_stage stage, uint32_t *gen) {
    struct gn_stream_options own = *options;
    if (stage != GN_STAGE_RAW && (stage != GN_STAGE_HTTP || !hub->http.fields)) return -EINVAL;
    if (stage == GN_STAGE_HTTP) own.send_ms = hub->http.config.send_ms;
    struct gn_acceptor *acceptor = gn_pool_take(&hub->acceptors);
    if (!acceptor) return GN_EMEMORY;
    int rc = gn_acceptor_open(&hub->loop, acceptor, fd, &own);
    if (rc < 0) {
        gn_pool_give(&hub->acceptors, acceptor);
        return rc;
    }
    acceptor->tag = stage;
    acceptor->proxied = hub->proxy.ranges;
    *gen = acceptor->chan.gen;
    return (int)acceptor->chan.slot;
}

int gn_hub_connect(struct gn_hub *hub, const struct gn_addr *addr,
                   const struct gn_sock_options *sock, const struct gn_stream_options *options,
                   uint32_t timeout_ms, uint32_t *gen) {
    struct gn_session *session = gn_session_new(hub);
    if (!session) return GN_EMEMORY;
    int rc = gn_stream_connect(&hub->loop, &session->stream, addr, sock, options, timeout_ms);
    if (rc < 0) {
        gn_pool_give(&hub->sessions, session);
        return rc;
    }
    *gen = session->stream.chan.gen;
    return (int)session->stream.chan.slot;
}

int gn_hub_send_room(struct gn_hub *hub, uint32_t slot, uint32_t gen, size_t len,
                     struct iovec *iov) {
    struct gn_chan *chan = gn_loop_find(&hub->loop, slot, gen);
    if (!chan || chan->kind != GN_CHAN_STREAM) return 0;
    struct gn_stream *stream = gn_container(chan, struct gn_stream, chan);
    hub->loop.now_ms = gn_clock_ms(); /* as for commands */
    int count = gn_stream_write_room(&hub->loop, stream, len, iov);
    gn_loop_weigh(&hub->loop);
    return count < 0 ? 0 : count;
}

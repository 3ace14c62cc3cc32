#include "stage_proxy.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "../io/census.h"
#include "../proxy/proxy.h"
#include "hub.h"

enum { STAGES_PER_CHUNK = 16 };

/* ---- who is trusted ---- */

static unsigned ip_len(uint8_t family) {
    return family == GN_FAMILY_V4 ? 4 : family == GN_FAMILY_V6 ? 16 : 0;
}

static bool is_valid(const struct gn_proxy_range *range) {
    bool known = range->family == GN_FAMILY_UNIX || ip_len(range->family) > 0;
    return known && range->bits <= 8 * ip_len(range->family);
}

static bool contains(const struct gn_proxy_range *range, const struct gn_addr *addr) {
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (range->family != addr->family || memcmp(range->ip, addr->ip, whole) != 0) return false;
    return rest == 0 || range->ip[whole] >> (8 - rest) == addr->ip[whole] >> (8 - rest);
}

static bool trusts(const struct gn_proxy_shared *proxy, const struct gn_addr *addr) {
    for (uint32_t i = 0; i < proxy->range_count; i++) {
        if (contains(&proxy->ranges[i], addr)) return true;
    }
    return false;
}

int gn_stage_proxy_init(struct gn_hub *hub, const struct gn_proxy_range *ranges, uint32_t count,
                        uint32_t header_ms) {
    struct gn_proxy_shared *proxy = &hub->proxy;
    if (proxy->ranges) return -EBUSY;
    if (count == 0) return -EINVAL;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_valid(&ranges[i])) return -EINVAL;
    }
    struct gn_budget *budget = &hub->loop.budget;
    proxy->ranges = gn_budget_resize(budget, NULL, 0, count * sizeof *ranges);
    if (!proxy->ranges) return GN_EMEMORY;
    memcpy(proxy->ranges, ranges, count * sizeof *ranges);
    proxy->range_count = count;
    proxy->header_ms = header_ms;
    gn_pool_init(&proxy->stages, budget, sizeof(struct gn_stage_proxy), STAGES_PER_CHUNK, 0);
    return 0;
}

void gn_stage_proxy_fini(struct gn_hub *hub) {
    struct gn_proxy_shared *proxy = &hub->proxy;
    if (!proxy->ranges) return;
    gn_pool_fini(&proxy->stages);
    gn_budget_resize(&hub->loop.budget, proxy->ranges,
                     proxy->range_count * sizeof *proxy->ranges, 0);
    proxy->ranges = NULL;
}

/* ---- the end of a session that nobody was told of ---- */

/* The one that accepted a session, NULL when it is closed. One that only leaves stays until nobody
 * is left that it accepted and that was not told of. */
static struct gn_acceptor *acceptor_of(const struct gn_hub *hub,
                                       const struct gn_stage_proxy *stage) {
    struct gn_chan *chan = gn_loop_find(&hub->loop, stage->acceptor_slot, stage->acceptor_gen);
    return chan ? gn_container(chan, struct gn_acceptor, chan) : NULL;
}

void gn_stage_proxy_drop(struct gn_hub *hub, struct gn_session *session) {
    struct gn_stage_proxy *stage = session->proxy;
    if (!stage) return;
    struct gn_acceptor *acceptor = acceptor_of(hub, stage);
    if (acceptor) gn_acceptor_resolve(&hub->loop, acceptor);
    gn_dmsg_clear(&stage->in, &hub->loop.blocks);
    gn_pool_give(&hub->proxy.stages, stage);
    session->proxy = NULL;
}

static void die(struct gn_hub *hub, struct gn_session *session) {
    gn_stage_proxy_drop(hub, session);
    gn_stream_abort(&hub->loop, &session->stream, false);
}

static void refuse(struct gn_hub *hub, struct gn_session *session, int code, uint32_t slot,
                   uint32_t gen, const struct gn_addr *peer) {
    gn_batch_put(&hub->batch, GN_EVENT_REFUSED, slot, gen)->code = code;
    gn_batch_put_addr(&hub->batch, peer);
    die(hub, session);
}

static void refuse_waiting(struct gn_hub *hub, struct gn_session *session, int code) {
    const struct gn_stage_proxy *stage = session->proxy;
    refuse(hub, session, code, stage->acceptor_slot, stage->acceptor_gen, &stage->peer);
}

/* ---- headers ---- */

void gn_stage_proxy_begin(struct gn_hub *hub, struct gn_session *session,
                          struct gn_acceptor *acceptor) {
    struct gn_addr peer;
    const struct gn_chan *chan = &acceptor->chan;
    session->stage = GN_STAGE_PROXY;
    session->proxy = NULL;
    if (gn_sock_peer(session->stream.chan.fd, &peer) < 0) { /* it is gone already */
        die(hub, session);
        return;
    }
    if (!trusts(&hub->proxy, &peer)) {
        refuse(hub, session, GN_EPROXYPEER, chan->slot, chan->gen, &peer);
        return;
    }
    struct gn_stage_proxy *stage = gn_pool_take(&hub->proxy.stages);
    if (!stage) {
        die(hub, session);
        return;
    }
    gn_dmsg_init(&stage->in);
    stage->peer = peer;
    stage->acceptor_slot = chan->slot;
    stage->acceptor_gen = chan->gen;
    acceptor->untold++;
    session->proxy = stage;
    gn_stream_owe(&hub->loop, &session->stream, hub->proxy.header_ms);
}

/* As the system would tell it: an IPv4 address that is mapped into IPv6 is one. */
static void convert(enum gn_proxy_family family, const struct gn_proxy_end *end,
                    struct gn_addr *addr) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    memset(addr, 0, sizeof *addr);
    if (family == GN_PROXY_UNIX) {
        addr->family = GN_FAMILY_UNIX;
        return;
    }
    addr->port = end->port;
    if (family == GN_PROXY_V6 && memcmp(end->ip, mapped, sizeof mapped) == 0) {
        addr->family = GN_FAMILY_V4;
        memcpy(addr->ip, end->ip + sizeof mapped, 4);
        return;
    }
    addr->family = family == GN_PROXY_V4 ? GN_FAMILY_V4 : GN_FAMILY_V6;
    memcpy(addr->ip, end->ip, ip_len(addr->family));
}

/* Count a session for its client; false when that has enough. The session ends then as it would
 * have when it was accepted, had it come without a proxy: reset, and only counted. */
static bool count(struct gn_hub *hub, struct gn_session *session, const struct gn_addr *client) {
    struct gn_stream *stream = &session->stream;
    int rc = stream->census ? gn_census_move(hub->loop.census, client, &stream->census) : 0;
    if (rc == 0) return true;
    if (rc == GN_ECROWDED) gn_count_add(&hub->loop.counts->crowded, 1);
    gn_stage_proxy_drop(hub, session);
    gn_stream_abort(&hub->loop, stream, rc == GN_ECROWDED);
    return false;
}

/* The header is complete. */
static void open_session(struct gn_hub *hub, struct gn_session *session,
                         const struct gn_proxy *header) {
    struct gn_addr local, remote, peer = session->proxy->peer;
    const struct gn_acceptor *acceptor = acceptor_of(hub, session->proxy);
    if (!acceptor || (acceptor->closed && !acceptor->leaving)) { /* nobody asked for it */
        die(hub, session);
        return;
    }
    if (header->family == GN_PROXY_REAL) {
        if (gn_sock_local(session->stream.chan.fd, &local) < 0) memset(&local, 0, sizeof local);
        remote = peer;
    } else {
        convert(header->family, &header->target, &local);
        convert(header->family, &header->source, &remote);
    }
    if (!count(hub, session, &remote)) return;
    gn_stage_proxy_drop(hub, session);
    session->stage = (uint8_t)acceptor->tag;
    session->opened = true;
    gn_count_add(&hub->loop.counts->accepted, 1);
    gn_stream_owe(&hub->loop, &session->stream, 0);
    const struct gn_chan *own = &session->stream.chan;
    struct gn_event *event = gn_batch_put(&hub->batch, GN_EVENT_OPEN, own->slot, own->gen);
    event->id = acceptor->chan.slot;
    event->flag = GN_STAGE_PROXY_ANNOUNCED;
    gn_batch_put_addr(&hub->batch, &local);
    gn_batch_put_addr(&hub->batch, &remote);
    gn_batch_put_addr(&hub->batch, &peer);
}

/* Add bytes to those that are kept, and show them in one piece; NULL for want of memory. */
static const char *gather(struct gn_hub *hub, struct gn_dmsg *in, const char *data, uint32_t len) {
    struct gn_blocks *blocks = &hub->loop.blocks;
    uint32_t room = GN_PROXY_HEADER_MAX - (uint32_t)in->len;
    if (gn_dmsg_append(in, blocks, data, len < room ? len : room) < 0) return NULL;
    return gn_dmsg_pull_up(in, blocks, in->len);
}

uint32_t gn_stage_proxy_feed(struct gn_hub *hub, struct gn_session *session, uint32_t buf,
                             uint32_t len) {
    struct gn_stage_proxy *stage = session->proxy;
    struct gn_proxy header;
    if (!stage) return len; /* it dies */
    const char *data = gn_rbuf_at(&hub->loop.rbuf, buf);
    uint32_t before = (uint32_t)stage->in.len;
    size_t known = len;
    if (before > 0) {
        data = gather(hub, &stage->in, data, len);
        known = stage->in.len;
    }
    int rc = data ? gn_proxy_parse(&header, data, known) : GN_PROXY_MORE;
    if (rc == GN_PROXY_DONE) {
        open_session(hub, session, &header);
        return header.header_len - before;
    }
    if (rc == GN_PROXY_BAD) {
        refuse_waiting(hub, session, GN_EPROXYHEADER);
    } else if (!data || (before == 0 && !gather(hub, &stage->in, data, len))) {
        die(hub, session);
    }
    return len;
}

void gn_stage_proxy_overdue(struct gn_hub *hub, struct gn_session *session) {
    if (session->proxy) refuse_waiting(hub, session, GN_EPROXYTIME);
}

void gn_stage_proxy_end(struct gn_hub *hub, struct gn_session *session) { die(hub, session); }

void gn_stage_proxy_end_silent(struct gn_hub *hub, const struct gn_acceptor *acceptor) {
    for (uint32_t i = 0; acceptor->untold > 0 && i < hub->loop.slot_count; i++) {
        struct gn_chan *chan = hub->loop.slots[i].chan;
        if (!chan || chan->kind != GN_CHAN_STREAM) continue;
        struct gn_stream *stream = gn_container(chan, struct gn_stream, chan);
        struct gn_session *session = gn_container(stream, struct gn_session, stream);
        if (session->stage != GN_STAGE_PROXY || !session->proxy) continue;
        if (session->proxy->in.len > 0 || acceptor_of(hub, session->proxy) != acceptor) continue;
        die(hub, session);
    }
}

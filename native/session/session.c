#include "session.h"

#include <string.h>

#include "hub.h"

static struct gn_hub *hub_of(const struct gn_loop *loop) { return loop->owner; }

static struct gn_event *put(struct gn_loop *loop, enum gn_event_type type,
                            const struct gn_chan *chan) {
    return gn_batch_put(&hub_of(loop)->batch, type, chan->slot, chan->gen);
}

static struct gn_session *session_of(struct gn_stream *stream) {
    return gn_container(stream, struct gn_session, stream);
}

struct gn_session *gn_session_new(struct gn_hub *hub) {
    struct gn_session *session = gn_pool_take(&hub->sessions);
    if (!session) return NULL;
    session->http = NULL;
    session->turn = 0;
    session->requests = 0;
    session->stage = GN_STAGE_RAW;
    session->deaf = false;
    session->opened = false;
    return session;
}

static struct gn_stream *stream_new(struct gn_loop *loop) {
    struct gn_session *session = gn_session_new(hub_of(loop));
    return session ? &session->stream : NULL;
}

static void stream_free(struct gn_loop *loop, struct gn_stream *stream) {
    struct gn_session *session = session_of(stream);
    if (session->stage == GN_STAGE_PROXY) {
        gn_stage_proxy_drop(hub_of(loop), session);
    } else {
        gn_stage_http_drop(hub_of(loop), session);
    }
    gn_pool_give(&hub_of(loop)->sessions, session);
}

static void acceptor_free(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    gn_pool_give(&hub_of(loop)->acceptors, acceptor);
}

static void opened(struct gn_loop *loop, struct gn_stream *stream, struct gn_acceptor *acceptor) {
    struct gn_addr local, remote;
    if (acceptor && hub_of(loop)->proxy.ranges) {
        gn_stage_proxy_begin(hub_of(loop), session_of(stream), acceptor);
        return;
    }
    session_of(stream)->opened = true;
    gn_count_add(acceptor ? &loop->counts->accepted : &loop->counts->connected, 1);
    struct gn_event *event =
        put(loop, acceptor ? GN_EVENT_OPEN : GN_EVENT_CONNECTED, &stream->chan);
    if (acceptor) {
        event->id = acceptor->chan.slot;
        session_of(stream)->stage = (uint8_t)acceptor->tag;
    }
    /* A peer that is gone already has no address any more; its session ends in a moment. */
    if (gn_sock_local(stream->chan.fd, &local) < 0) memset(&local, 0, sizeof local);
    if (gn_sock_peer(stream->chan.fd, &remote) < 0) memset(&remote, 0, sizeof remote);
    gn_batch_put_addr(&hub_of(loop)->batch, &local);
    gn_batch_put_addr(&hub_of(loop)->batch, &remote);
}

static uint32_t received(struct gn_loop *loop, struct gn_stream *stream, uint32_t buf,
                         uint32_t len) {
    struct gn_session *session = session_of(stream);
    if (session->stage == GN_STAGE_HTTP) {
        return gn_stage_http_feed(hub_of(loop), session, buf, len);
    }
    if (session->stage == GN_STAGE_PROXY) {
        return gn_stage_proxy_feed(hub_of(loop), session, buf, len);
    }
    struct gn_event *event = put(loop, GN_EVENT_RECV, &stream->chan);
    event->id = buf;
    event->len = len;
    return len;
}

static void overdue(struct gn_loop *loop, struct gn_stream *stream) {
    if (session_of(stream)->stage == GN_STAGE_PROXY) {
        gn_stage_proxy_overdue(hub_of(loop), session_of(stream));
    } else {
        gn_stage_http_overdue(hub_of(loop), session_of(stream));
    }
}

static void ended(struct gn_loop *loop, struct gn_stream *stream) {
    if (session_of(stream)->stage == GN_STAGE_PROXY) {
        gn_stage_proxy_end(hub_of(loop), session_of(stream));
        return;
    }
    gn_stage_http_end(hub_of(loop), session_of(stream));
    put(loop, GN_EVENT_END, &stream->chan);
}

static void sent(struct gn_loop *loop, struct gn_stream *stream, uint64_t len, bool empty) {
    struct gn_event *event = put(loop, GN_EVENT_SENT, &stream->chan);
    event->value = len;
    event->flag = empty;
}

static void closed(struct gn_loop *loop, struct gn_stream *stream, int code) {
    /* What was never told of has no end to tell. */
    if (session_of(stream)->stage == GN_STAGE_PROXY) return;
    struct gn_event *event = put(loop, GN_EVENT_CLOSED, &stream->chan);
    event->code = code;
    event->id = (uint32_t)stream->got;
    event->len = (uint32_t)(stream->got >> 32);
    event->value = stream->sent;
    if (!session_of(stream)->opened) return;
    gn_count_add(&loop->counts->closed, 1);
    if (code == GN_EIDLE) gn_count_add(&loop->counts->idle, 1);
}

static void accepting(struct gn_loop *loop, struct gn_acceptor *acceptor, int code, bool fatal) {
    struct gn_event *event = put(loop, GN_EVENT_ACCEPT, &acceptor->chan);
    event->code = code;
    event->flag = fatal;
}

static bool room(const struct gn_loop *loop) { return gn_batch_room(&hub_of(loop)->batch, 2); }

static bool room_for_held(const struct gn_loop *loop) {
    const struct gn_batch *batch = &hub_of(loop)->batch;
    return batch->count < batch->cap / 2 && gn_batch_room(batch, 2);
}

static bool told(const struct gn_loop *loop) { return hub_of(loop)->batch.count > 0; }

const struct gn_loop_calls gn_session_calls = {
    .stream_new = stream_new,
    .stream_free = stream_free,
    .opened = opened,
    .received = received,
    .overdue = overdue,
    .ended = ended,
    .sent = sent,
    .closed = closed,
    .accepting = accepting,
    .acceptor_free = acceptor_free,
    .room = room,
    .room_for_held = room_for_held,
    .told = told,
};

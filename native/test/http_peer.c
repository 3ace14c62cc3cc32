#include "http_peer.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COMMAND_BYTES = 64 * 1024, EVENTS = 4096, RECV_SIZE = 16 * 1024 };

struct gn_hub *hub;
static struct peer peers[PEERS_MAX];
static int peer_count, fds_before;
static uint32_t written; /* bytes of commands for the next turn */

/* ---- opening and closing ---- */

struct gn_http_config http_config(void) {
    struct gn_http_config config = {.limits = GN_HTTP_LIMITS_DEFAULT};
    config.limits.header_bytes_max = 8 * 1024;
    return config;
}

struct gn_hub_config http_hub_config(void **state) {
    struct gn_hub_config config = {.events = EVENTS, .command_bytes = COMMAND_BYTES};
    config.loop = rig_config(state);
    config.loop.recv_size = RECV_SIZE;
    config.loop.recv_count = 16;
    return config;
}

void http_open_bare(const struct gn_hub_config *config) {
    struct gn_probe probe;
    fds_before = rig_fd_count();
    written = 0;
    int rc = gn_hub_new(&hub, config, &probe);
    if (rc < 0) {
        print_message("[  SKIP  ] no such backend here: %s: %s\n", probe.step, gn_err_name(rc));
        skip();
    }
}

void http_open_with(const struct gn_hub_config *hub_config, const struct gn_http_config *config) {
    http_open_bare(hub_config);
    assert_int_equal(gn_hub_http(hub, config), 0);
}

void http_open(void **state) {
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    http_open_with(&config, &http);
}

void http_close(void) {
    assert_int_equal(gn_hub_free(hub), 0);
    for (int i = 0; i < peer_count; i++) {
        if (peers[i].fd >= 0) close(peers[i].fd);
        free(peers[i].text);
    }
    memset(peers, 0, sizeof peers);
    peer_count = 0;
    assert_int_equal(rig_fd_count(), fds_before);
}

struct peer *http_peer(const struct gn_stream_options *options) {
    const struct gn_stream_options plain = {.close_ms = 1000};
    int ends[2], count = 0;
    while (count < peer_count && peers[count].fd >= 0) count++;
    assert_true(count < PEERS_MAX);
    struct peer *peer = &peers[count];
    if (count == peer_count) peer_count++;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct gn_session *session = gn_session_new(hub);
    assert_non_null(session);
    session->stage = GN_STAGE_HTTP;
    if (!options) options = &plain;
    assert_int_equal(gn_stream_adopt(&hub->loop, &session->stream, ends[0], options), 0);
    *peer = (struct peer){.fd = ends[1], .session = session};
    peer->slot = session->stream.chan.slot;
    peer->gen = session->stream.chan.gen;
    peer->text = calloc(1, 1);
    assert_non_null(peer->text);
    return peer;
}

/* ---- the transcript ---- */

static void add(struct peer *peer, const void *data, size_t len) {
    if (peer->len + len + 1 > peer->cap) {
        peer->cap = (peer->len + len + 1) * 2;
        peer->text = realloc(peer->text, peer->cap);
        assert_non_null(peer->text);
    }
    memcpy(peer->text + peer->len, data, len);
    peer->len += len;
    peer->text[peer->len] = '\0';
}

static void add_text(struct peer *peer, const char *text) { add(peer, text, strlen(text)); }

static void add_items(struct peer *peer, const char *base, const struct gn_event *records,
                      uint32_t count, size_t room) {
    const struct gn_http_item *items = (const void *)records;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(items[i].name_at + items[i].name_len < room);
        assert_true(items[i].value_at + items[i].value_len < room);
        add(peer, base + items[i].name_at, items[i].name_len);
        add_text(peer, ": ");
        add(peer, base + items[i].value_at, items[i].value_len);
        add_text(peer, "\n");
    }
}

static void add_part(struct peer *peer, const char *name, const char *base, uint32_t at,
                     uint32_t len) {
    if (len == 0) return;
    add_text(peer, name);
    add(peer, base + at, len);
}

static void add_head(struct peer *peer, const struct gn_event *event, const char *base) {
    char text[100];
    const struct gn_http_record *record = (const void *)(event + 1);
    assert_true(record->target_at + record->target_len <= event->len);
    assert_int_equal(record->method_at, 0);
    uint32_t method_len = record->method_len;
    if (method_len == GN_STAGE_HTTP_METHOD_MAX) method_len = record->target_at - 1u;
    add(peer, base, method_len);
    add_part(peer, " ", base, record->target_at, record->target_len);
    snprintf(text, sizeof text, " 1.%u id=%u framing=%u flags=%u length=%llu",
             record->version_minor, record->method_id, record->framing, record->flags,
             (unsigned long long)record->content_length);
    add_text(peer, text);
    add_part(peer, " path=", base, record->path_at, record->path_len);
    add_part(peer, " query=", base, record->query_at, record->query_len);
    add_part(peer, " authority=", base, record->authority_at, record->authority_len);
    add_text(peer, "\n");
    add_items(peer, base, event + 2, event->count, event->len);
    /* The head is there as it came, from the method to the empty line. */
    assert_memory_equal(base + event->len - 4, "\r\n\r\n", 4);
}

static void add_end(struct peer *peer, bool last) {
    peer->in_body = !last;
    if (last) add_text(peer, "]\n");
}

static int take_request(struct peer *peer, const struct gn_event *event) {
    uint64_t at = (uint32_t)event->value, body = event->value >> 32;
    bool last = event->flag & GN_STAGE_HTTP_LAST;
    assert_false(peer->in_body);
    assert_true(event->id < hub->loop.rbuf.count);
    assert_true(at + event->len + body <= hub->loop.rbuf.size);
    assert_true(last || body == 0);
    const char *base = gn_rbuf_at(&hub->loop.rbuf, event->id) + at;
    add_head(peer, event, base);
    add_text(peer, "[");
    add(peer, base + event->len, body);
    add_end(peer, last);
    peer->requests++;
    assert_true(++peer->turn_requests <= GN_STAGE_HTTP_REQUESTS_MAX);
    return 2 + (event->count + 3) / 4;
}

static int take_body(struct peer *peer, const struct gn_event *event) {
    uint64_t at = (uint32_t)event->value;
    bool last = event->flag & GN_STAGE_HTTP_LAST;
    assert_true(peer->in_body);
    assert_true(event->id < hub->loop.rbuf.count);
    assert_true(at + event->len <= hub->loop.rbuf.size);
    assert_true(last || event->len > 0);
    const char *buf = gn_rbuf_at(&hub->loop.rbuf, event->id);
    add(peer, buf + at, event->len);
    add_end(peer, last);
    uint64_t trailers_at = event->value >> 32;
    add_items(peer, buf + trailers_at, event + 1, event->count, hub->loop.rbuf.size - trailers_at);
    peer->pieces++;
    return 1 + (event->count + 3) / 4;
}

static struct peer *find(const struct gn_event *event) {
    for (int i = 0; i < peer_count; i++) {
        if (peers[i].session && peers[i].slot == event->slot && peers[i].gen == event->gen) {
            return &peers[i];
        }
    }
    return NULL;
}

/* Read one event; returns its records. */
static int take(const struct gn_event *event) {
    char text[100];
    struct peer *peer = find(event);
    const char *no_body = event->flag & GN_STAGE_HTTP_NO_BODY ? ", without a body" : "";
    if (event->type == GN_EVENT_OPEN) return 3;
    if (!peer) return 1;
    switch (event->type) {
    case GN_EVENT_REQUEST: return take_request(peer, event);
    case GN_EVENT_BODY: return take_body(peer, event);
    case GN_EVENT_BAD:
        snprintf(text, sizeof text, "BAD %d %s%s\n", event->code,
                 gn_http_reason_name((enum gn_http_reason)event->id), no_body);
        add_text(peer, text);
        peer->bad++;
        return 1;
    case GN_EVENT_OVERDUE:
        snprintf(text, sizeof text, "OVERDUE in %s%s\n",
                 event->flag & GN_STAGE_HTTP_IN_BODY ? "body" : "head", no_body);
        add_text(peer, text);
        peer->overdue++;
        return 1;
    case GN_EVENT_END:
        add_text(peer, "END\n");
        peer->ended++;
        return 1;
    case GN_EVENT_CLOSED:
        peer->code = event->code;
        peer->session = NULL;
        return 1;
    case GN_EVENT_SENT: peer->sent++; return 1;
    default: fail_msg("an event of type %d", event->type); return 1;
    }
}

/* ---- as Java and a peer do it ---- */

void http_command(const struct peer *peer, uint32_t type) {
    struct gn_command head = {peer->slot, peer->gen, type, 0};
    assert_true(written + sizeof head <= COMMAND_BYTES);
    memcpy(hub->commands + written, &head, sizeof head);
    written += (uint32_t)sizeof head;
}

void http_send(const struct peer *peer, const void *data, uint32_t len) {
    struct gn_command head = {peer->slot, peer->gen, GN_COMMAND_SEND, len};
    uint32_t padded = (len + 7) & ~7u;
    assert_true(written + sizeof head + padded <= COMMAND_BYTES);
    memcpy(hub->commands + written, &head, sizeof head);
    memcpy(hub->commands + written + sizeof head, data, len);
    written += (uint32_t)sizeof head + padded;
}

int http_turn(int timeout_ms) {
    int count = gn_hub_turn(hub, written, timeout_ms);
    written = 0;
    assert_true(count >= 0);
    assert_true((uint32_t)count <= hub->batch.cap);
    for (int i = 0; i < peer_count; i++) peers[i].turn_requests = 0;
    for (int at = 0; at < count;) at += take(&hub->batch.events[at]);
    return count;
}

void http_settle(void) {
    for (int i = 0; i < 6; i++) http_turn(2);
}

static int unread(const struct peer *peer) {
    int bytes = 0;
    assert_int_equal(ioctl(peer->fd, SIOCOUTQ, &bytes), 0);
    return bytes;
}

void http_feed(struct peer *peer, const char *data, size_t len) {
    uint64_t end = rig_now_us() + RIG_PATIENCE_US;
    for (size_t done = 0; done < len;) {
        ssize_t n = send(peer->fd, data + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) assert_int_equal(errno, EAGAIN);
        if (n > 0) done += (size_t)n;
        if (n < 0) http_turn(1);
        assert_true(rig_now_us() < end);
    }
    while (unread(peer) > 0 && rig_now_us() < end) http_turn(0);
    assert_int_equal(unread(peer), 0);
    http_turn(0);
}

void http_feed_text(struct peer *peer, const char *text) { http_feed(peer, text, strlen(text)); }

void http_drop(struct peer *peer) {
    http_command(peer, GN_COMMAND_ABORT);
    HTTP_UNTIL(!peer->session);
    close(peer->fd);
    free(peer->text);
    *peer = (struct peer){.fd = -1};
}

bool http_holds_nothing(void) {
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) {
        if (hub->loop.blocks.pools[i].live > 0) return false;
    }
    return hub->http.stages.live == 0;
}

/* Fuzz target: bytes of an HTTP session, cut in one way and in another, must be told the same.
 *
 * The first four bytes of an input choose the cuts and the shortages; the others are what the peer
 * sends. They are fed to the stage in pieces as large as a receive buffer, in random ones and in
 * single bytes, as the loop does it: what is not taken is fed again in the next turn. In all but
 * the first, buffers are short now and then. Each time the events become a transcript which does
 * not depend on the cuts; all must be equal, and nothing may be held afterwards.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../session/hub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INPUT_MAX = 8192,
    SINGLE_MAX = 1024, /* longer inputs are not fed in single bytes */
    RECV_SIZE = 1024,
    TEXT_MAX = 512 * 1024,
    TURNS_MAX = 1 << 20,
};

static const struct gn_http_config http = {
    .limits = {.body_max = 5000, .request_line_max = 200, .header_bytes_max = 600,
               .header_count_max = 9, .chunk_ext_max = 32, .trailer_bytes_max = 100,
               .trailer_count_max = 5},
    .head_ms = 1000,
    .body_ms = 1000,
    .send_ms = 1000,
};

struct transcript {
    char text[TEXT_MAX];
    size_t len;
    bool in_body;
    uint32_t turn_requests;
};

static struct gn_hub *hub;
static struct transcript whole, cut;
static uint32_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static void open_hub(void) {
    const struct gn_hub_config config = {
        .loop = {.backend = GN_EPOLL, .required = true, .recv_size = RECV_SIZE, .recv_count = 4,
                 .queue_depth = 8, .chans_max = 4, .memory_max = 1 << 20},
        .events = 40,
        .command_bytes = 64,
    };
    struct gn_probe probe;
    int rc = gn_hub_new(&hub, &config, &probe);
    assert(rc == 0);
    rc = gn_hub_http(hub, &http);
    assert(rc == 0);
}

/* ---- the transcript ---- */

static void add(struct transcript *to, const void *data, size_t len) {
    assert(to->len + len <= TEXT_MAX);
    memcpy(to->text + to->len, data, len);
    to->len += len;
}

static void add_items(struct transcript *to, const char *base, const void *records, uint32_t count,
                      size_t room) {
    const struct gn_http_item *items = records;
    for (uint32_t i = 0; i < count; i++) {
        assert(items[i].name_at + items[i].name_len <= room);
        assert(items[i].value_at + items[i].value_len <= room);
        add(to, base + items[i].name_at, items[i].name_len);
        add(to, ":", 1);
        add(to, base + items[i].value_at, items[i].value_len);
        add(to, "\n", 1);
    }
}

static void end_message(struct transcript *to, bool last) {
    to->in_body = !last;
    if (last) add(to, "]", 1);
}

static uint32_t take_request(struct transcript *to, const struct gn_event *event) {
    const struct gn_http_record *record = (const void *)(event + 1);
    size_t at = (uint32_t)event->value, body = (size_t)(event->value >> 32);
    bool last = event->flag & GN_STAGE_HTTP_LAST;
    assert(!to->in_body);
    assert(event->id < hub->loop.rbuf.count);
    assert(at + event->len + body <= RECV_SIZE);
    assert(last || body == 0);
    assert(++to->turn_requests <= GN_STAGE_HTTP_REQUESTS_MAX);
    const char *base = gn_rbuf_at(&hub->loop.rbuf, event->id) + at;
    assert(record->target_at + record->target_len <= event->len);
    assert(record->path_at + record->path_len <= event->len);
    assert(record->query_at + record->query_len <= event->len);
    assert(record->authority_at + record->authority_len <= event->len);
    add(to, record, sizeof *record);
    add(to, base, event->len);
    add_items(to, base, event + 2, event->count, event->len);
    add(to, "[", 1);
    add(to, base + event->len, body);
    end_message(to, last);
    return 2 + (event->count + 3u) / 4;
}

static uint32_t take_body(struct transcript *to, const struct gn_event *event) {
    size_t at = (uint32_t)event->value, trailers_at = (size_t)(event->value >> 32);
    assert(to->in_body);
    assert(event->id < hub->loop.rbuf.count);
    assert(at + event->len <= RECV_SIZE);
    assert(trailers_at <= RECV_SIZE);
    const char *buf = gn_rbuf_at(&hub->loop.rbuf, event->id);
    add(to, buf + at, event->len);
    end_message(to, event->flag & GN_STAGE_HTTP_LAST);
    add_items(to, buf + trailers_at, event + 1, event->count, RECV_SIZE - trailers_at);
    return 1 + (event->count + 3u) / 4;
}

static void take_events(struct transcript *to) {
    char text[32];
    to->turn_requests = 0;
    for (uint32_t at = 0; at < hub->batch.count;) {
        const struct gn_event *event = &hub->batch.events[at];
        if (event->type == GN_EVENT_REQUEST) {
            at += take_request(to, event);
        } else if (event->type == GN_EVENT_BODY) {
            at += take_body(to, event);
        } else {
            assert(event->type == GN_EVENT_BAD || event->type == GN_EVENT_END);
            int len = snprintf(text, sizeof text, "<%d %d %u>", event->type, event->code,
                               event->id);
            add(to, text, (size_t)len);
            at++;
        }
    }
    hub->batch.count = 0;
}

/* ---- feeding ---- */

/* One turn: leave the stage `spare` buffers, give it `len` bytes, return what it took. */
static uint32_t turn(struct gn_stream *stream, const uint8_t *data, uint32_t len, uint32_t spare) {
    struct gn_rbuf *rbuf = &hub->loop.rbuf;
    int kept[64], count = 0;
    int buf = gn_rbuf_take(rbuf);
    assert(buf >= 0);
    while (rbuf->free_count > spare) kept[count++] = gn_rbuf_take(rbuf);
    memcpy(gn_rbuf_at(rbuf, (uint32_t)buf), data, len);
    gn_rbuf_lend(rbuf, (uint32_t)buf);
    hub->turn++;
    uint32_t taken = gn_session_calls.received(&hub->loop, stream, (uint32_t)buf, len);
    assert(taken <= len);
    while (count > 0) gn_rbuf_give(rbuf, (uint32_t)kept[--count]);
    return taken;
}

/* Feed all of it; `max` is the size of the largest piece. */
static void feed(struct transcript *to, const uint8_t *data, size_t size, uint32_t max) {
    const struct gn_stream_options options = {0};
    struct gn_session *session = gn_session_new(hub);
    assert(session);
    session->stage = GN_STAGE_HTTP;
    int rc = gn_stream_adopt(&hub->loop, &session->stream, dup(2), &options);
    assert(rc == 0);
    to->len = 0;
    to->in_body = false;
    size_t at = 0;
    for (int turns = 0; at < size; turns++) {
        assert(turns < TURNS_MAX);
        size_t len = max == RECV_SIZE ? max : 1 + random_below(max);
        uint32_t spare = max == RECV_SIZE || random_below(8) > 0 ? 30 : random_below(2);
        if (len > size - at) len = size - at;
        at += turn(&session->stream, data + at, (uint32_t)len, spare);
        take_events(to);
        gn_rbuf_recycle(&hub->loop.rbuf);
    }
    gn_session_calls.ended(&hub->loop, &session->stream);
    take_events(to);
    assert(session->http == NULL);
    gn_stream_abort(&hub->loop, &session->stream, false);
    rc = gn_loop_turn(&hub->loop, 0);
    assert(rc == 0);
    hub->batch.count = 0;
    assert(hub->loop.chan_count == 0);
    assert(hub->http.stages.live == 0);
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) assert(hub->loop.blocks.pools[i].live == 0);
}

static void compare(void) {
    assert(whole.len == cut.len);
    assert(memcmp(whole.text, cut.text, whole.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < sizeof random_state || size > INPUT_MAX) return 0;
    if (!hub) open_hub();
    memcpy(&random_state, data, sizeof random_state);
    data += sizeof random_state;
    size -= sizeof random_state;
    feed(&whole, data, size, RECV_SIZE);
    feed(&cut, data, size, 1 + random_below(RECV_SIZE - 1));
    compare();
    feed(&cut, data, size, 1 + random_below(32));
    compare();
    if (size > SINGLE_MAX) return 0;
    feed(&cut, data, size, 1);
    compare();
    return 0;
}

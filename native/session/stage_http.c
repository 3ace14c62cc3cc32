#include "stage_http.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "hub.h"

enum {
    STAGES_PER_CHUNK = 16,
    ITEMS_PER_RECORD = sizeof(struct gn_event) / sizeof(struct gn_http_item),
    EMPTY_LINE = 2, /* bytes of the one that may come before a head */
    CRLF = 2,
    HEAD_MAX = 60 * 1024, /* offsets have 16 bits, and a head must fit a block */
    BATCHES = 2,          /* so many steps must fit a batch, beside other events */
};

_Static_assert(HEAD_MAX + EMPTY_LINE <= GN_BLOCK_MAX - (int)sizeof(struct gn_block), "fits");

/* Bytes being fed: [at, len) of a receive buffer are to be parsed. */
struct feed {
    struct gn_hub *hub;
    struct gn_session *session;
    char *data;
    uint32_t buf, at, len;
};

/* ---- set-up ---- */

static uint32_t records_for(uint32_t items) {
    return (items + ITEMS_PER_RECORD - 1) / ITEMS_PER_RECORD;
}

static bool is_valid(const struct gn_hub *hub, const struct gn_http_limits *limits) {
    uint64_t head = (uint64_t)limits->request_line_max + CRLF + limits->header_bytes_max;
    uint64_t room = hub->loop.rbuf.size < HEAD_MAX ? hub->loop.rbuf.size : HEAD_MAX;
    return limits->request_line_max > 0 && limits->header_bytes_max >= CRLF && head <= room &&
           limits->trailer_bytes_max >= CRLF && limits->trailer_bytes_max <= room &&
           limits->header_count_max > 0 && limits->header_count_max <= HEAD_MAX &&
           limits->trailer_count_max <= HEAD_MAX;
}

int gn_stage_http_init(struct gn_hub *hub, const struct gn_http_config *config) {
    struct gn_http_shared *http = &hub->http;
    const struct gn_http_limits *limits = &config->limits;
    if (http->fields) return -EBUSY;
    if (!is_valid(hub, limits)) return -EINVAL;
    uint32_t count = limits->header_count_max > limits->trailer_count_max
                         ? limits->header_count_max
                         : limits->trailer_count_max;
    uint32_t records = 2 + records_for(count);
    if (hub->batch.cap < BATCHES * (records + GN_EVENT_RECORDS_MAX)) return -EINVAL;
    struct gn_budget *budget = &hub->loop.budget;
    http->fields = gn_budget_resize(budget, NULL, 0, count * sizeof *http->fields);
    if (!http->fields) return GN_EMEMORY;
    http->config = *config;
    http->told = *limits;
    http->told.body_max = UINT64_MAX;
    http->field_count = count;
    http->head_max = EMPTY_LINE + limits->request_line_max + CRLF + limits->header_bytes_max;
    http->records_max = records;
    size_t size = sizeof(struct gn_stage_http) + count * sizeof *http->fields;
    gn_pool_init(&http->stages, budget, size, STAGES_PER_CHUNK, 0);
    http->stages.leave = gn_loop_leave_new(&hub->loop);
    return 0;
}

void gn_stage_http_fini(struct gn_hub *hub) {
    struct gn_http_shared *http = &hub->http;
    if (!http->fields) return;
    gn_pool_fini(&http->stages);
    gn_budget_resize(&hub->loop.budget, http->fields, http->field_count * sizeof *http->fields, 0);
    http->fields = NULL;
}

/* ---- what a session holds ---- */

static void owe(struct feed *feed, uint32_t ms) {
    gn_stream_owe(&feed->hub->loop, &feed->session->stream, ms);
}

static struct gn_stage_http *take_stage(struct feed *feed) {
    struct gn_stage_http *stage = gn_pool_take(&feed->hub->http.stages);
    if (!stage) return NULL;
    gn_dmsg_init(&stage->in);
    stage->in_body = false;
    stage->came = 0;
    feed->session->http = stage;
    return stage;
}

void gn_stage_http_drop(struct gn_hub *hub, struct gn_session *session) {
    struct gn_stage_http *stage = session->http;
    if (!stage) return;
    gn_dmsg_clear(&stage->in, &hub->loop.blocks);
    gn_pool_give(&hub->http.stages, stage);
    session->http = NULL;
}

/* The message is complete. */
static void finish(struct feed *feed) {
    gn_stage_http_drop(feed->hub, feed->session);
    owe(feed, 0);
}

/* ---- events ---- */

static struct gn_event *put(struct gn_hub *hub, const struct gn_session *session,
                            enum gn_event_type type) {
    const struct gn_chan *chan = &session->stream.chan;
    return gn_batch_put(&hub->batch, type, chan->slot, chan->gen);
}

/* Room for whatever the next step tells. */
static bool has_room(const struct feed *feed) {
    const struct gn_batch *batch = &feed->hub->batch;
    return batch->cap - batch->count >= feed->hub->http.records_max;
}

static void put_items(struct gn_batch *batch, const struct gn_http_fields *fields, uint32_t skip) {
    struct gn_http_item *items = gn_batch_extend(batch, records_for(fields->count));
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct gn_http_field *field = &fields->at[i];
        items[i] = (struct gn_http_item){
            .name_at = (uint16_t)(field->name_at - skip),
            .name_len = field->name_len,
            .value_at = (uint16_t)(field->value_at - skip),
            .value_len = (uint16_t)field->value_len,
        };
    }
}

static inline uint16_t offset(const struct gn_http_part *part, uint32_t skip) {
    return part->len > 0 ? (uint16_t)(part->at - skip) : 0;
}

/* A request whose head lies in `buf` at `at`, with `body` bytes behind it. */
static void put_request(struct feed *feed, const struct gn_http_head *head, uint32_t buf,
                        uint32_t at, uint64_t body, bool last) {
    struct gn_batch *batch = &feed->hub->batch;
    struct gn_event *event = put(feed->hub, feed->session, GN_EVENT_REQUEST);
    uint32_t skip = head->method.at; /* an empty line */
    event->flag = last ? GN_STAGE_HTTP_LAST : 0;
    event->count = (uint16_t)head->fields.count;
    event->id = buf;
    event->len = head->head_len - skip;
    event->value = body << 32 | at;
    struct gn_http_record *record = gn_batch_extend(batch, 1);
    *record = (struct gn_http_record){
        .content_length = head->content_length,
        .target_at = offset(&head->target, skip),
        .target_len = (uint16_t)head->target.len,
        .path_at = offset(&head->path, skip),
        .path_len = (uint16_t)head->path.len,
        .query_at = offset(&head->query, skip),
        .query_len = (uint16_t)head->query.len,
        .authority_at = offset(&head->authority, skip),
        .authority_len = (uint16_t)head->authority.len,
        .flags = head->flags,
        .method_id = head->method_id,
        .method_len = head->method.len < GN_STAGE_HTTP_METHOD_MAX ? (uint8_t)head->method.len
                                                                  : GN_STAGE_HTTP_METHOD_MAX,
        .framing = head->framing,
        .version_minor = head->version_minor,
    };
    put_items(batch, &head->fields, skip);
    feed->session->requests++;
    gn_count_add(&feed->hub->loop.counts->requests, 1);
}

/* `len` bytes of a body, in `buf` at `at`; the last with its trailers, whose offsets count from
 * `trailers_at`. */
static void put_body(struct feed *feed, uint32_t buf, uint32_t at, uint32_t len,
                     const struct gn_http_fields *trailers, uint32_t trailers_at) {
    struct gn_event *event = put(feed->hub, feed->session, GN_EVENT_BODY);
    event->id = buf;
    event->len = len;
    event->value = (uint64_t)trailers_at << 32 | at;
    if (!trailers) return;
    event->flag = GN_STAGE_HTTP_LAST;
    event->count = (uint16_t)trailers->count;
    put_items(&feed->hub->batch, trailers, 0);
}

#define HEAD_METHOD "HEAD "

/* What the answer to a head depends on that is not one: its bytes are all that is known of it. */
static uint8_t flags_of_head(const char *data, size_t len) {
    size_t method_len = sizeof HEAD_METHOD - 1;
    size_t skip = len > EMPTY_LINE && data[0] == '\r' ? EMPTY_LINE : 0;
    bool is_head = len - skip >= method_len && memcmp(data + skip, HEAD_METHOD, method_len) == 0;
    return is_head ? GN_STAGE_HTTP_NO_BODY : 0;
}

static void count_bad(struct gn_counts *counts, enum gn_http_reason reason, int status) {
    if (reason == GN_HTTP_REASON_NO_MEMORY) {
        gn_count_add(&counts->unserved, 1);
        return;
    }
    gn_count_add(&counts->bad, 1);
    if (status >= 500) gn_count_add(&counts->bad_unknown, 1);
    if (status > 400 && status < 500) gn_count_add(&counts->bad_large, 1);
}

/* The same of a head of which a part is kept. */
static uint8_t flags_of_kept(const struct gn_stage_http *stage) {
    char begin[EMPTY_LINE + sizeof HEAD_METHOD - 1];
    size_t len = gn_dmsg_peek(&stage->in, 0, begin, sizeof begin);
    return flags_of_head(begin, len);
}

static bool refuse(struct feed *feed, enum gn_http_reason reason, uint8_t flags) {
    struct gn_event *event = put(feed->hub, feed->session, GN_EVENT_BAD);
    event->code = gn_http_reason_status(reason);
    event->id = reason;
    event->flag = flags;
    count_bad(feed->hub->loop.counts, reason, event->code);
    feed->session->deaf = true;
    finish(feed);
    return false;
}

static bool refuse_head(struct feed *feed, const char *data, size_t len,
                        enum gn_http_reason reason) {
    return refuse(feed, reason, flags_of_head(data, len));
}

static bool refuse_body(struct feed *feed, enum gn_http_reason reason) {
    return refuse(feed, reason, GN_STAGE_HTTP_IN_BODY);
}

/* ---- heads ---- */

/* A head is complete and lies in `buf` at `at`; what follows it begins at feed->at. */
static bool tell_head(struct feed *feed, const struct gn_http_head *head, uint32_t buf,
                      uint32_t at) {
    struct gn_stage_http *stage = feed->session->http;
    bool counted = head->framing == GN_HTTP_FRAMING_LENGTH;
    uint64_t body = counted ? head->content_length : 0;
    uint32_t behind = buf == feed->buf ? feed->len - feed->at : 0;
    if (head->framing == GN_HTTP_FRAMING_NONE || (counted && body <= behind)) {
        put_request(feed, head, buf, at, body, true);
        feed->at += (uint32_t)body;
        if (stage) finish(feed);
        return true;
    }
    if (!stage) stage = take_stage(feed);
    if (!stage) {
        bool is_head = head->method_id == GN_HTTP_METHOD_HEAD;
        return refuse(feed, GN_HTTP_REASON_NO_MEMORY, is_head ? GN_STAGE_HTTP_NO_BODY : 0);
    }
    put_request(feed, head, buf, at, 0, false);
    gn_http_body_init(&stage->body, (enum gn_http_framing)head->framing, body, stage->fields,
                      feed->hub->http.field_count);
    stage->in_body = true;
    stage->counted = counted;
    owe(feed, feed->hub->http.config.body_ms);
    return true;
}

/* A head that is cut by the end of what arrived moves to memory of the session. */
static bool keep_head(struct feed *feed, const struct gn_http_head *head) {
    struct gn_stage_http *stage = take_stage(feed);
    const char *data = feed->data + feed->at;
    size_t len = feed->len - feed->at;
    if (!stage) return refuse_head(feed, data, len, GN_HTTP_REASON_NO_MEMORY);
    stage->head = *head;
    stage->head.fields.at = stage->fields;
    memcpy(stage->fields, head->fields.at, head->fields.count * sizeof *stage->fields);
    if (gn_dmsg_append(&stage->in, &feed->hub->loop.blocks, data, len) < 0) {
        return refuse_head(feed, data, len, GN_HTTP_REASON_NO_MEMORY);
    }
    feed->at = feed->len;
    owe(feed, feed->hub->http.config.head_ms);
    return true;
}

static bool may_tell_request(const struct feed *feed) {
    return feed->session->requests < GN_STAGE_HTTP_REQUESTS_MAX && has_room(feed);
}

static bool begin_head(struct feed *feed) {
    struct gn_http_shared *http = &feed->hub->http;
    struct gn_http_head *head = &http->head;
    uint32_t at = feed->at;
    if (!may_tell_request(feed)) return false;
    gn_http_head_init(head, http->fields, http->field_count);
    const char *data = feed->data + at;
    size_t len = feed->len - at;
    int rc = gn_http_request_parse(head, &http->told, data, len);
    if (rc == GN_HTTP_MORE) return keep_head(feed, head);
    if (rc == GN_HTTP_BAD) return refuse_head(feed, data, len, (enum gn_http_reason)head->reason);
    feed->at += head->head_len;
    return tell_head(feed, head, feed->buf, at + head->method.at);
}

/* Add bytes to those that are kept, `max` of them in all, and show them in one piece; `*added` says
 * how many. NULL for want of memory. */
static const char *gather(struct feed *feed, uint32_t max, uint32_t *added) {
    struct gn_dmsg *in = &feed->session->http->in;
    struct gn_blocks *blocks = &feed->hub->loop.blocks;
    uint32_t room = max - (uint32_t)in->len, left = feed->len - feed->at;
    *added = left < room ? left : room;
    if (gn_dmsg_append(in, blocks, feed->data + feed->at, *added) < 0) return NULL;
    return gn_dmsg_pull_up(in, blocks, in->len);
}

/* Copy what was kept to a spare receive buffer, and lend it like any other. */
static void move_out(struct feed *feed, uint32_t spare, const char *data, size_t len) {
    struct gn_rbuf *rbuf = &feed->hub->loop.rbuf;
    assert(len <= rbuf->size);
    memcpy(gn_rbuf_at(rbuf, spare), data, len);
    gn_rbuf_lend(rbuf, spare);
}

static bool go_on_head(struct feed *feed) {
    const struct gn_http_shared *http = &feed->hub->http;
    struct gn_stage_http *stage = feed->session->http;
    struct gn_http_head *head = &stage->head;
    struct gn_rbuf *rbuf = &feed->hub->loop.rbuf;
    uint32_t added, before = (uint32_t)stage->in.len;
    int spare = may_tell_request(feed) ? gn_rbuf_take(rbuf) : -1;
    if (spare < 0) return false;
    const char *data = gather(feed, http->head_max, &added);
    int rc = GN_HTTP_MORE;
    if (data) rc = gn_http_request_parse(head, &http->told, data, stage->in.len);
    if (rc == GN_HTTP_DONE) {
        uint32_t skip = head->method.at;
        move_out(feed, (uint32_t)spare, data + skip, head->head_len - skip);
        feed->at += head->head_len - before;
        gn_dmsg_clear(&stage->in, &feed->hub->loop.blocks);
        return tell_head(feed, head, (uint32_t)spare, 0);
    }
    gn_rbuf_give(rbuf, (uint32_t)spare);
    if (!data) return refuse(feed, GN_HTTP_REASON_NO_MEMORY, flags_of_kept(stage));
    if (rc == GN_HTTP_MORE && stage->in.len >= http->head_max) {
        rc = GN_HTTP_BAD;
        head->reason = GN_HTTP_REASON_HEADER_BYTES;
    }
    if (rc == GN_HTTP_BAD) {
        return refuse_head(feed, data, stage->in.len, (enum gn_http_reason)head->reason);
    }
    feed->at += added;
    return true;
}

/* ---- bodies ---- */

/* Move data to where it follows what came before. A flood of single bytes costs no calls. */
static inline void close_up(char *to, const char *from, size_t len) {
    if (len == 1) {
        *to = *from;
    } else {
        memmove(to, from, len);
    }
}

static const struct gn_http_limits *body_limits(const struct feed *feed) {
    const struct gn_http_shared *http = &feed->hub->http;
    return feed->session->http->counted ? &http->told : &http->config.limits;
}

/* So many bytes came that do not end the body. */
static void progress(struct feed *feed, uint32_t bytes) {
    struct gn_stage_http *stage = feed->session->http;
    stage->came += bytes; /* at most a receive buffer beyond the limit */
    if (stage->came < GN_STAGE_HTTP_PROGRESS_MIN &&
        !(feed->session->stream.flags & GN_STREAM_PATIENT)) {
        return;
    }
    stage->came = 0;
    owe(feed, feed->hub->http.config.body_ms);
}

/* What was fed is told as one piece: the data of several chunks move together. */
static bool go_on_body(struct feed *feed) {
    const struct gn_http_limits *limits = body_limits(feed);
    struct gn_stage_http *stage = feed->session->http;
    struct gn_http_body *body = &stage->body;
    struct gn_http_piece piece;
    uint32_t from = 0, len = 0, begin = feed->at;
    int rc;
    if (!has_room(feed)) return false;
    while ((rc = gn_http_body_parse(body, limits, feed->data + feed->at, feed->len - feed->at,
                                    &piece)) == GN_HTTP_DATA) {
        uint32_t at = feed->at + (uint32_t)piece.data_at;
        if (len == 0) from = at;
        if (from + len < at) close_up(feed->data + from + len, feed->data + at, piece.data_len);
        len += (uint32_t)piece.data_len;
        feed->at += (uint32_t)piece.consumed;
    }
    if (rc == GN_HTTP_DONE) {
        uint32_t trailers_at = feed->at + (uint32_t)piece.trailers_at;
        feed->at += (uint32_t)piece.consumed;
        put_body(feed, feed->buf, from, len, &body->trailers, trailers_at);
        finish(feed);
        return true;
    }
    if (len > 0) put_body(feed, feed->buf, from, len, NULL, 0);
    if (rc == GN_HTTP_BAD) return refuse_body(feed, (enum gn_http_reason)body->reason);
    feed->at += (uint32_t)piece.consumed;
    progress(feed, feed->len - begin);
    if (gn_dmsg_append(&stage->in, &feed->hub->loop.blocks, feed->data + feed->at,
                       feed->len - feed->at) < 0) {
        return refuse_body(feed, GN_HTTP_REASON_NO_MEMORY);
    }
    feed->at = feed->len;
    return true;
}

/* Trailers that came in more than one piece. */
static bool go_on_trailers(struct feed *feed) {
    const struct gn_http_limits *limits = body_limits(feed);
    struct gn_stage_http *stage = feed->session->http;
    struct gn_http_body *body = &stage->body;
    struct gn_http_piece piece;
    uint32_t added, before = (uint32_t)stage->in.len;
    int spare = has_room(feed) ? gn_rbuf_take(&feed->hub->loop.rbuf) : -1;
    if (spare < 0) return false;
    const char *data = gather(feed, limits->trailer_bytes_max, &added);
    int rc = GN_HTTP_MORE;
    if (data) rc = gn_http_body_parse(body, limits, data, stage->in.len, &piece);
    if (rc == GN_HTTP_DONE) {
        move_out(feed, (uint32_t)spare, data, piece.consumed);
        feed->at += (uint32_t)piece.consumed - before;
        put_body(feed, (uint32_t)spare, 0, 0, &body->trailers, 0);
        finish(feed);
        return true;
    }
    gn_rbuf_give(&feed->hub->loop.rbuf, (uint32_t)spare);
    if (!data) return refuse_body(feed, GN_HTTP_REASON_NO_MEMORY);
    if (rc == GN_HTTP_BAD) return refuse_body(feed, (enum gn_http_reason)body->reason);
    if (added == 0) return refuse_body(feed, GN_HTTP_REASON_TRAILER_BYTES);
    feed->at += added;
    progress(feed, added);
    return true;
}

/* ---- what the session calls ---- */

/* One message or a piece of one; false when this has to wait, or the input is at an end. */
static bool step(struct feed *feed) {
    const struct gn_stage_http *stage = feed->session->http;
    if (!stage) return begin_head(feed);
    if (!stage->in_body) return go_on_head(feed);
    return stage->in.len > 0 ? go_on_trailers(feed) : go_on_body(feed);
}

uint32_t gn_stage_http_feed(struct gn_hub *hub, struct gn_session *session, uint32_t buf,
                            uint32_t len) {
    struct feed feed = {hub, session, gn_rbuf_at(&hub->loop.rbuf, buf), buf, 0, len};
    if (session->turn != hub->turn) {
        session->turn = hub->turn;
        session->requests = 0;
    }
    bool more = !session->deaf;
    while (more && feed.at < len) more = step(&feed);
    return session->deaf ? len : feed.at;
}

void gn_stage_http_end(struct gn_hub *hub, struct gn_session *session) {
    struct feed feed = {.hub = hub, .session = session};
    if (!session->http) return;
    if (session->http->in_body) {
        refuse_body(&feed, GN_HTTP_REASON_BODY_SHORT);
    } else {
        finish(&feed);
    }
}

void gn_stage_http_overdue(struct gn_hub *hub, struct gn_session *session) {
    assert(session->http); /* who owes nothing is never overdue */
    const struct gn_stage_http *stage = session->http;
    put(hub, session, GN_EVENT_OVERDUE)->flag =
        stage->in_body ? GN_STAGE_HTTP_IN_BODY : flags_of_kept(stage);
    gn_count_add(&hub->loop.counts->overdue, 1);
    if (stage->in_body) gn_count_add(&hub->loop.counts->overdue_body, 1);
    session->deaf = true;
    gn_stage_http_drop(hub, session);
}

/* HTTP heads and bodies: whole against split feeding, and every scan against the portable one.
 *
 * The first byte of the input says what the rest is (request, response, one of the body framings)
 * and whether limits are tight, the second how it is cut into calls. The same bytes are parsed at
 * once with the portable scan, then in pieces with each scan; all that comes out must be equal.
 * Each call gets its bytes in memory of just that size, so AddressSanitizer sees a byte too far.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../http/http.h"
#include "../http/http_scan.h"

enum {
    INPUT_MAX = 6000,
    FIELDS_MAX = 40,
    CALLS_MAX = 4 * INPUT_MAX,
};

enum kind { REQUEST, RESPONSE, CHUNKED, LENGTH, UNTIL_CLOSE, KINDS };

struct input {
    enum kind kind;
    bool tight;
    enum gn_http_method method; /* of the request that a response answers */
    uint32_t cuts;              /* 0: all at once; 1: byte by byte; else seeds the lengths */
    const char *data;
    size_t len;
};

/* All that a parser said, without what it keeps for itself. */
struct result {
    int head_rc, body_rc;
    struct gn_http_head head;
    struct gn_http_field fields[FIELDS_MAX];
    int body_reason, body_status, end_rc;
    size_t body_consumed, body_len;
    uint32_t trailer_count;
    size_t trailers_at;
    struct gn_http_field trailers[FIELDS_MAX];
    char body[INPUT_MAX];
};

static struct result whole, split;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) abort();                                                                 \
    } while (0)

static struct gn_http_limits limits_of(const struct input *input) {
    struct gn_http_limits limits = GN_HTTP_LIMITS_DEFAULT;
    if (input->tight) {
        limits = (struct gn_http_limits){
            .body_max = 20,
            .request_line_max = 30,
            .header_bytes_max = 60,
            .header_count_max = 3,
            .chunk_ext_max = 6,
            .trailer_bytes_max = 24,
            .trailer_count_max = 2,
        };
    }
    return limits;
}

/* How many bytes there are in the next call. */
static size_t next_cut(uint32_t *seed, size_t have, size_t len) {
    if (*seed == 0) return len;
    size_t step = 1;
    if (*seed != 1) {
        *seed = *seed * 1664525u + 1013904223u;
        step = (*seed >> 24) % 5 == 0 ? (*seed >> 8) % 700 : (*seed >> 8) % 9;
        if (*seed <= 1) *seed = 2;
    }
    return have + step < len ? have + step : len;
}

static char *exactly(const char *data, size_t len) {
    char *copy = malloc(len);
    check(copy != NULL || len == 0);
    if (len > 0) memcpy(copy, data, len);
    return copy;
}

static void run_head(const struct input *input, struct result *result) {
    struct gn_http_limits limits = limits_of(input);
    uint32_t seed = input->cuts;
    size_t have = 0;
    int rc;
    gn_http_head_init(&result->head, result->fields, FIELDS_MAX);
    do {
        have = next_cut(&seed, have, input->len);
        char *copy = exactly(input->data, have);
        rc = input->kind == REQUEST
                 ? gn_http_request_parse(&result->head, &limits, copy, have)
                 : gn_http_response_parse(&result->head, &limits, input->method, copy, have);
        free(copy);
    } while (rc == GN_HTTP_MORE && have < input->len);
    result->head_rc = rc;
    result->head.line_at = result->head.scanned = result->head.fields_at = 0;
    result->head.fields.at = NULL;
    if (rc == GN_HTTP_MORE) {
        /* What is there before the head is complete depends on how far the parser got. */
        memset(&result->head, 0, sizeof(result->head));
        memset(result->fields, 0, sizeof(result->fields));
    }
}

static void run_body(const struct input *input, struct result *result, enum gn_http_framing framing,
                     uint64_t length, size_t start) {
    struct gn_http_limits limits = limits_of(input);
    struct gn_http_body body;
    struct gn_http_piece piece;
    uint32_t seed = input->cuts;
    size_t have = start, at = start;
    int rc = GN_HTTP_MORE, calls = 0;
    gn_http_body_init(&body, framing, length, result->trailers, FIELDS_MAX);
    while (calls++ < CALLS_MAX) {
        char *copy = exactly(input->data + at, have - at);
        rc = gn_http_body_parse(&body, &limits, copy, have - at, &piece);
        check(piece.consumed <= have - at);
        if (rc == GN_HTTP_DATA) {
            check(piece.data_len > 0 && piece.data_at + piece.data_len <= piece.consumed);
            check(result->body_len + piece.data_len <= sizeof(result->body));
            memcpy(result->body + result->body_len, copy + piece.data_at, piece.data_len);
            result->body_len += piece.data_len;
        }
        free(copy);
        if (rc == GN_HTTP_DONE) result->trailers_at = at + piece.trailers_at;
        at += piece.consumed;
        if (rc == GN_HTTP_DONE || rc == GN_HTTP_BAD) break;
        if (rc == GN_HTTP_MORE && have == input->len) break;
        if (rc == GN_HTTP_MORE) have = next_cut(&seed, have, input->len);
    }
    check(calls <= CALLS_MAX);
    result->body_rc = rc;
    result->end_rc = gn_http_body_end(&body);
    result->body_reason = body.reason;
    result->body_status = body.status;
    result->trailer_count = rc == GN_HTTP_DONE ? body.trailers.count : 0;
    if (rc != GN_HTTP_DONE) memset(result->trailers, 0, sizeof(result->trailers));
    /* A part of the trailers may or may not have been consumed before they were refused. */
    result->body_consumed = rc == GN_HTTP_BAD ? 0 : at;
}

static void run(const struct input *input, struct result *result) {
    memset(result, 0, sizeof(*result));
    switch (input->kind) {
    case CHUNKED: run_body(input, result, GN_HTTP_FRAMING_CHUNKED, 0, 0); return;
    case LENGTH: run_body(input, result, GN_HTTP_FRAMING_LENGTH, 17, 0); return;
    case UNTIL_CLOSE: run_body(input, result, GN_HTTP_FRAMING_CLOSE, 0, 0); return;
    default: break;
    }
    run_head(input, result);
    if (result->head_rc != GN_HTTP_DONE) return;
    run_body(input, result, (enum gn_http_framing)result->head.framing, result->head.content_length,
             result->head.head_len);
}

static bool within(struct gn_http_part part, uint32_t len) {
    return part.at <= len && part.len <= len - part.at;
}

/* What must hold for a head however it came to be. */
static void check_head(const struct input *input, const struct result *result) {
    const struct gn_http_head *head = &result->head;
    const char *data = input->data;
    if (result->head_rc == GN_HTTP_BAD) {
        check(head->reason != GN_HTTP_REASON_NONE && head->reason < GN_HTTP_REASON_COUNT);
        check(head->status >= 400 && (head->flags & GN_HTTP_KEEP_ALIVE) == 0);
    }
    if (result->head_rc != GN_HTTP_DONE) return;
    uint32_t len = head->head_len;
    check(len >= 4 && len <= input->len && memcmp(data + len - 4, "\r\n\r\n", 4) == 0);
    check(within(head->method, len) && within(head->target, len) && within(head->path, len));
    check(within(head->query, len) && within(head->authority, len) && within(head->host, len));
    for (uint32_t i = 0; i + 1 < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '\r') check(data[i + 1] == '\n');
        if (c == '\n') check(i > 0 && data[i - 1] == '\r');
        check(c >= 0x20 || c == '\r' || c == '\n' || c == '\t');
    }
    for (uint32_t i = 0; i < head->fields.count; i++) {
        const struct gn_http_field *field = &result->fields[i];
        check(field->name_len > 0 && field->name_at + field->name_len < field->value_at + 1);
        check(field->value_at + field->value_len < len);
        for (uint32_t k = 0; k < field->name_len; k++) {
            check(gn_http_is(data[field->name_at + k], GN_HTTP_IN_TOKEN));
        }
    }
    if (head->framing == GN_HTTP_FRAMING_CHUNKED) check((head->flags & GN_HTTP_HAS_LENGTH) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > INPUT_MAX) return 0;
    struct input input = {
        .kind = (enum kind)(data[0] % KINDS),
        .tight = data[0] >= 0x80,
        .method = (enum gn_http_method)(data[1] % 7),
        .data = (const char *)data + 2,
        .len = size - 2,
    };
    gn_http_scan_use(&gn_http_scan_portable);
    run(&input, &whole);
    if (input.kind <= RESPONSE) check_head(&input, &whole);
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        gn_http_scan_use(gn_http_scans[i]);
        uint32_t cuts[] = {0, size < 200 ? 1 : 3, 2u + data[1]};
        for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
            input.cuts = cuts[k];
            run(&input, &split);
            check(memcmp(&whole, &split, sizeof(whole)) == 0);
        }
    }
    return 0;
}

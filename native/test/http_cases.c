#include "http_cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- memory ---- */

char *http_guarded(const char *data, size_t len) {
    static char *end;
    if (end == NULL) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        char *start = mmap(NULL, HTTP_CASE_BYTES_MAX + page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED) abort();
        end = start + HTTP_CASE_BYTES_MAX;
        if (mprotect(end, page, PROT_NONE) != 0) abort();
    }
    if (len > HTTP_CASE_BYTES_MAX) abort();
    if (len > 0) memcpy(end - len, data, len);
    return end - len;
}

/* ---- what came out ---- */

struct text {
    char *at;
    size_t len;
};

static void __attribute__((format(printf, 2, 3))) put(struct text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int added = vsnprintf(text->at + text->len, HTTP_CASE_TEXT_MAX - text->len, format, args);
    va_end(args);
    if (added < 0 || (size_t)added >= HTTP_CASE_TEXT_MAX - text->len) abort();
    text->len += (size_t)added;
}

static void put_bytes(struct text *text, const char *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        switch (c) {
        case '\r': put(text, "\\r"); break;
        case '\n': put(text, "\\n"); break;
        case '\t': put(text, "\\t"); break;
        case '\\': put(text, "\\\\"); break;
        default: put(text, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c); break;
        }
    }
}

/* No white space at the end of a line: editors like to take it away. */
static void put_line_end(struct text *text) {
    if (text->len > 0 && text->at[text->len - 1] == ' ') text->len--;
    put(text, "\n");
}

static void put_part(struct text *text, const char *word, const char *data,
                     struct gn_http_part part) {
    put(text, "%s", word);
    put_bytes(text, data + part.at, part.len);
    put_line_end(text);
}

static void put_fields(struct text *text, const char *word, const char *data,
                       const struct gn_http_fields *fields) {
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct gn_http_field *field = &fields->at[i];
        put(text, "%s", word);
        put_bytes(text, data + field->name_at, field->name_len);
        put(text, ": ");
        put_bytes(text, data + field->value_at, field->value_len);
        put_line_end(text);
    }
}

static void put_request_line(struct text *text, const char *data, const struct gn_http_head *head) {
    static const char *const forms[] = {"origin", "absolute", "authority", "asterisk"};
    put_bytes(text, data + head->method.at, head->method.len);
    put(text, " ");
    put_bytes(text, data + head->target.at, head->target.len);
    put(text, " HTTP/1.%d\n", head->version_minor);
    if (head->form != GN_HTTP_FORM_ORIGIN) put(text, "form %s\n", forms[head->form]);
    bool has_path = head->form == GN_HTTP_FORM_ORIGIN || head->form == GN_HTTP_FORM_ABSOLUTE;
    if (has_path && head->path.len != head->target.len) put_part(text, "path ", data, head->path);
    if ((head->flags & GN_HTTP_HAS_QUERY) != 0) put_part(text, "query ", data, head->query);
    if (head->authority.at != head->host.at) put_part(text, "authority ", data, head->authority);
}

static void put_head(struct text *text, const char *data, const struct gn_http_head *head,
                     enum http_kind kind) {
    if (kind == HTTP_KIND_REQUEST) {
        put_request_line(text, data, head);
    } else {
        put(text, "HTTP/1.%d %d ", head->version_minor, head->status);
        put_part(text, "", data, head->reason_phrase);
    }
    put_fields(text, "header ", data, &head->fields);
    if (head->framing == GN_HTTP_FRAMING_LENGTH) {
        put(text, "length %llu\n", (unsigned long long)head->content_length);
    }
    if (head->framing == GN_HTTP_FRAMING_CHUNKED) put(text, "chunked\n");
    if (head->framing == GN_HTTP_FRAMING_CLOSE) put(text, "until close\n");
    if ((head->flags & GN_HTTP_KEEP_ALIVE) == 0) put(text, "close\n");
    if ((head->flags & GN_HTTP_EXPECT_CONTINUE) != 0) put(text, "expect 100-continue\n");
    if ((head->flags & GN_HTTP_EXPECT_OTHER) != 0) put(text, "expect other\n");
    if ((head->flags & GN_HTTP_UPGRADE) != 0) put(text, "upgrade\n");
    if (kind == HTTP_KIND_REQUEST && head->method_id == GN_HTTP_METHOD_OTHER) {
        put(text, "unregistered method\n");
    }
}

/* ---- one run ---- */

struct run {
    const struct http_case *test;
    struct http_cut cut;
    struct text *text;
    size_t at;   /* the message, or what of it was not consumed, starts here */
    size_t have; /* bytes that arrived */
};

/* More bytes arrive; false when there are none. */
static bool arrive(struct run *run) {
    if (run->have == run->test->len) return false;
    size_t have = run->test->len;
    if (run->cut.every_byte) {
        have = run->have + 1;
    } else if (run->cut.first > run->have) {
        have = run->cut.first;
    }
    run->have = have;
    return true;
}

static char *pending(const struct run *run) {
    return http_guarded(run->test->bytes + run->at, run->have - run->at);
}

static int run_head(struct run *run, struct gn_http_head *head) {
    const struct http_case *test = run->test;
    int rc;
    do {
        char *data = pending(run);
        size_t len = run->have - run->at;
        rc = test->kind == HTTP_KIND_REQUEST
                 ? gn_http_request_parse(head, &test->limits, data, len)
                 : gn_http_response_parse(head, &test->limits, test->method, data, len);
        if (rc == GN_HTTP_DONE) put_head(run->text, data, head, test->kind);
    } while (rc == GN_HTTP_MORE && arrive(run));
    if (rc == GN_HTTP_BAD) {
        put(run->text, "error %d %s\n", head->status,
            gn_http_reason_name((enum gn_http_reason)head->reason));
    }
    if (rc == GN_HTTP_MORE) put(run->text, "more\n");
    if (rc == GN_HTTP_DONE) run->at += head->head_len;
    return rc;
}

static int run_body(struct run *run, enum gn_http_framing framing, uint64_t length) {
    static struct gn_http_field fields[HTTP_CASE_FIELDS_MAX];
    struct gn_http_body body;
    struct gn_http_piece piece;
    bool told = false;
    int rc;
    gn_http_body_init(&body, framing, length, fields, HTTP_CASE_FIELDS_MAX);
    do {
        char *data = pending(run);
        rc = gn_http_body_parse(&body, &run->test->limits, data, run->have - run->at, &piece);
        if (rc == GN_HTTP_DATA) {
            if (!told) put(run->text, "body ");
            told = true;
            put_bytes(run->text, data + piece.data_at, piece.data_len);
        }
        if (rc == GN_HTTP_DONE && told) put(run->text, "\n");
        if (rc == GN_HTTP_DONE) {
            put_fields(run->text, "trailer ", data + piece.trailers_at, &body.trailers);
        }
        run->at += piece.consumed;
    } while (rc == GN_HTTP_DATA || (rc == GN_HTTP_MORE && arrive(run)));
    if (rc != GN_HTTP_DONE && told) put(run->text, "\n");
    if (rc == GN_HTTP_MORE && framing == GN_HTTP_FRAMING_CLOSE) rc = gn_http_body_end(&body);
    if (rc == GN_HTTP_MORE) put(run->text, "more\n");
    if (rc == GN_HTTP_DONE) put(run->text, "end\n");
    if (rc == GN_HTTP_BAD) {
        put(run->text, "error %d %s\n", body.status,
            gn_http_reason_name((enum gn_http_reason)body.reason));
    }
    return rc;
}

/* True when another message may follow this one. */
static bool goes_on(const struct http_case *test, const struct gn_http_head *head) {
    if (test->kind == HTTP_KIND_RESPONSE) return head->status / 100 == 1 && head->status != 101;
    return (head->flags & GN_HTTP_KEEP_ALIVE) != 0 && (head->flags & GN_HTTP_UPGRADE) == 0 &&
           head->method_id != GN_HTTP_METHOD_CONNECT;
}

const char *http_case_run(const struct http_case *test, struct http_cut cut) {
    static char *memory;
    static struct gn_http_field fields[HTTP_CASE_FIELDS_MAX];
    struct gn_http_head head;
    if (memory == NULL) memory = malloc(HTTP_CASE_TEXT_MAX);
    struct text text = {.at = memory};
    struct run run = {.test = test, .cut = cut, .text = &text};
    int rc = GN_HTTP_DONE;
    bool on;
    arrive(&run);
    if (test->kind == HTTP_KIND_REQUEST || test->kind == HTTP_KIND_RESPONSE) {
        do {
            gn_http_head_init(&head, fields, HTTP_CASE_FIELDS_MAX);
            rc = run_head(&run, &head);
            if (rc != GN_HTTP_DONE) break;
            on = goes_on(test, &head);
            rc = run_body(&run, (enum gn_http_framing)head.framing, head.content_length);
        } while (rc == GN_HTTP_DONE && on && run.at < test->len);
    } else {
        enum gn_http_framing framing = test->kind == HTTP_KIND_CHUNKED  ? GN_HTTP_FRAMING_CHUNKED
                                       : test->kind == HTTP_KIND_LENGTH ? GN_HTTP_FRAMING_LENGTH
                                                                        : GN_HTTP_FRAMING_CLOSE;
        rc = run_body(&run, framing, test->length);
    }
    if (rc == GN_HTTP_DONE && run.at < test->len) {
        put_part(&text, "rest ", test->bytes,
                 (struct gn_http_part){(uint32_t)run.at, (uint32_t)(test->len - run.at)});
    }
    memory[text.len] = '\0';
    return memory;
}

/* ---- reading ---- */

static void __attribute__((noreturn))
broken(const struct http_case *test, int line, const char *why) {
    fprintf(stderr, "%s:%d: %s\n", test->file, line, why);
    exit(2);
}

static void add_bytes(struct http_case *test, int line, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        unsigned value;
        if (c == '\\') {
            if (++i == len) broken(test, line, "a lone backslash at the end");
            switch (text[i]) {
            case 'r': c = '\r'; break;
            case 'n': c = '\n'; break;
            case 't': c = '\t'; break;
            case '\\': break;
            case 'x':
                if (i + 2 >= len || sscanf(text + i + 1, "%2x", &value) != 1) {
                    broken(test, line, "\\x without two digits");
                }
                c = (char)value;
                i += 2;
                break;
            default: broken(test, line, "an unknown escape");
            }
        }
        if (test->len == HTTP_CASE_BYTES_MAX) broken(test, line, "too many bytes");
        test->bytes[test->len++] = c;
    }
}

static void read_kind(struct http_case *test, int line, const char *text) {
    unsigned long long length;
    if (strcmp(text, "request") == 0) {
        test->kind = HTTP_KIND_REQUEST;
    } else if (strncmp(text, "response to ", 12) == 0) {
        test->kind = HTTP_KIND_RESPONSE;
        int i = 1;
        while (i < GN_HTTP_METHOD_COUNT &&
               strcmp(text + 12, gn_http_method_name((enum gn_http_method)i)) != 0) {
            i++;
        }
        if (i == GN_HTTP_METHOD_COUNT) broken(test, line, "an unknown method");
        test->method = (enum gn_http_method)i;
    } else if (strcmp(text, "chunked") == 0) {
        test->kind = HTTP_KIND_CHUNKED;
    } else if (sscanf(text, "length %llu", &length) == 1) {
        test->kind = HTTP_KIND_LENGTH;
        test->length = length;
    } else if (strcmp(text, "until close") == 0) {
        test->kind = HTTP_KIND_UNTIL_CLOSE;
    } else {
        broken(test, line, "an unknown kind");
    }
}

static void read_limit(struct http_case *test, int line, const char *text) {
    struct gn_http_limits *limits = &test->limits;
    const struct {
        const char *name;
        uint32_t *limit;
    } names[] = {
        {"request_line", &limits->request_line_max},
        {"header_bytes", &limits->header_bytes_max},
        {"header_count", &limits->header_count_max},
        {"chunk_ext", &limits->chunk_ext_max},
        {"trailer_bytes", &limits->trailer_bytes_max},
        {"trailer_count", &limits->trailer_count_max},
    };
    char name[32];
    unsigned long long value;
    if (sscanf(text, "%31s %llu", name, &value) != 2) broken(test, line, "no limit and value");
    if (strcmp(name, "body") == 0) {
        limits->body_max = value;
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) != 0) continue;
        *names[i].limit = (uint32_t)value;
        return;
    }
    broken(test, line, "an unknown limit");
}

static void read_line(struct http_case *test, int line, char *text, size_t len) {
    int times = 1, skip = 0;
    if (strncmp(text, "kind: ", 6) == 0) {
        read_kind(test, line, text + 6);
    } else if (strncmp(text, "limit: ", 7) == 0) {
        read_limit(test, line, text + 7);
    } else if (strncmp(text, "= ", 2) == 0) {
        if (test->expected_len + len > HTTP_CASE_TEXT_MAX) broken(test, line, "too much text");
        memcpy(test->expected + test->expected_len, text + 2, len - 2);
        test->expected_len += len - 2;
        test->expected[test->expected_len++] = '\n';
    } else if (strncmp(text, "> ", 2) == 0) {
        add_bytes(test, line, text + 2, len - 2);
    } else if (sscanf(text, ">x%d %n", &times, &skip) == 1 && skip > 0) {
        while (times-- > 0)
            add_bytes(test, line, text + skip, len - (size_t)skip);
    } else {
        broken(test, line, "a line that starts with no known word");
    }
}

static void finish(struct http_case *test, void (*each)(struct http_case *, void *), void *arg) {
    if (test->expected_len == 0) broken(test, test->line, "a case that expects nothing");
    test->expected[test->expected_len] = '\0';
    each(test, arg);
}

int http_cases_read(const char *path, void (*each)(struct http_case *, void *), void *arg) {
    static char bytes[HTTP_CASE_BYTES_MAX];
    static char expected[HTTP_CASE_TEXT_MAX + 2];
    static char text[HTTP_CASE_BYTES_MAX];
    struct http_case test = {.file = path};
    int count = 0, line = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) broken(&test, 0, "cannot be read");
    while (fgets(text, sizeof(text), file) != NULL) {
        size_t len = strcspn(text, "\n");
        text[len] = '\0';
        line++;
        if (len == 0 || text[0] == '#') continue;
        if (strncmp(text, "case: ", 6) != 0) {
            if (count == 0) broken(&test, line, "something in front of the first case");
            read_line(&test, line, text, len);
            continue;
        }
        if (count++ > 0) finish(&test, each, arg);
        test = (struct http_case){
            .file = path,
            .line = line,
            .limits = GN_HTTP_LIMITS_DEFAULT,
            .bytes = bytes,
            .expected = expected,
        };
        snprintf(test.name, sizeof(test.name), "%.190s", text + 6);
    }
    if (count > 0) finish(&test, each, arg);
    fclose(file);
    return count;
}

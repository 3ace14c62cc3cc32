#include "reply.h"

#include <string.h>
#include <strings.h>

static const char LENGTH[] = "content-length:";

/* The Content-Length of a head that ends with an empty line; false when there is none. */
static bool content_length(const char *head, size_t len, uint64_t *value) {
    const char *end = head + len;
    for (const char *line = head; (line = memchr(line, '\n', (size_t)(end - line))) != NULL;) {
        line++;
        if ((size_t)(end - line) < sizeof LENGTH - 1) return false;
        if (strncasecmp(line, LENGTH, sizeof LENGTH - 1) != 0) continue;
        const char *digit = line + sizeof LENGTH - 1;
        while (*digit == ' ') digit++;
        *value = 0;
        for (; *digit >= '0' && *digit <= '9'; digit++) {
            if (*value > UINT32_MAX) return false;
            *value = *value * 10 + (uint64_t)(*digit - '0');
        }
        return *digit == '\r';
    }
    return false;
}

/* Take bytes of a head; returns how many belong to it, 0 and *why when it is not right. */
static size_t feed_head(struct reply *reply, const char *data, size_t len,
                        const struct reply_wanted *wanted, const char **why) {
    size_t room = REPLY_HEAD_MAX - reply->head_len;
    size_t part = len < room ? len : room;
    memcpy(reply->head + reply->head_len, data, part);
    uint32_t before = reply->head_len;
    uint32_t from = before > 3 ? before - 3 : 0;
    uint32_t filled = before + (uint32_t)part;
    const char *end = memmem(reply->head + from, filled - from, "\r\n\r\n", 4);
    if (!end) {
        reply->head_len = filled;
        *why = "a head that is too long";
        return filled < REPLY_HEAD_MAX ? part : 0;
    }
    uint32_t head_len = (uint32_t)(end + 4 - reply->head);
    if (head_len < 12 || memcmp(reply->head, "HTTP/1.1 200", 12) != 0) {
        *why = "a status other than 200";
        return 0;
    }
    if (!content_length(reply->head, head_len, &reply->left) || reply->left != wanted->len) {
        *why = "a Content-Length that is missing or wrong";
        return 0;
    }
    reply->in_body = true;
    reply->at = 0;
    reply->head_len = 0;
    return head_len - before;
}

int reply_feed(struct reply *reply, const char *data, size_t len,
               const struct reply_wanted *wanted, const char **why) {
    int done = 0;
    while (len > 0) {
        size_t part;
        if (!reply->in_body) {
            part = feed_head(reply, data, len, wanted, why);
            if (part == 0) return -1;
        } else {
            part = len < reply->left ? len : (size_t)reply->left;
            if (!wanted->head_only && memcmp(data, wanted->body + reply->at, part) != 0) {
                *why = "a body that is wrong";
                return -1;
            }
            reply->at += part;
            reply->left -= part;
        }
        data += part;
        len -= part;
        if (reply->in_body && reply->left == 0) {
            reply->in_body = false;
            done++;
        }
    }
    return done;
}

/* Takes the responses of a connection apart and compares each with what it should be. */
#ifndef GN_BENCH_REPLY_H
#define GN_BENCH_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_HEAD_MAX = 4096 };

struct reply {
    char head[REPLY_HEAD_MAX];
    uint32_t head_len;
    bool in_body;
    uint64_t left; /* bytes of the body to come */
    uint64_t at;   /* and behind */
};

/* What a right response has; borrowed. */
struct reply_wanted {
    const char *body;
    size_t len;
    bool head_only; /* the bytes of the body are not looked at */
};

/* Take received bytes apart; returns how many responses ended in them, or -1 and *why when one is
 * not the 200 with a Content-Length and the body that is wanted. */
int reply_feed(struct reply *reply, const char *data, size_t len,
               const struct reply_wanted *wanted, const char **why);

#endif

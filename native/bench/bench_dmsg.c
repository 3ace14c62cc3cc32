/* What one append to an empty message and its full consume cost, by size: ns for the pair, and the
 * share of it that a plain memcpy of the same bytes takes anyway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/dmsg.h"
#include "timing.h"

enum { TURNS = 2 * 1000 * 1000, RUNS = 5, LEN_MAX = 200 * 1000 };

static char bytes[LEN_MAX];
static char copy[LEN_MAX];

static double append_consume_ns(struct gn_blocks *blocks, size_t len, int turns) {
    struct gn_dmsg msg;
    gn_dmsg_init(&msg);
    double start = gn_timing_ns();
    for (int i = 0; i < turns; i++) {
        if (gn_dmsg_append(&msg, blocks, bytes, len) < 0) abort();
        gn_dmsg_consume(&msg, blocks, len);
    }
    return (gn_timing_ns() - start) / turns;
}

/* Sixteen pipelined responses: appended one by one, shown as iovecs, consumed at once. */
static double pipeline_ns(struct gn_blocks *blocks, size_t len, int turns) {
    struct gn_dmsg msg;
    struct iovec iov[16];
    gn_dmsg_init(&msg);
    double start = gn_timing_ns();
    for (int i = 0; i < turns; i++) {
        for (int k = 0; k < 16; k++) {
            if (gn_dmsg_append(&msg, blocks, bytes, len) < 0) abort();
        }
        if (gn_dmsg_iov(&msg, SIZE_MAX, iov, 16) < 1) abort();
        gn_dmsg_consume(&msg, blocks, msg.len);
    }
    return (gn_timing_ns() - start) / turns / 16;
}

static double memcpy_ns(size_t len, int turns) {
    double start = gn_timing_ns();
    for (int i = 0; i < turns; i++) {
        memcpy(copy, bytes, len);
        __asm__ volatile("" : : "r"(copy) : "memory"); /* or the copies would be left out */
    }
    return (gn_timing_ns() - start) / turns;
}

int main(void) {
    static const size_t sizes[] = {16, 40, 130, 500, 1000, 2000, 4000, 8000, 16000, 65000, 200000};
    struct gn_budget budget = {.used = 0, .limit = 64 << 20};
    struct gn_blocks blocks;
    gn_blocks_init(&blocks, &budget);
    printf("%8s %16s %16s %10s   (best of %d)\n", "bytes", "append+consume", "16 pipelined",
           "memcpy", RUNS);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t len = sizes[i];
        int turns = TURNS / (int)(1 + len / 500);
        double pair = GN_TIMING_WORST, pipelined = pair, plain = pair;
        for (int run = 0; run < RUNS; run++) {
            gn_timing_keep(&pair, append_consume_ns(&blocks, len, turns));
            gn_timing_keep(&pipelined, pipeline_ns(&blocks, len, turns / 16 + 1));
            gn_timing_keep(&plain, memcpy_ns(len, turns));
        }
        printf("%8zu %13.1f ns %13.1f ns %7.1f ns\n", len, pair, pipelined, plain);
    }
    gn_blocks_fini(&blocks);
    return 0;
}

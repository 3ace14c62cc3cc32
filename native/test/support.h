/* What the tests of io/ share: a loop whose calls are recorded, and blocking peers to talk to it.
 *
 * A rig is one loop of one variant (a backend with some features denied), at most one listener, and
 * the connections it has seen. Like Java, a test looks at what a turn told after the turn: received
 * bytes are collected then, or echoed, or handed back. Everything a test forgot to close is closed
 * by rig_tear_down, which also checks that no descriptor and no memory got lost.
 */
#ifndef GN_TEST_SUPPORT_H
#define GN_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <sys/types.h>

#include "../io/acceptor.h"
#include "../io/loop.h"
#include "../io/sock.h"
#include "../io/stream.h"

enum {
    RIG_CONNS_MAX = 1024,
    RIG_PATIENCE_US = 8 * 1000 * 1000,
    RIG_TURN_MS = 20,
};

struct variant {
    const char *name;
    enum gn_backend_choice backend;
    unsigned denied;
};

/* A stream and all that was told about it; lives on after the stream was freed. */
struct conn {
    struct gn_stream *stream; /* NULL when freed */
    uint32_t slot, gen;
    int opened, ended, closed;
    int place; /* among those that closed, from 1 */
    int code; /* of closed */
    bool echo; /* write back what is received */
    bool hold; /* hand back what is received */
    bool sink; /* compare what is received with the pattern, keep nothing */
    char *data; /* what was received */
    size_t len;
    uint64_t sent;
    int sent_calls, emptied;
};

struct rig {
    struct gn_loop loop;
    struct gn_backend backend; /* the loop's, with a wait that counts */
    int (*real_wait)(struct gn_loop *loop, int timeout_ms);
    struct gn_acceptor acceptor;
    bool listening;
    struct gn_addr addr; /* where it listens */
    struct gn_sock_file file;
    struct gn_stream_options options; /* of accepted and connected streams */
    struct gn_sock_options sock;
    struct conn *conns[RIG_CONNS_MAX];
    int count;
    int refuse; /* how many of the next connections get no storage */
    int paused, fatal, resumed; /* calls of `accepting` */
    int accept_code;            /* the last one that was not 0 */
    unsigned told, told_max;    /* this turn, and how much may be */
    unsigned waits;             /* of the backend, ever */
    int turns;
    int closed_count;
    const char *wrong; /* a rule of gn_loop_calls that was broken */
    struct told *log;
    int log_count;
    int fds_before;
    int owned[4 * RIG_CONNS_MAX]; /* descriptors to close at the end, -1 when gone */
    int owned_count;
    char dir[64]; /* a private directory, when it was asked for */
};

/* Whether this build knows a backend of that name, working here or not. */
bool rig_has(const char *backend);

/* Run the cases on every variant this machine has; `names` are those of the functions. */
int rig_run(const char *group, const struct CMUnitTest *tests, size_t count);

/* The same with a process for each variant and several at a time, for cases that mostly wait. */
int rig_run_at_once(const char *group, const struct CMUnitTest *tests, size_t count);

#define RIG_TEST(function) {#function, function, NULL, NULL, NULL}
#define RIG_RUN(group, tests) rig_run(group, tests, sizeof(tests) / sizeof *(tests))
#define RIG_RUN_AT_ONCE(group, tests) \
    rig_run_at_once(group, tests, sizeof(tests) / sizeof *(tests))

/* The configuration tests start from. */
struct gn_loop_config rig_config(void **state);

/* Open the rig of a test; skips the test where the variant does not exist. */
struct rig *rig_open(void **state);
struct rig *rig_open_with(const struct gn_loop_config *config);

/* Close the present rig, if any, and check that nothing is lost. */
int rig_tear_down(void **state);

uint64_t rig_now_us(void);

/* One turn and what follows from it. */
void rig_turn(struct rig *rig, int timeout_ms);

#define TURN_UNTIL(rig, condition)                                                          \
    do {                                                                                    \
        uint64_t end_ = rig_now_us() + RIG_PATIENCE_US;                                     \
        while (!(condition) && rig_now_us() < end_) rig_turn(rig, RIG_TURN_MS);             \
        if (!(condition)) fail_msg("never in time: %s", #condition);                        \
    } while (0)

/* Turn a few times without waiting, for what must not happen. */
void rig_settle(struct rig *rig);

/* How often the backend was asked to wait during one turn of `ms`. */
unsigned rig_waits(struct rig *rig, int ms);

/* Listen on loopback, port 0, or on a path in the private directory. */
void rig_listen(struct rig *rig, enum gn_family family);
struct gn_addr rig_loopback(enum gn_family family, uint16_t port);
const char *rig_path(struct rig *rig, const char *name);

/* A blocking socket connected to the listener; the loop has not turned yet. */
int rig_peer(struct rig *rig);

/* The same, and turned until the loop has it too. */
int rig_pair(struct rig *rig, struct conn **conn);

/* A stream over one end of a socketpair; returns the other. */
int rig_socketpair(struct rig *rig, struct conn **conn);

/* Start to connect a stream; returns what gn_stream_connect does. */
int rig_connect(struct rig *rig, const struct gn_addr *addr, uint32_t timeout_ms,
                struct conn **conn);

/* Descriptors that the tear-down closes; -1 takes none. */
int rig_own(struct rig *rig, int fd);
void rig_close_fd(struct rig *rig, int fd);

/* A file of `len` pattern bytes, open for reading and not owned. */
int rig_file(struct rig *rig, size_t len);

int rig_fd_count(void);

/* An endless pattern without a short period; at most 64 KiB of it at a time. */
const char *pattern_at(uint64_t at);

/* Connect a blocking socket, also when the loop's completions interrupt that; returns -errno. */
int peer_connect(int fd, const struct gn_addr *addr);

/* Send all of `len` pattern bytes while the loop turns. */
void peer_send(struct rig *rig, int fd, uint64_t at, size_t len);

/* What a peer has read so far. */
struct reader {
    uint64_t len;
    bool ended;
    int error;    /* positive errno */
    bool garbled; /* not the pattern */
};

/* Read at most `max` bytes without blocking; returns how many. */
size_t peer_read(int fd, struct reader *reader, size_t max);

/* Read until the end, an error or `len` bytes while the loop turns. */
void peer_read_until(struct rig *rig, int fd, struct reader *reader, uint64_t len);

/* Close with a reset. */
void peer_reset(struct rig *rig, int fd);

#endif

/* What a loop counts, on every backend. */
#include "http_peer.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct gn_counts counts; /* the embedder's memory */

static void open_counted(void **state) {
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    memset(&counts, 0, sizeof counts);
    config.loop.counts = &counts;
    http_open_with(&config, &http);
}

static void bytes_and_requests_are_counted_once(void **state) {
    open_counted(state);
    struct peer *peer = http_peer(NULL);
    const char *answer = "HTTP/1.1 200 OK\r\n\r\n";
    /* Cut inside, so that a part of it is told a second time to the stage. */
    http_feed(peer, GET GET, sizeof GET + 4);
    http_feed_text(peer, &(GET GET)[sizeof GET + 4]);
    HTTP_UNTIL(peer->requests == 2);
    assert_int_equal(counts.requests, 2);
    assert_int_equal(counts.received, strlen(GET GET));
    assert_int_equal(counts.sent, 0);
    http_send(peer, answer, (uint32_t)strlen(answer));
    HTTP_UNTIL(peer->sent > 0);
    assert_int_equal(counts.sent, strlen(answer));
    assert_int_equal(counts.bad, 0);
    http_drop(peer);
    http_close();
}

static void input_that_is_no_http_is_counted(void **state) {
    open_counted(state);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, "GET\r\n\r\n");
    HTTP_UNTIL(peer->bad == 1);
    assert_int_equal(counts.bad, 1);
    assert_int_equal(counts.bad_large, 0);
    assert_int_equal(counts.requests, 0);
    http_drop(peer);
    peer = http_peer(NULL);
    http_feed_text(peer, "GET / HTTP/3.0\r\n\r\n");
    HTTP_UNTIL(peer->bad == 1);
    assert_int_equal(counts.bad_unknown, 1);
    http_drop(peer);
    struct gn_http_limits limits = http_config().limits;
    char line[16 * 1024];
    memset(line, 'a', sizeof line);
    memcpy(line, "GET /", 5);
    peer = http_peer(NULL);
    http_feed(peer, line, limits.request_line_max + sizeof "\r\n"); /* and it goes on */
    HTTP_UNTIL(peer->bad == 1);
    assert_int_equal(counts.bad_large, 1);
    assert_int_equal(counts.bad, 3);
    http_drop(peer);
    http_close();
}

static void what_does_not_come_in_time_is_counted(void **state) {
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    memset(&counts, 0, sizeof counts);
    config.loop.counts = &counts;
    http.head_ms = 20;
    http_open_with(&config, &http);
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, "GET / HTTP/1.1\r\n");
    HTTP_UNTIL(peer->overdue == 1);
    assert_int_equal(counts.overdue, 1);
    assert_int_equal(counts.overdue_body, 0);
    http_drop(peer);
    http_close();
}

static void memory_is_what_the_budget_says(void **state) {
    open_counted(state);
    assert_int_equal(counts.memory_limit, hub->loop.budget.limit);
    struct peer *peer = http_peer(NULL);
    http_settle();
    assert_int_equal(counts.memory, hub->loop.budget.used);
    uint64_t before = counts.memory_peak;
    char body[16 * 1024] = {0};
    for (int i = 0; i < 8; i++) http_send(peer, body, sizeof body / 8);
    assert_true(http_turn(0) >= 0);
    assert_true(counts.memory_peak > before);
    assert_true(counts.memory_peak >= counts.memory);
    http_drop(peer);
    http_close();
    /* The last word of a loop that is gone. */
    assert_int_equal(counts.memory_limit, rig_config(state).memory_max);
    assert_true(counts.memory < counts.memory_peak);
}

#define COUNTED(condition)                                                       \
    do {                                                                         \
        uint64_t end_ = rig_now_us() + RIG_PATIENCE_US;                          \
        while (!(condition) && rig_now_us() < end_) {                            \
            assert_true(gn_hub_turn(hub, 0, RIG_TURN_MS) >= 0);                  \
        }                                                                        \
        if (!(condition)) fail_msg("never in time: %s", #condition);             \
    } while (0)

/* Sessions of both kinds through one hub that connects to itself, and attempts that fail. */
static void what_was_opened_is_what_is_open_and_what_was_closed(void **state) {
    struct gn_hub_config config = http_hub_config(state);
    memset(&counts, 0, sizeof counts);
    config.loop.counts = &counts;
    http_open_bare(&config);
    struct gn_sock_options sock = {.backlog = 10};
    struct gn_stream_options stream = {.close_ms = 1000};
    struct gn_sock_file file;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0), at;
    uint32_t gen;
    int fd = gn_sock_listen(&addr, &sock, &file);
    assert_int_equal(gn_sock_local(fd, &at), 0);
    assert_true(gn_hub_listen(hub, fd, &stream, GN_STAGE_RAW, &gen) >= 0);
    for (int i = 0; i < 3; i++) {
        assert_true(gn_hub_connect(hub, &at, &sock, &stream, 5000, &gen) >= 0);
    }
    COUNTED(counts.accepted == 3 && counts.connected == 3);
    assert_int_equal(counts.closed, 0);
    /* Port 1 of loopback: nobody listens there. */
    struct gn_addr nobody = rig_loopback(GN_FAMILY_V4, 1);
    uint32_t before = hub->loop.chan_count;
    if (gn_hub_connect(hub, &nobody, &sock, &stream, 5000, &gen) >= 0) {
        COUNTED(hub->loop.chan_count == before);
    }
    assert_int_equal(counts.connected, 3);
    assert_int_equal(counts.closed, 0);
    http_close();
    assert_int_equal(counts.closed, counts.accepted + counts.connected);
}

enum { FIELDS = sizeof(struct gn_counts) / sizeof(uint64_t) };

/* What another thread saw. */
struct watch {
    bool over;
    bool backwards;        /* a number that only grows became smaller */
    uint64_t seen[FIELDS]; /* the last of each field */
};

/* What Java does from other threads, with every field. */
static void *watch_counts(void *arg) {
    const size_t down = offsetof(struct gn_counts, memory) / sizeof(uint64_t);
    const uint64_t *fields = (const uint64_t *)&counts;
    struct watch *watch = arg;
    bool last = false;
    while (!last) {
        last = __atomic_load_n(&watch->over, __ATOMIC_ACQUIRE);
        for (size_t i = 0; i < FIELDS; i++) {
            uint64_t now = __atomic_load_n(&fields[i], __ATOMIC_RELAXED);
            if (now < watch->seen[i] && i != down) watch->backwards = true;
            watch->seen[i] = now;
        }
    }
    return NULL;
}

/* One of everything that can be counted without a shortage. */
static void one_of_each(void) {
    const char *answer = "HTTP/1.1 200 OK\r\n\r\n";
    struct peer *peer = http_peer(NULL);
    http_feed_text(peer, GET);
    HTTP_UNTIL(peer->requests == 1);
    http_send(peer, answer, (uint32_t)strlen(answer));
    HTTP_UNTIL(peer->sent > 0);
    http_feed_text(peer, "GET / HTTP/3.0\r\n\r\n");
    HTTP_UNTIL(peer->bad == 1);
    http_drop(peer);
    peer = http_peer(NULL);
    http_feed_text(peer, "GET / HTTP/1.1\r\n");
    HTTP_UNTIL(peer->overdue == 1);
    http_drop(peer);
}

/* Under TSan this fails for every field that is written by a plain store. */
static void another_thread_reads_while_the_loop_counts(void **state) {
    enum { ROUNDS = 20, REQUESTS = 200 };
    struct gn_hub_config config = http_hub_config(state);
    struct gn_http_config http = http_config();
    struct watch watch = {0};
    pthread_t thread;
    memset(&counts, 0, sizeof counts);
    config.loop.counts = &counts;
    http.head_ms = 20;
    assert_int_equal(pthread_create(&thread, NULL, watch_counts, &watch), 0);
    http_open_with(&config, &http);
    for (int i = 0; i < ROUNDS; i++) one_of_each();
    struct peer *peer = http_peer(NULL);
    for (int i = 0; i < REQUESTS; i++) http_feed_text(peer, GET);
    HTTP_UNTIL(peer->requests == REQUESTS);
    http_drop(peer);
    http_close();
    __atomic_store_n(&watch.over, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(watch.backwards);
    assert_memory_equal(watch.seen, &counts, sizeof counts);
    assert_int_equal(counts.requests, ROUNDS + REQUESTS);
    assert_int_equal(counts.bad_unknown, ROUNDS);
    assert_int_equal(counts.overdue, ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(bytes_and_requests_are_counted_once),
        RIG_TEST(input_that_is_no_http_is_counted),
        RIG_TEST(what_does_not_come_in_time_is_counted),
        RIG_TEST(memory_is_what_the_budget_says),
        RIG_TEST(what_was_opened_is_what_is_open_and_what_was_closed),
        RIG_TEST(another_thread_reads_while_the_loop_counts),
    };
    return RIG_RUN("counts", tests);
}

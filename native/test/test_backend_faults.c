/* Shortages that real servers meet, on every backend: descriptors, places, buffers, queues. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- descriptors ---- */

/* From now on no descriptor can be opened; returns the limit to go back to. */
static rlim_t exhaust_descriptors(void) {
    struct rlimit limit;
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(lowest >= 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)lowest;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static void allow_descriptors(rlim_t soft) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = soft;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void without_descriptors_accepting_rests_and_recovers_by_itself(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *old;
    int peer = rig_socketpair(rig, &old);
    old->echo = true;
    rig_listen(rig, GN_FAMILY_V4);
    rig_peer(rig);
    rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    for (int i = 0; i < 20 && rig->paused == 0; i++) rig_turn(rig, 20);
    peer_send(rig, peer, 0, 1000);
    peer_read_until(rig, peer, &reader, 1000);
    unsigned waits = rig_waits(rig, 80);
    int accepted = rig->count - 1;
    allow_descriptors(limit);
    assert_int_equal(rig->paused, 1);
    assert_int_equal(rig->accept_code, -EMFILE);
    assert_int_equal(accepted, 0);
    assert_int_equal(reader.len, 1000);
    assert_in_range(waits, 1, 12);
    TURN_UNTIL(rig, rig->count == 3);
    TURN_UNTIL(rig, rig->resumed == 1);
    assert_int_equal(rig->paused, 1);
    assert_int_equal(rig->fatal, 0);
    assert_int_equal(rig->loop.counts->turned_away, 0);
}

/* Nobody hangs for as long as the shortage lasts, and nothing spins meanwhile. */
static void without_descriptors_for_long_connections_are_turned_away(void **state) {
    struct rig *rig = rig_open(state);
    struct reader readers[3] = {0};
    int peers[3];
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 3; i++) peers[i] = rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    unsigned waits = 0;
    for (int i = 0; i < 30 && rig->loop.counts->turned_away < 3; i++) waits += rig_waits(rig, 100);
    uint64_t turned_away = rig->loop.counts->turned_away;
    int more = rig->paused;
    allow_descriptors(limit);
    assert_int_equal(turned_away, 3);
    assert_in_range(waits, 10, 150);
    assert_int_equal(more, 1);
    for (int i = 0; i < 3; i++) {
        peer_read_until(rig, peers[i], &readers[i], 1);
        assert_true(readers[i].ended || readers[i].error == ECONNRESET);
    }
    assert_int_equal(rig->count, 0);
    rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 1);
    TURN_UNTIL(rig, rig->resumed == 1);
}

static void who_waits_when_descriptors_come_back_is_served(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    for (int i = 0; i < 1000 && rig->loop.counts->turned_away < 1; i++) rig_turn(rig, 5);
    allow_descriptors(limit);
    rig_peer(rig);
    limit = exhaust_descriptors();
    for (int i = 0; i < 1000 && !rig->acceptor.resting; i++) rig_turn(rig, 1);
    allow_descriptors(limit);
    TURN_UNTIL(rig, rig->count == 1);
    assert_int_equal(rig->loop.counts->turned_away, 1);
}

static void a_listener_without_descriptors_can_be_closed(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    for (int i = 0; i < 20 && rig->paused == 0; i++) rig_turn(rig, 20);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    for (int i = 0; i < 20 && rig->listening; i++) rig_turn(rig, 20);
    allow_descriptors(limit);
    assert_int_equal(rig->paused, 1);
    assert_false(rig->listening);
}

static void a_listener_that_leaves_waits_for_descriptors(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 3; i++) rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    gn_acceptor_leave(&rig->loop, &rig->acceptor);
    for (int i = 0; i < 20 && rig->paused == 0; i++) rig_turn(rig, 20);
    unsigned waits = rig_waits(rig, 250);
    int code = rig->accept_code;
    bool stays = rig->listening;
    allow_descriptors(limit);
    assert_int_equal(rig->paused, 1);
    assert_int_equal(code, -EMFILE);
    assert_true(stays);
    assert_in_range(waits, 1, 12);
    TURN_UNTIL(rig, !rig->listening);
    assert_int_equal(rig->count, 3);
    assert_int_equal(rig->fatal, 1);
}

static void a_listener_that_leaves_waits_for_memory(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 3; i++) rig_peer(rig);
    rig->refuse = 2;
    gn_acceptor_leave(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
    assert_int_equal(rig->count, 3);
    assert_int_equal(rig->loop.counts->refused, 0);
}

static void a_listener_that_waits_for_descriptors_can_be_closed(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig_peer(rig);
    rlim_t limit = exhaust_descriptors();
    gn_acceptor_leave(&rig->loop, &rig->acceptor);
    for (int i = 0; i < 20 && rig->paused == 0; i++) rig_turn(rig, 20);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    for (int i = 0; i < 20 && rig->listening; i++) rig_turn(rig, 20);
    allow_descriptors(limit);
    assert_int_equal(rig->paused, 1);
    assert_false(rig->listening);
    assert_int_equal(rig->count, 0);
}

static void without_memory_a_connection_waits_and_accepting_rests(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig->refuse = 1;
    rig_peer(rig);
    TURN_UNTIL(rig, rig->paused == 1);
    assert_int_equal(rig->accept_code, GN_EMEMORY);
    rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 2);
    TURN_UNTIL(rig, rig->resumed == 1);
    assert_int_equal(rig->loop.counts->refused, 0);
}

/* Not even the list of those that wait gets memory. */
static void without_memory_to_wait_a_connection_is_refused(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    rig_listen(rig, GN_FAMILY_V4);
    size_t limit = rig->loop.budget.limit;
    rig->refuse = 1;
    rig->loop.budget.limit = rig->loop.budget.used;
    int peer = rig_peer(rig);
    TURN_UNTIL(rig, rig->loop.counts->refused == 1);
    rig->loop.budget.limit = limit;
    peer_read_until(rig, peer, &reader, 1);
    assert_true(reader.ended || reader.error == ECONNRESET);
    rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 1);
    assert_int_equal(rig->loop.counts->refused, 1);
}

/* ---- answers of accept itself ---- */

static int (*real_accept)(struct gn_loop *loop, struct gn_chan *chan, bool once);
static int accepts_to_fail;

static int forbidden_accept(struct gn_loop *loop, struct gn_chan *chan, bool once) {
    if (accepts_to_fail-- <= 0) return real_accept(loop, chan, once);
    struct gn_done done = {chan->slot, chan->gen, GN_OP_ACCEPT, -EPERM, -1, false};
    gn_loop_done(loop, &done);
    return 0;
}

static int short_accept(struct gn_loop *loop, struct gn_chan *chan, bool once) {
    return accepts_to_fail-- > 0 ? -ENOSPC : real_accept(loop, chan, once);
}

static void replace_accept(struct rig *rig,
                           int (*by)(struct gn_loop *loop, struct gn_chan *chan, bool once)) {
    real_accept = rig->backend.accept;
    rig->backend.accept = by;
}

/* As a seccomp policy does it, where the connection stays in the backlog. */
static void an_accept_that_is_forbidden_does_not_spin(void **state) {
    struct rig *rig = rig_open(state);
    replace_accept(rig, forbidden_accept);
    accepts_to_fail = INT_MAX;
    rig_listen(rig, GN_FAMILY_V4);
    TURN_UNTIL(rig, rig->paused == 1);
    assert_int_equal(rig->accept_code, -EPERM);
    assert_in_range(rig_waits(rig, 250), 1, 12);
    accepts_to_fail = 0;
    rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 1);
    TURN_UNTIL(rig, rig->resumed == 1);
    assert_int_equal(rig->paused, 1);
}

static void a_shortage_when_accepting_starts_passes_like_any_other(void **state) {
    struct rig *rig = rig_open(state);
    replace_accept(rig, short_accept);
    accepts_to_fail = 2;
    rig_listen(rig, GN_FAMILY_V4);
    rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 1);
    TURN_UNTIL(rig, rig->resumed == 1);
    assert_int_equal(rig->paused, 1);
    assert_int_equal(rig->accept_code, -ENOSPC);
    assert_int_equal(rig->fatal, 0);
}

/* ---- places ---- */

static void connections_beyond_the_limit_wait_until_one_leaves(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.chans_max = 4; /* the listener is one of them */
    struct rig *rig = rig_open_with(&config);
    struct reader reader = {0};
    int peers[6];
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 6; i++) peers[i] = rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 3);
    rig_settle(rig);
    assert_int_equal(rig->count, 3);
    assert_in_range(rig_waits(rig, 60), 1, 12);
    for (int i = 0; i < 3; i++) {
        gn_stream_abort(&rig->loop, rig->conns[i]->stream, false);
        TURN_UNTIL(rig, rig->count == 4 + i);
        rig->conns[3 + i]->echo = true;
    }
    assert_int_equal(send(peers[5], pattern_at(0), 5, 0), 5);
    peer_read_until(rig, peers[5], &reader, 5);
    assert_int_equal(reader.len, 5);
    assert_int_equal(rig->paused, 0);
}

/* A repeating accept brings more than there are places before it can be stopped. */
static void a_burst_beyond_the_limit_loses_no_connection(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.chans_max = 101;
    struct rig *rig = rig_open_with(&config);
    int peers[200], served = 0;
    rig_listen(rig, GN_FAMILY_V4);
    rig_settle(rig);
    for (int i = 0; i < 200; i++) peers[i] = rig_peer(rig);
    while (served < 200) {
        TURN_UNTIL(rig, rig->count > served);
        assert_true(rig->loop.chan_count <= 101);
        struct conn *conn = rig->conns[served++];
        gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 3);
        gn_stream_shut(&rig->loop, conn->stream);
        TURN_UNTIL(rig, conn->emptied);
        gn_stream_abort(&rig->loop, conn->stream, false);
    }
    for (int i = 0; i < 200; i++) {
        struct reader reader = {0};
        peer_read_until(rig, peers[i], &reader, 4);
        assert_int_equal(reader.len, 3);
        assert_int_equal(reader.error, 0);
    }
    assert_int_equal(rig->paused, 0);
}

static void a_listener_with_waiting_connections_can_be_closed(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.chans_max = 101;
    struct rig *rig = rig_open_with(&config);
    rig_listen(rig, GN_FAMILY_V4);
    rig_settle(rig);
    for (int i = 0; i < 150; i++) rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 100);
    gn_acceptor_close(&rig->loop, &rig->acceptor);
    TURN_UNTIL(rig, !rig->listening);
    assert_int_equal(rig->count, 100);
}

static void a_connect_beyond_the_limit_is_refused_at_once(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.chans_max = 1;
    struct rig *rig = rig_open_with(&config);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    assert_int_equal(rig_connect(rig, &rig->addr, 1000, &conn), GN_ESESSIONS);
}

static void a_stream_that_runs_out_of_memory_dies_of_it(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.memory_max = 1 << 20;
    struct rig *rig = rig_open_with(&config);
    struct conn *conn;
    int rc = 0;
    rig_socketpair(rig, &conn);
    for (int i = 0; i < 1000 && rc == 0; i++) {
        rc = gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 4096);
    }
    assert_int_equal(rc, GN_EMEMORY);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, GN_EMEMORY);
    rig_socketpair(rig, &conn);
    assert_int_equal(gn_stream_write(&rig->loop, conn->stream, "x", 1), 0);
    TURN_UNTIL(rig, conn->emptied);
}

/* ---- buffers and queues ---- */

static void serve_at_once(struct rig *rig, int connections, size_t bytes) {
    int peers[512];
    assert_true(connections <= 512);
    for (int i = 0; i < connections; i++) {
        struct conn *conn;
        peers[i] = rig_socketpair(rig, &conn);
        conn->sink = true;
    }
    rig_settle(rig);
    int first = rig->count - connections;
    for (int i = 0; i < connections; i++) {
        assert_int_equal(send(peers[i], pattern_at(0), bytes, 0), bytes);
    }
    for (int i = 0; i < connections; i++) {
        TURN_UNTIL(rig, rig->conns[first + i]->len == bytes);
        assert_int_equal(rig->conns[first + i]->closed, 0);
    }
}

static void too_few_receive_buffers_lose_nothing(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.recv_count = 2;
    serve_at_once(rig_open_with(&config), 100, 20000);
}

static void a_full_submission_queue_loses_nothing(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.queue_depth = 4;
    struct rig *rig = rig_open_with(&config);
    rig_listen(rig, GN_FAMILY_V4);
    for (int i = 0; i < 200; i++) rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 200);
    for (int i = 0; i < 200; i++) {
        gn_stream_write(&rig->loop, rig->conns[i]->stream, pattern_at(0), 3000);
        gn_stream_close(&rig->loop, rig->conns[i]->stream);
    }
    for (int i = 0; i < 200; i++) {
        struct reader reader = {0};
        peer_read_until(rig, rig->owned[i], &reader, 3001);
        assert_int_equal(reader.len, 3000);
        assert_true(reader.ended);
        rig_close_fd(rig, rig->owned[i]);
    }
    TURN_UNTIL(rig, rig->loop.chan_count == 1);
}

static void more_vectored_sends_than_fit_a_submission_lose_nothing(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.queue_depth = 512;
    struct rig *rig = rig_open_with(&config);
    int peers[200];
    for (int i = 0; i < 200; i++) {
        struct conn *conn;
        peers[i] = rig_socketpair(rig, &conn);
        for (uint64_t at = 0; at < 3000; at += 300) {
            uint64_t own = 100 * (uint64_t)i + at; /* nobody may get another's bytes */
            gn_stream_write(&rig->loop, conn->stream, pattern_at(own), 300);
        }
    }
    for (int i = 0; i < 200; i++) {
        struct reader reader = {.len = 100 * (uint64_t)i};
        peer_read_until(rig, peers[i], &reader, reader.len + 3000);
        assert_int_equal(reader.len, 100 * i + 3000);
        assert_false(reader.garbled);
    }
}

static void a_full_completion_queue_loses_nothing(void **state) {
    struct gn_loop_config config = rig_config(state);
    config.queue_depth = 2;
    config.recv_count = 1024;
    struct rig *rig = rig_open_with(&config);
    serve_at_once(rig, 400, 9000);
    /* The sends of all of them complete while their receives do too. */
    for (int i = 0; i < rig->count; i++) {
        gn_stream_write(&rig->loop, rig->conns[i]->stream, pattern_at(0), 2000);
        assert_int_equal(send(rig->owned[i], pattern_at(9000), 2000, 0), 2000);
    }
    for (int i = 0; i < rig->count; i++) {
        TURN_UNTIL(rig, rig->conns[i]->len == 11000 && rig->conns[i]->sent == 2000);
    }
}

/* Room for very little a turn, as with a tiny batch of events. */
static void a_small_batch_loses_nothing(void **state) {
    struct rig *rig = rig_open(state);
    rig->told_max = 3;
    serve_at_once(rig, 60, 9000);
    for (int i = 0; i < rig->count; i++) {
        gn_stream_write(&rig->loop, rig->conns[i]->stream, pattern_at(0), 2000);
        gn_stream_close(&rig->loop, rig->conns[i]->stream);
    }
    for (int i = 0; i < 60; i++) {
        struct reader reader = {0};
        peer_read_until(rig, rig->owned[i], &reader, 2001);
        assert_int_equal(reader.len, 2000);
        rig_close_fd(rig, rig->owned[i]);
    }
    TURN_UNTIL(rig, rig->loop.chan_count == 0);
}

static void a_small_batch_accepts_everyone(void **state) {
    struct rig *rig = rig_open(state);
    rig_listen(rig, GN_FAMILY_V4);
    rig->told_max = 2;
    for (int i = 0; i < 150; i++) rig_peer(rig);
    TURN_UNTIL(rig, rig->count == 150);
    for (int i = 0; i < 150; i++) rig_close_fd(rig, rig->owned[i]);
    for (int i = 0; i < 150; i++) TURN_UNTIL(rig, rig->conns[i]->ended);
}

/* ---- interruptions ---- */

static void on_alarm(int signal) { (void)signal; }

static void signals_interrupt_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
    struct conn *conn;
    int peer = rig_socketpair(rig, &conn);
    conn->sink = true;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    /* Every turn lasts as long as it should, and more than one wait: signals end those. How many of
     * them come in time is up to the load of the machine, so there are more turns if need be. */
    unsigned interrupted = 0;
    uint64_t shortest = UINT64_MAX, end = rig_now_us() + RIG_PATIENCE_US;
    while (interrupted <= 10 && rig_now_us() < end) {
        uint64_t start = rig_now_us();
        interrupted += rig_waits(rig, 60) - 1;
        uint64_t took = rig_now_us() - start;
        if (took < shortest) shortest = took;
    }
    peer_send(rig, peer, 0, 1 << 20);
    TURN_UNTIL(rig, conn->len == 1 << 20);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_true(interrupted > 10);
    assert_in_range(shortest, 50000, RIG_PATIENCE_US);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(without_descriptors_accepting_rests_and_recovers_by_itself),
        RIG_TEST(who_waits_when_descriptors_come_back_is_served),
        RIG_TEST(a_listener_without_descriptors_can_be_closed),
        RIG_TEST(without_descriptors_for_long_connections_are_turned_away),
        RIG_TEST(a_listener_that_leaves_waits_for_descriptors),
        RIG_TEST(a_listener_that_leaves_waits_for_memory),
        RIG_TEST(a_listener_that_waits_for_descriptors_can_be_closed),
        RIG_TEST(without_memory_a_connection_waits_and_accepting_rests),
        RIG_TEST(without_memory_to_wait_a_connection_is_refused),
        RIG_TEST(an_accept_that_is_forbidden_does_not_spin),
        RIG_TEST(a_shortage_when_accepting_starts_passes_like_any_other),
        RIG_TEST(connections_beyond_the_limit_wait_until_one_leaves),
        RIG_TEST(a_burst_beyond_the_limit_loses_no_connection),
        RIG_TEST(a_listener_with_waiting_connections_can_be_closed),
        RIG_TEST(a_connect_beyond_the_limit_is_refused_at_once),
        RIG_TEST(a_stream_that_runs_out_of_memory_dies_of_it),
        RIG_TEST(too_few_receive_buffers_lose_nothing),
        RIG_TEST(a_full_submission_queue_loses_nothing),
        RIG_TEST(more_vectored_sends_than_fit_a_submission_lose_nothing),
        RIG_TEST(a_full_completion_queue_loses_nothing),
        RIG_TEST(a_small_batch_loses_nothing),
        RIG_TEST(a_small_batch_accepts_everyone),
        RIG_TEST(signals_interrupt_nothing),
    };
    return RIG_RUN_AT_ONCE("backend: faults", tests);
}

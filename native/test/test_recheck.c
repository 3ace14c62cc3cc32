/* Peers that fell silent, on every backend whose receives repeat in the kernel. */
#include "support.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../io/recheck.h"

static int asked; /* how often a receive was started anew */
static int (*real_cancel)(struct gn_loop *loop, struct gn_chan *chan, unsigned ops);

static int count_cancel(struct gn_loop *loop, struct gn_chan *chan, unsigned ops) {
    if (ops == GN_OP_RECV) asked++;
    return real_cancel(loop, chan, ops);
}

static struct rig *open_counted(void **state) {
    struct rig *rig = rig_open(state);
    if (!rig->loop.recheck) skip(); /* the receives of this one tell every end */
    asked = 0;
    real_cancel = rig->backend.cancel;
    rig->backend.cancel = count_cancel;
    return rig;
}

/* Let the time of the next look be over, and take it. */
static void pass(struct rig *rig) {
    if (rig->loop.recheck_ms > 0) rig->loop.recheck_ms = 1;
    rig_turn(rig, 0);
}

static void rest(struct rig *rig) {
    rig_settle(rig);
    for (int i = 0; i < 20; i++) pass(rig);
    rig_settle(rig);
    assert_int_equal(rig->loop.recheck_ms, 0); /* nothing will wake the loop for this */
}

/* What the kernel does when it misses a reset: the receive in flight hears nothing of it, while the
 * descriptor is that of a connection that is gone. */
static void miss_a_reset(struct rig *rig, struct conn *conn) {
    struct conn *victim;
    int peer = rig_pair(rig, &victim);
    int gone = dup(victim->stream->chan.fd);
    assert_true(gone >= 0);
    /* The loop is not to read what the other one is to meet. */
    gn_stream_pause(&rig->loop, victim->stream);
    rig_settle(rig);
    peer_reset(rig, peer);
    assert_true(dup2(gone, conn->stream->chan.fd) >= 0);
    close(gone);
}

static struct conn *heard_pair(struct rig *rig, int *peer) {
    struct conn *conn;
    *peer = rig_pair(rig, &conn);
    peer_send(rig, *peer, 0, 100);
    TURN_UNTIL(rig, conn->len == 100);
    return conn;
}

static void a_reset_that_the_kernel_misses_is_found(void **state) {
    struct rig *rig = open_counted(state);
    int peer;
    rig_listen(rig, GN_FAMILY_V4);
    struct conn *conn = heard_pair(rig, &peer);
    miss_a_reset(rig, conn);
    rig_settle(rig);
    assert_int_equal(conn->closed, 0);
    TURN_UNTIL(rig, (pass(rig), conn->closed));
    assert_int_equal(conn->code, -ECONNRESET);
}

static void a_loop_that_waits_finds_it_in_time(void **state) {
    struct rig *rig = open_counted(state);
    int peer;
    rig_listen(rig, GN_FAMILY_V4);
    struct conn *conn = heard_pair(rig, &peer);
    miss_a_reset(rig, conn);
    rig_settle(rig);
    uint64_t start = rig_now_us();
    rig_turn(rig, RIG_PATIENCE_US / 1000);
    uint64_t took = rig_now_us() - start;
    assert_int_equal(conn->closed, 1);
    assert_in_range(took, 0, RIG_PATIENCE_US / 2 + GN_RECHECK_MS * 1000);
}

static void who_falls_silent_is_asked_once_and_loses_nothing(void **state) {
    struct rig *rig = open_counted(state);
    int peer;
    rig_listen(rig, GN_FAMILY_V4);
    struct conn *conn = heard_pair(rig, &peer);
    rest(rig);
    assert_int_equal(asked, 1);
    peer_send(rig, peer, 100, 100);
    TURN_UNTIL(rig, conn->len == 200);
    rest(rig);
    assert_int_equal(asked, 2);
    shutdown(peer, SHUT_WR);
    TURN_UNTIL(rig, conn->ended);
    assert_int_equal(conn->len, 200);
    assert_int_equal(conn->closed, 0);
}

static void who_never_spoke_is_never_asked(void **state) {
    struct rig *rig = open_counted(state);
    struct conn *conn;
    rig_listen(rig, GN_FAMILY_V4);
    rig_pair(rig, &conn);
    rest(rig);
    assert_int_equal(asked, 0);
}

static void who_speaks_all_the_time_is_never_asked(void **state) {
    struct rig *rig = open_counted(state);
    int peer;
    rig_listen(rig, GN_FAMILY_V4);
    struct conn *conn = heard_pair(rig, &peer);
    for (int i = 1; i <= 10; i++) {
        peer_send(rig, peer, (uint64_t)i * 100, 100);
        TURN_UNTIL(rig, conn->len == 100 + (size_t)i * 100);
        pass(rig);
        rig_turn(rig, 0); /* plans the next look */
    }
    assert_int_equal(asked, 0);
}

static void a_paused_stream_is_not_asked(void **state) {
    struct rig *rig = open_counted(state);
    int peer;
    rig_listen(rig, GN_FAMILY_V4);
    struct conn *conn = heard_pair(rig, &peer);
    gn_stream_pause(&rig->loop, conn->stream);
    rig_settle(rig);
    asked = 0; /* pausing took the receive back */
    rest(rig);
    assert_int_equal(asked, 0);
    peer_send(rig, peer, 100, 100);
    gn_stream_resume(&rig->loop, conn->stream);
    TURN_UNTIL(rig, conn->len == 200);
}

/* More than one look takes at once. */
static void all_of_many_are_asked_once(void **state) {
    enum { MANY = 700 };
    struct rig *rig = open_counted(state);
    struct conn *conns[MANY];
    int peers[MANY];
    for (int i = 0; i < MANY; i++) {
        peers[i] = rig_socketpair(rig, &conns[i]);
        peer_send(rig, peers[i], 0, 10);
    }
    for (int i = 0; i < MANY; i++) TURN_UNTIL(rig, conns[i]->len == 10);
    rest(rig);
    assert_int_equal(asked, MANY);
    for (int i = 0; i < MANY; i++) peer_send(rig, peers[i], 10, 10);
    for (int i = 0; i < MANY; i++) TURN_UNTIL(rig, conns[i]->len == 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_reset_that_the_kernel_misses_is_found),
        RIG_TEST(a_loop_that_waits_finds_it_in_time),
        RIG_TEST(who_falls_silent_is_asked_once_and_loses_nothing),
        RIG_TEST(who_never_spoke_is_never_asked),
        RIG_TEST(who_speaks_all_the_time_is_never_asked),
        RIG_TEST(a_paused_stream_is_not_asked),
        RIG_TEST(all_of_many_are_asked_once),
    };
    return RIG_RUN_AT_ONCE("recheck", tests);
}

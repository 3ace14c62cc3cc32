/* Sending parts of files, on every backend. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 3 << 20 };

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static int narrow_pair(struct rig *rig, struct conn **conn) {
    rig->sock.send_buffer = 64 * 1024;
    rig_listen(rig, GN_FAMILY_V4);
    return rig_pair(rig, conn);
}

static void a_whole_file_is_sent_and_closed(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, 100000);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 0, 100000), 0);
    peer_read_until(rig, peer, &reader, 100000);
    assert_int_equal(reader.len, 100000);
    assert_false(reader.garbled);
    TURN_UNTIL(rig, conn->emptied == 1);
    assert_int_equal(conn->sent, 100000);
    assert_false(is_open(file));
}

static void a_region_of_a_file_is_sent(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {.len = 1000};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, 100000);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 1000, 50000), 0);
    peer_read_until(rig, peer, &reader, 51000);
    rig_settle(rig);
    peer_read(peer, &reader, 1);
    assert_int_equal(reader.len, 51000);
    assert_false(reader.garbled);
}

static void a_file_larger_than_the_socket_buffer_reaches_a_slow_reader(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int turns = 0;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, LARGE);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 0, LARGE), 0);
    while (reader.len < LARGE && turns++ < 20000) {
        rig_turn(rig, peer_read(peer, &reader, 30000) > 0 ? 0 : 1);
    }
    assert_int_equal(reader.len, LARGE);
    assert_false(reader.garbled);
    assert_int_equal(conn->closed, 0);
}

static void a_file_between_bytes_keeps_its_place(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int first = rig_file(rig, 500000);
    int second = rig_own(rig, fcntl(first, F_DUPFD_CLOEXEC, 0));
    gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 10000);
    gn_stream_write_file(&rig->loop, conn->stream, first, 10000, 200000);
    gn_stream_write(&rig->loop, conn->stream, pattern_at(210000), 40000);
    gn_stream_write_file(&rig->loop, conn->stream, fcntl(second, F_DUPFD_CLOEXEC, 0), 250000, 50);
    gn_stream_write_file(&rig->loop, conn->stream, fcntl(second, F_DUPFD_CLOEXEC, 0), 250050,
                         100000);
    gn_stream_write(&rig->loop, conn->stream, pattern_at(350050), 50);
    rig_turn(rig, 0);
    gn_stream_write(&rig->loop, conn->stream, pattern_at(350100), 50);
    peer_read_until(rig, peer, &reader, 350150);
    assert_int_equal(reader.len, 350150);
    assert_false(reader.garbled);
    TURN_UNTIL(rig, conn->sent == 350150);
    assert_int_equal(conn->emptied, 1);
}

static void an_empty_region_sends_nothing_and_is_closed(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, 10);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 0, 0), 0);
    assert_false(is_open(file));
    gn_stream_write(&rig->loop, conn->stream, pattern_at(0), 100);
    peer_read_until(rig, peer, &reader, 100);
    assert_int_equal(reader.len, 100);
    assert_int_equal(conn->closed, 0);
}

static void a_file_that_became_shorter_closes_with_truncated(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    int file = rig_file(rig, 1000);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 0, 5000), 0);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, GN_ETRUNCATED);
    assert_int_equal(conn->sent, 1000);
    assert_false(is_open(file));
}

static void a_descriptor_that_cannot_be_read_closes_the_stream(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(gn_stream_write_file(&rig->loop, conn->stream, file, 0, 10), 0);
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -EBADF);
    assert_false(is_open(file));
}

static void more_than_a_stream_can_count_is_refused(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    gn_stream_write(&rig->loop, conn->stream, "x", 1);
    int file = rig_file(rig, 10);
    int rc = gn_stream_write_file(&rig->loop, conn->stream, file, 0, UINT64_MAX);
    assert_int_equal(rc, -EOVERFLOW);
    assert_false(is_open(file));
    TURN_UNTIL(rig, conn->closed);
    assert_int_equal(conn->code, -EOVERFLOW);
}

static void a_file_for_a_closed_stream_is_closed(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    int file = rig_file(rig, 10);
    gn_stream_close(&rig->loop, conn->stream);
    int rc = gn_stream_write_file(&rig->loop, conn->stream, file, 0, 10);
    assert_int_equal(rc, GN_ECLOSED);
    assert_false(is_open(file));
}

static void close_sends_queued_files_first(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, LARGE);
    gn_stream_write_file(&rig->loop, conn->stream, file, 0, LARGE);
    gn_stream_close(&rig->loop, conn->stream);
    peer_read_until(rig, peer, &reader, LARGE + 1);
    assert_int_equal(reader.len, LARGE);
    assert_true(reader.ended);
    assert_false(is_open(file));
}

static void an_abort_closes_files_in_the_queue(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    int first = rig_file(rig, LARGE);
    int second = fcntl(first, F_DUPFD_CLOEXEC, 0);
    gn_stream_write_file(&rig->loop, conn->stream, first, 0, LARGE);
    gn_stream_write_file(&rig->loop, conn->stream, second, 0, LARGE);
    rig_settle(rig);
    assert_true(conn->sent < LARGE);
    gn_stream_abort(&rig->loop, conn->stream, true);
    TURN_UNTIL(rig, conn->closed);
    assert_false(is_open(first));
    assert_false(is_open(second));
}

/* sendfile(2) raises SIGPIPE whatever we say; a JVM ignores it. */
static void a_reset_while_a_file_is_sent_closes_it(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, LARGE);
    gn_stream_pause(&rig->loop, conn->stream);
    gn_stream_write_file(&rig->loop, conn->stream, file, 0, LARGE);
    rig_settle(rig);
    assert_true(conn->sent < LARGE);
    peer_reset(rig, peer);
    TURN_UNTIL(rig, conn->closed);
    assert_true(conn->code == -ECONNRESET || conn->code == -EPIPE);
    assert_false(is_open(file));
}

static void receiving_goes_on_while_a_file_is_sent(void **state) {
    struct rig *rig = rig_open(state);
    struct reader reader = {0};
    struct conn *conn;
    int peer = narrow_pair(rig, &conn);
    int file = rig_file(rig, LARGE);
    conn->sink = true;
    gn_stream_write_file(&rig->loop, conn->stream, file, 0, LARGE);
    for (uint64_t at = 0; at < 300000; at += 3000) {
        peer_send(rig, peer, at, 3000);
        peer_read(peer, &reader, 20000);
        rig_turn(rig, 0);
    }
    peer_read_until(rig, peer, &reader, LARGE);
    assert_int_equal(reader.len, LARGE);
    TURN_UNTIL(rig, conn->len == 300000);
}

static void a_stuck_file_costs_nothing(void **state) {
    struct rig *rig = rig_open(state);
    struct conn *conn;
    narrow_pair(rig, &conn);
    int file = rig_file(rig, 2 * LARGE);
    gn_stream_write_file(&rig->loop, conn->stream, file, 0, 2 * LARGE);
    for (int i = 0; i < 20; i++) rig_turn(rig, 5);
    assert_true(conn->sent < 2 * LARGE);
    assert_in_range(rig_waits(rig, 100), 1, 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_whole_file_is_sent_and_closed),
        RIG_TEST(a_region_of_a_file_is_sent),
        RIG_TEST(a_file_larger_than_the_socket_buffer_reaches_a_slow_reader),
        RIG_TEST(a_file_between_bytes_keeps_its_place),
        RIG_TEST(an_empty_region_sends_nothing_and_is_closed),
        RIG_TEST(a_file_that_became_shorter_closes_with_truncated),
        RIG_TEST(a_descriptor_that_cannot_be_read_closes_the_stream),
        RIG_TEST(more_than_a_stream_can_count_is_refused),
        RIG_TEST(a_file_for_a_closed_stream_is_closed),
        RIG_TEST(close_sends_queued_files_first),
        RIG_TEST(an_abort_closes_files_in_the_queue),
        RIG_TEST(a_reset_while_a_file_is_sent_closes_it),
        RIG_TEST(receiving_goes_on_while_a_file_is_sent),
        RIG_TEST(a_stuck_file_costs_nothing),
    };
    signal(SIGPIPE, SIG_IGN);
    return RIG_RUN("backend: files", tests);
}

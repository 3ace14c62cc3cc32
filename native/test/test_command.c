/* Decoding commands: malformed records are refused, and nothing a record says can do harm. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../session/hub.h"

enum { SESSIONS = 6, RANDOM_RUNS = 300, RANDOM_BYTES = 512 };

static struct gn_hub *hub;
static int peers[SESSIONS];
static struct gn_command heads[SESSIONS]; /* slot and generation of each */
static int fds_before;

static int open_hub(void **state) {
    struct gn_probe probe;
    struct gn_hub_config config = {.events = 64, .command_bytes = 4096};
    config.loop = rig_config(state);
    config.loop.recv_count = 8;
    config.loop.memory_max = 4 << 20;
    fds_before = rig_fd_count();
    int rc = gn_hub_new(&hub, &config, &probe);
    if (rc < 0) {
        print_message("[  SKIP  ] no such backend here: %s: %s\n", probe.step, gn_err_name(rc));
        skip();
    }
    for (int i = 0; i < SESSIONS; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        struct gn_session *session = gn_session_new(hub);
        const struct gn_stream_options options = {.close_ms = 10};
        assert_int_equal(gn_stream_adopt(&hub->loop, &session->stream, ends[0], &options), 0);
        peers[i] = ends[1];
        heads[i] = (struct gn_command){session->stream.chan.slot, session->stream.chan.gen, 0, 0};
    }
    return 0;
}

static void free_hub(void) {
    assert_int_equal(gn_hub_free(hub), 0);
    for (int i = 0; i < SESSIONS; i++) close(peers[i]);
    assert_int_equal(rig_fd_count(), fds_before);
}

/* One record for the first session, of which the decoder gets `given` bytes. */
static int run_record(uint32_t type, uint32_t len, size_t given) {
    char record[256] = {0};
    struct gn_command head = heads[0];
    head.type = type;
    head.len = len;
    memcpy(record, &head, sizeof head);
    assert_true(given <= sizeof record);
    char *exact = malloc(given ? given : 1); /* so that reading on is seen */
    memcpy(exact, record, given);
    int rc = gn_command_run(hub, exact, given);
    free(exact);
    return rc;
}

static void no_commands_are_fine(void **state) {
    open_hub(state);
    assert_int_equal(gn_command_run(hub, NULL, 0), 0);
    free_hub();
}

static void a_truncated_header_is_refused(void **state) {
    open_hub(state);
    for (size_t given = 1; given < sizeof(struct gn_command); given++) {
        assert_int_equal(run_record(GN_COMMAND_PAUSE, 0, given), GN_EPROTO);
    }
    assert_int_equal(run_record(GN_COMMAND_PAUSE, 0, sizeof(struct gn_command)), 0);
    free_hub();
}

static void a_length_beyond_the_end_is_refused(void **state) {
    open_hub(state);
    assert_int_equal(run_record(GN_COMMAND_SEND, 1, 16), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, 8, 23), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, 9, 24), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, UINT32_MAX, 24), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, UINT32_MAX - 7, 24), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, 5, 23), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, 8, 24), 0);
    free_hub();
}

static void an_unknown_type_is_refused(void **state) {
    open_hub(state);
    const uint32_t types[] = {0, 16, 255, UINT32_MAX};
    for (int i = 0; i < 4; i++) assert_int_equal(run_record(types[i], 0, 16), GN_EPROTO);
    heads[0].gen++; /* also for a session that is gone */
    for (int i = 0; i < 4; i++) assert_int_equal(run_record(types[i], 0, 16), GN_EPROTO);
    free_hub();
}

static void a_payload_of_a_wrong_size_is_refused(void **state) {
    open_hub(state);
    for (uint32_t len = 0; len <= 64; len++) {
        if (len != sizeof(struct gn_command_hold)) {
            assert_int_equal(run_record(GN_COMMAND_HOLD, len, 16 + 64), GN_EPROTO);
        }
        if (len != sizeof(struct gn_command_file)) {
            assert_int_equal(run_record(GN_COMMAND_FILE, len, 16 + 64), GN_EPROTO);
        }
        if (len != 0) assert_int_equal(run_record(GN_COMMAND_CLOSE, len, 16 + 64), GN_EPROTO);
    }
    free_hub();
}

static int run_payload(uint32_t type, const void *payload, uint32_t len) {
    char record[64] = {0};
    struct gn_command head = heads[0];
    head.type = type;
    head.len = len;
    memcpy(record, &head, sizeof head);
    memcpy(record + sizeof head, payload, len);
    return gn_command_run(hub, record, sizeof head + ((len + 7) & ~7u));
}

static void a_hold_out_of_range_is_refused(void **state) {
    open_hub(state);
    const uint32_t count = hub->loop.rbuf.count, size = hub->loop.rbuf.size;
    const struct gn_command_hold bad[] = {{count, 1}, {UINT32_MAX, 1}, {0, size + 1},
                                          {0, UINT32_MAX}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(run_payload(GN_COMMAND_HOLD, &bad[i], sizeof bad[i]), GN_EPROTO);
    }
    const struct gn_command_hold good = {count - 1, size};
    assert_int_equal(run_payload(GN_COMMAND_HOLD, &good, sizeof good), 0);
    free_hub();
}

/* What a request was parsed from cannot be told again. */
static void a_hold_of_an_http_session_is_refused(void **state) {
    const struct gn_command_hold hold = {0, 1};
    open_hub(state);
    struct gn_chan *chan = gn_loop_find(&hub->loop, heads[0].slot, heads[0].gen);
    struct gn_stream *stream = gn_container(chan, struct gn_stream, chan);
    struct gn_session *session = gn_container(stream, struct gn_session, stream);
    session->stage = GN_STAGE_HTTP;
    assert_int_equal(run_payload(GN_COMMAND_HOLD, &hold, sizeof hold), GN_EPROTO);
    session->stage = GN_STAGE_RAW;
    assert_int_equal(run_payload(GN_COMMAND_HOLD, &hold, sizeof hold), 0);
    free_hub();
}

static void a_file_without_a_descriptor_is_refused(void **state) {
    open_hub(state);
    const struct gn_command_file bad[] = {{-1, 0, 1}, {INT64_MIN, 0, 1}, {1LL << 31, 0, 1}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_payload(GN_COMMAND_FILE, &bad[i], sizeof bad[i]), GN_EPROTO);
    }
    free_hub();
}

static void a_file_of_impossible_size_ends_the_session_alone(void **state) {
    open_hub(state);
    struct gn_command_file file = {dup(0), UINT64_MAX, UINT64_MAX};
    assert_int_equal(run_payload(GN_COMMAND_SEND, "x", 1), 0);
    assert_int_equal(run_payload(GN_COMMAND_FILE, &file, sizeof file), 0);
    int count = 0;
    for (int i = 0; i < 20 && hub->loop.chan_count == SESSIONS; i++) {
        count = gn_hub_turn(hub, 0, 10);
        assert_true(count >= 0);
    }
    assert_int_equal(hub->loop.chan_count, SESSIONS - 1);
    free_hub();
}

static void a_listener_takes_no_command_of_sessions(void **state) {
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    const struct gn_sock_options options = {.backlog = 1};
    struct gn_sock_file none;
    open_hub(state);
    uint32_t gen = 0;
    int slot = gn_hub_listen(hub, gn_sock_listen(&addr, &options, &none),
                             &(struct gn_stream_options){0}, GN_STAGE_RAW, &gen);
    struct gn_command session = heads[0];
    heads[0] = (struct gn_command){(uint32_t)slot, gen, 0, 0};
    assert_int_equal(run_record(GN_COMMAND_CLOSE, 0, 16), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SEND, 8, 24), GN_EPROTO);
    struct gn_command_file file = {dup(0), 0, 1};
    assert_int_equal(run_payload(GN_COMMAND_FILE, &file, sizeof file), GN_EPROTO);
    assert_int_equal(run_record(GN_COMMAND_SHUT, 0, 16), 0);
    assert_int_equal(run_record(GN_COMMAND_LEAVE, 0, 16), 0);
    assert_int_equal(run_record(GN_COMMAND_UNLISTEN, 0, 16), 0);
    heads[0] = session;
    assert_int_equal(run_record(GN_COMMAND_UNLISTEN, 0, 16), GN_EPROTO);
    free_hub();
}

static void records_before_a_malformed_one_are_carried_out(void **state) {
    char bytes[64] = {0}, seen[8];
    open_hub(state);
    struct gn_command head = heads[0];
    head.type = GN_COMMAND_SEND;
    head.len = 3;
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + 16, "abc", 3);
    head.type = 99;
    memcpy(bytes + 24, &head, sizeof head);
    assert_int_equal(gn_command_run(hub, bytes, 48), GN_EPROTO);
    for (int i = 0; i < 3; i++) assert_true(gn_hub_turn(hub, 0, 5) >= 0);
    assert_int_equal(recv(peers[0], seen, sizeof seen, MSG_DONTWAIT), 3);
    free_hub();
}

/* ---- random commands, the same at every run ---- */

static uint32_t dice;

static uint32_t roll(uint32_t sides) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % sides;
}

/* Mostly well-formed records, in an order no reasonable Java would write. */
static size_t random_commands(char *bytes) {
    size_t at = 0;
    while (at + 64 <= RANDOM_BYTES && roll(20) > 0) {
        struct gn_command head = heads[roll(SESSIONS)];
        head.gen += roll(10) == 0;
        head.type = roll(12);
        head.len = 0;
        char *payload = bytes + at + sizeof head;
        if (head.type == GN_COMMAND_SEND) head.len = roll(40);
        if (head.type == GN_COMMAND_HOLD) {
            struct gn_command_hold hold = {roll(20), roll(5000)};
            memcpy(payload, &hold, head.len = sizeof hold);
        }
        if (head.type == GN_COMMAND_FILE) {
            int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
            struct gn_command_file file = {fd, roll(1000), roll(100000)};
            memcpy(payload, &file, head.len = sizeof file);
        }
        if (roll(200) == 0) head.len += roll(3);
        memcpy(bytes + at, &head, sizeof head);
        at += sizeof head + ((head.len + 7) & ~7u);
    }
    return at;
}

/* A refused batch loses the descriptors behind the malformed record, so close what is left over. */
static void close_from(int from) {
    for (int fd = from; fd < from + RANDOM_RUNS; fd++) close(fd);
}

static void random_commands_never_harm(void **state) {
    char sink[4096];
    for (int run = 0; run < RANDOM_RUNS / 10; run++) {
        dice = (uint32_t)run + 1;
        open_hub(state);
        int top = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(top >= 0);
        close(top);
        for (int i = 0; i < 10; i++) {
            char bytes[RANDOM_BYTES + 64];
            gn_command_run(hub, bytes, random_commands(bytes));
            int peer = peers[roll(SESSIONS)];
            send(peer, pattern_at(0), roll(9000), MSG_DONTWAIT | MSG_NOSIGNAL);
            recv(peer, sink, sizeof sink, MSG_DONTWAIT);
            if (roll(5) == 0) shutdown(peer, SHUT_WR);
            assert_true(gn_hub_turn(hub, 0, 0) >= 0);
        }
        assert_int_equal(gn_hub_free(hub), 0);
        for (int i = 0; i < SESSIONS; i++) close(peers[i]);
        close_from(top);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(no_commands_are_fine),
        RIG_TEST(a_truncated_header_is_refused),
        RIG_TEST(a_length_beyond_the_end_is_refused),
        RIG_TEST(an_unknown_type_is_refused),
        RIG_TEST(a_payload_of_a_wrong_size_is_refused),
        RIG_TEST(a_hold_out_of_range_is_refused),
        RIG_TEST(a_hold_of_an_http_session_is_refused),
        RIG_TEST(a_file_without_a_descriptor_is_refused),
        RIG_TEST(a_file_of_impossible_size_ends_the_session_alone),
        RIG_TEST(a_listener_takes_no_command_of_sessions),
        RIG_TEST(records_before_a_malformed_one_are_carried_out),
        RIG_TEST(random_commands_never_harm),
    };
    return RIG_RUN("command", tests);
}

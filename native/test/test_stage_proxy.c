/* Sessions that come through a proxy: who they are, and that nothing is told of those who are not
 * who they should be. On every backend. */
#include "support.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../io/census.h"
#include "../proxy/proxy.h"
#include "../session/hub.h"

#define LINE "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

enum { COMMAND_BYTES = 4096, LONG_MS = 60 * 1000, SHORT_MS = 150, PEERS_MAX = 16 };

static struct gn_hub *hub;
static int peers[PEERS_MAX], peer_count, fds_before;
static struct gn_addr listening;
static uint32_t acceptor_slot, acceptor_gen;

static const struct gn_proxy_range LOOPBACK = {.family = GN_FAMILY_V4, .bits = 8, .ip = {127}};
static const struct gn_proxy_range ELSEWHERE = {.family = GN_FAMILY_V4, .bits = 8, .ip = {10}};

/* What was told since the last check; addresses as C wrote them. */
static struct {
    int opens, refused, requests, ended, closed, gone;
    int code; /* of REFUSED */
    uint8_t flag;
    uint32_t slot, gen, acceptor;
    struct gn_addr local, remote, peer;
    char bytes[64 * 1024];
    size_t len;
} told;

static void open_hub_of(void **state, struct gn_census *census) {
    struct gn_hub_config config = {.events = 256, .command_bytes = COMMAND_BYTES};
    struct gn_http_config http = {.limits = GN_HTTP_LIMITS_DEFAULT};
    struct gn_probe probe;
    fds_before = rig_fd_count();
    peer_count = 0;
    memset(&told, 0, sizeof told);
    config.loop = rig_config(state);
    config.loop.recv_size = 16 * 1024;
    config.loop.census = census;
    http.limits.header_bytes_max = 4 * 1024;
    int rc = gn_hub_new(&hub, &config, &probe);
    if (census) gn_census_unref(census); /* the hub has its own reference */
    if (rc < 0) {
        print_message("[  SKIP  ] no such backend here: %s: %s\n", probe.step, gn_err_name(rc));
        skip();
    }
    assert_int_equal(gn_hub_http(hub, &http), 0);
}

static void open_hub(void **state) { open_hub_of(state, NULL); }

static void listen_with(enum gn_session_stage stage) {
    struct gn_sock_options options = {.backlog = 100};
    struct gn_stream_options stream = {.close_ms = 1000};
    struct gn_sock_file file;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    int fd = gn_sock_listen(&addr, &options, &file);
    assert_int_equal(gn_sock_local(fd, &listening), 0);
    int rc = gn_hub_listen(hub, fd, &stream, stage, &acceptor_gen);
    assert_true(rc >= 0);
    acceptor_slot = (uint32_t)rc;
}

static void open_for(void **state, const struct gn_proxy_range *range, enum gn_session_stage stage,
                     uint32_t header_ms) {
    open_hub(state);
    assert_int_equal(gn_hub_proxy(hub, range, 1, header_ms), 0);
    listen_with(stage);
}

static void free_hub(void) {
    assert_int_equal(gn_hub_free(hub), 0);
    for (int i = 0; i < peer_count; i++) {
        if (peers[i] >= 0) close(peers[i]);
    }
    assert_int_equal(rig_fd_count(), fds_before);
}

static int new_peer(void) {
    int fd = gn_sock_open(&listening, &(struct gn_sock_options){.no_delay = true});
    assert_int_equal(peer_connect(fd, &listening), 0);
    assert_true(peer_count < PEERS_MAX);
    peers[peer_count++] = fd;
    return fd;
}

static uint32_t take_open(const struct gn_event *event) {
    told.opens++;
    told.flag = event->flag;
    told.acceptor = event->id;
    told.slot = event->slot;
    told.gen = event->gen;
    memcpy(&told.local, event + 1, 24);
    memcpy(&told.remote, event + 2, 24);
    if (event->flag == 0) return 3;
    memcpy(&told.peer, event + 3, 24);
    return 4;
}

static uint32_t take(const struct gn_event *event) {
    switch (event->type) {
    case GN_EVENT_OPEN: return take_open(event);
    case GN_EVENT_CONNECTED: return 3;
    case GN_EVENT_RECV:
        assert_true(told.opens > 0);
        assert_true(told.len + event->len <= sizeof told.bytes);
        memcpy(told.bytes + told.len, gn_rbuf_at(&hub->loop.rbuf, event->id), event->len);
        told.len += event->len;
        return 1;
    case GN_EVENT_REQUEST:
        assert_true(told.opens > 0);
        told.requests++;
        return 2 + (event->count + 3u) / 4;
    case GN_EVENT_REFUSED:
        assert_int_equal(event->slot, acceptor_slot);
        assert_int_equal(event->gen, acceptor_gen);
        told.refused++;
        told.code = event->code;
        memcpy(&told.peer, event + 1, 24);
        return 2;
    case GN_EVENT_ACCEPT:
        assert_int_equal(event->code, 0);
        told.gone += event->flag;
        return 1;
    case GN_EVENT_END: told.ended++; return 1;
    case GN_EVENT_CLOSED: told.closed++; return 1;
    default: fail_msg("an event of type %d", event->type); return 1;
    }
}

static void turn_with(uint32_t commands, int timeout_ms) {
    int count = gn_hub_turn(hub, commands, timeout_ms);
    assert_true(count >= 0);
    for (uint32_t at = 0; at < (uint32_t)count;) at += take(&hub->batch.events[at]);
}

#define HUB_UNTIL(condition)                                                     \
    do {                                                                         \
        uint64_t end_ = rig_now_us() + RIG_PATIENCE_US;                          \
        while (!(condition) && rig_now_us() < end_) turn_with(0, RIG_TURN_MS);   \
        if (!(condition)) fail_msg("never in time: %s", #condition);             \
    } while (0)

static void settle(void) {
    for (int i = 0; i < 6; i++) turn_with(0, 2);
}

static void give(int fd, const void *data, size_t len) {
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void give_text(int fd, const char *text) { give(fd, text, strlen(text)); }

static struct gn_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
    return (struct gn_addr){.family = GN_FAMILY_V4, .port = port, .ip = {a, b, c, d}};
}

static void expect_announced(void) {
    struct gn_addr local = v4(198, 51, 100, 1, 443), remote = v4(192, 0, 2, 1, 56324);
    assert_int_equal(told.opens, 1);
    assert_int_equal(told.flag, GN_STAGE_PROXY_ANNOUNCED);
    assert_int_equal(told.acceptor, acceptor_slot);
    assert_memory_equal(&told.local, &local, 24);
    assert_memory_equal(&told.remote, &remote, 24);
    assert_int_equal(hub->proxy.stages.live, 0);
}

/* The other side has closed: an end or a reset. */
static void expect_cut(int fd) {
    char byte;
    HUB_UNTIL((errno = 0, recv(fd, &byte, 1, MSG_DONTWAIT)) <= 0 && errno != EAGAIN);
}

static void expect_refused(int fd, int code) {
    struct gn_addr mine;
    assert_int_equal(gn_sock_local(fd, &mine), 0);
    HUB_UNTIL(told.refused > 0);
    assert_int_equal(told.code, code);
    assert_memory_equal(&told.peer, &mine, 24);
    HUB_UNTIL(hub->loop.chan_count == 1);
    assert_int_equal(told.refused, 1);
    assert_int_equal(told.opens + told.closed + told.ended, 0);
    assert_int_equal(hub->proxy.stages.live, 0);
    expect_cut(fd);
}

/* ---- what is announced ---- */

static void a_session_opens_with_what_the_proxy_announces(void **state) {
    struct gn_addr mine;
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    settle();
    assert_int_equal(told.opens, 0);
    give_text(fd, LINE);
    HUB_UNTIL(told.opens > 0);
    expect_announced();
    assert_int_equal(gn_sock_local(fd, &mine), 0);
    assert_memory_equal(&told.peer, &mine, 24);
    give_text(fd, "hello");
    HUB_UNTIL(told.len == 5);
    assert_memory_equal(told.bytes, "hello", 5);
    shutdown(fd, SHUT_WR);
    HUB_UNTIL(told.ended == 1);
    free_hub();
}

static void an_address_mapped_into_ipv6_is_an_ipv4_one(void **state) {
    static const char binary[] = "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24"
                                 "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x01"
                                 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xdc\x04\x01\xbb";
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    give(new_peer(), binary, sizeof binary - 1);
    HUB_UNTIL(told.opens > 0);
    struct gn_addr remote = v4(192, 0, 2, 1, 56324);
    struct gn_addr local = {.family = GN_FAMILY_V6, .port = 443, .ip = {0x20, 1, 0xd, 0xb8}};
    local.ip[15] = 2;
    assert_memory_equal(&told.remote, &remote, 24);
    assert_memory_equal(&told.local, &local, 24);
    free_hub();
}

static void nothing_announced_leaves_the_real_addresses(void **state) {
    static const char *const texts[] = {"PROXY UNKNOWN ::1 ::2 3 4\r\n",
                                        "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"};
    static const size_t lens[] = {27, 16};
    for (int i = 0; i < 2; i++) {
        struct gn_addr mine;
        open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
        int fd = new_peer();
        give(fd, texts[i], lens[i]);
        HUB_UNTIL(told.opens > 0);
        assert_int_equal(gn_sock_local(fd, &mine), 0);
        assert_memory_equal(&told.remote, &mine, 24);
        assert_memory_equal(&told.peer, &mine, 24);
        assert_memory_equal(&told.local, &listening, 24);
        free_hub();
    }
}

static void a_unix_socket_is_announced_without_its_path(void **state) {
    char header[16 + 216] = "\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xd8/path";
    struct gn_addr unnamed = {.family = GN_FAMILY_UNIX};
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    give(new_peer(), header, sizeof header);
    HUB_UNTIL(told.opens > 0);
    assert_memory_equal(&told.remote, &unnamed, 24);
    assert_memory_equal(&told.local, &unnamed, 24);
    free_hub();
}

/* ---- bytes behind the header ---- */

static void what_follows_in_the_same_segment_is_not_lost(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    give_text(fd, LINE "PROXY is no word of mine ");
    give_text(fd, "and goes on");
    HUB_UNTIL(told.len == 36);
    assert_memory_equal(told.bytes, "PROXY is no word of mine and goes on", 36);
    expect_announced();
    free_hub();
}

static void requests_behind_the_header_are_told_in_order(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_HTTP, LONG_MS);
    int fd = new_peer();
    give_text(fd, LINE GET GET GET "GET / HT");
    HUB_UNTIL(told.requests == 3);
    give_text(fd, "TP/1.1\r\nHost: a\r\n\r\n");
    HUB_UNTIL(told.requests == 4);
    expect_announced();
    free_hub();
}

static void a_header_may_be_cut_anywhere(void **state) {
    static const char bytes[] = LINE "hello";
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    for (size_t cut = 1; cut < sizeof bytes - 1; cut++) {
        memset(&told, 0, sizeof told);
        int fd = new_peer();
        give(fd, bytes, cut);
        for (int i = 0; i < 2; i++) turn_with(0, 1);
        give(fd, bytes + cut, sizeof bytes - 1 - cut);
        HUB_UNTIL(told.len == 5);
        expect_announced();
        assert_memory_equal(told.bytes, "hello", 5);
        close(peers[--peer_count]);
        HUB_UNTIL(told.ended == 1);
        struct gn_command abort = {told.slot, told.gen, GN_COMMAND_ABORT, 0};
        memcpy(hub->commands, &abort, sizeof abort);
        turn_with(sizeof abort, 0);
        HUB_UNTIL(told.closed == 1);
    }
    free_hub();
}

static void a_header_may_come_byte_by_byte(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_HTTP, LONG_MS);
    int fd = new_peer();
    for (const char *at = LINE GET; *at != '\0'; at++) {
        give(fd, at, 1);
        turn_with(0, 1);
    }
    HUB_UNTIL(told.requests == 1);
    expect_announced();
    free_hub();
}

static void the_longest_header_is_read_and_no_longer_one(void **state) {
    for (int more = 0; more < 2; more++) {
        char header[GN_PROXY_HEADER_MAX + 8] = "\r\n\r\n\0\r\nQUIT\n\x21\0";
        int len = GN_PROXY_HEADER_MAX - 16 + more;
        header[14] = (char)(len >> 8);
        header[15] = (char)len;
        open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
        int fd = new_peer();
        give(fd, header, 100);
        if (more == 0) {
            settle();
            give(fd, header + 100, GN_PROXY_HEADER_MAX - 100);
            give_text(fd, "x");
            HUB_UNTIL(told.len == 1);
        } else {
            expect_refused(fd, GN_EPROXYHEADER);
        }
        free_hub();
    }
}

/* ---- who is refused ---- */

static void who_is_not_trusted_is_refused_at_once(void **state) {
    open_for(state, &ELSEWHERE, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    give_text(fd, LINE "hello");
    expect_refused(fd, GN_EPROXYPEER);
    free_hub();
}

static void a_proxy_without_a_header_is_refused(void **state) {
    static const char *const texts[] = {GET, "x", "PROXY TCP4 192.0.2.1\r\n", "PROXY UNKNOWN\n",
                                        "\r\n\r\n", "\r\n\r\nx", "PROXY TCP4 " LINE};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool waits = strcmp(texts[i], "\r\n\r\n") == 0; /* still the begin of version 2 */
        open_for(state, &LOOPBACK, GN_STAGE_HTTP, waits ? SHORT_MS : LONG_MS);
        int fd = new_peer();
        give_text(fd, texts[i]);
        expect_refused(fd, waits ? GN_EPROXYTIME : GN_EPROXYHEADER);
        free_hub();
    }
}

static void a_header_that_turns_bad_later_is_refused(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    give_text(fd, "PROXY TC");
    settle();
    assert_int_equal(told.refused, 0);
    give_text(fd, "P5 \r\n");
    expect_refused(fd, GN_EPROXYHEADER);
    free_hub();
}

static void a_late_header_is_refused_however_often_a_byte_comes(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, SHORT_MS);
    int fd = new_peer();
    uint64_t begin = rig_now_us();
    for (const char *at = LINE; told.refused == 0 && *at != '\0'; at++) {
        (void)send(fd, at, 1, MSG_NOSIGNAL);
        uint64_t end = rig_now_us() + SHORT_MS * 250;
        while (told.refused == 0 && rig_now_us() < end) turn_with(0, 5);
    }
    assert_true(rig_now_us() - begin >= (SHORT_MS - 2) * 1000);
    expect_refused(fd, GN_EPROXYTIME);
    free_hub();
}

static void who_leaves_before_the_header_is_forgotten(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    for (int i = 0; i < 4; i++) {
        int fd = new_peer();
        if (i & 1) give_text(fd, "PROXY ");
        settle();
        assert_int_equal(hub->loop.chan_count, 2);
        if (i & 2) {
            struct linger now = {.l_onoff = 1};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        close(peers[--peer_count]);
        HUB_UNTIL(hub->loop.chan_count == 1);
        assert_int_equal(hub->proxy.stages.live, 0);
    }
    assert_int_equal(told.opens + told.closed + told.ended + told.refused, 0);
    free_hub();
}

static void a_header_that_comes_after_the_listener_is_gone_opens_nothing(void **state) {
    struct gn_command command = {.type = GN_COMMAND_UNLISTEN};
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    settle();
    command.slot = acceptor_slot;
    command.gen = acceptor_gen;
    memcpy(hub->commands, &command, sizeof command);
    turn_with(sizeof command, 0);
    HUB_UNTIL(hub->loop.chan_count == 1);
    listen_with(GN_STAGE_RAW); /* in the same slot */
    give_text(fd, LINE "x");
    HUB_UNTIL(hub->loop.chan_count == 1);
    assert_int_equal(told.opens, 0);
    free_hub();
}

/* ---- a listener that leaves ---- */

static void tell_listener(enum gn_command_type type) {
    struct gn_command command = {acceptor_slot, acceptor_gen, type, 0};
    memcpy(hub->commands, &command, sizeof command);
    turn_with(sizeof command, 0);
}

static void a_listener_that_leaves_opens_those_whose_header_is_on_the_way(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_HTTP, LONG_MS);
    int waits = new_peer();
    give_text(waits, "PROXY TCP4 ");
    settle();
    int complete = new_peer(), silent = new_peer(); /* in the backlog */
    give_text(complete, LINE GET);
    tell_listener(GN_COMMAND_LEAVE);
    HUB_UNTIL(told.requests == 1);
    settle();
    assert_int_equal(told.gone, 0);
    give_text(waits, "192.0.2.1 198.51.100.1 56324 443\r\n" GET);
    HUB_UNTIL(told.requests == 2);
    settle();
    assert_int_equal(told.gone, 0);
    give_text(silent, LINE GET);
    HUB_UNTIL(told.requests == 3);
    HUB_UNTIL(told.gone == 1);
    assert_int_equal(told.opens, 3);
    assert_int_equal(told.acceptor, acceptor_slot);
    assert_int_equal(hub->acceptors.live, 0);
    free_hub();
}

static void a_listener_that_leaves_waits_for_headers_no_longer_than_they_may_take(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, SHORT_MS);
    int fd = new_peer();
    give_text(fd, "PROXY ");
    new_peer();
    tell_listener(GN_COMMAND_LEAVE);
    HUB_UNTIL(told.gone == 1);
    assert_int_equal(told.refused, 2);
    assert_int_equal(told.code, GN_EPROXYTIME);
    assert_int_equal(told.opens, 0);
    HUB_UNTIL(hub->loop.chan_count == 0);
    free_hub();
}

static void a_listener_that_leaves_has_closed_its_socket(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    new_peer();
    tell_listener(GN_COMMAND_LEAVE);
    settle();
    assert_int_equal(told.gone, 0);
    int fd = gn_sock_open(&listening, &(struct gn_sock_options){.no_delay = true});
    assert_int_equal(peer_connect(fd, &listening), -ECONNREFUSED);
    close(fd);
    free_hub();
}

static void a_listener_closed_while_it_leaves_opens_nothing(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int fd = new_peer();
    settle();
    tell_listener(GN_COMMAND_LEAVE);
    settle();
    tell_listener(GN_COMMAND_UNLISTEN);
    give_text(fd, LINE);
    HUB_UNTIL(hub->loop.chan_count == 0);
    assert_int_equal(told.opens + told.gone, 0);
    free_hub();
}

static void a_listener_told_twice_to_leave_ends_who_is_silent(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    int speaks = new_peer();
    give_text(speaks, "P");
    int silent = new_peer();
    settle();
    tell_listener(GN_COMMAND_LEAVE);
    settle();
    assert_int_equal(told.gone, 0);
    tell_listener(GN_COMMAND_LEAVE);
    expect_cut(silent);
    assert_int_equal(hub->proxy.stages.live, 1);
    give_text(speaks, &LINE[1]);
    HUB_UNTIL(told.gone == 1);
    assert_int_equal(told.opens, 1);
    assert_int_equal(told.refused, 0);
    free_hub();
}

static void a_hub_is_freed_while_a_listener_waits_for_headers(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    new_peer();
    tell_listener(GN_COMMAND_LEAVE);
    settle();
    assert_int_equal(hub->loop.chan_count, 2);
    free_hub();
}

static void a_hub_is_freed_while_headers_are_awaited(void **state) {
    open_for(state, &LOOPBACK, GN_STAGE_RAW, LONG_MS);
    new_peer();
    give_text(new_peer(), "PROXY ");
    settle();
    assert_int_equal(hub->loop.chan_count, 3);
    free_hub();
}

/* ---- how many may come ---- */

#define CLIENT(n) "PROXY TCP4 192.0.2." #n " 198.51.100.1 1000 443\r\n"

static void clients_of_one_proxy_count_by_their_own_addresses(void **state) {
    open_hub_of(state, gn_census_new(100, 1));
    assert_int_equal(gn_hub_proxy(hub, &LOOPBACK, 1, LONG_MS), 0);
    listen_with(GN_STAGE_RAW);
    int first = new_peer(), crowded = new_peer(), other = new_peer();
    give_text(first, CLIENT(1));
    HUB_UNTIL(told.opens == 1);
    give_text(crowded, CLIENT(1) "more");
    expect_cut(crowded);
    give_text(other, CLIENT(2));
    HUB_UNTIL(told.opens == 2);
    HUB_UNTIL(hub->loop.chan_count == 3);
    assert_int_equal(hub->loop.counts->crowded, 1);
    assert_int_equal(told.refused + told.closed + (int)told.len, 0);
    assert_int_equal(hub->proxy.stages.live, 0);
    gn_sock_reset_on_close(first);
    close(first);
    peers[0] = -1;
    HUB_UNTIL(told.closed == 1);
    give_text(new_peer(), CLIENT(1));
    HUB_UNTIL(told.opens == 3);
    assert_int_equal(hub->loop.counts->crowded, 1);
    free_hub();
}

static void a_proxy_that_speaks_for_itself_counts_by_its_own_address(void **state) {
    open_hub_of(state, gn_census_new(100, 1));
    assert_int_equal(gn_hub_proxy(hub, &LOOPBACK, 1, LONG_MS), 0);
    listen_with(GN_STAGE_RAW);
    give_text(new_peer(), "PROXY UNKNOWN\r\n");
    HUB_UNTIL(told.opens == 1);
    int crowded = new_peer();
    give_text(crowded, "PROXY UNKNOWN\r\n");
    expect_cut(crowded);
    assert_int_equal(hub->loop.counts->crowded, 1);
    give_text(new_peer(), CLIENT(1));
    HUB_UNTIL(told.opens == 2);
    free_hub();
}

static void connections_behind_a_proxy_take_places_before_they_are_named(void **state) {
    const struct gn_addr nobody = {.family = GN_FAMILY_NONE};
    struct gn_census *census = gn_census_new(2, 1);
    uint32_t place;
    gn_census_ref(census);
    open_hub_of(state, census);
    assert_int_equal(gn_hub_proxy(hub, &LOOPBACK, 1, LONG_MS), 0);
    listen_with(GN_STAGE_RAW);
    int client = new_peer(), same = new_peer();
    HUB_UNTIL(hub->loop.chan_count == 3);
    assert_int_equal(gn_census_enter_from(census, &nobody, &place), GN_ESESSIONS);
    give_text(client, CLIENT(1));
    HUB_UNTIL(told.opens == 1);
    assert_int_equal(gn_census_enter_from(census, &nobody, &place), GN_ESESSIONS);
    give_text(same, CLIENT(1));
    HUB_UNTIL(hub->loop.chan_count == 2);
    assert_int_equal(gn_census_enter_from(census, &nobody, &place), 0);
    free_hub();
    gn_census_unref(census);
}

/* ---- who is trusted ---- */

static void ranges_are_compared_bit_by_bit(void **state) {
    const struct {
        struct gn_proxy_range range;
        bool trusted;
    } rows[] = {
        {{GN_FAMILY_V4, 32, {127, 0, 0, 1}, {0}}, true},
        {{GN_FAMILY_V4, 32, {127, 0, 0, 2}, {0}}, false},
        {{GN_FAMILY_V4, 31, {127, 0, 0, 0}, {0}}, true},
        {{GN_FAMILY_V4, 31, {127, 0, 0, 2}, {0}}, false},
        {{GN_FAMILY_V4, 9, {127, 0, 0, 0}, {0}}, true},
        {{GN_FAMILY_V4, 9, {127, 128, 0, 0}, {0}}, false},
        {{GN_FAMILY_V4, 0, {0}, {0}}, true},
        {{GN_FAMILY_V6, 0, {0}, {0}}, false},
        {{GN_FAMILY_UNIX, 0, {0}, {0}}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct gn_proxy_range both[] = {ELSEWHERE, rows[i].range};
        open_hub(state);
        assert_int_equal(gn_hub_proxy(hub, both, 2, LONG_MS), 0);
        listen_with(GN_STAGE_RAW);
        give_text(new_peer(), LINE);
        HUB_UNTIL(told.opens + told.refused == 1);
        assert_int_equal(told.opens, rows[i].trusted);
        free_hub();
    }
}

static void a_configuration_that_makes_no_sense_is_refused(void **state) {
    struct gn_proxy_range range = LOOPBACK;
    open_hub(state);
    assert_int_equal(gn_hub_proxy(hub, &range, 0, 0), -EINVAL);
    range.bits = 33;
    assert_int_equal(gn_hub_proxy(hub, &range, 1, 0), -EINVAL);
    range.family = GN_FAMILY_V6;
    range.bits = 129;
    assert_int_equal(gn_hub_proxy(hub, &range, 1, 0), -EINVAL);
    range.family = GN_FAMILY_UNIX;
    range.bits = 1;
    assert_int_equal(gn_hub_proxy(hub, &range, 1, 0), -EINVAL);
    range.family = 9;
    range.bits = 0;
    assert_int_equal(gn_hub_proxy(hub, &range, 1, 0), -EINVAL);
    assert_int_equal(gn_hub_proxy(hub, &LOOPBACK, 1, 0), 0);
    assert_int_equal(gn_hub_proxy(hub, &LOOPBACK, 1, 0), -EBUSY);
    free_hub();
}

static void without_proxies_a_session_opens_as_ever(void **state) {
    open_hub(state);
    listen_with(GN_STAGE_RAW);
    int fd = new_peer();
    HUB_UNTIL(told.opens == 1);
    assert_int_equal(told.flag, 0);
    give_text(fd, LINE);
    HUB_UNTIL(told.len == sizeof LINE - 1);
    free_hub();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_session_opens_with_what_the_proxy_announces),
        RIG_TEST(an_address_mapped_into_ipv6_is_an_ipv4_one),
        RIG_TEST(nothing_announced_leaves_the_real_addresses),
        RIG_TEST(a_unix_socket_is_announced_without_its_path),
        RIG_TEST(what_follows_in_the_same_segment_is_not_lost),
        RIG_TEST(requests_behind_the_header_are_told_in_order),
        RIG_TEST(a_header_may_be_cut_anywhere),
        RIG_TEST(a_header_may_come_byte_by_byte),
        RIG_TEST(the_longest_header_is_read_and_no_longer_one),
        RIG_TEST(who_is_not_trusted_is_refused_at_once),
        RIG_TEST(a_proxy_without_a_header_is_refused),
        RIG_TEST(a_header_that_turns_bad_later_is_refused),
        RIG_TEST(a_late_header_is_refused_however_often_a_byte_comes),
        RIG_TEST(who_leaves_before_the_header_is_forgotten),
        RIG_TEST(a_header_that_comes_after_the_listener_is_gone_opens_nothing),
        RIG_TEST(a_listener_that_leaves_opens_those_whose_header_is_on_the_way),
        RIG_TEST(a_listener_that_leaves_waits_for_headers_no_longer_than_they_may_take),
        RIG_TEST(a_listener_that_leaves_has_closed_its_socket),
        RIG_TEST(a_listener_closed_while_it_leaves_opens_nothing),
        RIG_TEST(a_listener_told_twice_to_leave_ends_who_is_silent),
        RIG_TEST(a_hub_is_freed_while_a_listener_waits_for_headers),
        RIG_TEST(a_hub_is_freed_while_headers_are_awaited),
        RIG_TEST(clients_of_one_proxy_count_by_their_own_addresses),
        RIG_TEST(a_proxy_that_speaks_for_itself_counts_by_its_own_address),
        RIG_TEST(connections_behind_a_proxy_take_places_before_they_are_named),
        RIG_TEST(ranges_are_compared_bit_by_bit),
        RIG_TEST(a_configuration_that_makes_no_sense_is_refused),
        RIG_TEST(without_proxies_a_session_opens_as_ever),
    };
    return RIG_RUN("stage_proxy", tests);
}

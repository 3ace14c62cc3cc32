#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LOG_MAX = 4096,
    PATTERN_PERIOD = 65521, /* prime */
    PATTERN_PIECE = 64 * 1024,
    SETTLE_TURNS = 6,
    CLOSE_TURNS = 300,
};

enum told_type { TOLD_OPENED, TOLD_RECEIVED, TOLD_ENDED, TOLD_SENT, TOLD_CLOSED };

struct told {
    enum told_type type;
    struct conn *conn;
    uint32_t buf;
    uint64_t len;
    bool empty;
};

/* A stream's storage, so that using it after stream_free is seen by AddressSanitizer. */
struct box {
    struct gn_stream stream;
    struct conn *conn;
};

static struct rig *current;
static char pattern[PATTERN_PERIOD + PATTERN_PIECE];

static struct rig *rig_of(const struct gn_loop *loop) { return loop->owner; }

static struct conn *conn_of(struct gn_stream *stream) {
    return gn_container(stream, struct box, stream)->conn;
}

/* ---- what the loop calls ---- */

static void tell(struct gn_loop *loop, struct told told) {
    struct rig *rig = rig_of(loop);
    rig->told++;
    if (rig->told > rig->told_max) rig->wrong = "more was told than there was room for";
    if (told.conn && told.conn->closed) rig->wrong = "told something about a closed stream";
    if (rig->log_count < LOG_MAX) rig->log[rig->log_count++] = told;
}

static struct box *new_box(struct rig *rig) {
    struct box *box = calloc(1, sizeof *box);
    struct conn *conn = calloc(1, sizeof *conn);
    assert_non_null(box);
    assert_non_null(conn);
    assert_true(rig->count < RIG_CONNS_MAX);
    box->conn = conn;
    conn->stream = &box->stream;
    rig->conns[rig->count++] = conn;
    return box;
}

static void forget_last(struct rig *rig) {
    struct conn *conn = rig->conns[--rig->count];
    free(conn->data);
    free(conn);
}

static struct gn_stream *stream_new(struct gn_loop *loop) {
    struct rig *rig = rig_of(loop);
    if (rig->refuse > 0) {
        rig->refuse--;
        return NULL;
    }
    return &new_box(rig)->stream;
}

static void stream_free(struct gn_loop *loop, struct gn_stream *stream) {
    struct conn *conn = conn_of(stream);
    if (!conn->closed && conn->opened) rig_of(loop)->wrong = "freed before it was closed";
    conn->stream = NULL;
    free(gn_container(stream, struct box, stream));
}

static void opened(struct gn_loop *loop, struct gn_stream *stream, struct gn_acceptor *acceptor) {
    struct conn *conn = conn_of(stream);
    (void)acceptor;
    if (conn->opened++) rig_of(loop)->wrong = "opened twice";
    conn->slot = stream->chan.slot;
    conn->gen = stream->chan.gen;
    tell(loop, (struct told){.type = TOLD_OPENED, .conn = conn});
}

static uint32_t received(struct gn_loop *loop, struct gn_stream *stream, uint32_t buf,
                         uint32_t len) {
    struct conn *conn = conn_of(stream);
    if (len == 0 || len > loop->rbuf.size) rig_of(loop)->wrong = "received a wrong length";
    if (conn->ended) rig_of(loop)->wrong = "received after the end";
    tell(loop, (struct told){.type = TOLD_RECEIVED, .conn = conn, .buf = buf, .len = len});
    return len;
}

static void overdue(struct gn_loop *loop, struct gn_stream *stream) {
    (void)stream;
    rig_of(loop)->wrong = "overdue, though nothing is owed";
}

static void ended(struct gn_loop *loop, struct gn_stream *stream) {
    struct conn *conn = conn_of(stream);
    if (conn->ended++) rig_of(loop)->wrong = "ended twice";
    tell(loop, (struct told){.type = TOLD_ENDED, .conn = conn});
}

static void sent(struct gn_loop *loop, struct gn_stream *stream, uint64_t len, bool empty) {
    if (len == 0) rig_of(loop)->wrong = "sent nothing";
    tell(loop, (struct told){.type = TOLD_SENT, .conn = conn_of(stream), .len = len,
                             .empty = empty});
}

static void closed(struct gn_loop *loop, struct gn_stream *stream, int code) {
    struct conn *conn = conn_of(stream);
    tell(loop, (struct told){.type = TOLD_CLOSED, .conn = conn});
    conn->closed++;
    conn->place = ++rig_of(loop)->closed_count;
    conn->code = code;
}

static void accepting(struct gn_loop *loop, struct gn_acceptor *acceptor, int code, bool fatal) {
    struct rig *rig = rig_of(loop);
    (void)acceptor;
    if (fatal) {
        rig->fatal++;
    } else if (code < 0) {
        rig->paused++;
    } else {
        rig->resumed++;
    }
    if (code < 0) rig->accept_code = code;
    tell(loop, (struct told){.type = TOLD_OPENED});
}

static void acceptor_free(struct gn_loop *loop, struct gn_acceptor *acceptor) {
    (void)acceptor;
    rig_of(loop)->listening = false;
}

static bool room(const struct gn_loop *loop) {
    return rig_of(loop)->told + 2 <= rig_of(loop)->told_max;
}

static bool told(const struct gn_loop *loop) { return rig_of(loop)->told > 0; }

static const struct gn_loop_calls calls = {
    .stream_new = stream_new,
    .stream_free = stream_free,
    .opened = opened,
    .received = received,
    .overdue = overdue,
    .ended = ended,
    .sent = sent,
    .closed = closed,
    .accepting = accepting,
    .acceptor_free = acceptor_free,
    .room = room,
    .room_for_held = room,
    .told = told,
};

static int counting_wait(struct gn_loop *loop, int timeout_ms) {
    struct rig *rig = rig_of(loop);
    rig->waits++;
    return rig->real_wait(loop, timeout_ms);
}

/* ---- opening and closing ---- */

int rig_fd_count(void) {
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir)) count++;
    closedir(dir);
    return count;
}

uint64_t rig_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct gn_loop_config rig_config(void **state) {
    const struct variant *variant = *state;
    return (struct gn_loop_config){
        .backend = variant->backend,
        .required = true,
        .denied = variant->denied,
        .recv_size = 4096,
        .recv_count = 64,
        .queue_depth = 64,
        .chans_max = RIG_CONNS_MAX + 80,
        .memory_max = (size_t)256 << 20,
    };
}

struct rig *rig_open(void **state) {
    struct gn_loop_config config = rig_config(state);
    return rig_open_with(&config);
}

struct rig *rig_open_with(const struct gn_loop_config *config) {
    int before = rig_fd_count();
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->fds_before = before;
    int rc = gn_loop_init(&rig->loop, config, &calls, rig);
    if (rc < 0) {
        print_message("[  SKIP  ] no such backend here: %s: %s\n", rig->loop.probe.step,
                      gn_err_name(rc));
        free(rig);
        skip();
    }
    rig->log = calloc(LOG_MAX, sizeof *rig->log);
    assert_non_null(rig->log);
    rig->told_max = LOG_MAX;
    rig->backend = *rig->loop.backend;
    rig->real_wait = rig->backend.wait;
    rig->backend.wait = counting_wait;
    rig->loop.backend = &rig->backend;
    rig->options = (struct gn_stream_options){.idle_mode = GN_IDLE_OFF, .close_ms = 2000};
    rig->sock = (struct gn_sock_options){.no_delay = true, .backlog = 1024};
    current = rig;
    return rig;
}

static void close_streams(struct rig *rig) {
    rig->told_max = LOG_MAX;
    for (int i = 0; i < CLOSE_TURNS && rig->loop.chan_count > 0; i++) {
        for (int k = 0; k < rig->count; k++) {
            struct gn_stream *stream = rig->conns[k]->stream;
            if (stream) gn_stream_abort(&rig->loop, stream, false);
        }
        if (rig->listening) gn_acceptor_close(&rig->loop, &rig->acceptor);
        rig->told = 0;
        rig->log_count = 0;
        assert_int_equal(gn_loop_turn(&rig->loop, 10), 0);
    }
}

static void remove_dir(struct rig *rig) {
    char path[512];
    struct dirent *entry;
    DIR *dir = rig->dir[0] ? opendir(rig->dir) : NULL;
    if (!dir) return;
    while ((entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", rig->dir, entry->d_name);
        if (entry->d_name[0] != '.') unlink(path);
    }
    closedir(dir);
    rmdir(rig->dir);
}

int rig_tear_down(void **state) {
    struct rig *rig = current;
    (void)state;
    if (!rig) return 0;
    current = NULL;
    close_streams(rig);
    assert_int_equal(rig->loop.chan_count, 0);
    gn_loop_fini(&rig->loop);
    assert_int_equal(rig->loop.budget.used, 0);
    for (int i = 0; i < rig->owned_count; i++) {
        if (rig->owned[i] >= 0) close(rig->owned[i]);
    }
    while (rig->count > 0) forget_last(rig);
    remove_dir(rig);
    const char *wrong = rig->wrong;
    int before = rig->fds_before;
    free(rig->log);
    free(rig);
    assert_int_equal(rig_fd_count(), before);
    if (wrong) fail_msg("%s", wrong);
    return 0;
}

/* ---- turning ---- */

static void collect(struct conn *conn, const char *data, size_t len) {
    if (conn->sink) {
        assert_memory_equal(data, pattern_at(conn->len), len);
        conn->len += len;
        return;
    }
    conn->data = realloc(conn->data, conn->len + len);
    assert_non_null(conn->data);
    memcpy(conn->data + conn->len, data, len);
    conn->len += len;
}

static void follow_received(struct rig *rig, const struct told *entry) {
    struct conn *conn = entry->conn;
    const char *data = gn_rbuf_at(&rig->loop.rbuf, entry->buf);
    if (conn->hold) {
        if (conn->stream) gn_stream_hold(&rig->loop, conn->stream, data, (size_t)entry->len);
        return;
    }
    collect(conn, data, (size_t)entry->len);
    if (conn->echo && conn->stream) {
        gn_stream_write(&rig->loop, conn->stream, data, (size_t)entry->len);
    }
}

void rig_turn(struct rig *rig, int timeout_ms) {
    rig->told = 0;
    rig->log_count = 0;
    rig->turns++;
    assert_int_equal(gn_loop_turn(&rig->loop, timeout_ms), 0);
    for (int i = 0; i < rig->log_count; i++) {
        const struct told *entry = &rig->log[i];
        struct conn *conn = entry->conn;
        if (entry->type == TOLD_RECEIVED) follow_received(rig, entry);
        if (entry->type == TOLD_SENT) {
            conn->sent += entry->len;
            conn->sent_calls++;
            conn->emptied += entry->empty;
        }
        if (entry->type == TOLD_ENDED && conn->hold && conn->stream) {
            conn->ended = 0;
            gn_stream_hold_end(&rig->loop, conn->stream);
        }
    }
    if (rig->wrong) fail_msg("%s", rig->wrong);
}

void rig_settle(struct rig *rig) {
    for (int i = 0; i < SETTLE_TURNS; i++) rig_turn(rig, 2);
}

unsigned rig_waits(struct rig *rig, int ms) {
    unsigned before = rig->waits;
    rig_turn(rig, ms);
    return rig->waits - before;
}

/* ---- connections ---- */

struct gn_addr rig_loopback(enum gn_family family, uint16_t port) {
    struct gn_addr addr = {.family = (uint8_t)family, .port = port};
    if (family == GN_FAMILY_V4) {
        addr.ip[0] = 127;
        addr.ip[3] = 1;
    } else {
        addr.ip[15] = 1;
    }
    return addr;
}

const char *rig_path(struct rig *rig, const char *name) {
    static char path[100];
    if (!rig->dir[0]) {
        strcpy(rig->dir, "/tmp/gannet-test-XXXXXX");
        assert_non_null(mkdtemp(rig->dir));
    }
    snprintf(path, sizeof path, "%s/%s", rig->dir, name);
    return path;
}

void rig_listen(struct rig *rig, enum gn_family family) {
    struct gn_addr addr = rig_loopback(family, 0);
    if (family == GN_FAMILY_UNIX) {
        const char *path = rig_path(rig, "socket");
        addr.path_len = (uint8_t)strlen(path);
        memcpy(addr.path, path, addr.path_len);
    }
    int fd = gn_sock_listen(&addr, &rig->sock, &rig->file);
    assert_true(fd >= 0);
    assert_int_equal(gn_sock_local(fd, &rig->addr), 0);
    assert_int_equal(gn_acceptor_open(&rig->loop, &rig->acceptor, fd, &rig->options), 0);
    rig->listening = true;
}

int rig_own(struct rig *rig, int fd) {
    if (fd < 0) return fd;
    assert_true(rig->owned_count < (int)(sizeof rig->owned / sizeof *rig->owned));
    rig->owned[rig->owned_count++] = fd;
    return fd;
}

void rig_close_fd(struct rig *rig, int fd) {
    for (int i = 0; i < rig->owned_count; i++) {
        if (rig->owned[i] == fd) rig->owned[i] = -1;
    }
    close(fd);
}

int rig_peer(struct rig *rig) {
    struct timeval patience = {.tv_sec = 5};
    int fd = rig_own(rig, gn_sock_open(&rig->addr, &(struct gn_sock_options){0}));
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(peer_connect(fd, &rig->addr), 0);
    return fd;
}

int rig_pair(struct rig *rig, struct conn **conn) {
    int count = rig->count;
    int fd = rig_peer(rig);
    TURN_UNTIL(rig, rig->count > count && rig->conns[count]->opened);
    if (conn) *conn = rig->conns[count];
    return fd;
}

int rig_socketpair(struct rig *rig, struct conn **conn) {
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    struct box *box = new_box(rig);
    assert_int_equal(gn_stream_adopt(&rig->loop, &box->stream, ends[0], &rig->options), 0);
    *conn = box->conn;
    return rig_own(rig, ends[1]);
}

int rig_connect(struct rig *rig, const struct gn_addr *addr, uint32_t timeout_ms,
                struct conn **conn) {
    struct box *box = new_box(rig);
    int rc = gn_stream_connect(&rig->loop, &box->stream, addr, &rig->sock, &rig->options,
                               timeout_ms);
    if (rc < 0) {
        free(box);
        forget_last(rig);
        return rc;
    }
    *conn = box->conn;
    return 0;
}

int rig_file(struct rig *rig, size_t len) {
    const char *path = rig_path(rig, "file");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t at = 0; at < len;) {
        size_t piece = len - at < PATTERN_PIECE ? len - at : PATTERN_PIECE;
        assert_int_equal(write(fd, pattern_at(at), piece), piece);
        at += piece;
    }
    return fd;
}

/* ---- peers ---- */

int peer_connect(int fd, const struct gn_addr *addr) {
    struct sockaddr_storage sa;
    int len = gn_sock_encode(addr, &sa);
    for (int i = 0; i < 1000; i++) {
        if (connect(fd, (struct sockaddr *)&sa, (socklen_t)len) == 0 || errno == EISCONN) return 0;
        if (errno != EINTR && errno != EALREADY) return -errno;
    }
    return -ETIMEDOUT;
}

const char *pattern_at(uint64_t at) {
    if (!pattern[1]) {
        uint32_t x = 1;
        for (int i = 0; i < PATTERN_PERIOD; i++) {
            x = x * 1664525u + 1013904223u;
            pattern[i] = (char)(x >> 24 | 1);
        }
        for (int i = 0; i < PATTERN_PIECE; i++) pattern[PATTERN_PERIOD + i] = pattern[i];
    }
    return pattern + at % PATTERN_PERIOD;
}

void peer_send(struct rig *rig, int fd, uint64_t at, size_t len) {
    size_t done = 0;
    uint64_t end = rig_now_us() + RIG_PATIENCE_US;
    while (done < len && rig_now_us() < end) {
        size_t piece = len - done < PATTERN_PIECE ? len - done : PATTERN_PIECE;
        ssize_t n = send(fd, pattern_at(at + done), piece, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            done += (size_t)n;
        } else {
            assert_int_equal(errno, EAGAIN);
            rig_turn(rig, 1);
        }
    }
    assert_int_equal(done, len);
}

size_t peer_read(int fd, struct reader *reader, size_t max) {
    static char bytes[PATTERN_PIECE];
    size_t total = 0;
    while (total < max) {
        size_t piece = max - total < sizeof bytes ? max - total : sizeof bytes;
        ssize_t n = recv(fd, bytes, piece, MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN) reader->error = errno;
        if (n == 0) reader->ended = true;
        if (n <= 0) break;
        if (memcmp(bytes, pattern_at(reader->len), (size_t)n) != 0) reader->garbled = true;
        reader->len += (uint64_t)n;
        total += (size_t)n;
    }
    return total;
}

void peer_read_until(struct rig *rig, int fd, struct reader *reader, uint64_t len) {
    int idle = 0;
    uint64_t end = rig_now_us() + RIG_PATIENCE_US;
    while (reader->len < len && !reader->ended && !reader->error && rig_now_us() < end) {
        uint64_t left = len - reader->len;
        if (peer_read(fd, reader, left > (1 << 20) ? 1 << 20 : (size_t)left) > 0) {
            idle = 0;
        } else {
            idle++;
        }
        rig_turn(rig, idle > 2 ? 5 : 0);
    }
}

void peer_reset(struct rig *rig, int fd) {
    assert_int_equal(gn_sock_reset_on_close(fd), 0);
    rig_close_fd(rig, fd);
}

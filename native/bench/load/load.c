/* A load generator: one thread, many connections, every response checked.
 *
 * Without --rate each connection sends its requests, waits for all their responses, and sends
 * again: the server decides how fast that goes. With --rate requests are due at fixed times,
 * whatever the server does, and any free connection carries the next; what was due and not
 * answered at the end counts with its age, so a server that stands still cannot look fast.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "options.h"
#include "reply.h"

enum {
    RECEIVE_SIZE = 256 * 1024,
    EVENTS = 256,
    HEAD_MAX = 512,
    PATIENCE_MS = 10 * 1000, /* without any response the server is given up */
};

struct conn {
    int fd;
    uint32_t awaited;    /* responses to come */
    size_t sent, length; /* of the requests that are under way */
    char *requests;      /* `depth` of them, one behind the other */
    size_t one;          /* the length of one */
    struct reply_wanted wanted;
    struct reply reply;
    uint64_t since; /* when they were sent, or when the one was due */
    bool writing;   /* told by epoll when there is room */
    struct conn *next_free;
};

struct load {
    struct options options;
    int epoll;
    struct conn *conns;
    uint32_t conn_count;
    struct conn *free; /* with --rate: those that may take the next request */
    uint64_t next_due, interval; /* with --rate */
    bool measuring, ending;
    uint64_t answered; /* ever */
    uint64_t last_answer;
    struct histogram times;
    char *receive;
};

static _Noreturn void give_up(const char *what, int error) {
    fprintf(stderr, "gn-load: %s%s%s\n", what, error ? ": " : "", error ? strerror(error) : "");
    exit(1);
}

static void *memory(size_t count, size_t size) {
    void *got = calloc(count, size);
    if (!got) give_up("out of memory", 0);
    return got;
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The processor time of the server's processes. */
static double server_seconds(const struct options *options) {
    double seconds = 0;
    for (int i = 0; i < options->pid_count; i++) {
        clockid_t clock;
        struct timespec used;
        if (clock_getcpuclockid(options->pids[i], &clock) != 0 ||
            clock_gettime(clock, &used) != 0) {
            give_up("the server's processor time cannot be read", 0);
        }
        seconds += (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    }
    return seconds;
}

/* ---- connections ---- */

/* `text` with {n} replaced. */
static char *numbered(const char *text, uint32_t number) {
    size_t room = strlen(text) + 16;
    char *out = memory(1, room);
    const char *mark = strstr(text, "{n}");
    if (mark) {
        snprintf(out, room, "%.*s%u%s", (int)(mark - text), text, number, mark + 3);
    } else {
        snprintf(out, room, "%s", text);
    }
    return out;
}

static void make_requests(const struct options *options, struct conn *conn, uint32_t number) {
    char head[HEAD_MAX];
    char *path = numbered(options->path, number);
    int len = options->body > 0
                  ? snprintf(head, sizeof head,
                             "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %u\r\n"
                             "Content-Type: application/octet-stream\r\n\r\n",
                             path, options->body)
                  : snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    free(path);
    if (len < 0 || (size_t)len >= sizeof head) give_up("the path is too long", 0);
    conn->one = (size_t)len + options->body;
    conn->requests = memory(options->depth, conn->one);
    for (uint32_t i = 0; i < options->depth; i++) {
        char *at = conn->requests + i * conn->one;
        memcpy(at, head, (size_t)len);
        for (uint32_t k = 0; k < options->body; k++) {
            at[(size_t)len + k] = (char)('a' + (k * 7 + k / 251 + number) % 26);
        }
    }
    conn->wanted.body = options->expect ? numbered(options->expect, number) : conn->requests + len;
    conn->wanted.len = options->expect ? strlen(conn->wanted.body) : options->body;
}

static void open_conn(struct load *load, struct conn *conn, uint32_t number) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(load->options.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0) give_up("socket", errno);
    if (connect(conn->fd, (struct sockaddr *)&to, sizeof to) < 0) give_up("connect", errno);
    if (setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        fcntl(conn->fd, F_SETFL, O_NONBLOCK) < 0) {
        give_up("set up a socket", errno);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, conn->fd, &event) < 0) give_up("epoll", errno);
    make_requests(&load->options, conn, number);
}

static void open_all(struct load *load, uint32_t count) {
    load->conns = memory(count, sizeof *load->conns);
    load->conn_count = count;
    for (uint32_t i = 0; i < count; i++) open_conn(load, &load->conns[i], i);
}

static void want_room(struct load *load, struct conn *conn, bool wanted) {
    if (conn->writing == wanted) return;
    conn->writing = wanted;
    struct epoll_event event = {.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = conn};
    if (epoll_ctl(load->epoll, EPOLL_CTL_MOD, conn->fd, &event) < 0) give_up("epoll", errno);
}

static void write_on(struct load *load, struct conn *conn) {
    while (conn->sent < conn->length) {
        ssize_t n = send(conn->fd, conn->requests + conn->sent, conn->length - conn->sent,
                         MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno != EAGAIN) give_up("send", errno);
        if (n < 0) break;
        conn->sent += (size_t)n;
    }
    want_room(load, conn, conn->sent < conn->length);
}

static void ask(struct load *load, struct conn *conn, uint32_t count, uint64_t since) {
    conn->since = since;
    conn->awaited = count;
    conn->sent = 0;
    conn->length = count * conn->one;
    write_on(load, conn);
}

/* ---- the loop ---- */

static void free_conn(struct load *load, struct conn *conn) {
    conn->next_free = load->free;
    load->free = conn;
}

static void answered(struct load *load, struct conn *conn, uint32_t count, uint64_t now) {
    if (count > conn->awaited) give_up("a response that nobody asked for", 0);
    load->answered += count;
    load->last_answer = now;
    conn->awaited -= count;
    for (uint32_t i = 0; i < count && load->measuring; i++) {
        histogram_add(&load->times, now > conn->since ? now - conn->since : 0);
    }
    if (conn->awaited > 0 || load->ending || load->options.idle > 0) return;
    if (load->options.rate > 0) {
        free_conn(load, conn);
    } else {
        ask(load, conn, load->options.depth, now);
    }
}

static void read_on(struct load *load, struct conn *conn) {
    ssize_t n = recv(conn->fd, load->receive, RECEIVE_SIZE, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) give_up("receive", errno);
    if (n == 0) give_up("the server closed a connection", 0);
    const char *why = "";
    int count = reply_feed(&conn->reply, load->receive, (size_t)n, &conn->wanted, &why);
    if (count < 0) give_up(why, 0);
    if (count > 0) answered(load, conn, (uint32_t)count, now_ns());
}

static void send_due(struct load *load) {
    uint64_t now = now_ns();
    while (load->free && load->next_due <= now) {
        struct conn *conn = load->free;
        load->free = conn->next_free;
        ask(load, conn, 1, load->next_due);
        load->next_due += load->interval;
    }
}

/* One look at the network. With a rate the generator never sleeps: a timer would be too coarse. */
static void turn(struct load *load) {
    struct epoll_event events[EVENTS];
    bool spins = load->options.rate > 0 && !load->ending;
    int count = epoll_wait(load->epoll, events, EVENTS, spins ? 0 : 100);
    if (count < 0 && errno != EINTR) give_up("epoll", errno);
    for (int i = 0; i < count; i++) {
        struct conn *conn = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) write_on(load, conn);
        if (events[i].events & ~(uint32_t)EPOLLOUT) read_on(load, conn);
    }
    if (spins) send_due(load);
    if (now_ns() - load->last_answer > PATIENCE_MS * 1000000ull) {
        give_up("no response for ten seconds", 0);
    }
}

static void run_until(struct load *load, uint64_t end) {
    while (now_ns() < end) turn(load);
}

static void start(struct load *load) {
    open_all(load, load->options.connections);
    load->last_answer = load->next_due = now_ns();
    if (load->options.rate > 0) load->interval = (uint64_t)(1e9 / load->options.rate);
    for (uint32_t i = 0; i < load->conn_count; i++) {
        struct conn *conn = &load->conns[i];
        if (load->options.rate > 0) {
            free_conn(load, conn);
        } else {
            ask(load, conn, load->options.depth, load->last_answer);
        }
    }
}

/* What should have been answered by now is late by its age at least. */
static uint64_t count_late(struct load *load, uint64_t now) {
    uint64_t late = 0;
    if (load->options.rate == 0) return 0;
    for (uint32_t i = 0; i < load->conn_count; i++) {
        struct conn *conn = &load->conns[i];
        if (conn->awaited == 0 || conn->since > now) continue;
        histogram_add(&load->times, now - conn->since);
        late++;
    }
    for (; load->next_due < now; load->next_due += load->interval) {
        histogram_add(&load->times, now - load->next_due);
        late++;
    }
    return late;
}

static double micros(const struct load *load, double share) {
    return (double)histogram_at(&load->times, share) / 1000;
}

static void measure(struct load *load) {
    const struct options *options = &load->options;
    start(load);
    run_until(load, now_ns() + (uint64_t)(options->warmup * 1e9));
    uint64_t begin = now_ns(), before = load->answered;
    double used = server_seconds(options);
    load->measuring = true;
    run_until(load, begin + (uint64_t)(options->seconds * 1e9));
    used = server_seconds(options) - used;
    uint64_t end = now_ns(), count = load->answered - before;
    load->measuring = false;
    load->ending = true;
    if (count == 0) give_up("nothing was answered", 0);
    double seconds = (double)(end - begin) / 1e9;
    uint64_t late = count_late(load, end);
    printf("{\"requests\":%llu,\"seconds\":%.4f,\"perSecond\":%.1f,\"late\":%llu,"
           "\"cpuMicros\":%.4f,\"cpuShare\":%.4f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"p9999\":%.1f,\"max\":%.1f}\n",
           (unsigned long long)count, seconds, (double)count / seconds, (unsigned long long)late,
           used * 1e6 / (double)count, used / seconds, micros(load, 0.5), micros(load, 0.9),
           micros(load, 0.99), micros(load, 0.999), micros(load, 0.9999),
           (double)load->times.max / 1000);
}

/* ---- idle connections ---- */

static void ask_each(struct load *load) {
    for (uint32_t i = 0; i < load->conn_count; i++) {
        load->last_answer = now_ns();
        ask(load, &load->conns[i], 1, load->last_answer);
        while (load->conns[i].awaited > 0) turn(load);
    }
}

static void hold(struct load *load) {
    char line[16];
    open_all(load, load->options.idle);
    ask_each(load);
    printf("READY\n");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) give_up("standard input ended", 0);
    ask_each(load);
    printf("{\"alive\":%u}\n", load->conn_count);
}

int main(int argc, char **argv) {
    static struct load load;
    options_read(&load.options, argc, argv);
    load.receive = memory(1, RECEIVE_SIZE);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.epoll < 0) give_up("epoll", errno);
    if (load.options.idle > 0) {
        hold(&load);
    } else {
        measure(&load);
    }
    return 0;
}

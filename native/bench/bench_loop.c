/* What the loop costs, by backend and number of sessions: each peer sends 64 bytes over loopback,
 * and the hub turns until all are echoed, driven as Java drives it. The figures are for one echo,
 * which is two events: bytes arrived, bytes are sent. The time is the hub's alone, with what the
 * kernel does in its system calls, and without the peers. A turn with nothing to tell comes before
 * that, and one that another thread would have asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../session/hub.h"
#include "calls.h"
#include "timing.h"

/* Many short runs: the best of them is one that nothing else disturbed. */
enum { ECHO = 64, RUNS = 101, ECHOES = 512, EMPTY_TURNS = 1000, PEERS_MAX = 256 };
enum { COMMAND_BYTES = 256 * 1024, PATIENCE_MS = 5000 };

static struct gn_hub *hub;
static uint32_t written; /* bytes of commands for the next turn */
static int peers[PEERS_MAX];
static int peer_count;
static double turns; /* of the rounds that are timed */

struct figures {
    double ns, turns, calls;
};

static const struct figures worst = {.ns = GN_TIMING_WORST};

static int must(int rc) {
    if (rc < 0) {
        fprintf(stderr, "bench_loop: %s\n", gn_err_name(rc));
        abort();
    }
    return rc;
}

static uint32_t turn(int timeout_ms) {
    uint32_t told = (uint32_t)must(gn_hub_turn(hub, written, timeout_ms));
    written = 0;
    turns++;
    if (told == 0 && timeout_ms > 0) must(GN_ECLOSED); /* nothing comes any more */
    return told;
}

/* ---- sessions and their peers ---- */

static struct gn_addr listen_on_loopback(void) {
    struct gn_addr addr = {.family = GN_FAMILY_V4, .ip = {127, 0, 0, 1}};
    struct gn_sock_options options = {.no_delay = true, .backlog = PEERS_MAX};
    struct gn_stream_options stream = {.close_ms = 1000};
    struct gn_sock_file file;
    uint32_t gen;
    int fd = must(gn_sock_listen(&addr, &options, &file));
    must(gn_sock_local(fd, &addr));
    must(gn_hub_listen(hub, fd, &stream, GN_STAGE_RAW, &gen));
    return addr;
}

static void connect_peers(const struct gn_addr *addr, int count) {
    struct sockaddr_storage to;
    socklen_t len = (socklen_t)must(gn_sock_encode(addr, &to));
    while (peer_count < count) {
        int fd = must(gn_sock_open(addr, &(struct gn_sock_options){.no_delay = true}));
        if (connect(fd, (struct sockaddr *)&to, len) < 0) must(GN_ECLOSED);
        peers[peer_count++] = fd;
        turn(PATIENCE_MS); /* tells that it is open */
    }
}

static void send_all(void) {
    char bytes[ECHO];
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < peer_count; i++) {
        if (write(peers[i], bytes, sizeof bytes) != ECHO) must(GN_ECLOSED);
    }
}

static void read_all(void) {
    char bytes[ECHO];
    for (int i = 0; i < peer_count; i++) {
        if (read(peers[i], bytes, sizeof bytes) != ECHO) must(GN_ECLOSED);
    }
}

/* ---- what is timed ---- */

static void answer(const struct gn_event *event) {
    struct gn_command head = {event->slot, event->gen, GN_COMMAND_SEND, event->len};
    memcpy(hub->commands + written, &head, sizeof head);
    memcpy(hub->commands + written + sizeof head, gn_rbuf_at(&hub->loop.rbuf, event->id),
           event->len);
    written += (uint32_t)sizeof head + ((event->len + 7) & ~7u);
}

static void echo_all(void) {
    for (int left = peer_count; left > 0;) {
        uint32_t told = turn(PATIENCE_MS);
        for (uint32_t i = 0; i < told; i++) {
            const struct gn_event *event = &hub->batch.events[i];
            if (event->type == GN_EVENT_RECV) {
                answer(event);
            } else if (event->type == GN_EVENT_SENT) {
                left--;
            } else {
                must(GN_EPROTO);
            }
        }
    }
}

static void keep(struct figures *best, double ns, long calls_before, int of) {
    if (ns / of < best->ns) {
        best->ns = ns / of;
        best->turns = turns / of;
        best->calls = (double)(gn_calls() - calls_before) / of;
    }
}

static struct figures echo_figures(void) {
    struct figures best = worst;
    for (int run = 0; run < RUNS; run++) {
        double ns = 0;
        long calls = 0;
        turns = 0;
        for (int round = 0; round < ECHOES / peer_count; round++) {
            send_all();
            long before = gn_calls();
            double start = gn_timing_ns();
            echo_all();
            ns += gn_timing_ns() - start;
            calls += gn_calls() - before;
            read_all();
        }
        keep(&best, ns, gn_calls() - calls, ECHOES);
    }
    return best;
}

static struct figures turn_figures(bool woken) {
    struct figures best = worst;
    for (int run = 0; run < RUNS; run++) {
        turns = 0;
        long before = gn_calls();
        double start = gn_timing_ns();
        for (int i = 0; i < EMPTY_TURNS; i++) {
            if (woken) must(gn_loop_wake(&hub->loop));
            turn(0);
        }
        keep(&best, gn_timing_ns() - start, before, EMPTY_TURNS);
    }
    return best;
}

/* ---- the table ---- */

static void print(const char *what, struct figures figures) {
    printf("%-10s %-16s %10.1f %8.3f", hub->loop.backend->name, what, figures.ns, figures.turns);
    if (gn_calls() < 0) {
        printf(" %8s\n", "-");
    } else {
        printf(" %8.3f\n", figures.calls);
    }
}

static bool open_hub(enum gn_backend_choice backend, const char *name) {
    struct gn_hub_config config = {
        .events = 8192,
        .command_bytes = COMMAND_BYTES,
        .loop = {.backend = backend, .required = true, .recv_size = 4096, .recv_count = 1024,
                 .queue_depth = 1024, .chans_max = PEERS_MAX + 1, .memory_max = 64 << 20},
    };
    struct gn_probe probe;
    int rc = gn_hub_new(&hub, &config, &probe);
    if (rc < 0) printf("%-10s not here: %s: %s\n", name, probe.step, gn_err_name(rc));
    return rc >= 0;
}

static void measure(void) {
    static const int counts[] = {1, 16, PEERS_MAX};
    struct gn_addr addr = listen_on_loopback();
    turn(0);
    print("nothing to tell", turn_figures(false));
    print("woken", turn_figures(true));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char what[32];
        connect_peers(&addr, counts[i]);
        snprintf(what, sizeof what, "echo with %d", counts[i]);
        print(what, echo_figures());
    }
    for (int i = 0; i < peer_count; i++) close(peers[i]);
    peer_count = 0;
}

int main(void) {
    printf("%-10s %-16s %10s %8s %8s   (for one; best of %d)\n", "backend", "what", "ns", "turns",
           "calls", RUNS);
    for (int i = 0; gn_backends[i] != NULL; i++) {
        const char *name = gn_backends[i]->name;
        enum gn_backend_choice choice = strcmp(name, "io_uring") == 0 ? GN_IO_URING
            : strcmp(name, "epoll") == 0 ? GN_EPOLL : GN_KQUEUE;
        if (!open_hub(choice, name)) continue;
        measure();
        must(gn_hub_free(hub));
    }
    return 0;
}

/* Fuzz target: command records against a hub with a few sessions.
 *
 * Each input is one batch of commands for sessions over socketpairs (slots 0 to 3, generation 1),
 * carried out twice with turns between, while the peers send and hang up. Whatever it says, the hub
 * may refuse it, and must neither crash nor lose memory or descriptors. The one thing an input may
 * not choose is which descriptor a file command takes: that would close the fuzzer's own.
 */
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../session/hub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SESSIONS = 4, INPUT_MAX = 4096, FILES_MAX = 32 };

static int files[FILES_MAX], file_count;

/* The same walk as the decoder's: give every file command a descriptor of ours, -1 when there are
 * too many. What the decoder does not take is closed by drop_files. */
static void lend_files(char *bytes, size_t len) {
    size_t at = 0;
    struct gn_command head;
    while (len - at >= sizeof head) {
        memcpy(&head, bytes + at, sizeof head);
        at += sizeof head;
        size_t padded = ((size_t)head.len + 7) & ~(size_t)7;
        if (padded > len - at) return;
        if (head.type == GN_COMMAND_FILE && head.len == sizeof(struct gn_command_file)) {
            int64_t fd = -1;
            if (file_count < FILES_MAX) fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
            if (fd >= 0) files[file_count++] = (int)fd;
            memcpy(bytes + at, &fd, sizeof fd);
        }
        at += padded;
    }
}

static void drop_files(void) {
    while (file_count > 0) close(files[--file_count]); /* most are closed already */
}

static void open_sessions(struct gn_hub *hub, int *peers) {
    const struct gn_stream_options options = {.close_ms = 0, .idle_mode = GN_IDLE_OFF};
    for (int i = 0; i < SESSIONS; i++) {
        int ends[2];
        int rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
        assert(rc == 0);
        struct gn_session *session = gn_session_new(hub);
        assert(session);
        rc = gn_stream_adopt(&hub->loop, &session->stream, ends[0], &options);
        assert(rc == 0);
        peers[i] = ends[1];
    }
}

static void run(struct gn_hub *hub, const uint8_t *data, size_t size) {
    memcpy(hub->commands, data, size);
    lend_files(hub->commands, size);
    gn_hub_turn(hub, (uint32_t)size, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct gn_hub_config config = {
        .loop = {.backend = GN_EPOLL, .required = true, .recv_size = 512, .recv_count = 4,
                 .queue_depth = 8, .chans_max = SESSIONS, .memory_max = 1 << 20},
        .events = 16,
        .command_bytes = INPUT_MAX,
    };
    struct gn_hub *hub;
    struct gn_probe probe;
    int peers[SESSIONS];
    char sink[512];
    if (size > INPUT_MAX) return 0;
    signal(SIGPIPE, SIG_IGN);
    int rc = gn_hub_new(&hub, &config, &probe);
    assert(rc == 0);
    open_sessions(hub, peers);
    run(hub, data, size);
    for (int i = 0; i < SESSIONS; i++) {
        ssize_t n = send(peers[i], sink, sizeof sink, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)n;
        gn_hub_turn(hub, 0, 0);
    }
    close(peers[0]);
    shutdown(peers[1], SHUT_WR);
    run(hub, data, size);
    gn_hub_turn(hub, 0, 0);
    rc = gn_hub_free(hub);
    assert(rc == 0);
    for (int i = 1; i < SESSIONS; i++) close(peers[i]);
    drop_files();
    return 0;
}

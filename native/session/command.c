#include "command.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "hub.h"

static bool is_formed(const struct gn_command *command) {
    switch ((enum gn_command_type)command->type) {
    case GN_COMMAND_SEND: return true;
    case GN_COMMAND_FILE: return command->len == sizeof(struct gn_command_file);
    case GN_COMMAND_HOLD: return command->len == sizeof(struct gn_command_hold);
    case GN_COMMAND_CLOSE:
    case GN_COMMAND_ABORT:
    case GN_COMMAND_SHUT:
    case GN_COMMAND_PAUSE:
    case GN_COMMAND_RESUME:
    case GN_COMMAND_HOLD_END:
    case GN_COMMAND_UNLISTEN:
    case GN_COMMAND_BUSY:
    case GN_COMMAND_FREE:
    case GN_COMMAND_PATIENT:
    case GN_COMMAND_STRICT:
    case GN_COMMAND_LEAVE: return command->len == 0;
    }
    return false;
}

/* The file descriptor of a command that meets no session must not be lost. */
static int run_file(struct gn_loop *loop, struct gn_stream *stream, const char *payload) {
    struct gn_command_file file;
    memcpy(&file, payload, sizeof file);
    if (file.fd < 0 || file.fd > INT_MAX) return GN_EPROTO;
    if (!stream) {
        close((int)file.fd);
        return 0;
    }
    gn_stream_write_file(loop, stream, (int)file.fd, file.offset, file.len);
    return 0;
}

static int run_hold(struct gn_loop *loop, struct gn_stream *stream, const char *payload) {
    struct gn_command_hold hold;
    memcpy(&hold, payload, sizeof hold);
    const struct gn_session *session = gn_container(stream, struct gn_session, stream);
    if (hold.buf >= loop->rbuf.count || hold.len > loop->rbuf.size) return GN_EPROTO;
    if (session->stage != GN_STAGE_RAW) return GN_EPROTO;
    gn_stream_hold(loop, stream, gn_rbuf_at(&loop->rbuf, hold.buf), hold.len);
    return 0;
}

/* What fails in here (a closed stream, no memory) the stream tells by its own end. */
static int run_on_stream(struct gn_loop *loop, struct gn_stream *stream,
                         const struct gn_command *command, const char *payload) {
    switch ((enum gn_command_type)command->type) {
    case GN_COMMAND_SEND: gn_stream_write(loop, stream, payload, command->len); return 0;
    case GN_COMMAND_FILE: return run_file(loop, stream, payload);
    case GN_COMMAND_CLOSE: gn_stream_close(loop, stream); return 0;
    case GN_COMMAND_LEAVE: gn_stream_leave(loop, stream); return 0;
    case GN_COMMAND_ABORT: gn_stream_abort(loop, stream, true); return 0;
    case GN_COMMAND_SHUT: gn_stream_shut(loop, stream); return 0;
    case GN_COMMAND_PAUSE: gn_stream_pause(loop, stream); return 0;
    case GN_COMMAND_RESUME: gn_stream_resume(loop, stream); return 0;
    case GN_COMMAND_HOLD: return run_hold(loop, stream, payload);
    case GN_COMMAND_HOLD_END: gn_stream_hold_end(loop, stream); return 0;
    case GN_COMMAND_BUSY: gn_stream_busy(loop, stream, true); return 0;
    case GN_COMMAND_FREE: gn_stream_busy(loop, stream, false); return 0;
    case GN_COMMAND_PATIENT: gn_stream_patient(stream, true); return 0;
    case GN_COMMAND_STRICT: gn_stream_patient(stream, false); return 0;
    case GN_COMMAND_UNLISTEN: break;
    }
    return GN_EPROTO;
}

static void leave(struct gn_hub *hub, struct gn_acceptor *acceptor) {
    if (acceptor->leaving) {
        gn_stage_proxy_end_silent(hub, acceptor);
    } else {
        gn_acceptor_leave(&hub->loop, acceptor);
    }
}

static int run_on_acceptor(struct gn_hub *hub, struct gn_acceptor *acceptor,
                           const struct gn_command *command) {
    switch (command->type) {
    case GN_COMMAND_UNLISTEN: gn_acceptor_close(&hub->loop, acceptor); return 0;
    case GN_COMMAND_SHUT: gn_acceptor_quiet(acceptor); return 0;
    case GN_COMMAND_LEAVE: leave(hub, acceptor); return 0;
    default: return GN_EPROTO;
    }
}

static int run_one(struct gn_hub *hub, const struct gn_command *command, const char *payload) {
    struct gn_loop *loop = &hub->loop;
    struct gn_chan *chan = gn_loop_find(loop, command->slot, command->gen);
    if (chan && chan->kind == GN_CHAN_ACCEPTOR) {
        if (command->type == GN_COMMAND_FILE) run_file(loop, NULL, payload);
        return run_on_acceptor(hub, gn_container(chan, struct gn_acceptor, chan), command);
    }
    if (!chan) {
        if (command->type != GN_COMMAND_FILE) return 0;
        return run_file(loop, NULL, payload);
    }
    return run_on_stream(loop, gn_container(chan, struct gn_stream, chan), command, payload);
}

int gn_command_run(struct gn_hub *hub, const char *data, size_t len) {
    size_t at = 0;
    while (at < len) {
        struct gn_command command;
        if (len - at < sizeof command) return GN_EPROTO;
        memcpy(&command, data + at, sizeof command);
        at += sizeof command;
        size_t padded = ((size_t)command.len + 7) & ~(size_t)7;
        if (padded > len - at || !is_formed(&command)) return GN_EPROTO;
        int rc = run_one(hub, &command, data + at);
        if (rc < 0) return rc;
        at += padded;
    }
    return 0;
}

/* The records Java writes for a turn.
 *
 * Commands lie one behind the other in memory that both sides map: a 16-byte header, then `len`
 * bytes of payload, then padding to a multiple of 8. They are carried out in order at the start of
 * the next turn. Commands for a session that is gone are skipped: Java cannot know yet. Records
 * that do not have the agreed form are refused, never guessed at. CommandWriter.java knows these
 * offsets.
 */
#ifndef GN_SESSION_COMMAND_H
#define GN_SESSION_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct gn_hub;

enum gn_command_type {
    GN_COMMAND_SEND = 1,  /* payload: the bytes */
    GN_COMMAND_FILE = 2,  /* payload: struct gn_command_file */
    GN_COMMAND_CLOSE = 3, /* after what is queued */
    GN_COMMAND_ABORT = 4,
    GN_COMMAND_SHUT = 5, /* of an acceptor: let no new connection begin */
    GN_COMMAND_PAUSE = 6,
    GN_COMMAND_RESUME = 7,
    GN_COMMAND_HOLD = 8, /* of a raw session; payload: struct gn_command_hold */
    GN_COMMAND_HOLD_END = 9,
    GN_COMMAND_UNLISTEN = 10, /* of an acceptor */
    GN_COMMAND_BUSY = 11,     /* this side owes an answer, so the peer's silence is in order */
    GN_COMMAND_FREE = 12,     /* and not any more */
    GN_COMMAND_LEAVE = 13,    /* as CLOSE, and hurry: the owner stops; of an acceptor too,
                               * whom it tells a second time to await no silent ones */
    GN_COMMAND_PATIENT = 14,  /* what is owed is taken piece by piece: any byte is progress */
    GN_COMMAND_STRICT = 15,   /* and not any more */
};

struct gn_command {
    uint32_t slot, gen;
    uint32_t type; /* enum gn_command_type */
    uint32_t len;
};

struct gn_command_file {
    int64_t fd; /* taken */
    uint64_t offset, len;
};

struct gn_command_hold {
    uint32_t buf, len; /* the first `len` bytes of a receive buffer told in the turn before */
};

_Static_assert(sizeof(struct gn_command) == 16, "as CommandWriter writes it");
_Static_assert(sizeof(struct gn_command_file) == 24, "as CommandWriter writes it");
_Static_assert(sizeof(struct gn_command_hold) == 8, "as CommandWriter writes it");

/* Carry out the commands in `data`.
 * Owns:   borrows `data`; takes the descriptors of file commands.
 * Thread: the loop's, before the turn that recycles the receive buffers.
 * Fails:  GN_EPROTO at the first malformed record; those before it were carried out. */
int gn_command_run(struct gn_hub *hub, const char *data, size_t len);

#endif

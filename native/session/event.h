/* The records a turn writes for Java.
 *
 * A batch is an array of fixed 32-byte records in memory that both sides map; C fills it during a
 * turn, Java reads it after. Nothing else crosses upwards. EventReader.java knows these offsets.
 */
#ifndef GN_SESSION_EVENT_H
#define GN_SESSION_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../io/sock.h"

enum gn_event_type {
    GN_EVENT_NONE = 0,      /* behind the last record of a batch */
    GN_EVENT_OPEN = 1,      /* id: the acceptor's slot; two GN_EVENT_ADDRESS records follow */
    GN_EVENT_CONNECTED = 2, /* two GN_EVENT_ADDRESS records follow */
    GN_EVENT_ADDRESS = 3,   /* overlays the record: local first, then remote */
    GN_EVENT_RECV = 4,      /* id: receive buffer, len: bytes in it */
    GN_EVENT_END = 5,       /* the peer sends no more */
    GN_EVENT_SENT = 6,      /* value: bytes the kernel took; flag: the queue is empty */
    GN_EVENT_CLOSED = 7,    /* code: 0 or why */
    GN_EVENT_ACCEPT = 8,    /* of an acceptor; code: why it pauses, 0: goes on; flag: it ended */
};

struct gn_event {
    uint32_t slot, gen;
    uint8_t type; /* enum gn_event_type */
    uint8_t flag;
    uint16_t zero;
    int32_t code;
    uint32_t id;
    uint32_t len;
    uint64_t value;
};

_Static_assert(sizeof(struct gn_event) == 32, "Java steps by 32 bytes");
_Static_assert(offsetof(struct gn_event, type) == 8, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, flag) == 9, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, code) == 12, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, id) == 16, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, len) == 20, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, value) == 24, "as EventReader reads it");

enum { GN_EVENT_RECORDS_MAX = 3 }; /* that one gn_event_put... call may write */

struct gn_batch {
    struct gn_event *events;
    uint32_t count, cap;
};

/* Whether one more event, with its address records, fits. */
static inline bool gn_batch_room(const struct gn_batch *batch, uint32_t events) {
    return batch->cap - batch->count >= events * GN_EVENT_RECORDS_MAX;
}

/* Append a zeroed record; the caller made sure of room.
 * Owns:   the record is the batch's; the pointer holds until the next turn.
 * Thread: the loop's.
 * Fails:  never; asserts room. */
struct gn_event *gn_batch_put(struct gn_batch *batch, enum gn_event_type type, uint32_t slot,
                              uint32_t gen);

/* Append the first 24 bytes of an address as a record: family 0 when it is unknown. */
void gn_batch_put_addr(struct gn_batch *batch, const struct gn_addr *addr);

#endif

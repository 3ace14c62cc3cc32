/* The records a turn writes for Java.
 *
 * A batch is an array of fixed 32-byte records in memory that both sides map; C fills it during a
 * turn, Java reads it after. Nothing else crosses upwards. EventReader.java knows these offsets.
 */
#ifndef GN_SESSION_EVENT_H
#define GN_SESSION_EVENT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../io/sock.h"

enum gn_event_type {
    GN_EVENT_NONE = 0,      /* behind the last record of a batch */
    GN_EVENT_OPEN = 1,      /* id: the acceptor's slot; two GN_EVENT_ADDRESS records follow, or
                             * three with a flag, see stage_proxy.h */
    GN_EVENT_CONNECTED = 2, /* two GN_EVENT_ADDRESS records follow */
    GN_EVENT_ADDRESS = 3,   /* overlays the record: local first, then remote */
    GN_EVENT_RECV = 4,      /* id: receive buffer, len: bytes in it */
    GN_EVENT_END = 5,       /* the peer sends no more */
    GN_EVENT_SENT = 6,      /* value: bytes the kernel took; flag: the queue is empty */
    GN_EVENT_CLOSED = 7,    /* code: 0 or why; value: bytes sent, id and len: the low and the high
                             * half of how many were received */
    GN_EVENT_ACCEPT = 8,    /* of an acceptor; code: why it pauses, 0: goes on; flag: it ended */
    /* Of HTTP sessions, see stage_http.h; where both say so, flag: the message ends here. */
    GN_EVENT_REQUEST = 9,  /* id: receive buffer, len: of the head, count: fields, value: where the
                            * head lies, and above 32 bits how much body behind it; flag; a
                            * struct gn_http_record and the fields follow */
    GN_EVENT_BODY = 10,    /* id: receive buffer, len: bytes, count: trailers, value: where the
                            * bytes lie, and above 32 bits where trailers count from; flag; the
                            * trailers follow */
    GN_EVENT_BAD = 11,     /* code: the status that answers it, id: enum gn_http_reason; flag */
    GN_EVENT_OVERDUE = 12, /* flag */
    GN_EVENT_REFUSED = 13, /* of an acceptor, that a connection was; code: why; a
                            * GN_EVENT_ADDRESS record follows */
};

struct gn_event {
    uint32_t slot, gen;
    uint8_t type; /* enum gn_event_type */
    uint8_t flag;
    uint16_t count; /* items in the records that follow */
    int32_t code;
    uint32_t id;
    uint32_t len;
    uint64_t value;
};

_Static_assert(sizeof(struct gn_event) == 32, "Java steps by 32 bytes");
_Static_assert(offsetof(struct gn_event, type) == 8, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, flag) == 9, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, count) == 10, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, code) == 12, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, id) == 16, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, len) == 20, "as EventReader reads it");
_Static_assert(offsetof(struct gn_event, value) == 24, "as EventReader reads it");

enum { GN_EVENT_RECORDS_MAX = 3 }; /* that one gn_event_put... call may write */

struct gn_batch {
    struct gn_event *events;
    uint32_t count, cap;
};

/* Whether so many events fit, each with its address records. */
static inline bool gn_batch_room(const struct gn_batch *batch, uint32_t events) {
    return batch->cap - batch->count >= events * GN_EVENT_RECORDS_MAX;
}

/* Append a zeroed record; the caller made sure of room.
 * Owns:   the record is the batch's; the pointer holds until the next turn.
 * Thread: the loop's.
 * Fails:  never; asserts room. */
struct gn_event *gn_batch_put(struct gn_batch *batch, enum gn_event_type type, uint32_t slot,
                              uint32_t gen);

/* Append records that continue the last event, of whatever layout its type has; they are not
 * zeroed. The rest is as for gn_batch_put. */
static inline void *gn_batch_extend(struct gn_batch *batch, uint32_t records) {
    assert(batch->cap - batch->count >= records);
    void *at = batch->events + batch->count;
    batch->count += records;
    return at;
}

/* Append the first 24 bytes of an address as a record: family 0 when it is unknown. */
void gn_batch_put_addr(struct gn_batch *batch, const struct gn_addr *addr);

#endif

#include "event.h"

#include <assert.h>
#include <string.h>

struct gn_event *gn_batch_put(struct gn_batch *batch, enum gn_event_type type, uint32_t slot,
                              uint32_t gen) {
    assert(batch->count < batch->cap);
    struct gn_event *event = &batch->events[batch->count++];
    *event = (struct gn_event){.slot = slot, .gen = gen, .type = (uint8_t)type};
    return event;
}

void gn_batch_put_addr(struct gn_batch *batch, const struct gn_addr *addr) {
    struct gn_event *event = gn_batch_put(batch, GN_EVENT_ADDRESS, 0, 0);
    /* The type byte would lie inside the address: order tells what this record is. */
    memcpy(event, addr, offsetof(struct gn_addr, path));
}

#include "rbuf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

static uint16_t *indices_new(uint32_t count) { return malloc(count * sizeof(uint16_t)); }

int gn_rbuf_init(struct gn_rbuf *rbuf, void *memory, uint32_t size, uint32_t count) {
    assert(count > 0 && count <= 32768);
    assert(size > 0 && size <= 1u << 24);
    *rbuf = (struct gn_rbuf){.size = size, .count = count, .stride = size + GN_RBUF_STAGGER};
    rbuf->bytes = (size_t)rbuf->stride * count;
    rbuf->base = memory;
    if (!memory) {
        memory = mmap(NULL, rbuf->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
        if (memory == MAP_FAILED) return -ENOMEM;
        rbuf->base = memory;
        rbuf->owned = true;
    }
    rbuf->lent = indices_new(count);
    rbuf->free = indices_new(count);
    if (!rbuf->lent || !rbuf->free) {
        gn_rbuf_fini(rbuf);
        return -ENOMEM;
    }
    while (rbuf->free_count < count) {
        rbuf->free[rbuf->free_count] = (uint16_t)(count - 1 - rbuf->free_count);
        rbuf->free_count++;
    }
    return 0;
}

void gn_rbuf_fini(struct gn_rbuf *rbuf) {
    if (rbuf->owned) munmap(rbuf->base, rbuf->bytes);
    free(rbuf->lent);
    free(rbuf->free);
    *rbuf = (struct gn_rbuf){0};
}

int gn_rbuf_take(struct gn_rbuf *rbuf) {
    if (rbuf->free_count == 0) return -1;
    return rbuf->free[--rbuf->free_count];
}

void gn_rbuf_give(struct gn_rbuf *rbuf, uint32_t index) {
    assert(rbuf->free_count < rbuf->count);
    rbuf->free[rbuf->free_count++] = (uint16_t)index;
}

void gn_rbuf_lend(struct gn_rbuf *rbuf, uint32_t index) {
    assert(rbuf->lent_count < rbuf->count);
    rbuf->lent[rbuf->lent_count++] = (uint16_t)index;
}

void gn_rbuf_recycle(struct gn_rbuf *rbuf) {
    while (rbuf->lent_count > 0) gn_rbuf_give(rbuf, rbuf->lent[--rbuf->lent_count]);
}

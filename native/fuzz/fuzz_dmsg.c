/* The scatter buffer against a plain array.
 *
 * The input is a program: one byte chooses a tight or an ample budget, then each operation is three
 * bytes, what to do and a size. After every operation the message must hold what the model holds,
 * and at the end every byte must be back. Both are bounded: MODEL_MAX bytes, OPS_MAX operations.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/dmsg.h"
#include "../base/err.h"

enum {
    MODEL_MAX = 600 * 1000,
    OPS_MAX = 400,
    IOV_MAX_HERE = 64,
    HEADER = sizeof(struct gn_block),
    ROOM_MAX = GN_BLOCK_MAX - HEADER,
    KEPT_MAX = 16, /* free blocks of each single-item class that may be kept */
    SHARED_CLASSES = 7,
};

struct world {
    struct gn_budget budget;
    struct gn_blocks blocks;
    struct gn_dmsg msg;
    size_t start, len; /* the model is model[start..start + len) */
    uint32_t next;     /* of the byte sequence that is appended */
    bool tight;
};

static char model[2 * MODEL_MAX];
static char scratch[MODEL_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(condition) \
    do { \
        if (!(condition)) abort(); \
    } while (0)

/* Half of the sizes are free, the other half lies around the room of a block class, a block size,
 * the length of the message or what its head block holds. */
static size_t size_of(const struct world *world, uint8_t kind, uint8_t low) {
    size_t near = (size_t)(low % 5);
    uint32_t size_class = low / 5 % (GN_BLOCK_CLASSES + 2);
    size_t sum;
    switch (kind % 8) {
    case 0: sum = low; break;
    case 1: sum = (size_t)low * 13; break;
    case 2: sum = (size_t)low * 257; break;
    case 3: sum = (size_t)low * 700; break;
    case 4: sum = ((size_t)GN_BLOCK_MIN << size_class) - HEADER + near; break;
    case 5: sum = ((size_t)GN_BLOCK_MIN << size_class) + near; break;
    case 6: sum = world->len + near; break;
    default:
        sum = near;
        if (world->msg.head != NULL) sum += world->msg.head->end - world->msg.head->start;
        break;
    }
    return kind % 8 >= 4 && sum >= 2 ? sum - 2 : sum;
}

static void append(struct world *world, size_t len) {
    if (len > MODEL_MAX - world->len) len = MODEL_MAX - world->len;
    if (world->start + world->len + len > sizeof(model)) {
        memmove(model, model + world->start, world->len);
        world->start = 0;
    }
    char *at = model + world->start + world->len;
    for (size_t i = 0; i < len; i++) at[i] = (char)((world->next + i) % 251);
    int rc = gn_dmsg_append(&world->msg, &world->blocks, at, len);
    check(rc == 0 || rc == GN_EMEMORY);
    check(rc == 0 || world->tight);
    if (rc < 0) return;
    world->len += len;
    world->next += (uint32_t)len;
}

static void peek(struct world *world, size_t offset, size_t len) {
    if (len > sizeof(scratch)) len = sizeof(scratch);
    size_t there = offset < world->len ? world->len - offset : 0;
    size_t expected = len < there ? len : there;
    check(gn_dmsg_peek(&world->msg, offset, scratch, len) == expected);
    check(memcmp(scratch, model + world->start + offset, expected) == 0);
}

static void consume(struct world *world, size_t len) {
    if (len > world->len) len = world->len;
    gn_dmsg_consume(&world->msg, &world->blocks, len);
    world->start += len;
    world->len -= len;
}

static void show(struct world *world, size_t max, int cap) {
    struct iovec iov[IOV_MAX_HERE];
    int count = gn_dmsg_iov(&world->msg, max, iov, cap);
    check(count >= 0 && count <= cap);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        check(iov[i].iov_len > 0);
        check(memcmp(iov[i].iov_base, model + world->start + at, iov[i].iov_len) == 0);
        at += iov[i].iov_len;
    }
    size_t most = max < world->len ? max : world->len;
    check(at <= most);
    check(at == most || count == cap);
}

static void pull_up(struct world *world, size_t len) {
    const char *at = gn_dmsg_pull_up(&world->msg, &world->blocks, len);
    if (len > world->len || len > ROOM_MAX) {
        check(at == NULL);
    } else if (at == NULL) {
        check(world->tight);
    } else {
        check(memcmp(at, model + world->start, len) == 0);
    }
}

static void compare(struct world *world) {
    const struct gn_dmsg *msg = &world->msg;
    uint32_t live = 0, found = 0;
    check(msg->len == world->len);
    check((msg->head == NULL) == (world->len == 0));
    check((msg->tail == NULL) == (world->len == 0));
    size_t at = 0;
    for (struct gn_block *block = msg->head; block != NULL; block = block->next) {
        size_t here = block->end - block->start;
        check(block->start < block->end && block->end <= block->cap);
        check(block->next != NULL || block == msg->tail);
        check(memcmp(block->data + block->start, model + world->start + at, here) == 0);
        at += here;
        found++;
    }
    check(at == world->len);
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) live += world->blocks.pools[i].live;
    check(live == found);
    check(world->budget.used <= world->budget.limit);
}

/* What an idle set of pools may hold: its shared chunks and a few blocks of the larger classes. */
static void compare_idle(struct world *world) {
    size_t charged = 0;
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) {
        const struct gn_pool *pool = &world->blocks.pools[i];
        check(pool->live == 0);
        check((pool->chunk_items == 1) == (i >= SHARED_CLASSES));
        if (pool->chunk_items == 1) {
            check(pool->free_count <= KEPT_MAX);
            charged += pool->free_count * pool->item_size;
        } else {
            check(pool->free_count % pool->chunk_items == 0);
            charged += pool->free_count / pool->chunk_items * pool->chunk_size;
        }
    }
    check(world->budget.used == charged);
}

static void run(struct world *world, const uint8_t *data, size_t size) {
    for (size_t i = 0; i + 3 <= size && i < 3 * OPS_MAX; i += 3) {
        size_t len = size_of(world, data[i] >> 4, data[i + 1]);
        switch (data[i] % 8) {
        case 0:
        case 1: append(world, len); break;
        case 2: consume(world, len); break;
        case 3: peek(world, size_of(world, data[i] >> 4, data[i + 2]), len); break;
        case 4: show(world, len, data[i + 2] % (IOV_MAX_HERE + 1)); break;
        case 5: pull_up(world, len); break;
        case 6: append(world, data[i + 1]); break;
        default:
            gn_dmsg_clear(&world->msg, &world->blocks);
            world->start += world->len;
            world->len = 0;
            compare_idle(world);
            break;
        }
        compare(world);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    struct world world = {.tight = data[0] % 2 == 1};
    world.budget.limit = world.tight ? (size_t)(data[0] / 2) * 7001 : (size_t)64 << 20;
    gn_blocks_init(&world.blocks, &world.budget);
    gn_dmsg_init(&world.msg);
    run(&world, data + 1, size - 1);
    gn_dmsg_clear(&world.msg, &world.blocks);
    compare_idle(&world);
    gn_blocks_fini(&world.blocks);
    check(world.budget.used == 0);
    return 0;
}

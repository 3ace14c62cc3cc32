/* Scatter buffer: see dmsg.h.
 *
 * What holds between calls: a message without bytes has no blocks, and every block of a message
 * holds at least one byte. So `head == NULL` means empty, and only the tail can have room that an
 * append may use.
 */
#include "dmsg.h"

#include <assert.h>
#include <string.h>

#include "err.h"

enum {
    CLASS_LAST = GN_BLOCK_CLASSES - 1,
    BLOCK_SHARED_MAX = 4 * 1024, /* blocks up to this size are cut from chunks of several */
    CHUNK_SIZE = 64 * 1024,
    KEEP_LARGE = 16, /* free blocks kept of each larger size: 1.9 MiB in all */
};

#define ROOM_MAX (GN_BLOCK_MAX - sizeof(struct gn_block))

_Static_assert(sizeof(struct gn_block) == 24, "the smallest block has room for 40 bytes");
_Static_assert(GN_BLOCK_MIN << CLASS_LAST == GN_BLOCK_MAX, "classes double");

static int append_blocks(struct gn_dmsg *msg, struct gn_blocks *blocks, const char *data,
                         size_t len);
static void *take_kept(struct gn_blocks *blocks, uint32_t size_class);
static struct gn_block *take_chain(struct gn_blocks *blocks, uint32_t size_class, size_t len);
static void gather(struct gn_dmsg *msg, struct gn_blocks *blocks, struct gn_block *into,
                   size_t len);

/* The smallest class whose blocks have room for `len` bytes, the largest when none has. */
static inline uint32_t class_for(size_t len) {
    if (len > ROOM_MAX) return CLASS_LAST;
    uint32_t last = (uint32_t)(len + sizeof(struct gn_block) - 1);
    return 31u - (uint32_t)__builtin_clz(last / (GN_BLOCK_MIN / 2) | 1u);
}

static inline uint32_t block_len(const struct gn_block *block) { return block->end - block->start; }

static inline struct gn_block *block_take(struct gn_blocks *blocks, uint32_t size_class) {
    struct gn_block *block = gn_pool_take(&blocks->pools[size_class]);
    if (block == NULL) block = take_kept(blocks, size_class);
    if (block == NULL) return NULL;
    block->next = NULL;
    block->start = block->end = 0;
    block->cap = (uint32_t)(((size_t)GN_BLOCK_MIN << size_class) - sizeof(*block));
    block->size_class = size_class;
    return block;
}

static inline void block_give(struct gn_blocks *blocks, struct gn_block *block) {
    gn_pool_give(&blocks->pools[block->size_class], block);
}

static inline void block_fill(struct gn_block *block, const void *data, size_t len) {
    if (data != NULL) memcpy(block->data + block->end, data, len);
    block->end += (uint32_t)len;
}

void gn_blocks_init(struct gn_blocks *blocks, struct gn_budget *budget) {
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) {
        uint32_t size = (uint32_t)GN_BLOCK_MIN << i;
        uint32_t chunk_items = size <= BLOCK_SHARED_MAX ? CHUNK_SIZE / size : 1;
        gn_pool_init(&blocks->pools[i], budget, size, chunk_items, KEEP_LARGE);
    }
}

void gn_blocks_fini(struct gn_blocks *blocks) {
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) gn_pool_fini(&blocks->pools[i]);
}

void gn_blocks_leave(struct gn_blocks *blocks, size_t bytes) {
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) blocks->pools[i].leave = bytes;
}

void gn_blocks_trim(struct gn_blocks *blocks) {
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) gn_pool_trim(&blocks->pools[i]);
}

int gn_dmsg_append(struct gn_dmsg *msg, struct gn_blocks *blocks, const void *data, size_t len) {
    struct gn_block *tail = msg->tail;
    if (len == 0) return 0;
    if (tail == NULL && len <= ROOM_MAX) {
        tail = block_take(blocks, class_for(len));
        if (tail == NULL) return GN_EMEMORY;
        msg->head = msg->tail = tail;
    }
    if (tail == NULL || len > tail->cap - tail->end) return append_blocks(msg, blocks, data, len);
    block_fill(tail, data, len);
    msg->len += len;
    return 0;
}

size_t gn_dmsg_peek(const struct gn_dmsg *msg, size_t offset, void *dst, size_t len) {
    size_t done = 0;
    for (const struct gn_block *block = msg->head; block != NULL && done < len;
         block = block->next) {
        size_t here = block_len(block);
        if (offset >= here) {
            offset -= here;
            continue;
        }
        size_t part = here - offset < len - done ? here - offset : len - done;
        memcpy((char *)dst + done, block->data + block->start + offset, part);
        done += part;
        offset = 0;
    }
    return done;
}

void gn_dmsg_consume(struct gn_dmsg *msg, struct gn_blocks *blocks, size_t len) {
    assert(len <= msg->len);
    msg->len -= len;
    while (len > 0) {
        struct gn_block *head = msg->head;
        size_t here = block_len(head);
        if (len < here) {
            head->start += (uint32_t)len;
            return;
        }
        len -= here;
        msg->head = head->next;
        block_give(blocks, head);
    }
    if (msg->head == NULL) msg->tail = NULL;
}

void gn_dmsg_clear(struct gn_dmsg *msg, struct gn_blocks *blocks) {
    gn_dmsg_consume(msg, blocks, msg->len);
}

int gn_dmsg_iov(const struct gn_dmsg *msg, size_t max, struct iovec *iov, int cap) {
    int count = 0;
    for (struct gn_block *block = msg->head; block != NULL && max > 0 && count < cap;
         block = block->next) {
        size_t here = block_len(block);
        if (here > max) here = max;
        iov[count].iov_base = block->data + block->start;
        iov[count].iov_len = here;
        max -= here;
        count++;
    }
    return count;
}

int gn_dmsg_tail(const struct gn_dmsg *msg, size_t len, struct iovec *iov, int cap) {
    size_t skip = msg->len - len;
    int count = 0;
    for (struct gn_block *block = msg->head; block != NULL && count < cap; block = block->next) {
        size_t here = block_len(block);
        if (skip >= here) {
            skip -= here;
            continue;
        }
        iov[count].iov_base = block->data + block->start + skip;
        iov[count].iov_len = here - skip;
        skip = 0;
        count++;
    }
    return count;
}

const char *gn_dmsg_pull_up(struct gn_dmsg *msg, struct gn_blocks *blocks, size_t len) {
    if (len > msg->len || len > ROOM_MAX) return NULL;
    struct gn_block *head = msg->head;
    if (head == NULL) return "";
    if (len > block_len(head)) {
        if (len > head->cap) {
            struct gn_block *larger = block_take(blocks, class_for(len));
            if (larger == NULL) return NULL;
            larger->next = head;
            msg->head = head = larger;
        } else if (len > head->cap - head->start) {
            memmove(head->data, head->data + head->start, block_len(head));
            head->end -= head->start;
            head->start = 0;
        }
        gather(msg, blocks, head, len);
    }
    return head->data + head->start;
}

/* Append what does not fit the tail: fill its room and put the rest into new blocks. */
static int append_blocks(struct gn_dmsg *msg, struct gn_blocks *blocks, const char *data,
                         size_t len) {
    struct gn_block *tail = msg->tail;
    size_t room = tail == NULL ? 0 : tail->cap - tail->end;
    uint32_t size_class = class_for(len - room);
    if (tail != NULL && size_class <= tail->size_class) size_class = tail->size_class + 1;
    struct gn_block *chain = take_chain(blocks, size_class, len - room);
    if (chain == NULL) return GN_EMEMORY;

    msg->len += len;
    if (tail == NULL) {
        msg->head = chain;
    } else {
        block_fill(tail, data, room);
        tail->next = chain;
    }
    if (data != NULL) data += room;
    len -= room;
    for (struct gn_block *block = chain; block != NULL; block = block->next) {
        size_t part = len < block->cap ? len : block->cap;
        block_fill(block, data, part);
        if (data != NULL) data += part;
        len -= part;
        msg->tail = block;
    }
    assert(len == 0);
    return 0;
}

/* Blocks kept for reuse must not use up the budget: without this, sixteen idle blocks of 64 KiB
 * would refuse every append under a limit of 1 MiB. */
static void *take_kept(struct gn_blocks *blocks, uint32_t size_class) {
    gn_blocks_trim(blocks);
    return gn_pool_take(&blocks->pools[size_class]);
}

/* Empty blocks with room for `len` bytes, each double the one before; NULL when not all can be had.
 * The budget bounds how many. */
static struct gn_block *take_chain(struct gn_blocks *blocks, uint32_t size_class, size_t len) {
    struct gn_block *chain = NULL;
    struct gn_block **end = &chain;
    while (len > 0) {
        struct gn_block *block =
            block_take(blocks, size_class < CLASS_LAST ? size_class : CLASS_LAST);
        if (block == NULL) goto give_chain;
        *end = block;
        end = &block->next;
        len -= len < block->cap ? len : block->cap;
        size_class++;
    }
    return chain;
give_chain:
    while (chain != NULL) {
        struct gn_block *next = chain->next;
        block_give(blocks, chain);
        chain = next;
    }
    return NULL;
}

/* Move bytes from the blocks behind the head `into` it until it holds `len`, which it has room for
 * and the message has; at most one turn for each block. */
static void gather(struct gn_dmsg *msg, struct gn_blocks *blocks, struct gn_block *into,
                   size_t len) {
    while (block_len(into) < len) {
        struct gn_block *from = into->next;
        size_t need = len - block_len(into);
        size_t part = need < block_len(from) ? need : block_len(from);
        block_fill(into, from->data + from->start, part);
        from->start += (uint32_t)part;
        if (block_len(from) > 0) continue;
        into->next = from->next;
        if (from == msg->tail) msg->tail = into;
        block_give(blocks, from);
    }
}

/* The scatter buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/dmsg.h"
#include "../base/err.h"

enum {
    HEADER = sizeof(struct gn_block),
    ROOM_MIN = GN_BLOCK_MIN - HEADER,
    ROOM_MAX = GN_BLOCK_MAX - HEADER,
    PATTERN_LEN = 400 * 1000,
};

static struct gn_budget budget;
static struct gn_blocks blocks;
static struct gn_dmsg msg;
static char pattern[PATTERN_LEN]; /* its period is prime: a shift never looks right */
static char seen[PATTERN_LEN];

static int set_up(void **state) {
    (void)state;
    for (int i = 0; i < PATTERN_LEN; i++) pattern[i] = (char)(i % 251);
    budget = (struct gn_budget){.used = 0, .limit = 16 << 20};
    gn_blocks_init(&blocks, &budget);
    gn_dmsg_init(&msg);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    gn_dmsg_clear(&msg, &blocks);
    gn_blocks_fini(&blocks);
    assert_int_equal(budget.used, 0);
    return 0;
}

static uint32_t blocks_live(void) {
    uint32_t live = 0;
    for (int i = 0; i < GN_BLOCK_CLASSES; i++) live += blocks.pools[i].live;
    return live;
}

static int append(size_t from, size_t len) {
    return gn_dmsg_append(&msg, &blocks, pattern + from, len);
}

/* The message is pattern[from..from + len), seen by peek and by iov, and its blocks are as the
 * header says. */
static void holds(size_t from, size_t len) {
    struct iovec iov[64];
    assert_int_equal(msg.len, len);
    assert_int_equal(gn_dmsg_peek(&msg, 0, seen, PATTERN_LEN), len);
    assert_memory_equal(seen, pattern + from, len);
    int count = gn_dmsg_iov(&msg, SIZE_MAX, iov, 64);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        assert_true(iov[i].iov_len > 0);
        assert_memory_equal(iov[i].iov_base, pattern + from + at, iov[i].iov_len);
        at += iov[i].iov_len;
    }
    assert_int_equal(at, len);
    assert_int_equal(blocks_live(), count);
    assert_int_equal(msg.head == NULL, len == 0);
    assert_int_equal(msg.tail == NULL, len == 0);
    if (len > 0) assert_null(msg.tail->next);
}

static void an_empty_message_holds_no_memory(void **state) {
    (void)state;
    holds(0, 0);
    assert_int_equal(budget.used, 0);
    assert_int_equal(append(0, 0), 0);
    holds(0, 0);
    assert_int_equal(budget.used, 0);
}

static void appended_bytes_come_out_in_order(void **state) {
    (void)state;
    size_t at = 0;
    for (size_t len = 1; len < 800; len++) {
        assert_int_equal(append(at, len), 0);
        at += len;
    }
    holds(0, at);
    gn_dmsg_consume(&msg, &blocks, 12345);
    holds(12345, at - 12345);
}

static void the_first_block_is_the_smallest_that_fits(void **state) {
    (void)state;
    for (uint32_t i = 0; i < GN_BLOCK_CLASSES; i++) {
        size_t room = ((size_t)GN_BLOCK_MIN << i) - HEADER;
        append(0, room);
        assert_int_equal(msg.head->size_class, i);
        assert_int_equal(msg.head->cap, room);
        holds(0, room);
        gn_dmsg_clear(&msg, &blocks);
        if (i + 1 == GN_BLOCK_CLASSES) break;
        append(0, room + 1);
        assert_int_equal(msg.head->size_class, i + 1);
        holds(0, room + 1);
        gn_dmsg_clear(&msg, &blocks);
    }
    append(0, 1);
    assert_int_equal(msg.head->size_class, 0);
}

static void further_blocks_double_up_to_the_largest(void **state) {
    (void)state;
    append(0, 1);
    for (size_t at = 1; at < 300000; at += 10) append(at, 10);
    uint32_t expected = 0;
    for (struct gn_block *block = msg.head; block != NULL; block = block->next) {
        assert_int_equal(block->size_class, expected);
        if (block->next != NULL) assert_int_equal(block->end, block->cap);
        if (expected < GN_BLOCK_CLASSES - 1) expected++;
    }
    assert_int_equal(expected, GN_BLOCK_CLASSES - 1);
}

static void room_is_appended_and_shown_at_the_tail(void **state) {
    (void)state;
    for (size_t before = 0; before < 200000; before = before * 3 + 1) {
        for (size_t len = 1; len <= GN_BLOCK_MAX; len += before % 2 ? 4093 : 65535) {
            struct iovec iov[GN_DMSG_TAIL_IOV];
            size_t at = before;
            append(0, before);
            assert_int_equal(gn_dmsg_append(&msg, &blocks, NULL, len), 0);
            int count = gn_dmsg_tail(&msg, len, iov, GN_DMSG_TAIL_IOV);
            for (int i = 0; i < count; i++) {
                memcpy(iov[i].iov_base, pattern + at, iov[i].iov_len);
                at += iov[i].iov_len;
            }
            assert_int_equal(at, before + len);
            holds(0, before + len);
            gn_dmsg_clear(&msg, &blocks);
        }
    }
}

static void a_large_append_to_a_small_block_takes_one_block_more(void **state) {
    (void)state;
    append(0, 1);
    append(1, 20000);
    assert_int_equal(msg.head->size_class, 0);
    assert_int_equal(msg.head->end, msg.head->cap);
    assert_ptr_equal(msg.head->next, msg.tail);
    assert_int_equal(msg.tail->size_class, 9); /* 32 KiB */
    holds(0, 20001);
}

static void an_append_fills_the_room_of_the_tail_first(void **state) {
    (void)state;
    append(0, 30);
    struct gn_block *first = msg.head;
    append(30, ROOM_MIN - 30);
    assert_ptr_equal(msg.tail, first);
    append(ROOM_MIN, 1);
    assert_ptr_not_equal(msg.tail, first);
    gn_dmsg_clear(&msg, &blocks);
    append(0, 30);
    append(30, 100);
    assert_int_equal(msg.head->end, ROOM_MIN);
    assert_int_equal(msg.tail->end, 130 - ROOM_MIN);
    holds(0, 130);
}

static void a_large_append_takes_several_blocks(void **state) {
    (void)state;
    append(0, 2 * ROOM_MAX);
    assert_int_equal(blocks_live(), 2);
    holds(0, 2 * ROOM_MAX);
    append(2 * ROOM_MAX, 1);
    assert_int_equal(blocks_live(), 3);
    holds(0, 2 * ROOM_MAX + 1);
}

static void bytes_do_not_move_while_more_are_appended(void **state) {
    (void)state;
    struct iovec before, after;
    append(0, 100);
    gn_dmsg_consume(&msg, &blocks, 10);
    gn_dmsg_iov(&msg, SIZE_MAX, &before, 1);
    for (size_t at = 100; at < 50000; at += 100) append(at, 100);
    gn_dmsg_iov(&msg, before.iov_len, &after, 1);
    assert_ptr_equal(before.iov_base, after.iov_base);
    assert_memory_equal(before.iov_base, pattern + 10, 90);
}

static void an_append_beyond_the_budget_leaves_the_message_as_it_was(void **state) {
    (void)state;
    budget.limit = 500 * 1000;
    assert_int_equal(append(0, 100), 0);
    struct gn_block *tail = msg.tail;
    uint32_t end = tail->end;
    assert_int_equal(append(100, PATTERN_LEN - 100), GN_EMEMORY);
    assert_ptr_equal(msg.tail, tail);
    assert_int_equal(tail->end, end);
    holds(0, 100);
    assert_int_equal(append(100, 1000), 0);
    holds(0, 1100);
}

static void the_first_append_beyond_the_budget_leaves_the_message_empty(void **state) {
    (void)state;
    budget.limit = 1000;
    assert_int_equal(append(0, 1), GN_EMEMORY);
    assert_int_equal(append(0, ROOM_MAX), GN_EMEMORY);
    assert_int_equal(append(0, 2 * ROOM_MAX), GN_EMEMORY);
    holds(0, 0);
    assert_int_equal(budget.used, 0);
}

static void a_consumed_message_gives_every_block_back(void **state) {
    (void)state;
    append(0, 200000);
    for (size_t left = 200000; left > 0; left -= 1000) {
        holds(200000 - left, left);
        gn_dmsg_consume(&msg, &blocks, 1000);
    }
    holds(0, 0);
}

static void a_block_returns_with_its_last_byte(void **state) {
    (void)state;
    append(0, ROOM_MIN);
    append(ROOM_MIN, 10);
    gn_dmsg_consume(&msg, &blocks, ROOM_MIN - 1);
    assert_int_equal(blocks_live(), 2);
    gn_dmsg_consume(&msg, &blocks, 1);
    assert_int_equal(blocks_live(), 1);
    holds(ROOM_MIN, 10);
    gn_dmsg_consume(&msg, &blocks, 0);
    holds(ROOM_MIN, 10);
}

static void idle_blocks_kept_are_bounded(void **state) {
    (void)state;
    budget.limit = 64 << 20;
    struct gn_dmsg many[100];
    for (int i = 0; i < 100; i++) {
        gn_dmsg_init(&many[i]);
        assert_int_equal(gn_dmsg_append(&many[i], &blocks, pattern, 200000), 0);
    }
    assert_true(budget.used > 100 * 200000);
    for (int i = 0; i < 100; i++) gn_dmsg_clear(&many[i], &blocks);
    assert_int_equal(blocks_live(), 0);
    assert_true(budget.used <= 16 * GN_BLOCK_MAX);
}

static void blocks_kept_idle_do_not_use_up_the_budget(void **state) {
    (void)state;
    budget.limit = 16 * GN_BLOCK_MAX;
    struct gn_dmsg many[16];
    for (int i = 0; i < 16; i++) {
        gn_dmsg_init(&many[i]);
        assert_int_equal(gn_dmsg_append(&many[i], &blocks, pattern, ROOM_MAX), 0);
    }
    for (int i = 0; i < 16; i++) gn_dmsg_clear(&many[i], &blocks);
    assert_int_equal(append(0, 10), 0);
    assert_int_equal(append(10, 8000), 0);
    holds(0, 8010);
}

static void peek_starts_at_any_offset_and_stops_at_the_end(void **state) {
    (void)state;
    append(0, 50);
    append(50, 450);
    for (size_t offset = 0; offset < 510; offset++) {
        size_t left = offset < 500 ? 500 - offset : 0;
        assert_int_equal(gn_dmsg_peek(&msg, offset, seen, 600), left);
        assert_memory_equal(seen, pattern + offset, left);
        size_t few = left < 7 ? left : 7;
        seen[few] = 'x';
        assert_int_equal(gn_dmsg_peek(&msg, offset, seen, 7), few);
        assert_memory_equal(seen, pattern + offset, few);
        assert_int_equal(seen[few], 'x');
    }
    assert_int_equal(gn_dmsg_peek(&msg, SIZE_MAX, seen, 7), 0);
    holds(0, 500);
}

static void iov_shows_no_more_than_it_was_asked_for(void **state) {
    (void)state;
    struct iovec iov[8];
    append(0, ROOM_MIN);
    append(ROOM_MIN, 100);
    append(ROOM_MIN + 100, 100);
    assert_int_equal(gn_dmsg_iov(&msg, SIZE_MAX, iov, 2), 2);
    assert_int_equal(gn_dmsg_iov(&msg, SIZE_MAX, iov, 0), 0);
    assert_int_equal(gn_dmsg_iov(&msg, 0, iov, 8), 0);
    assert_int_equal(gn_dmsg_iov(&msg, ROOM_MIN, iov, 8), 1);
    assert_int_equal(gn_dmsg_iov(&msg, ROOM_MIN + 1, iov, 8), 2);
    assert_int_equal(iov[1].iov_len, 1);
}

static void pull_up_of_contiguous_bytes_moves_nothing(void **state) {
    (void)state;
    append(0, ROOM_MIN);
    append(ROOM_MIN, 60);
    gn_dmsg_consume(&msg, &blocks, 5);
    const char *at = msg.head->data + 5;
    assert_ptr_equal(gn_dmsg_pull_up(&msg, &blocks, 0), at);
    assert_ptr_equal(gn_dmsg_pull_up(&msg, &blocks, ROOM_MIN - 5), at);
    holds(5, ROOM_MIN + 55);
}

static void pull_up_uses_the_room_of_the_head(void **state) {
    (void)state;
    append(0, ROOM_MIN);
    append(ROOM_MIN, 60);
    gn_dmsg_consume(&msg, &blocks, 20);
    struct gn_block *head = msg.head;
    const char *at = gn_dmsg_pull_up(&msg, &blocks, 35);
    assert_ptr_equal(at, head->data);
    assert_ptr_equal(msg.head, head);
    assert_memory_equal(at, pattern + 20, 35);
    holds(20, ROOM_MIN + 40);
}

static void pull_up_of_everything_leaves_one_block(void **state) {
    (void)state;
    append(0, 1);
    for (size_t at = 1; at < 3000; at++) append(at, 1);
    const char *at = gn_dmsg_pull_up(&msg, &blocks, 3000);
    assert_memory_equal(at, pattern, 3000);
    assert_int_equal(blocks_live(), 1);
    assert_ptr_equal(msg.head, msg.tail);
    append(3000, 5000);
    holds(0, 8000);
}

static void pull_up_reaches_the_room_of_the_largest_block(void **state) {
    (void)state;
    append(0, 1);
    append(1, 2 * ROOM_MAX);
    assert_null(gn_dmsg_pull_up(&msg, &blocks, ROOM_MAX + 1));
    holds(0, 2 * ROOM_MAX + 1);
    const char *at = gn_dmsg_pull_up(&msg, &blocks, ROOM_MAX);
    assert_memory_equal(at, pattern, ROOM_MAX);
    holds(0, 2 * ROOM_MAX + 1);
}

static void pull_up_beyond_the_bytes_there_are_fails(void **state) {
    (void)state;
    assert_null(gn_dmsg_pull_up(&msg, &blocks, 1));
    assert_non_null(gn_dmsg_pull_up(&msg, &blocks, 0));
    append(0, 100);
    assert_null(gn_dmsg_pull_up(&msg, &blocks, 101));
    assert_null(gn_dmsg_pull_up(&msg, &blocks, SIZE_MAX));
    holds(0, 100);
}

static void pull_up_without_memory_leaves_the_message_as_it_was(void **state) {
    (void)state;
    append(0, ROOM_MIN);
    append(ROOM_MIN, 500);
    append(ROOM_MIN + 500, 5000);
    budget.limit = budget.used;
    assert_null(gn_dmsg_pull_up(&msg, &blocks, 5000));
    holds(0, ROOM_MIN + 5500);
}

static uint32_t random_next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Sizes around the borders of the classes as often as any other. */
static size_t random_len(uint32_t *seed, size_t max) {
    size_t len = random_next(seed) % (1u << random_next(seed) % 18);
    if (random_next(seed) % 2 == 0) {
        len = ((size_t)GN_BLOCK_MIN << random_next(seed) % GN_BLOCK_CLASSES) - HEADER - 1 +
              random_next(seed) % 3;
    }
    return len < max ? len : max;
}

/* The model is a window of the pattern: [from, to). */
static void random_operations_match_a_model(void **state) {
    (void)state;
    for (uint32_t start = 1; start <= 60; start++) {
        uint32_t seed = start;
        size_t from = 0, to = 0;
        budget.limit = start % 3 == 0 ? 700 * 1000 : 16 << 20;
        for (int turn = 0; turn < 200; turn++) {
            size_t len = random_len(&seed, to - from);
            uint32_t action = random_next(&seed) % 8;
            if (action < 4) {
                len = random_len(&seed, PATTERN_LEN - to);
                int rc = append(to, len);
                assert_true(rc == 0 || (rc == GN_EMEMORY && start % 3 == 0));
                if (rc == 0) to += len;
            } else if (action < 7) {
                gn_dmsg_consume(&msg, &blocks, len);
                from += len;
            } else {
                const char *at = gn_dmsg_pull_up(&msg, &blocks, len);
                assert_true(at != NULL || len > ROOM_MAX || start % 3 == 0);
                if (at != NULL) assert_memory_equal(at, pattern + from, len);
            }
            holds(from, to - from);
        }
        gn_dmsg_clear(&msg, &blocks);
        holds(0, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_message_holds_no_memory),
        TEST(appended_bytes_come_out_in_order),
        TEST(the_first_block_is_the_smallest_that_fits),
        TEST(further_blocks_double_up_to_the_largest),
        TEST(a_large_append_to_a_small_block_takes_one_block_more),
        TEST(room_is_appended_and_shown_at_the_tail),
        TEST(an_append_fills_the_room_of_the_tail_first),
        TEST(a_large_append_takes_several_blocks),
        TEST(bytes_do_not_move_while_more_are_appended),
        TEST(an_append_beyond_the_budget_leaves_the_message_as_it_was),
        TEST(the_first_append_beyond_the_budget_leaves_the_message_empty),
        TEST(a_consumed_message_gives_every_block_back),
        TEST(a_block_returns_with_its_last_byte),
        TEST(idle_blocks_kept_are_bounded),
        TEST(blocks_kept_idle_do_not_use_up_the_budget),
        TEST(peek_starts_at_any_offset_and_stops_at_the_end),
        TEST(iov_shows_no_more_than_it_was_asked_for),
        TEST(pull_up_of_contiguous_bytes_moves_nothing),
        TEST(pull_up_uses_the_room_of_the_head),
        TEST(pull_up_of_everything_leaves_one_block),
        TEST(pull_up_reaches_the_room_of_the_largest_block),
        TEST(pull_up_beyond_the_bytes_there_are_fails),
        TEST(pull_up_without_memory_leaves_the_message_as_it_was),
        TEST(random_operations_match_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

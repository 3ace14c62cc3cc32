/* Number readers over spans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/bytes.h"

#define UNTOUCHED 0xdeadbeefu

static struct gn_span span_of(const char *text) {
    return (struct gn_span){.data = text, .len = strlen(text)};
}

static void decimal_is(const char *text, uint64_t max, uint64_t expected) {
    uint64_t value = UNTOUCHED;
    assert_true(gn_bytes_decimal(span_of(text), max, &value));
    assert_true(value == expected);
}

static void decimal_fails(struct gn_span span, uint64_t max) {
    uint64_t value = UNTOUCHED;
    assert_false(gn_bytes_decimal(span, max, &value));
    assert_true(value == UNTOUCHED);
}

static void hex_is(const char *text, uint64_t max, uint64_t expected) {
    uint64_t value = UNTOUCHED;
    assert_true(gn_bytes_hex(span_of(text), max, &value));
    assert_true(value == expected);
}

static void hex_fails(struct gn_span span, uint64_t max) {
    uint64_t value = UNTOUCHED;
    assert_false(gn_bytes_hex(span, max, &value));
    assert_true(value == UNTOUCHED);
}

static void big_endian_numbers_are_read_from_any_address(void **state) {
    (void)state;
    const unsigned char at[] = {0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8};
    assert_int_equal(gn_bytes_be16(at + 1), 0xf1f2);
    assert_true(gn_bytes_be32(at + 1) == 0xf1f2f3f4u);
    assert_true(gn_bytes_be64(at + 1) == 0xf1f2f3f4f5f6f7f8u);
}

static void every_byte_is_a_hex_digit_or_not(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *found = byte == 0 ? NULL : strchr(digits, byte);
        int expected = found == NULL ? -1 : (int)(found - digits) % 16;
        assert_int_equal(gn_bytes_hex_digit((char)byte), expected);
    }
}

static void decimal_reads_up_to_its_maximum(void **state) {
    (void)state;
    decimal_is("0", 0, 0);
    decimal_is("00012", 12, 12);
    decimal_is("1048576", 1048576, 1048576);
    decimal_fails(span_of("1048577"), 1048576);
    decimal_fails(span_of("1"), 0);
}

static void decimal_reads_the_largest_number_and_no_larger_one(void **state) {
    (void)state;
    decimal_is("18446744073709551615", UINT64_MAX, UINT64_MAX);
    decimal_is("018446744073709551615", UINT64_MAX, UINT64_MAX);
    decimal_fails(span_of("18446744073709551616"), UINT64_MAX);
    decimal_fails(span_of("18446744073709551620"), UINT64_MAX);
    decimal_fails(span_of("184467440737095516150"), UINT64_MAX);
    decimal_fails(span_of("99999999999999999999999999"), UINT64_MAX);
}

static void decimal_accepts_digits_alone(void **state) {
    (void)state;
    static const char *const bad[] = {"+1", "-1", " 1", "1 ", "1,2", "0x1", "1e3", "/", ":", "a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        decimal_fails(span_of(bad[i]), UINT64_MAX);
    }
    decimal_fails((struct gn_span){.data = "1\0", .len = 2}, UINT64_MAX);
    decimal_fails((struct gn_span){.data = "\xb1", .len = 1}, UINT64_MAX);
}

static void an_empty_span_is_no_number(void **state) {
    (void)state;
    decimal_fails((struct gn_span){.data = NULL, .len = 0}, UINT64_MAX);
    hex_fails((struct gn_span){.data = NULL, .len = 0}, UINT64_MAX);
}

static void hex_reads_both_cases_up_to_its_maximum(void **state) {
    (void)state;
    hex_is("0", 0, 0);
    hex_is("aF", 0xaf, 0xaf);
    hex_is("00001f", 0x1f, 0x1f);
    hex_fails(span_of("b0"), 0xaf);
}

static void hex_reads_the_largest_number_and_no_larger_one(void **state) {
    (void)state;
    hex_is("ffffffffffffffff", UINT64_MAX, UINT64_MAX);
    hex_is("0ffffffffffffffff", UINT64_MAX, UINT64_MAX);
    hex_fails(span_of("10000000000000000"), UINT64_MAX);
    hex_fails(span_of("fffffffffffffffff"), UINT64_MAX);
}

static void hex_accepts_digits_alone(void **state) {
    (void)state;
    static const char *const bad[] = {"+1", "-1", " 1", "1 ", "0x1", "g", "G", "1;", "@", "\x60"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        hex_fails(span_of(bad[i]), UINT64_MAX);
    }
}

static void a_span_ends_where_its_length_says(void **state) {
    (void)state;
    uint64_t value;
    assert_true(gn_bytes_decimal((struct gn_span){.data = "1234", .len = 2}, UINT64_MAX, &value));
    assert_true(value == 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(big_endian_numbers_are_read_from_any_address),
        cmocka_unit_test(every_byte_is_a_hex_digit_or_not),
        cmocka_unit_test(decimal_reads_up_to_its_maximum),
        cmocka_unit_test(decimal_reads_the_largest_number_and_no_larger_one),
        cmocka_unit_test(decimal_accepts_digits_alone),
        cmocka_unit_test(an_empty_span_is_no_number),
        cmocka_unit_test(hex_reads_both_cases_up_to_its_maximum),
        cmocka_unit_test(hex_reads_the_largest_number_and_no_larger_one),
        cmocka_unit_test(hex_accepts_digits_alone),
        cmocka_unit_test(a_span_ends_where_its_length_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

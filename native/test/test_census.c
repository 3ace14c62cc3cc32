/* Sessions of a server and of an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/err.h"
#include "../io/census.h"

enum { MANY = 5000 };

static struct gn_addr v4(uint32_t number) {
    struct gn_addr addr = {.family = GN_FAMILY_V4, .port = (uint16_t)number};
    memcpy(addr.ip, &number, sizeof number);
    return addr;
}

static struct gn_addr v6(uint8_t network, uint8_t host) {
    struct gn_addr addr = {.family = GN_FAMILY_V6, .ip = {0x20, 0x01, 0, 0, 0, 0, 0, network}};
    addr.ip[15] = host;
    return addr;
}

static struct gn_addr mapped(uint32_t number) {
    struct gn_addr addr = {.family = GN_FAMILY_V6, .ip = {[10] = 0xff, [11] = 0xff}};
    memcpy(addr.ip + 12, &number, sizeof number);
    return addr;
}

static int enter(struct gn_census *census, struct gn_addr addr, uint32_t *place) {
    return gn_census_enter_from(census, &addr, place);
}

static void an_address_has_as_many_places_as_it_may(void **state) {
    (void)state;
    uint32_t places[4];
    struct gn_census *census = gn_census_new(100, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(enter(census, v4(7), &places[i]), 0);
    assert_int_equal(enter(census, v4(7), &places[3]), GN_ECROWDED);
    assert_int_equal(enter(census, v4(8), &places[3]), 0);
    gn_census_leave(census, places[1]);
    assert_int_equal(enter(census, v4(7), &places[1]), 0);
    assert_int_equal(enter(census, v4(7), &places[1]), GN_ECROWDED);
    gn_census_unref(census);
}

static void an_ipv6_address_counts_as_its_network(void **state) {
    (void)state;
    uint32_t place;
    struct gn_census *census = gn_census_new(100, 2);
    assert_int_equal(enter(census, v6(1, 1), &place), 0);
    assert_int_equal(enter(census, v6(1, 2), &place), 0);
    assert_int_equal(enter(census, v6(1, 3), &place), GN_ECROWDED);
    assert_int_equal(enter(census, v6(2, 3), &place), 0);
    gn_census_unref(census);
}

static void a_mapped_address_counts_as_the_one_inside(void **state) {
    (void)state;
    uint32_t place;
    struct gn_census *census = gn_census_new(100, 2);
    assert_int_equal(enter(census, v4(9), &place), 0);
    assert_int_equal(enter(census, mapped(9), &place), 0);
    assert_int_equal(enter(census, v4(9), &place), GN_ECROWDED);
    assert_int_equal(enter(census, mapped(10), &place), 0);
    gn_census_unref(census);
}

static void who_has_no_address_counts_for_the_server_alone(void **state) {
    (void)state;
    uint32_t places[5];
    struct gn_addr local = {.family = GN_FAMILY_UNIX};
    struct gn_addr unknown = {.family = GN_FAMILY_NONE};
    struct gn_census *census = gn_census_new(4, 1);
    assert_int_equal(enter(census, local, &places[0]), 0);
    assert_int_equal(enter(census, local, &places[1]), 0);
    assert_int_equal(enter(census, unknown, &places[2]), 0);
    assert_int_equal(enter(census, unknown, &places[3]), 0);
    assert_int_equal(enter(census, local, &places[4]), GN_ESESSIONS);
    gn_census_leave(census, places[0]);
    assert_int_equal(enter(census, v4(1), &places[0]), 0);
    assert_int_equal(enter(census, v4(2), &places[4]), GN_ESESSIONS);
    gn_census_unref(census);
}

static void a_crowded_address_takes_no_place_of_the_server(void **state) {
    (void)state;
    uint32_t place;
    struct gn_census *census = gn_census_new(2, 1);
    assert_int_equal(enter(census, v4(1), &place), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(enter(census, v4(1), &place), GN_ECROWDED);
    assert_int_equal(enter(census, v4(2), &place), 0);
    gn_census_unref(census);
}

static void a_session_moves_to_whom_it_stands_for(void **state) {
    (void)state;
    const struct gn_addr nobody = {.family = GN_FAMILY_NONE}, client = v4(1), other = v4(2);
    uint32_t places[3];
    struct gn_census *census = gn_census_new(3, 1);
    for (int i = 0; i < 3; i++) assert_int_equal(enter(census, nobody, &places[i]), 0);
    assert_int_equal(gn_census_move(census, &client, &places[0]), 0);
    assert_int_equal(gn_census_move(census, &client, &places[1]), GN_ECROWDED);
    assert_int_equal(gn_census_move(census, &other, &places[1]), 0);
    assert_int_equal(gn_census_move(census, &nobody, &places[2]), 0);
    assert_int_equal(gn_census_move(census, &nobody, &places[0]), 0);
    assert_int_equal(gn_census_move(census, &client, &places[2]), 0);
    uint32_t more;
    assert_int_equal(enter(census, nobody, &more), GN_ESESSIONS);
    for (int i = 0; i < 3; i++) gn_census_leave(census, places[i]);
    for (int i = 0; i < 3; i++) assert_int_equal(enter(census, v4(1u + (uint32_t)i), &more), 0);
    assert_int_equal(enter(census, nobody, &more), GN_ESESSIONS);
    gn_census_unref(census);
}

static void without_a_limit_for_addresses_none_is_kept(void **state) {
    (void)state;
    uint32_t place;
    struct gn_census *census = gn_census_new(MANY, 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(enter(census, v4(1), &place), 0);
    assert_int_equal(enter(census, v4(1), &place), GN_ESESSIONS);
    gn_census_leave(census, place);
    assert_int_equal(enter(census, v4(1), &place), 0);
    gn_census_unref(census);
}

/* Far more addresses than there is room for at first, in and out in different orders. */
static void many_addresses_come_and_go(void **state) {
    (void)state;
    static uint32_t places[2 * MANY];
    struct gn_census *census = gn_census_new(1u << 20, 2);
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 2 * MANY; i++) {
            assert_int_equal(enter(census, v4(i % MANY * 2654435761u), &places[i]), 0);
        }
        for (uint32_t i = 0; i < MANY; i += 97) {
            uint32_t place;
            assert_int_equal(enter(census, v4(i * 2654435761u), &place), GN_ECROWDED);
        }
        for (uint32_t i = 0; i < 2 * MANY; i++) {
            uint32_t at = round == 1 ? 2 * MANY - 1 - i : i;
            gn_census_leave(census, places[at]);
        }
    }
    gn_census_unref(census);
}

static void the_last_reference_frees(void **state) {
    (void)state;
    uint32_t place;
    struct gn_census *census = gn_census_new(10, 1);
    gn_census_ref(census);
    gn_census_unref(census);
    assert_int_equal(enter(census, v4(1), &place), 0);
    gn_census_unref(census);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_as_many_places_as_it_may),
        cmocka_unit_test(an_ipv6_address_counts_as_its_network),
        cmocka_unit_test(a_mapped_address_counts_as_the_one_inside),
        cmocka_unit_test(who_has_no_address_counts_for_the_server_alone),
        cmocka_unit_test(a_crowded_address_takes_no_place_of_the_server),
        cmocka_unit_test(a_session_moves_to_whom_it_stands_for),
        cmocka_unit_test(without_a_limit_for_addresses_none_is_kept),
        cmocka_unit_test(many_addresses_come_and_go),
        cmocka_unit_test(the_last_reference_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

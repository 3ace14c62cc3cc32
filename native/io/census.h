/* How many sessions the loops of a server hold together, and how many of them one address has.
 *
 * Asked before anything is spent on a connection, so that one address cannot take the places of all
 * others. An IPv6 address counts as its /64, which is what one customer is given; an IPv4 address
 * that is mapped into IPv6 counts as itself; Unix sockets have none. Any thread: a lock is held for
 * a few instructions, and only where addresses are counted.
 */
#ifndef GN_IO_CENSUS_H
#define GN_IO_CENSUS_H

#include <stdint.h>

#include "sock.h"

struct gn_census;

/* A census; an `address_max` of 0 counts no addresses.
 * Owns:   the caller owns one reference.
 * Thread: any.
 * Fails:  NULL for want of memory. */
struct gn_census *gn_census_new(uint32_t sessions_max, uint32_t address_max);

/* Take and give back a reference; the last one frees. */
void gn_census_ref(struct gn_census *census);
void gn_census_unref(struct gn_census *census);

/* Count a connection; `*place` is what gn_census_leave wants.
 * Owns:   borrows `fd`, which is asked for its peer where addresses are counted.
 * Thread: any.
 * Fails:  GN_ESESSIONS when all places are taken, GN_ECROWDED when those of the address are,
 *         GN_EMEMORY; nothing is counted then. */
int gn_census_enter(struct gn_census *census, int fd, uint32_t *place);

/* The same for a connection whose peer is known, or counts as nobody's: GN_FAMILY_NONE. */
int gn_census_enter_from(struct gn_census *census, const struct gn_addr *peer, uint32_t *place);

/* Count a connection that was counted for another peer from now on, because it turned out whom it
 * stands for. It is the same one session all the time.
 * Thread: any.
 * Fails:  GN_ECROWDED, GN_EMEMORY; it is counted as before then. */
int gn_census_move(struct gn_census *census, const struct gn_addr *peer, uint32_t *place);

/* A connection that was counted ended. */
void gn_census_leave(struct gn_census *census, uint32_t place);

#endif

/* Monotonic time.
 *
 * The only clock of the core. It counts milliseconds since an arbitrary start, never goes back and
 * says nothing about the time of day. Anyone may call it.
 */
#ifndef GN_BASE_CLOCK_H
#define GN_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of monotonic time, as coarse as the cheapest clock with at most 10 ms of error.
 * Owns:   nothing.
 * Thread: any.
 * Fails:  never. */
uint64_t gn_clock_ms(void);

#endif

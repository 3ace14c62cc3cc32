/* Counts the system calls of a loop, where the linker can put a function in front of another.
 */
#ifndef GN_BENCH_CALLS_H
#define GN_BENCH_CALLS_H

/* How many there were so far; -1 where that is not known.
 * Owns:   nothing.
 * Thread: the loop's.
 * Fails:  never. */
long gn_calls(void);

#endif

/* Binding a thread to a processor. */
#ifndef GN_IO_CPU_H
#define GN_IO_CPU_H

/* Bind the calling thread to the n-th processor, counted around among those the process may use.
 * Owns:   nothing.
 * Thread: the one to bind.
 * Fails:  -errno; -EOPNOTSUPP where the system has no such binding. */
int gn_cpu_pin(int n);

#endif

#include <errno.h>
#include <mach/mach.h>
#include <mach/thread_policy.h>
#include <pthread.h>

#include "cpu.h"

/* Darwin binds no thread. A tag is the nearest thing: the scheduler keeps threads of different tags
 * on different caches where it can, and tag 0 means none. Apple silicon refuses it. */
int gn_cpu_pin(int n) {
    if (n < 0) return -EINVAL;
    thread_affinity_policy_data_t policy = {.affinity_tag = n + 1};
    kern_return_t rc = thread_policy_set(pthread_mach_thread_np(pthread_self()),
                                         THREAD_AFFINITY_POLICY, (thread_policy_t)&policy,
                                         THREAD_AFFINITY_POLICY_COUNT);
    return rc == KERN_SUCCESS ? 0 : -EOPNOTSUPP;
}

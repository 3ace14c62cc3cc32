#include <errno.h>
#include <sched.h>

#include "cpu.h"

int gn_cpu_pin(int n) {
    cpu_set_t allowed, one;
    if (n < 0) return -EINVAL;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return -errno;
    int left = n % CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || left-- > 0) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        return sched_setaffinity(0, sizeof one, &one) < 0 ? -errno : 0;
    }
    return -EINVAL;
}

#include <errno.h>

#include "cpu.h"

int gn_cpu_pin(int n) {
    (void)n;
    return -EOPNOTSUPP;
}

#include "calls.h"

long gn_calls(void) { return -1; }

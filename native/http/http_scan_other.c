/* The scans for architectures without one of their own: see http_scan.h. */
#include "http_scan.h"

const struct gn_http_scan *const gn_http_scans[] = {&gn_http_scan_portable, NULL};

/* The backends of the C tests: those of Linux, and kqueue through the shim. */
#include "../../io/backend.h"

const struct gn_backend *const gn_backends[] = {&gn_backend_uring, &gn_backend_epoll,
                                                &gn_backend_kqueue, NULL};

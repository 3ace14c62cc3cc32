#include "backend.h"

const struct gn_backend *const gn_backends[] = {&gn_backend_kqueue, NULL};

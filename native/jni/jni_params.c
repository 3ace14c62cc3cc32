#include "jni_params.h"

#include <stddef.h>
#include <string.h>

#include "io_gannet_internal_NativeSocket.h"
#include "jni_util.h"

#define OFFSET(name) io_gannet_internal_NativeSocket_##name

_Static_assert(OFFSET(ADDRESS_FAMILY) == offsetof(struct gn_addr, family), "shared layout");
_Static_assert(OFFSET(ADDRESS_PATH_LEN) == offsetof(struct gn_addr, path_len), "shared layout");
_Static_assert(OFFSET(ADDRESS_PORT) == offsetof(struct gn_addr, port), "shared layout");
_Static_assert(OFFSET(ADDRESS_SCOPE) == offsetof(struct gn_addr, scope), "shared layout");
_Static_assert(OFFSET(ADDRESS_IP) == offsetof(struct gn_addr, ip), "shared layout");
_Static_assert(OFFSET(ADDRESS_PATH) == offsetof(struct gn_addr, path), "shared layout");
_Static_assert(OFFSET(ADDRESS_PATH_ROOM) == GN_PATH_MAX, "shared layout");
_Static_assert(sizeof(struct gn_addr) <= OFFSET(OPTION_NO_DELAY), "options follow the address");
_Static_assert(OFFSET(FAMILY_UNIX) == GN_FAMILY_UNIX, "shared value");
_Static_assert(OFFSET(FAMILY_V4) == GN_FAMILY_V4, "shared value");
_Static_assert(OFFSET(FAMILY_V6) == GN_FAMILY_V6, "shared value");

void gn_jni_params_addr(const void *base, struct gn_addr *addr) {
    memcpy(addr, base, sizeof *addr);
    if (addr->path_len > GN_PATH_MAX) addr->path_len = 0; /* refused as an empty path */
}

void gn_jni_params_sock(const void *base, struct gn_sock_options *options) {
    *options = (struct gn_sock_options){
        .no_delay = gn_jni_long(base, OFFSET(OPTION_NO_DELAY)) != 0,
        .keep_alive = gn_jni_long(base, OFFSET(OPTION_KEEP_ALIVE)) != 0,
        .reuse_port = gn_jni_long(base, OFFSET(OPTION_REUSE_PORT)) != 0,
        .v6_only = gn_jni_long(base, OFFSET(OPTION_V6_ONLY)) != 0,
        .backlog = (int)gn_jni_long(base, OFFSET(OPTION_BACKLOG)),
        .send_buffer = (int)gn_jni_long(base, OFFSET(OPTION_SEND_BUFFER)),
        .recv_buffer = (int)gn_jni_long(base, OFFSET(OPTION_RECEIVE_BUFFER)),
        .fast_open = (int)gn_jni_long(base, OFFSET(OPTION_FAST_OPEN)),
        .defer_accept_s = (int)gn_jni_long(base, OFFSET(OPTION_DEFER_ACCEPT)),
    };
}

void gn_jni_params_stream(const void *base, struct gn_stream_options *options) {
    *options = (struct gn_stream_options){
        .idle_mode = (enum gn_idle_mode)gn_jni_long(base, OFFSET(OPTION_IDLE_MODE)),
        .idle_ms = (uint32_t)gn_jni_long(base, OFFSET(OPTION_IDLE_MS)),
        .close_ms = (uint32_t)gn_jni_long(base, OFFSET(OPTION_CLOSE_MS)),
    };
}

#include "proxy.h"

#include <string.h>

int gn_proxy_parse(struct gn_proxy *proxy, const char *data, size_t len) {
    memset(proxy, 0, sizeof *proxy);
    if (len == 0) return GN_PROXY_MORE;
    if (data[0] == 'P') return gn_proxy_parse_line(proxy, data, len);
    return gn_proxy_parse_binary(proxy, data, len);
}

const char *gn_proxy_reason_name(enum gn_proxy_reason reason) {
    static const char *const names[] = {
#define NAME(name, text) text,
        GN_PROXY_REASONS(NAME)
#undef NAME
    };
    return names[reason];
}

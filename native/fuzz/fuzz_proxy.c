/* Fuzz target: a PROXY header that arrives whole and byte by byte must mean the same.
 *
 * The input is what a proxy sends. Each of its beginnings is parsed from memory of just that size,
 * so that a read behind it is seen; all must ask for more until one of them is enough, and that
 * one must say what the whole input says.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../proxy/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = GN_PROXY_HEADER_MAX + 256 };

static int parse(struct gn_proxy *proxy, const uint8_t *data, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    assert(copy);
    if (size > 0) memcpy(copy, data, size);
    int rc = gn_proxy_parse(proxy, copy, size);
    free(copy);
    assert(rc == GN_PROXY_DONE || rc == GN_PROXY_MORE || rc == GN_PROXY_BAD);
    assert(rc != GN_PROXY_MORE || size < GN_PROXY_HEADER_MAX);
    if (rc == GN_PROXY_BAD) assert(strlen(gn_proxy_reason_name(proxy->reason)) > 0);
    if (rc == GN_PROXY_DONE) {
        assert(proxy->header_len <= size && proxy->header_len <= GN_PROXY_HEADER_MAX);
        assert(proxy->header_len > 0 && proxy->reason == GN_PROXY_REASON_NONE);
        assert(data[proxy->header_len - 1] == '\n' || data[0] == '\r');
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct gn_proxy whole, cut;
    if (size > INPUT_MAX) return 0;
    int expected = parse(&whole, data, size);
    size_t len = 0;
    int rc = GN_PROXY_MORE;
    while (len <= size && (rc = parse(&cut, data, len)) == GN_PROXY_MORE) len++;
    assert(rc == expected);
    if (rc == GN_PROXY_DONE) {
        assert(len == whole.header_len); /* not one byte more than it needed */
        assert(memcmp(&whole.source, &cut.source, sizeof whole.source) == 0);
        assert(memcmp(&whole.target, &cut.target, sizeof whole.target) == 0);
        assert(whole.family == cut.family && whole.header_len == cut.header_len);
    }
    if (rc == GN_PROXY_BAD) assert(whole.reason == cut.reason);
    return 0;
}

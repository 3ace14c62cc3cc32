/* Version 2: a signature, four bytes, addresses of a fixed form, then TLVs. */
#include <stdbool.h>
#include <string.h>

#include "../base/bytes.h"
#include "proxy.h"

/* Chosen by the protocol so that no other one begins like it. */
static const char SIGNATURE[12] = {'\r', '\n', '\r', '\n', '\0', '\r',
                                   '\n', 'Q',  'U',  'I',  'T',  '\n'};

enum {
    HEAD_LEN = 16, /* of the part before the addresses */
    VERSION_AT = 12,
    FAMILY_AT = 13,
    LENGTH_AT = 14,
    LOCAL = 0,
    PROXY = 1,
    V4_BYTES = 12, /* of both addresses and ports */
    V6_BYTES = 36,
    UNIX_BYTES = 216,
    TLV_HEAD = 3,
    TLV_CRC32C = 3,
    CRC_LEN = 4,
};

/* The first 16 bytes; `*addresses` is how many more the family needs. */
static int read_head(struct gn_proxy *proxy, const char *data, size_t *addresses) {
    unsigned version = (unsigned char)data[VERSION_AT];
    if (version >> 4 != 2) return gn_proxy_bad(proxy, GN_PROXY_REASON_VERSION);
    if ((version & 15) > PROXY) return gn_proxy_bad(proxy, GN_PROXY_REASON_COMMAND);
    proxy->header_len = HEAD_LEN + gn_bytes_be16(data + LENGTH_AT);
    if (proxy->header_len > GN_PROXY_HEADER_MAX) return gn_proxy_bad(proxy, GN_PROXY_REASON_LENGTH);
    *addresses = 0;
    /* The proxy speaks for itself, as in a health check: all that follows is to be ignored. */
    if ((version & 15) == LOCAL) return GN_PROXY_DONE;
    switch ((unsigned char)data[FAMILY_AT]) {
    case 0x00: break; /* unspecified: the same */
    case 0x11:
    case 0x12:
        proxy->family = GN_PROXY_V4;
        *addresses = V4_BYTES;
        break;
    case 0x21:
    case 0x22:
        proxy->family = GN_PROXY_V6;
        *addresses = V6_BYTES;
        break;
    case 0x31:
    case 0x32:
        proxy->family = GN_PROXY_UNIX;
        *addresses = UNIX_BYTES;
        break;
    default: return gn_proxy_bad(proxy, GN_PROXY_REASON_FAMILY);
    }
    if (proxy->header_len < HEAD_LEN + *addresses) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_LENGTH);
    }
    return GN_PROXY_DONE;
}

static uint32_t crc32c_add(uint32_t crc, unsigned char byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    return crc;
}

/* The CRC32c of a header, in which the checksum itself at `at` counts as zeros. */
static uint32_t crc32c(const char *data, size_t len, size_t at) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        bool own = i >= at && i < at + CRC_LEN;
        crc = crc32c_add(crc, own ? 0 : (unsigned char)data[i]);
    }
    return ~crc;
}

static int read_tlvs(struct gn_proxy *proxy, const char *data, size_t at) {
    size_t end = proxy->header_len, checksum = 0;
    while (at < end) {
        if (end - at < TLV_HEAD) return gn_proxy_bad(proxy, GN_PROXY_REASON_TLV);
        size_t len = gn_bytes_be16(data + at + 1);
        bool is_checksum = (unsigned char)data[at] == TLV_CRC32C;
        at += TLV_HEAD;
        if (end - at < len) return gn_proxy_bad(proxy, GN_PROXY_REASON_TLV);
        if (is_checksum) {
            if (len != CRC_LEN || checksum > 0) {
                return gn_proxy_bad(proxy, GN_PROXY_REASON_CHECKSUM);
            }
            checksum = at;
        }
        at += len;
    }
    if (checksum > 0 && crc32c(data, end, checksum) != gn_bytes_be32(data + checksum)) {
        return gn_proxy_bad(proxy, GN_PROXY_REASON_CHECKSUM);
    }
    return GN_PROXY_DONE;
}

static void read_ends(struct gn_proxy *proxy, const char *data) {
    size_t len = proxy->family == GN_PROXY_V4 ? 4 : 16;
    if (proxy->family == GN_PROXY_UNIX) return;
    memcpy(proxy->source.ip, data, len);
    memcpy(proxy->target.ip, data + len, len);
    proxy->source.port = gn_bytes_be16(data + 2 * len);
    proxy->target.port = gn_bytes_be16(data + 2 * len + 2);
}

int gn_proxy_parse_binary(struct gn_proxy *proxy, const char *data, size_t len) {
    size_t known = len < sizeof SIGNATURE ? len : sizeof SIGNATURE;
    size_t addresses;
    if (memcmp(data, SIGNATURE, known) != 0) return gn_proxy_bad(proxy, GN_PROXY_REASON_SIGNATURE);
    if (len < HEAD_LEN) return GN_PROXY_MORE;
    int rc = read_head(proxy, data, &addresses);
    if (rc != GN_PROXY_DONE) return rc;
    if (len < proxy->header_len) return GN_PROXY_MORE;
    /* Where nothing is announced, nobody can tell where addresses would end and TLVs begin. */
    if (addresses == 0) return GN_PROXY_DONE;
    read_ends(proxy, data + HEAD_LEN);
    return read_tlvs(proxy, data, HEAD_LEN + addresses);
}

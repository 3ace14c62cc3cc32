/* The natives of NativeHttp, the setting up of HTTP, and what both sides know about it. */
#include <errno.h>

#include "../session/hub.h"
#include "io_gannet_internal_NativeHttp.h"
#include "io_gannet_internal_NativeLoop.h"
#include "jni_util.h"

#define CONSTANT(name) io_gannet_internal_NativeHttp_##name
#define CONFIG(name) (CONSTANT(CONFIG_##name) * sizeof(int64_t))
#define RECORD(name, member) \
    _Static_assert(CONSTANT(RECORD_##name) == offsetof(struct gn_http_record, member), "layout")
#define ITEM(name, member) \
    _Static_assert(CONSTANT(ITEM_##name) == offsetof(struct gn_http_item, member), "layout")
#define SAME(name, value) _Static_assert(CONSTANT(name) == (value), "shared value")

RECORD(CONTENT_LENGTH, content_length);
RECORD(TARGET_AT, target_at);
RECORD(TARGET_LEN, target_len);
RECORD(PATH_AT, path_at);
RECORD(PATH_LEN, path_len);
RECORD(QUERY_AT, query_at);
RECORD(QUERY_LEN, query_len);
RECORD(AUTHORITY_AT, authority_at);
RECORD(AUTHORITY_LEN, authority_len);
RECORD(FLAGS, flags);
RECORD(METHOD_ID, method_id);
RECORD(METHOD_LEN, method_len);
RECORD(FRAMING, framing);
RECORD(VERSION_MINOR, version_minor);
RECORD(METHOD_AT, method_at);
ITEM(NAME_AT, name_at);
ITEM(NAME_LEN, name_len);
ITEM(VALUE_AT, value_at);
ITEM(VALUE_LEN, value_len);
SAME(ITEM_BYTES, sizeof(struct gn_http_item));
SAME(EVENT_COUNT, offsetof(struct gn_event, count));
SAME(REQUESTS_MAX, GN_STAGE_HTTP_REQUESTS_MAX);
SAME(REASON_NO_MEMORY, GN_HTTP_REASON_NO_MEMORY);
SAME(LAST, GN_STAGE_HTTP_LAST);
SAME(IN_BODY, GN_STAGE_HTTP_IN_BODY);
SAME(NO_BODY, GN_STAGE_HTTP_NO_BODY);
SAME(FRAMING_NONE, GN_HTTP_FRAMING_NONE);
SAME(FRAMING_LENGTH, GN_HTTP_FRAMING_LENGTH);
SAME(FRAMING_CHUNKED, GN_HTTP_FRAMING_CHUNKED);
SAME(FLAG_KEEP_ALIVE, GN_HTTP_KEEP_ALIVE);
SAME(FLAG_EXPECT_CONTINUE, GN_HTTP_EXPECT_CONTINUE);
SAME(FLAG_EXPECT_OTHER, GN_HTTP_EXPECT_OTHER);
SAME(FLAG_UPGRADE, GN_HTTP_UPGRADE);
SAME(FLAG_HAS_HOST, GN_HTTP_HAS_HOST);
SAME(FLAG_HAS_QUERY, GN_HTTP_HAS_QUERY);
SAME(FLAG_HAS_LENGTH, GN_HTTP_HAS_LENGTH);
SAME(FLAG_CLOSE, GN_HTTP_CLOSE);
SAME(METHOD_COUNT, GN_HTTP_METHOD_COUNT);
SAME(CONFIG_BYTES, (CONSTANT(CONFIG_SEND_MS) + 1) * sizeof(int64_t));

/* A limit that 32 bits cannot hold is taken as the largest they can. */
static uint32_t get32(const void *base, size_t offset) {
    int64_t value = gn_jni_long(base, offset);
    if (value < 0) return 0;
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void decode(const void *base, struct gn_http_config *config) {
    int64_t body_max = gn_jni_long(base, CONFIG(BODY_MAX));
    config->limits = (struct gn_http_limits){
        .body_max = body_max < 0 ? 0 : (uint64_t)body_max,
        .request_line_max = get32(base, CONFIG(REQUEST_LINE_MAX)),
        .header_bytes_max = get32(base, CONFIG(HEADER_BYTES_MAX)),
        .header_count_max = get32(base, CONFIG(HEADER_COUNT_MAX)),
        .chunk_ext_max = get32(base, CONFIG(CHUNK_EXT_MAX)),
        .trailer_bytes_max = get32(base, CONFIG(TRAILER_BYTES_MAX)),
        .trailer_count_max = get32(base, CONFIG(TRAILER_COUNT_MAX)),
    };
    config->head_ms = get32(base, CONFIG(HEAD_MS));
    config->body_ms = get32(base, CONFIG(BODY_MS));
    config->send_ms = get32(base, CONFIG(SEND_MS));
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_http(JNIEnv *env, jclass type,
                                                               jlong handle, jobject buffer) {
    (void)type;
    struct gn_http_config config;
    const void *base = gn_jni_buffer(env, buffer, CONSTANT(CONFIG_BYTES));
    if (!base) return -EINVAL;
    decode(base, &config);
    return gn_hub_http(gn_jni_hub(handle), &config);
}

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeHttp_httpReason(JNIEnv *env, jclass type,
                                                                        jint reason) {
    (void)type;
    return gn_jni_text(env, gn_http_reason_text((enum gn_http_reason)reason));
}

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeHttp_httpMethod(JNIEnv *env, jclass type,
                                                                        jint id) {
    (void)type;
    return gn_jni_text(env, gn_http_method_name((enum gn_http_method)id));
}

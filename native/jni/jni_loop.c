/* The natives of NativeLoop. */
#include <errno.h>
#include <string.h>

#include "../io/census.h"
#include "../io/cpu.h"
#include "../session/hub.h"
#include "io_gannet_internal_NativeLoop.h"
#include "io_gannet_internal_NativeSocket.h"
#include "jni_params.h"
#include "jni_util.h"

#define CONSTANT(name) io_gannet_internal_NativeLoop_##name
#define CONFIG(name) (CONSTANT(CONFIG_##name) * sizeof(int64_t))

_Static_assert(CONSTANT(BACKEND_AUTO) == GN_AUTO, "shared value");
_Static_assert(CONSTANT(BACKEND_IO_URING) == GN_IO_URING, "shared value");
_Static_assert(CONSTANT(BACKEND_EPOLL) == GN_EPOLL, "shared value");
_Static_assert(CONSTANT(BACKEND_KQUEUE) == GN_KQUEUE, "shared value");
_Static_assert(CONSTANT(IDLE_OFF) == GN_IDLE_OFF, "shared value");
_Static_assert(CONSTANT(IDLE_READ) == GN_IDLE_READ, "shared value");
_Static_assert(CONSTANT(IDLE_WRITE) == GN_IDLE_WRITE, "shared value");
_Static_assert(CONSTANT(IDLE_BOTH) == GN_IDLE_BOTH, "shared value");
_Static_assert(CONSTANT(SEND_MAX) == GN_BLOCK_MAX, "shared value");
_Static_assert(CONSTANT(EVENT_BYTES) == sizeof(struct gn_event), "shared layout");
_Static_assert(CONSTANT(EVENT_OPEN) == GN_EVENT_OPEN, "shared value");
_Static_assert(CONSTANT(EVENT_CONNECTED) == GN_EVENT_CONNECTED, "shared value");
_Static_assert(CONSTANT(EVENT_RECV) == GN_EVENT_RECV, "shared value");
_Static_assert(CONSTANT(EVENT_END) == GN_EVENT_END, "shared value");
_Static_assert(CONSTANT(EVENT_SENT) == GN_EVENT_SENT, "shared value");
_Static_assert(CONSTANT(EVENT_CLOSED) == GN_EVENT_CLOSED, "shared value");
_Static_assert(CONSTANT(EVENT_ACCEPT) == GN_EVENT_ACCEPT, "shared value");
_Static_assert(CONSTANT(EVENT_REQUEST) == GN_EVENT_REQUEST, "shared value");
_Static_assert(CONSTANT(EVENT_BODY) == GN_EVENT_BODY, "shared value");
_Static_assert(CONSTANT(EVENT_BAD) == GN_EVENT_BAD, "shared value");
_Static_assert(CONSTANT(EVENT_OVERDUE) == GN_EVENT_OVERDUE, "shared value");
_Static_assert(CONSTANT(EVENT_REFUSED) == GN_EVENT_REFUSED, "shared value");
_Static_assert(CONSTANT(RANGE_FAMILY) == offsetof(struct gn_proxy_range, family), "shared layout");
_Static_assert(CONSTANT(RANGE_BITS) == offsetof(struct gn_proxy_range, bits), "shared layout");
_Static_assert(CONSTANT(RANGE_IP) == offsetof(struct gn_proxy_range, ip), "shared layout");
_Static_assert(CONSTANT(RANGE_BYTES) == sizeof(struct gn_proxy_range), "shared layout");
_Static_assert(CONSTANT(STAGE_RAW) == GN_STAGE_RAW, "shared value");
_Static_assert(CONSTANT(STAGE_HTTP) == GN_STAGE_HTTP, "shared value");
_Static_assert(CONSTANT(RECEIVE_SPARE) == GN_LOOP_SPARE_BUFFERS, "shared value");
_Static_assert(CONSTANT(RECEIVE_STAGGER) == GN_RBUF_STAGGER, "shared value");
_Static_assert(CONSTANT(COMMAND_HEAD_BYTES) == sizeof(struct gn_command), "shared layout");
_Static_assert(CONSTANT(COMMAND_SEND) == GN_COMMAND_SEND, "shared value");
_Static_assert(CONSTANT(COMMAND_FILE) == GN_COMMAND_FILE, "shared value");
_Static_assert(CONSTANT(COMMAND_CLOSE) == GN_COMMAND_CLOSE, "shared value");
_Static_assert(CONSTANT(COMMAND_ABORT) == GN_COMMAND_ABORT, "shared value");
_Static_assert(CONSTANT(COMMAND_SHUT) == GN_COMMAND_SHUT, "shared value");
_Static_assert(CONSTANT(COMMAND_PAUSE) == GN_COMMAND_PAUSE, "shared value");
_Static_assert(CONSTANT(COMMAND_RESUME) == GN_COMMAND_RESUME, "shared value");
_Static_assert(CONSTANT(COMMAND_HOLD) == GN_COMMAND_HOLD, "shared value");
_Static_assert(CONSTANT(COMMAND_HOLD_END) == GN_COMMAND_HOLD_END, "shared value");
_Static_assert(CONSTANT(COMMAND_UNLISTEN) == GN_COMMAND_UNLISTEN, "shared value");
_Static_assert(CONSTANT(COMMAND_BUSY) == GN_COMMAND_BUSY, "shared value");
_Static_assert(CONSTANT(COMMAND_FREE) == GN_COMMAND_FREE, "shared value");
_Static_assert(CONSTANT(COMMAND_LEAVE) == GN_COMMAND_LEAVE, "shared value");
_Static_assert(CONSTANT(COMMAND_PATIENT) == GN_COMMAND_PATIENT, "shared value");
_Static_assert(CONSTANT(COMMAND_STRICT) == GN_COMMAND_STRICT, "shared value");
_Static_assert(CONSTANT(FEATURE_DEFER_TASKRUN) == GN_FEATURE_DEFER_TASKRUN, "shared value");
_Static_assert(CONSTANT(FEATURE_COOP_TASKRUN) == GN_FEATURE_COOP_TASKRUN, "shared value");
_Static_assert(CONSTANT(FEATURE_MULTISHOT_ACCEPT) == GN_FEATURE_MULTISHOT_ACCEPT, "shared value");
_Static_assert(CONSTANT(FEATURE_MULTISHOT_RECV) == GN_FEATURE_MULTISHOT_RECV, "shared value");
_Static_assert(CONSTANT(FEATURE_BUFFER_RING) == GN_FEATURE_BUFFER_RING, "shared value");
_Static_assert(CONSTANT(FEATURE_RING_FD) == GN_FEATURE_RING_FD, "shared value");
_Static_assert(CONSTANT(FEATURE_NO_IOWAIT) == GN_FEATURE_NO_IOWAIT, "shared value");
_Static_assert(CONSTANT(FEATURE_IO_URING) == GN_FEATURE_IO_URING, "shared value");

#define SHARES_COUNT(name, field)                                                               \
    _Static_assert(CONSTANT(COUNT_##name) * sizeof(uint64_t) == offsetof(struct gn_counts, field), \
                   "shared layout")

SHARES_COUNT(ACCEPTED, accepted);
SHARES_COUNT(CONNECTED, connected);
SHARES_COUNT(CLOSED, closed);
SHARES_COUNT(RECEIVED, received);
SHARES_COUNT(SENT, sent);
SHARES_COUNT(PAUSES, pauses);
SHARES_COUNT(REFUSED, refused);
SHARES_COUNT(MEMORY, memory);
SHARES_COUNT(MEMORY_PEAK, memory_peak);
SHARES_COUNT(MEMORY_LIMIT, memory_limit);
SHARES_COUNT(REQUESTS, requests);
SHARES_COUNT(BAD, bad);
SHARES_COUNT(OVERDUE, overdue);
SHARES_COUNT(BAD_LARGE, bad_large);
SHARES_COUNT(BAD_UNKNOWN, bad_unknown);
SHARES_COUNT(OVERDUE_BODY, overdue_body);
SHARES_COUNT(IDLE, idle);
SHARES_COUNT(TIGHT, tight);
SHARES_COUNT(UNSERVED, unserved);
SHARES_COUNT(CROWDED, crowded);
SHARES_COUNT(TURNED_AWAY, turned_away);
_Static_assert(CONSTANT(COUNT_FIELDS) * sizeof(uint64_t) == sizeof(struct gn_counts),
               "every field has its place in Java");

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeLoop_version(JNIEnv *env, jclass type) {
    (void)type;
    return gn_jni_text(env, GN_VERSION);
}

_Static_assert(CONSTANT(PRESSURE_TIGHT) == GN_PRESSURE_TIGHT, "shared value");
_Static_assert(CONSTANT(PRESSURE_FULL) == GN_PRESSURE_FULL, "shared value");

/* What a call returns that did not fail, with how much memory the loop uses above it. */
static jint with_pressure(const struct gn_hub *hub, int rc) {
    if (rc < 0) return rc;
    return (jint)(hub->loop.pressure << CONSTANT(PRESSURE_SHIFT)) | rc;
}

JNIEXPORT jlong JNICALL Java_io_gannet_internal_NativeLoop_newCensus(JNIEnv *env, jclass type,
                                                                     jint sessions_max,
                                                                     jint address_max) {
    (void)env;
    (void)type;
    return (jlong)(intptr_t)gn_census_new((uint32_t)sessions_max, (uint32_t)address_max);
}

JNIEXPORT void JNICALL Java_io_gannet_internal_NativeLoop_dropCensus(JNIEnv *env, jclass type,
                                                                     jlong census) {
    (void)env;
    (void)type;
    gn_census_unref((struct gn_census *)(intptr_t)census);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_pin(JNIEnv *env, jclass type, jint n) {
    (void)env;
    (void)type;
    return gn_cpu_pin(n);
}

static void decode_config(const void *base, struct gn_hub_config *config) {
    *config = (struct gn_hub_config){
        .events = (uint32_t)gn_jni_long(base, CONFIG(EVENTS)),
        .command_bytes = (uint32_t)gn_jni_long(base, CONFIG(COMMAND_BYTES)),
    };
    config->loop = (struct gn_loop_config){
        .backend = (enum gn_backend_choice)gn_jni_long(base, CONFIG(BACKEND)),
        .required = gn_jni_long(base, CONFIG(REQUIRED)) != 0,
        .denied = (unsigned)gn_jni_long(base, CONFIG(DENIED)),
        .recv_size = (uint32_t)gn_jni_long(base, CONFIG(RECV_SIZE)),
        .recv_count = (uint32_t)gn_jni_long(base, CONFIG(RECV_COUNT)),
        .queue_depth = (uint32_t)gn_jni_long(base, CONFIG(QUEUE_DEPTH)),
        .chans_max = (uint32_t)gn_jni_long(base, CONFIG(SESSIONS)),
        .memory_max = (size_t)gn_jni_long(base, CONFIG(MEMORY)),
        .census = (struct gn_census *)(intptr_t)gn_jni_long(base, CONFIG(CENSUS)),
    };
}

JNIEXPORT jlong JNICALL Java_io_gannet_internal_NativeLoop_open(JNIEnv *env, jclass type,
                                                                jobject buffer,
                                                                jobject receive, jobject events,
                                                                jobject counts) {
    (void)type;
    struct gn_hub_config config;
    struct gn_probe probe;
    struct gn_hub *hub = NULL;
    char *base = gn_jni_buffer(env, buffer, CONSTANT(CONFIG_BYTES));
    if (!base) return -EINVAL;
    decode_config(base, &config);
    size_t buffers = (size_t)config.loop.recv_count + GN_LOOP_SPARE_BUFFERS;
    size_t stride = (size_t)config.loop.recv_size + GN_RBUF_STAGGER;
    config.loop.recv_memory = gn_jni_buffer(env, receive, buffers * stride);
    config.loop.counts = gn_jni_buffer(env, counts, sizeof(struct gn_counts));
    size_t batch = ((size_t)config.events + 1) * sizeof(struct gn_event);
    config.event_memory = gn_jni_buffer(env, events, batch);
    if (!config.loop.recv_memory || !config.loop.counts || !config.event_memory) return -EINVAL;
    int rc = gn_hub_new(&hub, &config, &probe);
    size_t len = probe.step ? strnlen(probe.step, CONSTANT(CONFIG_STEP_ROOM)) : 0;
    if (len > 0) memcpy(base + CONSTANT(CONFIG_STEP_AT), probe.step, len);
    gn_jni_put_long(base, CONFIG(OUT_STEP_LEN), (int64_t)len);
    gn_jni_put_long(base, CONFIG(OUT_ERROR), probe.err);
    return rc < 0 ? rc : (jlong)(intptr_t)hub;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_close(JNIEnv *env, jclass type,
                                                                jlong handle) {
    (void)env;
    (void)type;
    return gn_hub_free(gn_jni_hub(handle));
}

JNIEXPORT jobject JNICALL Java_io_gannet_internal_NativeLoop_commands(JNIEnv *env, jclass type,
                                                                      jlong handle) {
    (void)type;
    struct gn_hub *hub = gn_jni_hub(handle);
    return (*env)->NewDirectByteBuffer(env, hub->commands, hub->command_cap);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_poll(JNIEnv *env, jclass type,
                                                               jlong handle, jint command_bytes,
                                                               jint timeout_ms) {
    (void)env;
    (void)type;
    struct gn_hub *hub = gn_jni_hub(handle);
    return with_pressure(hub, gn_hub_turn(hub, (uint32_t)command_bytes, timeout_ms));
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_run(JNIEnv *env, jclass type,
                                                              jlong handle, jint command_bytes) {
    (void)env;
    (void)type;
    struct gn_hub *hub = gn_jni_hub(handle);
    return with_pressure(hub, gn_hub_run(hub, (uint32_t)command_bytes));
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_send(JNIEnv *env, jclass type,
                                                               jlong handle, jint command_bytes,
                                                               jint slot, jint gen,
                                                               jbyteArray data, jint offset,
                                                               jint len) {
    (void)type;
    struct gn_hub *hub = gn_jni_hub(handle);
    struct iovec iov[GN_DMSG_TAIL_IOV];
    jint room = (*env)->GetArrayLength(env, data);
    if (offset < 0 || len < 0 || offset > room || len > room - offset) return -EINVAL;
    if (len > GN_BLOCK_MAX) return -EINVAL;
    int rc = gn_hub_run(hub, (uint32_t)command_bytes);
    if (rc < 0) return rc;
    /* The whole array would have to be held against the collector, which then keeps every thread
     * that allocates waiting, or fails it: parts are copied by the JVM instead. */
    int count = gn_hub_send_room(hub, (uint32_t)slot, (uint32_t)gen, (size_t)len, iov);
    for (int i = 0; i < count; i++) {
        jsize part = (jsize)iov[i].iov_len;
        (*env)->GetByteArrayRegion(env, data, offset, part, iov[i].iov_base);
        offset += part;
    }
    return with_pressure(hub, 0);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_wake(JNIEnv *env, jclass type,
                                                               jlong handle) {
    (void)env;
    (void)type;
    return gn_loop_wake(&gn_jni_hub(handle)->loop);
}

JNIEXPORT jboolean JNICALL Java_io_gannet_internal_NativeLoop_isBegun(JNIEnv *env, jclass type,
                                                                      jlong handle, jint slot,
                                                                      jint gen) {
    (void)env;
    (void)type;
    return gn_hub_is_begun(gn_jni_hub(handle), (uint32_t)slot, (uint32_t)gen);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_proxy(JNIEnv *env, jclass type,
                                                                jlong handle, jobject ranges,
                                                                jint count, jint header_ms) {
    (void)type;
    if (count < 0) return -EINVAL;
    void *base = gn_jni_buffer(env, ranges, (size_t)count * CONSTANT(RANGE_BYTES));
    if (!base) return -EINVAL;
    return gn_hub_proxy(gn_jni_hub(handle), base, (uint32_t)count, (uint32_t)header_ms);
}

JNIEXPORT jlong JNICALL Java_io_gannet_internal_NativeLoop_listen(JNIEnv *env, jclass type,
                                                                  jlong handle, jint fd,
                                                                  jint stage, jint idle_mode,
                                                                  jint idle_ms, jint close_ms) {
    (void)env;
    (void)type;
    struct gn_stream_options options = {
        .idle_mode = (enum gn_idle_mode)idle_mode,
        .idle_ms = (uint32_t)idle_ms,
        .close_ms = (uint32_t)close_ms,
    };
    uint32_t gen = 0;
    struct gn_hub *hub = gn_jni_hub(handle);
    int rc = gn_hub_listen(hub, fd, &options, (enum gn_session_stage)stage, &gen);
    return rc < 0 ? rc : gn_jni_place(rc, gen);
}

JNIEXPORT jlong JNICALL Java_io_gannet_internal_NativeLoop_connect(JNIEnv *env, jclass type,
                                                                   jlong handle, jobject params,
                                                                   jint timeout_ms) {
    (void)type;
    struct gn_addr addr;
    struct gn_sock_options sock;
    struct gn_stream_options stream;
    void *base = gn_jni_buffer(env, params, io_gannet_internal_NativeSocket_PARAMS_BYTES);
    if (!base) return -EINVAL;
    gn_jni_params_addr(base, &addr);
    gn_jni_params_sock(base, &sock);
    gn_jni_params_stream(base, &stream);
    uint32_t gen = 0;
    struct gn_hub *hub = gn_jni_hub(handle);
    int rc = gn_hub_connect(hub, &addr, &sock, &stream, (uint32_t)timeout_ms, &gen);
    return rc < 0 ? rc : gn_jni_place(rc, gen);
}

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeLoop_backend(JNIEnv *env, jclass type,
                                                                     jlong handle) {
    (void)type;
    return gn_jni_text(env, gn_jni_hub(handle)->loop.backend->name);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeLoop_features(JNIEnv *env, jclass type,
                                                                   jlong handle) {
    (void)env;
    (void)type;
    const struct gn_loop *loop = &gn_jni_hub(handle)->loop;
    return (jint)loop->backend->features(loop);
}

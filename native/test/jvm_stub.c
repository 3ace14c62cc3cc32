/* Plays the JVM to a finished library: loads it as a JVM does, gives its natives the four functions
 * of JNI that they use, and lets it serve an echo and an HTTP request.
 *
 * Usage: jvm_stub LIBRARY BACKEND, where BACKEND is a number of NativeLoop.BACKEND_*.
 *
 * The only file outside jni/ which sees jni.h. scripts/test-targets.sh runs it where there is no
 * JVM to be had: on musl, and on musl for another processor.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <jni.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../session/command.h"
#include "../session/event.h"
#include "io_gannet_internal_NativeHttp.h"
#include "io_gannet_internal_NativeLoop.h"
#include "io_gannet_internal_NativeSocket.h"

#define LOOP(name) io_gannet_internal_NativeLoop_##name
#define HTTP(name) io_gannet_internal_NativeHttp_##name
#define SOCKET(name) io_gannet_internal_NativeSocket_##name

enum { RECV_SIZE = 16384, RECV_COUNT = 16, EVENTS = 1024, COMMANDS = 65536, TURNS_MAX = 200 };

/* What stands for a direct ByteBuffer. */
struct buffer {
    void *memory;
    jlong capacity;
};

struct natives {
    __typeof__(Java_io_gannet_internal_NativeLoop_version) *version;
    __typeof__(Java_io_gannet_internal_NativeLoop_open) *open;
    __typeof__(Java_io_gannet_internal_NativeLoop_close) *close;
    __typeof__(Java_io_gannet_internal_NativeLoop_commands) *commands;
    __typeof__(Java_io_gannet_internal_NativeLoop_poll) *poll;
    __typeof__(Java_io_gannet_internal_NativeLoop_http) *http;
    __typeof__(Java_io_gannet_internal_NativeLoop_listen) *listen;
    __typeof__(Java_io_gannet_internal_NativeLoop_backend) *backend;
    __typeof__(Java_io_gannet_internal_NativeSocket_listen) *listen_socket;
    __typeof__(Java_io_gannet_internal_NativeSocket_local) *local;
};

static struct natives natives;
static jlong handle;
static struct gn_event events[EVENTS + 1];
static struct buffer *commands;
static int64_t counts[LOOP(COUNT_FIELDS)];
static char receive[(RECV_COUNT + LOOP(RECEIVE_SPARE)) * (RECV_SIZE + LOOP(RECEIVE_STAGGER))];

__attribute__((format(printf, 2, 3))) static void must(int good, const char *format, ...) {
    if (good) return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

/* ---- the JVM's side of JNI ---- */

static jstring JNICALL new_string(JNIEnv *env, const char *text) {
    (void)env;
    return (jstring)text;
}

static jobject JNICALL new_buffer(JNIEnv *env, void *memory, jlong capacity) {
    (void)env;
    struct buffer *buffer = malloc(sizeof *buffer);
    must(buffer != NULL, "no memory");
    *buffer = (struct buffer){memory, capacity};
    return (jobject)buffer;
}

static void *JNICALL buffer_memory(JNIEnv *env, jobject buffer) {
    (void)env;
    return ((struct buffer *)buffer)->memory;
}

static jlong JNICALL buffer_capacity(JNIEnv *env, jobject buffer) {
    (void)env;
    return ((struct buffer *)buffer)->capacity;
}

static const struct JNINativeInterface_ functions = {
    .NewStringUTF = new_string,
    .NewDirectByteBuffer = new_buffer,
    .GetDirectBufferAddress = buffer_memory,
    .GetDirectBufferCapacity = buffer_capacity,
};
static const struct JNINativeInterface_ *table = &functions;
static JNIEnv *const env = &table;

static void *find(void *library, const char *name) {
    char symbol[128];
    snprintf(symbol, sizeof symbol, "Java_io_gannet_internal_Native%s", name);
    void *found = dlsym(library, symbol);
    must(found != NULL, "there is no %s: %s", symbol, dlerror());
    return found;
}

static void load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    must(library != NULL, "cannot be loaded: %s", dlerror());
    jint (*on_load)(JavaVM *, void *);
    *(void **)&on_load = dlsym(library, "JNI_OnLoad");
    must(on_load && on_load(NULL, NULL) == JNI_VERSION_1_8, "JNI_OnLoad is not ours");
    *(void **)&natives.version = find(library, "Loop_version");
    *(void **)&natives.open = find(library, "Loop_open");
    *(void **)&natives.close = find(library, "Loop_close");
    *(void **)&natives.commands = find(library, "Loop_commands");
    *(void **)&natives.poll = find(library, "Loop_poll");
    *(void **)&natives.http = find(library, "Loop_http");
    *(void **)&natives.listen = find(library, "Loop_listen");
    *(void **)&natives.backend = find(library, "Loop_backend");
    *(void **)&natives.listen_socket = find(library, "Socket_listen");
    *(void **)&natives.local = find(library, "Socket_local");
}

/* ---- a loop ---- */

static void open_loop(int backend) {
    static int64_t config[LOOP(CONFIG_BYTES) / sizeof(int64_t)];
    config[LOOP(CONFIG_BACKEND)] = backend;
    config[LOOP(CONFIG_REQUIRED)] = backend != LOOP(BACKEND_AUTO);
    config[LOOP(CONFIG_RECV_SIZE)] = RECV_SIZE;
    config[LOOP(CONFIG_RECV_COUNT)] = RECV_COUNT;
    config[LOOP(CONFIG_QUEUE_DEPTH)] = 64;
    config[LOOP(CONFIG_SESSIONS)] = 64;
    config[LOOP(CONFIG_MEMORY)] = 64 << 20;
    config[LOOP(CONFIG_EVENTS)] = EVENTS;
    config[LOOP(CONFIG_COMMAND_BYTES)] = COMMANDS;
    struct buffer buffer = {config, sizeof config};
    struct buffer memory = {receive, sizeof receive};
    struct buffer told = {events, sizeof events};
    struct buffer counted = {counts, sizeof counts};
    handle = natives.open(env, NULL, (jobject)&buffer, (jobject)&memory, (jobject)&told,
                          (jobject)&counted);
    must(handle > 0, "the loop does not open: %ld at %.*s (%ld)", (long)handle,
         (int)config[LOOP(CONFIG_OUT_STEP_LEN)], (char *)config + LOOP(CONFIG_STEP_AT),
         (long)config[LOOP(CONFIG_OUT_ERROR)]);
    commands = (struct buffer *)natives.commands(env, NULL, handle);

    static int64_t http[HTTP(CONFIG_BYTES) / sizeof(int64_t)];
    for (size_t i = 0; i < sizeof http / sizeof *http; i++) http[i] = 8000;
    http[HTTP(CONFIG_HEADER_COUNT_MAX)] = 64;
    http[HTTP(CONFIG_TRAILER_COUNT_MAX)] = 64;
    buffer = (struct buffer){http, sizeof http};
    int rc = natives.http(env, NULL, handle, (jobject)&buffer);
    must(rc == 0, "HTTP cannot be set up: %d", rc);
}

/* Listens on a free port and returns it. */
static int listen_on(int stage) {
    static int64_t params[SOCKET(PARAMS_BYTES) / sizeof(int64_t)];
    memset(params, 0, sizeof params);
    struct gn_addr *addr = (struct gn_addr *)params;
    *addr = (struct gn_addr){.family = GN_FAMILY_V4, .ip = {127, 0, 0, 1}};
    params[SOCKET(OPTION_BACKLOG) / 8] = 16;
    params[SOCKET(OPTION_NO_DELAY) / 8] = 1;
    struct buffer buffer = {params, sizeof params};
    int fd = natives.listen_socket(env, NULL, (jobject)&buffer);
    must(fd >= 0, "cannot listen: %d", fd);
    int rc = natives.local(env, NULL, fd, (jobject)&buffer);
    must(rc == 0, "has no local address: %d", rc);
    jlong place = natives.listen(env, NULL, handle, fd, stage, LOOP(IDLE_OFF), 0, 1000);
    must(place >= 0, "the loop does not listen: %ld", (long)place);
    return addr->port;
}

static int connect_to(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "cannot connect");
    return fd;
}

/* Queues an answer to the session of an event; returns the bytes of commands. */
static int answer(const struct gn_event *event, const char *text, size_t len) {
    struct gn_command *command = commands->memory;
    *command = (struct gn_command){event->slot, event->gen, GN_COMMAND_SEND, (uint32_t)len};
    memcpy(command + 1, text, len);
    return (int)(sizeof *command + ((len + 7) & ~(size_t)7));
}

/* Turns until `type` was told, answers it with `text`, and until the client read that. */
static void serve(int stage, const char *request, uint8_t type, const char *text) {
    char got[256];
    size_t len = 0, wanted = strlen(text);
    int queued = 0, fd = connect_to(listen_on(stage));
    must(send(fd, request, strlen(request), 0) == (ssize_t)strlen(request), "cannot send");
    for (int turn = 0; len < wanted; turn++) {
        int count = natives.poll(env, NULL, handle, queued, 50);
        must(count >= 0, "the loop broke: %d", count);
        must(turn < TURNS_MAX, "no answer after %d turns", turn);
        queued = 0;
        const struct gn_event *event = events;
        for (int i = 0; i < count; i++) {
            if (event[i].type == type) {
                queued = answer(&event[i], text, wanted);
                break;
            }
            /* The addresses that follow are no events. */
            if (event[i].type == LOOP(EVENT_OPEN)) i += 2;
        }
        ssize_t n = recv(fd, got + len, sizeof got - len, MSG_DONTWAIT);
        if (n > 0) len += (size_t)n;
    }
    must(len == wanted && memcmp(got, text, len) == 0, "answers %.*s", (int)len, got);
    close(fd);
}

int main(int argc, char **argv) {
    must(argc == 3, "usage: jvm_stub LIBRARY BACKEND");
    load(argv[1]);
    open_loop(atoi(argv[2]));
    serve(LOOP(STAGE_RAW), "ping", LOOP(EVENT_RECV), "ping");
    serve(LOOP(STAGE_HTTP), "GET / HTTP/1.1\r\nHost: here\r\n\r\n", LOOP(EVENT_REQUEST),
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    const char *backend = (const char *)natives.backend(env, NULL, handle);
    printf("version %s served an echo and HTTP over %s\n",
           (const char *)natives.version(env, NULL), backend);
    int rc = natives.close(env, NULL, handle);
    must(rc == 0, "the loop does not close: %d", rc);
    return 0;
}

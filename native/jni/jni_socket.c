/* The natives of NativeSocket. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../base/err.h"
#include "../io/file.h"
#include "../io/sock.h"
#include "io_gannet_internal_NativeSocket.h"
#include "jni_params.h"
#include "jni_util.h"

#define OFFSET(name) io_gannet_internal_NativeSocket_##name

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_listen(JNIEnv *env, jclass type,
                                                                   jobject params) {
    (void)type;
    struct gn_addr addr;
    struct gn_sock_options options;
    struct gn_sock_file file = {0};
    void *base = gn_jni_buffer(env, params, OFFSET(PARAMS_BYTES));
    if (!base) return -EINVAL;
    gn_jni_params_addr(base, &addr);
    gn_jni_params_sock(base, &options);
    int rc = gn_sock_listen(&addr, &options, &file);
    gn_jni_put_long(base, OFFSET(FILE_DEVICE), (int64_t)file.dev);
    gn_jni_put_long(base, OFFSET(FILE_INODE), (int64_t)file.ino);
    return rc;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_local(JNIEnv *env, jclass type, jint fd,
                                                                  jobject params) {
    (void)type;
    struct gn_addr addr;
    void *base = gn_jni_buffer(env, params, OFFSET(PARAMS_BYTES));
    if (!base) return -EINVAL;
    int rc = gn_sock_local(fd, &addr);
    if (rc == 0) memcpy(base, &addr, sizeof addr);
    return rc;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_duplicate(JNIEnv *env, jclass type,
                                                                      jint fd) {
    (void)env;
    (void)type;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_close(JNIEnv *env, jclass type,
                                                                  jint fd) {
    (void)env;
    (void)type;
    return close(fd) < 0 ? -errno : 0;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_unlink(JNIEnv *env, jclass type,
                                                                   jobject params) {
    (void)type;
    struct gn_addr addr;
    void *base = gn_jni_buffer(env, params, OFFSET(PARAMS_BYTES));
    if (!base) return -EINVAL;
    gn_jni_params_addr(base, &addr);
    struct gn_sock_file file = {
        .dev = (uint64_t)gn_jni_long(base, OFFSET(FILE_DEVICE)),
        .ino = (uint64_t)gn_jni_long(base, OFFSET(FILE_INODE)),
    };
    return gn_sock_unlink(&addr, &file);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeSocket_openFile(JNIEnv *env, jclass type,
                                                                     jobject path) {
    (void)type;
    struct gn_file_info info = {0};
    char *base = gn_jni_buffer(env, path, sizeof(int64_t));
    if (!base) return -EINVAL;
    size_t room = (size_t)(*env)->GetDirectBufferCapacity(env, path);
    if (!memchr(base, '\0', room)) return -ENAMETOOLONG;
    int rc = gn_file_open(base, &info);
    gn_jni_put_long(base, 0, (int64_t)info.size);
    return rc == -EISDIR ? GN_ENOTFILE : rc; /* who sends wants no folder more than a FIFO */
}

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeSocket_errorName(JNIEnv *env, jclass type,
                                                                         jint code) {
    (void)type;
    return gn_jni_text(env, gn_err_name(code));
}

JNIEXPORT jstring JNICALL Java_io_gannet_internal_NativeSocket_errorText(JNIEnv *env, jclass type,
                                                                         jint code) {
    (void)type;
    return gn_jni_text(env, gn_err_text(code));
}

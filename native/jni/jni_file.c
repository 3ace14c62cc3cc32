/* The natives of NativeFile. */
#include <errno.h>
#include <string.h>

#include "../io/file.h"
#include "io_gannet_internal_NativeFile.h"
#include "jni_util.h"

#define CONSTANT(name) io_gannet_internal_NativeFile_##name

_Static_assert(CONSTANT(FOLLOW_LINKS) == GN_FILE_LINKS, "shared value");

/* The memory of a buffer that holds a path behind its first `at` bytes; NULL unless it ends. */
static char *path_in(JNIEnv *env, jobject buffer, size_t at) {
    char *base = gn_jni_buffer(env, buffer, at + 1);
    if (!base) return NULL;
    size_t room = (size_t)(*env)->GetDirectBufferCapacity(env, buffer) - at;
    return memchr(base + at, '\0', room) ? base : NULL;
}

static void tell(char *base, const struct gn_file_info *info) {
    gn_jni_put_long(base, CONSTANT(INFO_SIZE), (int64_t)info->size);
    gn_jni_put_long(base, CONSTANT(INFO_INODE), (int64_t)info->inode);
    gn_jni_put_long(base, CONSTANT(INFO_SECONDS), info->mtime_s);
    gn_jni_put_long(base, CONSTANT(INFO_NANOS), info->mtime_ns);
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeFile_open(JNIEnv *env, jclass type,
                                                               jobject file) {
    (void)type;
    struct gn_file_info info;
    char *base = path_in(env, file, CONSTANT(PATH));
    if (!base) return -ENAMETOOLONG;
    int rc = gn_file_open(base + CONSTANT(PATH), &info);
    if (rc >= 0) tell(base, &info);
    return rc;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeFile_openBeneath(JNIEnv *env, jclass type,
                                                                      jobject folder, jobject file,
                                                                      jint flags) {
    (void)type;
    struct gn_file_info info;
    const char *root = path_in(env, folder, 0);
    char *base = path_in(env, file, CONSTANT(PATH));
    if (!root || !base) return -ENAMETOOLONG;
    int rc = gn_file_open_beneath(root, base + CONSTANT(PATH), (unsigned)flags, &info);
    if (rc >= 0) tell(base, &info);
    return rc;
}

JNIEXPORT jint JNICALL Java_io_gannet_internal_NativeFile_read(JNIEnv *env, jclass type, jint fd,
                                                               jobject to, jint at, jint length,
                                                               jlong offset) {
    (void)type;
    if (at < 0 || length < 0 || offset < 0) return -EINVAL;
    char *base = gn_jni_buffer(env, to, (size_t)at + (size_t)length);
    if (!base) return -EINVAL;
    return gn_file_read(fd, base + at, (size_t)length, (uint64_t)offset);
}

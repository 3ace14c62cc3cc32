#include "jni_util.h"

#include <string.h>

void *gn_jni_buffer(JNIEnv *env, jobject buffer, size_t need) {
    if (!buffer) return NULL;
    void *memory = (*env)->GetDirectBufferAddress(env, buffer);
    jlong capacity = (*env)->GetDirectBufferCapacity(env, buffer);
    return memory && capacity >= 0 && (uint64_t)capacity >= need ? memory : NULL;
}

int64_t gn_jni_long(const void *base, size_t offset) {
    int64_t value;
    memcpy(&value, (const char *)base + offset, sizeof value);
    return value;
}

void gn_jni_put_long(void *base, size_t offset, int64_t value) {
    memcpy((char *)base + offset, &value, sizeof value);
}

jstring gn_jni_text(JNIEnv *env, const char *text) {
    return (*env)->NewStringUTF(env, text); /* throws OutOfMemoryError by itself */
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void)vm;
    (void)reserved;
    return JNI_VERSION_1_8;
}

/* What every native method needs: handles, direct buffers, and the one throw.
 *
 * Only files in jni/ may include this. A native decodes its arguments, makes one core call and
 * encodes one result. C never calls Java and throws nothing but OutOfMemoryError.
 */
#ifndef GN_JNI_UTIL_H
#define GN_JNI_UTIL_H

#include <jni.h>
#include <stddef.h>
#include <stdint.h>

struct gn_hub;

/* The memory of a direct buffer of at least `need` bytes.
 * Owns:   borrows the buffer for the call.
 * Thread: any.
 * Fails:  NULL for another kind of buffer or a smaller one; the caller returns -EINVAL. */
void *gn_jni_buffer(JNIEnv *env, jobject buffer, size_t need);

/* The n-th long of a buffer whose memory is `base`. */
int64_t gn_jni_long(const void *base, size_t offset);
void gn_jni_put_long(void *base, size_t offset, int64_t value);

static inline struct gn_hub *gn_jni_hub(jlong handle) { return (struct gn_hub *)(intptr_t)handle; }

/* A Java string of ASCII text; throws OutOfMemoryError and returns NULL when there is none. */
jstring gn_jni_text(JNIEnv *env, const char *text);

/* A slot and a generation in one long, not negative. */
static inline jlong gn_jni_place(int slot, uint32_t gen) {
    return (jlong)((uint64_t)gen << 32 | (uint32_t)slot);
}

#endif

/* Decodes the socket description that Java writes, see NativeSocket.java. */
#ifndef GN_JNI_PARAMS_H
#define GN_JNI_PARAMS_H

#include "../io/sock.h"
#include "../io/stream.h"

/* Thread: any. Fails: never; `base` has the agreed size, and what it says is checked by the
 * core. */
void gn_jni_params_addr(const void *base, struct gn_addr *addr);
void gn_jni_params_sock(const void *base, struct gn_sock_options *options);
void gn_jni_params_stream(const void *base, struct gn_stream_options *options);

#endif

package io.gannet.internal;

import io.gannet.NetException;

/** Turns the core's negative codes into exceptions. */
final class NativeErrors {
    /** The operation in what the system reports of a session by itself; no call is named so. */
    static final String SESSION = "session";

    private NativeErrors() {}

    /** Returns a code that is no failure, and throws what a negative one means. */
    static int check(int code, String operation) {
        if (code >= 0) {
            return code;
        }
        throw failure(code, operation, "");
    }

    /** The exception for a negative code; {@code detail} may be empty. */
    static NetException failure(int code, String operation, String detail) {
        String text = NativeSocket.errorText(code);
        String message = detail.isEmpty() ? text : detail + ": " + text;
        return new NetException(name(code), operation, message);
    }

    /** {@code "ECONNREFUSED"}, or Gannet's own as {@code "EIDLE"}. */
    static String name(int code) {
        String name = NativeSocket.errorName(code);
        return name.startsWith("GN_") ? name.substring(3) : name;
    }
}

package io.gannet.http;

import io.gannet.internal.HttpFields;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A body that is collected, and its trailers. Belongs to the loop thread until it is complete, and
 * does not change any more then.
 */
final class Content {
    /** What is reserved at first at most: clients promise much. */
    private static final int FIRST = 64 * 1024;

    private byte[] bytes;
    private int length;
    private HttpFields trailers = HttpFields.NONE;

    Content(long expected) {
        bytes = expected <= 0 ? Lines.NONE : new byte[(int) Math.min(expected, FIRST)];
    }

    /** Adds a piece; false when there would be more than {@code max} bytes. */
    boolean add(ByteBuffer data, int max) {
        int more = data.remaining();
        if (more > max - length) {
            return false;
        }
        if (more > bytes.length - length) {
            long twice = Math.max(length + more, Math.min(2L * length, max));
            bytes = Arrays.copyOf(bytes, (int) twice);
        }
        data.get(bytes, length, more);
        length += more;
        return true;
    }

    void complete(HttpFields fields) {
        trailers = fields;
        if (length < bytes.length) {
            bytes = Arrays.copyOf(bytes, length);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    HttpFields trailers() {
        return trailers;
    }
}

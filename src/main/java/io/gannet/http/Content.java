package io.gannet.http;

import io.gannet.internal.HeapAccount;
import io.gannet.internal.HttpFields;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A body that is collected, and its trailers. Belongs to the loop thread until it is complete, and
 * does not change any more then. What it takes is counted until it is released.
 */
final class Content {
    /** What is reserved at first: clients promise much, and a whole piece is often followed. */
    private static final int FIRST = 4096;

    static final int TAKEN = 0;
    static final int TOO_LARGE = 413;
    static final int NO_MEMORY = 503;

    private final HeapAccount heap;
    private final long expected;
    private byte[] bytes = Lines.NONE;
    private int length;
    private int counted;
    private HttpFields trailers = HttpFields.NONE;

    Content(long expected, HeapAccount heap) {
        this.expected = expected;
        this.heap = heap;
    }

    /** Adds a piece, all of it or nothing; answers what to refuse the request with. */
    int add(ByteBuffer data, int max) {
        int more = data.remaining();
        if (more > max - length) {
            return TOO_LARGE;
        }
        if (more > bytes.length - length) {
            long size = Math.max(length + more, Math.min(Math.max(2L * length, FIRST), max));
            if (expected > 0) {
                size = Math.max(length + more, Math.min(size, expected));
            }
            if (!heap.hasRoom(size - bytes.length)) {
                return NO_MEMORY;
            }
            bytes = Arrays.copyOf(bytes, (int) size);
            count(bytes.length);
        }
        data.get(bytes, length, more);
        length += more;
        return TAKEN;
    }

    void complete(HttpFields fields) {
        trailers = fields;
        if (length < bytes.length) {
            bytes = Arrays.copyOf(bytes, length);
            count(length);
        }
    }

    private void count(int now) {
        heap.add(now - counted);
        counted = now;
    }

    /** The request is over. Loop thread, or when the loop is gone. */
    void release() {
        count(0);
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

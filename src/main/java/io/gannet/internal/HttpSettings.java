package io.gannet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * What the core is told of HTTP, and how large the receive buffers must be for it: a head lies in
 * one of them.
 */
public final class HttpSettings {
    private static final int ALIGN = 64;

    private final long[] values = new long[NativeHttp.CONFIG_BYTES / Long.BYTES];
    private final int receiveSize;
    private long heapMax = Long.MAX_VALUE;

    /**
     * Sets the limits of heads.
     *
     * @param line bytes of the request line
     * @param bytes of all header lines
     * @param count how many header lines
     */
    public HttpSettings(int line, int bytes, int count) {
        values[NativeHttp.CONFIG_REQUEST_LINE_MAX] = line;
        values[NativeHttp.CONFIG_HEADER_BYTES_MAX] = bytes;
        values[NativeHttp.CONFIG_HEADER_COUNT_MAX] = count;
        /* An empty line may come before the request line, and two bytes end it. */
        int head = line + bytes + 4;
        receiveSize = Math.max(LoopConfig.RECEIVE_SIZE, (head + ALIGN - 1) & -ALIGN);
    }

    /**
     * Sets the limits of bodies.
     *
     * @param body bytes of data
     * @param extensions bytes of chunk extensions
     * @return this
     */
    public HttpSettings body(long body, int extensions) {
        values[NativeHttp.CONFIG_BODY_MAX] = body;
        values[NativeHttp.CONFIG_CHUNK_EXT_MAX] = extensions;
        return this;
    }

    /**
     * Sets the limits of trailers.
     *
     * @param bytes of all trailer lines
     * @param count how many
     * @return this
     */
    public HttpSettings trailers(int bytes, int count) {
        values[NativeHttp.CONFIG_TRAILER_BYTES_MAX] = bytes;
        values[NativeHttp.CONFIG_TRAILER_COUNT_MAX] = count;
        return this;
    }

    /**
     * Sets the timeouts; zero is none.
     *
     * @param head from the first byte of a head to its last
     * @param body without a byte of an incomplete body
     * @param send without a byte taken by the kernel
     * @return this
     */
    public HttpSettings timeouts(Duration head, Duration body, Duration send) {
        values[NativeHttp.CONFIG_HEAD_MS] = OptionChecks.millis(head);
        values[NativeHttp.CONFIG_BODY_MS] = OptionChecks.millis(body);
        values[NativeHttp.CONFIG_SEND_MS] = OptionChecks.millis(send);
        return this;
    }

    /**
     * Sets how much each loop may hold on the heap.
     *
     * @param bytes for what {@link HeapAccount} counts
     * @return this
     */
    public HttpSettings heap(long bytes) {
        heapMax = bytes;
        return this;
    }

    long heapMax() {
        return heapMax;
    }

    int receiveSize() {
        return receiveSize;
    }

    ByteBuffer toBuffer() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(NativeHttp.CONFIG_BYTES)
                .order(ByteOrder.nativeOrder());
        for (int i = 0; i < values.length; i++) {
            buffer.putLong(i * Long.BYTES, values[i]);
        }
        return buffer;
    }
}

package io.gannet.http;

import java.nio.ByteBuffer;

/**
 * The body of a response that is written in pieces. Any thread, one at a time. Every body must be
 * ended or aborted.
 */
public sealed interface HttpBody permits Body {
    /**
     * Queues all bytes of a buffer and consumes them.
     *
     * @param data borrowed during the call
     * @return false when the caller should wait for {@link #onReady} before it writes more
     * @throws io.gannet.NetException {@code ECLOSED} when the connection is gone, {@code ENOBUFS}
     *     when somebody did not wait and the write limit is reached
     * @throws IllegalStateException when the body was ended, or would become longer than was said
     */
    boolean write(ByteBuffer data);

    /**
     * Queues all bytes of an array.
     *
     * @param data borrowed during the call
     * @return as {@link #write(ByteBuffer)}
     */
    boolean write(byte[] data);

    /**
     * The body is complete. Idempotent.
     *
     * @throws IllegalStateException when it is shorter than was said; the connection is cut
     */
    void end();

    /** The body cannot be completed: cuts the connection, unless the body was ended. */
    void abort();

    /**
     * Sets what runs whenever the queue became short again after a write answered false, and once
     * when the connection is gone before the end; writes throw then. Set it before the first write.
     *
     * @param action runs on the connection's loop thread; must not block; what it throws cuts the
     *     connection
     */
    void onReady(Runnable action);
}

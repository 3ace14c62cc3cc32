package io.gannet.http;

import io.gannet.NetTimer;
import java.nio.ByteBuffer;
import java.time.Duration;

/** What the server's own producers need of a body beyond what everybody may use. */
abstract sealed class Body implements HttpBody permits BodyStream, CodedBody {
    /**
     * What is written at a time: the queue passes its high mark by one piece at most, and a coder
     * has its thread for no longer.
     */
    static final int PIECE = 32 * 1024;

    /**
     * Writes as {@link #write(ByteBuffer)} does, without asking for the write limit: for who stops
     * when it is told to wait. Any thread.
     */
    abstract boolean writeToMark(ByteBuffer data);

    /** Whether the connection still takes bytes. Any thread. */
    abstract boolean isOpen();

    /** Whether the caller is the connection's loop thread. */
    abstract boolean isOnLoop();

    /**
     * Runs a task on the connection's loop thread. Any thread.
     *
     * @throws io.gannet.NetException when the loop has ended
     */
    abstract void execute(Runnable task);

    /** Runs a task later, unless the connection is closed by then. Loop thread. */
    abstract NetTimer schedule(Duration delay, Runnable task);

    /**
     * Sets what runs when the server begins to stop, or at once when it does already. Loop thread.
     */
    abstract void onStop(Runnable action);

    /** What the response answers; its view is valid while the body is written. */
    abstract Exchange request();
}

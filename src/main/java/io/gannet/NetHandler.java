package io.gannet;

import io.gannet.internal.BlockingHandler;
import io.gannet.internal.Log;
import java.nio.ByteBuffer;

/**
 * Hears what happens to sessions.
 *
 * <p>All callbacks of a session run on its loop thread, one at a time, in the order of the events,
 * and must not block. One handler may serve many sessions; those may live on several loops, so a
 * shared handler that keeps state must guard it, while a handler made for each session (see
 * {@link NetServer#open(NetOptions, java.util.function.Supplier)}) need not. What a callback throws
 * goes to {@link #onError onError}, then the session is aborted, and what it has queued is lost;
 * the loop lives on. But a session that was closed still sends what is queued when a callback
 * throws the {@link NetException} {@code ECLOSED}, as a write after {@link NetSession#close} does.
 */
@FunctionalInterface
public interface NetHandler {
    /**
     * The session is established; the first callback. Runs on the loop thread; must not block.
     *
     * @param session the new session
     */
    default void onOpen(NetSession session) {}

    /**
     * Bytes arrived. Runs on the loop thread; must not block. {@code data} is valid only until this
     * method returns and need not be consumed: what is left in it is not delivered again.
     *
     * @param session where they arrived
     * @param data the bytes, between position and limit; a direct buffer
     */
    void onRecv(NetSession session, ByteBuffer data);

    /**
     * Everything queued so far is written: the kernel took the last byte. Runs on the loop thread
     * once for each time the queue became empty; must not block.
     *
     * @param session whose queue is empty
     */
    default void onSend(NetSession session) {}

    /**
     * The queue fell below the low-water mark after it had passed the high one; {@code write}
     * answers true again. Who was answered false hears this, or {@link #onClose}. Runs on the loop
     * thread; must not block.
     *
     * @param session whose queue fell
     */
    default void onDrain(NetSession session) {}

    /**
     * The peer sends no more; what it sent before was delivered. The session can still write. By
     * default it is closed once what is queued is sent; a handler that still has answers to give
     * overrides this and closes later. Runs on the loop thread; must not block.
     *
     * @param session whose peer ended its direction
     */
    default void onEnd(NetSession session) {
        session.close();
    }

    /**
     * The session is gone; the last callback, unless it throws: {@link #onError} hears of that.
     * Runs on the loop thread; must not block.
     *
     * @param session the session, closed
     * @param cause why
     */
    default void onClose(NetSession session, NetCause cause) {}

    /**
     * A callback threw, or the system failed the session ({@code error} is a {@link NetException}
     * of the operation {@code "session"} then). {@link #onClose} follows, unless it is what threw.
     * Runs on the loop thread; must not block. By default the error is logged: a warning for
     * whatever a callback threw, debug for the network's failures.
     *
     * @param session the session that is about to close
     * @param error what went wrong
     */
    default void onError(NetSession session, Throwable error) {
        Log.sessionFailed(session, error);
    }

    /**
     * A handler that runs every session in straight lines, on a thread of its own, which may block:
     * a virtual one on JDK 21 and newer. On older ones it is a thread of the system, and at most
     * 256 sessions of a handler have one at a time; further ones wait, unread, until one of these
     * ends. The log says so once.
     *
     * @param handler what to do with each session
     * @return for a server or client; may be shared
     */
    static NetHandler blocking(NetBlockingHandler handler) {
        return new BlockingHandler(handler);
    }
}

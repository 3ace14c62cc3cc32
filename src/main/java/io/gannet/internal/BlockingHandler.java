package io.gannet.internal;

import io.gannet.NetBlockingHandler;
import io.gannet.NetHandler;
import io.gannet.NetSession;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Stands for a handler that blocks, where one is asked for that does not; {@link Endpoint} has it
 * make the real one of each session. Any thread.
 */
public final class BlockingHandler implements NetHandler {
    /** Threads of the system, where there are no virtual ones. */
    private static final int THREADS = 256;

    private final NetBlockingHandler handler;
    private final WorkerPool threads =
            new WorkerPool("session", THREADS, Integer.MAX_VALUE - THREADS, true);

    /**
     * Stands for a handler.
     *
     * @param handler what to do with each session
     */
    public BlockingHandler(NetBlockingHandler handler) {
        this.handler = Objects.requireNonNull(handler, "handler");
    }

    NetHandler newSession() {
        return new BlockingSession(handler, threads);
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        throw new IllegalStateException("every session has a handler of its own");
    }
}

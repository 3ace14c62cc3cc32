package io.gannet;

/**
 * What to do with a session, from its beginning to its end, in straight lines.
 *
 * <pre>{@code
 * NetServer.open(NetOptions.port(2826), NetHandler.blocking(session -> {
 *     ByteBuffer data = ByteBuffer.allocate(8192);
 *     while (session.read(data) >= 0) {
 *         session.write(data.flip());
 *         data.clear();
 *     }
 * }));
 * }</pre>
 */
@FunctionalInterface
public interface NetBlockingHandler {
    /**
     * Runs a session on a thread of its own; may block. The session is closed when this returns,
     * once what was written is sent, and aborted when it throws. A {@link NetException} is the
     * network's failure and logged for debugging; what else it throws is logged as a warning.
     *
     * @param session valid until this returns
     * @throws Exception aborts the session
     */
    void handle(NetBlockingSession session) throws Exception;
}

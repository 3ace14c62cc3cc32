package io.gannet.http;

import java.time.Duration;

/**
 * Server-sent events on their way to one client; see {@link HttpResponse#events
 * HttpResponse.events}.
 *
 * <pre>{@code
 * server.get("/news", request -> HttpResponse.events(stream -> {
 *     readers.add(stream);
 *     stream.onClose(() -> readers.remove(stream));
 * }));
 * }</pre>
 *
 * <p>Any thread, any number at a time. The stream ends when somebody closes it, the client goes
 * away, or the server stops; nothing throws because of that.
 */
public sealed interface HttpEventStream extends AutoCloseable permits EventWriter {
    /**
     * Sends an event that has data only.
     *
     * @param data any text, of any number of lines
     * @return as {@link #send(HttpEvent)}
     */
    boolean send(String data);

    /**
     * Sends an event, unless the client is slow: what it has not taken yet stays bounded.
     *
     * @param event what to send
     * @return false when it was not sent and is not kept: the client has to catch up, which {@link
     *     #onReady} tells, or the stream is over
     * @throws io.gannet.NetException {@code ENOBUFS} when the event is larger than the write limit
     */
    boolean send(HttpEvent event);

    /**
     * Sends a text that clients skip.
     *
     * @param text any text, of any number of lines
     * @return as {@link #send(HttpEvent)}
     */
    boolean comment(String text);

    /**
     * Sends an empty comment whenever nothing was sent for so long, which keeps proxies from
     * closing the connection and finds out that a client has gone. Default 15 seconds.
     *
     * @param every zero for never
     */
    void heartbeat(Duration every);

    /**
     * The id of the last event that the client got before it came back.
     *
     * @return as it was sent, empty when this is its first request
     */
    String lastEventId();

    /**
     * Tells whether events can still be sent.
     *
     * @return false once the stream is over
     */
    boolean isOpen();

    /**
     * Sets what runs whenever the client has caught up after {@link #send send} answered false.
     *
     * @param action runs on the connection's loop thread; must not block; what it throws cuts the
     *     connection
     */
    void onReady(Runnable action);

    /**
     * Sets what runs once when the stream is over, for whatever reason; soon if it is already.
     *
     * @param action runs on the connection's loop thread; must not block; what it throws is logged
     */
    void onClose(Runnable action);

    /** Ends the stream behind what was sent. A browser comes back unless it was told not to. */
    @Override
    void close();
}

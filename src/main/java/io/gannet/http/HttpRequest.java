package io.gannet.http;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One request, as a view of the bytes that arrived: texts are made when they are asked for.
 *
 * <p>Any thread may read it until its response is complete: when the handler returned a response
 * that is complete in itself, or when the one that was promised by {@link HttpResponse#later} or is
 * streamed is sent. Afterwards every method throws {@link IllegalStateException}.
 */
public sealed interface HttpRequest permits Exchange {
    /**
     * The method.
     *
     * @return as it was sent: methods distinguish upper and lower case
     */
    String method();

    /**
     * The request target.
     *
     * @return as it was sent
     */
    String target();

    /**
     * The path of the target.
     *
     * @return as it was sent, with its escapes; empty for the targets {@code *} and {@code
     *     host:port}
     */
    String path();

    /**
     * The query of the target.
     *
     * @return as it was sent, without the question mark; empty when there is none
     */
    String query();

    /**
     * The version.
     *
     * @return {@code "HTTP/1.1"} or {@code "HTTP/1.0"}
     */
    String version();

    /**
     * Host and port the client asked for.
     *
     * @return the target's if it has one, else the Host header; empty when there is neither
     */
    String authority();

    /**
     * The first value of a header.
     *
     * @param name in any case
     * @return the value without white space around it, or nothing
     */
    Optional<String> header(String name);

    /**
     * All headers, in order.
     *
     * @return a view with the lifetime of this request
     */
    HttpHeaders headers();

    /**
     * The size of the body.
     *
     * @return bytes, 0 when there is none; of a streamed body what Content-Length says, -1 when it
     *     does not
     */
    long length();

    /**
     * The body.
     *
     * @return the bytes, which the caller may keep; the same array each time or a new one
     */
    byte[] bytes();

    /**
     * The body in a buffer.
     *
     * @return read-only, which the caller may keep
     */
    ByteBuffer body();

    /**
     * The body as a text in UTF-8.
     *
     * @return the text; malformed bytes become replacement characters
     */
    String text();

    /**
     * The fields behind a chunked body, in order.
     *
     * @return a view with the lifetime of this request, usually of nothing
     */
    HttpHeaders trailers();

    /**
     * The client's address.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress remoteAddress();

    /**
     * This side's address.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress localAddress();

    /**
     * Asks for the body in pieces, and answers a client that waits for 100.
     *
     * @param receiver hears of the pieces, never before the handler returned
     * @throws IllegalStateException when the handler does not stream this request, or this was
     *     called before
     */
    void stream(HttpReceiver receiver);

    /**
     * Holds the next piece of a streamed body back, and soon the client. From the loop thread it
     * takes effect at once, from others soon.
     */
    void pause();

    /** Lets the pieces of a streamed body come again. */
    void resume();
}

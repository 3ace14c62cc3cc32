package io.gannet.http;

import java.io.InputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * One request, as a view of the bytes that arrived: texts are made when they are asked for.
 *
 * <p>Any thread may read it until its response is complete: when the handler returned a response
 * that is complete in itself, or when the one that was promised by {@link HttpResponse#later
 * HttpResponse.later} or is streamed is sent. Afterwards every method throws {@link
 * IllegalStateException}.
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
     * The route that answers, for logs and metrics.
     *
     * @return the pattern as it was registered, behind its prefixes; empty when there is none
     */
    String route();

    /**
     * A parameter of the route.
     *
     * @param name without braces; {@code "*"} for what is below the prefix of a mounted handler
     * @return the decoded value; escaped slashes in it are slashes
     * @throws IllegalArgumentException when the route has no parameter of that name
     */
    String pathParam(String name);

    /**
     * All parameters of the route.
     *
     * @return names and decoded values in order, empty when there are none
     */
    Map<String, String> pathParams();

    /**
     * The query of the target.
     *
     * @return as it was sent, without the question mark; empty when there is none
     */
    String query();

    /**
     * A value in the query.
     *
     * @param name decoded; the first value counts when there are several
     * @return the value, decoded; empty when only the name is there; nothing without it
     * @throws HttpException status 400, as {@link #queryParams}
     */
    default Optional<String> queryParam(String name) {
        return queryParams().first(name);
    }

    /**
     * Names and values in the query, which are decoded as UTF-8; a plus sign is a space. At most
     * 1000.
     *
     * @return names and values; may be kept
     * @throws HttpException status 400, when an escape is malformed or there are too many
     */
    HttpParams queryParams();

    /**
     * The value of a cookie.
     *
     * @param name as the client sends it; the first counts when there are several
     * @return the value as it was sent, without quotes around it, or nothing
     */
    default Optional<String> cookie(String name) {
        return cookies().first(name);
    }

    /**
     * The cookies of the client. What is malformed is passed over; at most 300 are read.
     *
     * @return names and values; may be kept
     */
    HttpParams cookies();

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
     * The body as a text, in the charset that Content-Type names, else in UTF-8.
     *
     * @return the text; malformed bytes become replacement characters
     * @throws HttpException status 415, when the charset is not known here
     */
    String text();

    /**
     * What the body is, by Content-Type.
     *
     * @return in lower case and without parameters, as {@code application/json}; nothing when the
     *     client does not say, or says what makes no sense
     */
    Optional<String> contentType();

    /**
     * The body, read as JSON by {@link JsonCodec#standard}.
     *
     * @param <T> the type
     * @param type of the value
     * @return the value
     * @throws HttpException status 415 when the client says that the body is something else, 400
     *     when it is malformed or no such value
     * @throws IllegalStateException when there is no such codec
     */
    default <T> T json(Class<T> type) {
        return json(type, JsonCodec.standard());
    }

    /**
     * The body, read as JSON.
     *
     * @param <T> the type
     * @param type of the value
     * @param codec reads it
     * @return the value
     * @throws HttpException status 415 when the client says that the body is something else, 400
     *     when it is malformed or no such value
     */
    <T> T json(Class<T> type, JsonCodec codec);

    /**
     * The body, read as JSON by {@link JsonCodec#standard}.
     *
     * @param <T> the type
     * @param type of the value, as {@code new JsonType<List<Order>>() {}}
     * @return the value
     * @throws HttpException status 415 when the client says that the body is something else, 400
     *     when it is malformed or no such value
     * @throws IllegalStateException when there is no such codec
     */
    default <T> T json(JsonType<T> type) {
        return json(type, JsonCodec.standard());
    }

    /**
     * The body, read as JSON.
     *
     * @param <T> the type
     * @param type of the value, as {@code new JsonType<List<Order>>() {}}
     * @param codec reads it
     * @return the value
     * @throws HttpException status 415 when the client says that the body is something else, 400
     *     when it is malformed or no such value
     */
    <T> T json(JsonType<T> type, JsonCodec codec);

    /**
     * The fields of a form, when the body is {@code application/x-www-form-urlencoded}. They are
     * decoded as UTF-8. At most 1000.
     *
     * @return names and values; may be kept
     * @throws HttpException status 415 when the body is something else, 413 when there are too
     *     many fields, 400 when an escape is malformed
     */
    HttpParams form();

    /**
     * The parts of a form, when the body is {@code multipart/form-data}, within the limits of
     * {@link HttpMultipartOptions#defaults}.
     *
     * @return the parts, the same each time
     * @throws HttpException as {@link #multipart(HttpMultipartOptions)}
     */
    default HttpMultipart multipart() {
        return multipart(HttpMultipartOptions.defaults());
    }

    /**
     * The parts of a form, when the body is {@code multipart/form-data}. A body that was collected
     * stays in memory. One that is streamed is read now, as with {@link #bodyStream}, by a handler
     * that may block: it comes as fast as it can be kept, and parts that are long go to temporary
     * files, which never outlive the response.
     *
     * @param options the limits, which count for the first call
     * @return the parts, the same each time
     * @throws HttpException status 415 when the body is something else, 413 when it is over a
     *     limit, 400 when it is malformed or the rest of it does not come
     * @throws java.io.UncheckedIOException when a file cannot be written
     * @throws IllegalStateException on the loop thread, when it would have to wait for the body
     */
    HttpMultipart multipart(HttpMultipartOptions options);

    /**
     * The fields behind a chunked body, in order.
     *
     * @return a view with the lifetime of this request, usually of nothing
     */
    HttpHeaders trailers();

    /**
     * The client's address, as the connection or the PROXY protocol tells it.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress remoteAddress();

    /**
     * The address the connection itself comes from: that of a proxy where {@link
     * io.gannet.NetOptions.Builder#proxyProtocol} is set, else the same as {@link #remoteAddress}.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress peerAddress();

    /**
     * The IP address of the client: that of {@link #remoteAddress}, or if that is a trusted proxy
     * the one it tells of; see {@link HttpOptions.Builder#trustedProxies}.
     *
     * @return as {@code 192.0.2.1} or {@code 2001:db8::1}; {@code unix} for a Unix socket, {@code
     *     unknown} when the client was gone before that could be known, or a proxy announced a Unix
     *     socket of its own machine
     */
    String clientAddress();

    /**
     * The scheme the client used, which trusted proxies tell of.
     *
     * @return {@code http} or {@code https}
     */
    String scheme();

    /**
     * The host, maybe with a port, that the client used: what trusted proxies tell of, else {@link
     * #authority}.
     *
     * @return as in a Host header
     */
    String host();

    /**
     * This side's address.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress localAddress();

    /**
     * What a filter or handler left for those behind it.
     *
     * @param <T> the type the caller knows it to have
     * @param key names it
     * @return what was set, or nothing
     */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    <T> Optional<T> attribute(String key);

    /**
     * Leaves something for the filters and handlers behind this one.
     *
     * @param key names it
     * @param value takes the place of what was set before
     */
    void attribute(String key, Object value);

    /**
     * Asks for the body in pieces, and answers a client that waits for 100.
     *
     * @param receiver hears of the pieces, never before the handler returned
     * @throws IllegalStateException when the handler does not stream this request, or this was
     *     called before
     */
    void stream(HttpReceiver receiver);

    /**
     * The body as a publisher: of a streamed one in pieces, as they are asked for. What is not
     * asked for stays with the client. Its signals come from the connection's loop thread and must
     * not block it; the items are the subscriber's to keep. A body that ends early, for whatever
     * reason, is an error.
     *
     * @return of a streamed body for one subscriber, in place of {@link #stream stream}
     */
    Flow.Publisher<ByteBuffer> publisher();

    /**
     * The body as a stream to read from: of a streamed one in constant memory, for handlers that
     * may block. Reading waits for the client; when the rest of the body will not come it throws
     * {@link java.io.IOException}, and so it does after the response is complete. On the loop
     * thread a read that would have to wait throws {@link IllegalStateException}.
     *
     * @return for one thread at a time; of a streamed body in place of {@link #stream stream}, and
     *     begun with the first read
     */
    InputStream bodyStream();

    /**
     * Takes no body that is longer. One that is streamed and becomes so on its way is cut off: its
     * receiver hears of a failure, and 413 is answered unless a response was there before.
     *
     * @param bytes the most that the body may have
     * @throws HttpException status 413 when it is known to be longer
     */
    void bodyMax(long bytes);

    /**
     * Holds the next piece of a streamed body back, and soon the client. From the loop thread it
     * takes effect at once, from others soon.
     */
    void pause();

    /** Lets the pieces of a streamed body come again. */
    void resume();

    /**
     * Tells how this request ended, once: when its response was handed over to the connection in
     * full, or when there will be none because the client went away or the handler took too long.
     * Any number of actions may be given, by any thread; they run in the order they were given, and
     * may still read the request.
     *
     * @param action runs on the connection's loop thread; must not block; what it throws is logged
     * @throws IllegalStateException when the response is complete already
     */
    void onDone(Consumer<? super HttpOutcome> action);
}

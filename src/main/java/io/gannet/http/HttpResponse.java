package io.gannet.http;

import io.gannet.internal.web.MimeTypes;
import io.gannet.internal.web.UriText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a request is answered with. Immutable; may be sent any number of times and by any thread.
 * Content-Length or Transfer-Encoding, Connection, Date and Server are added when it is sent.
 */
public final class HttpResponse {
    private static final byte[] TEXT = Lines.append(Lines.NONE,
            "Content-Type", "text/plain; charset=utf-8");
    private static final byte[] OCTETS = Lines.append(Lines.NONE,
            "Content-Type", "application/octet-stream");
    private static final byte[] HTML = Lines.append(Lines.NONE,
            "Content-Type", "text/html; charset=utf-8");
    private static final String JSON_TYPE = "application/json";
    private static final byte[] JSON = Lines.append(Lines.NONE, "Content-Type", JSON_TYPE);
    private static final HttpResponse NO_CONTENT =
            new HttpResponse(204, Lines.NONE, Lines.NONE, null);
    /** A length that is not known, or not said. */
    static final long UNKNOWN = -1;

    final int status;
    /** Header lines, each with its end. */
    final byte[] lines;
    final byte[] body;
    final boolean close;
    /** The handler's own Date or Server is among the lines. */
    final boolean ownDate;
    final boolean ownServer;
    final @Nullable HttpProducer producer;
    /** The length of a streamed body; without any body, what Content-Length says of GET's. */
    final long streamLength;
    final @Nullable CompletionStage<HttpResponse> stage;
    /** Set when it was sent, so that who sends it again keeps the bytes. Races are harmless. */
    boolean sent;
    /** The bytes as they were sent last. Races are harmless: what it refers to is immutable. */
    @Nullable Encoded encoded;

    HttpResponse(HttpResponseBuilder from) {
        this.status = from.status;
        this.lines = from.lines;
        this.body = from.body;
        this.close = from.close;
        this.ownDate = from.ownDate;
        this.ownServer = from.ownServer;
        this.producer = from.producer;
        this.streamLength = producer != null
                ? from.streamLength
                : body.length == 0 ? from.statedLength : UNKNOWN;
        this.stage = null;
    }

    private HttpResponse(int status, byte[] lines, byte[] body,
            @Nullable CompletionStage<HttpResponse> stage) {
        this.status = status;
        this.lines = lines;
        this.body = body;
        this.close = false;
        this.ownDate = false;
        this.ownServer = false;
        this.producer = null;
        this.streamLength = UNKNOWN;
        this.stage = stage;
    }

    /**
     * A text with status 200.
     *
     * @param text sent as UTF-8, as {@code text/plain}
     * @return the response
     */
    public static HttpResponse text(String text) {
        return new HttpResponse(200, TEXT, text.getBytes(StandardCharsets.UTF_8), null);
    }

    /**
     * Bytes with status 200.
     *
     * @param data takes them: they must not change any more; sent as {@code
     *     application/octet-stream}
     * @return the response
     */
    public static HttpResponse bytes(byte[] data) {
        return new HttpResponse(200, OCTETS, Objects.requireNonNull(data, "data"), null);
    }

    /**
     * A file with status 200. It is opened when the response is sent, on the loop thread: there
     * may be a wait for the disk then, and none for the network, however large it is. Conditions
     * and ranges of the request are looked at then too, so that the client may get 304, 206, 412 or
     * 416, and 404 when there is no such file; filters do not see that. ETag, Last-Modified and
     * Accept-Ranges are added unless they are there. With another status than 200 the file is sent
     * as it is.
     *
     * <p>For paths that come from clients use {@link HttpFiles}: this opens whatever it is told to.
     *
     * @param file one of the default file system; the Content-Type follows from its name
     * @return the response
     */
    public static HttpResponse file(Path file) {
        String type = MimeTypes.of(MimeTypes.extension(file.toString()));
        return new HttpResponseBuilder().header("Content-Type", type).stream(new NamedFile(file))
                .build();
    }

    /**
     * A status without a body.
     *
     * @param status 200 to 599
     * @return the response
     */
    public static HttpResponse status(int status) {
        return new HttpResponse(checkStatus(status), Lines.NONE, Lines.NONE, null);
    }

    /**
     * What a publisher gives, with status 200 and as {@code application/octet-stream}; see {@link
     * #publisher(String, Flow.Publisher)}.
     *
     * @param source subscribed to each time the response is sent
     * @return the response
     */
    public static HttpResponse publisher(Flow.Publisher<ByteBuffer> source) {
        return publisher("application/octet-stream", source);
    }

    /**
     * What a publisher gives, with status 200. It is asked for a few items at a time, and for more
     * when the client has taken them; the items must not change any more. When the client goes away
     * the subscription is cancelled; when the publisher fails, that is logged and the connection is
     * cut.
     *
     * @param type the Content-Type
     * @param source subscribed to each time the response is sent, on the connection's loop thread
     * @return the response
     */
    public static HttpResponse publisher(String type, Flow.Publisher<ByteBuffer> source) {
        return streamed(type, new PublisherBody(source)).build();
    }

    /**
     * What somebody writes who may block, with status 200; runs on one of the server's workers.
     * When none is free and too much waits for them, 503 is answered.
     *
     * @param type the Content-Type
     * @param action called each time the response is sent
     * @return the response
     */
    public static HttpResponse writer(String type, HttpWriter action) {
        return streamed(type, new WriterBody(action)).build();
    }

    /**
     * Server-sent events, with status 200 and as {@code text/event-stream} that nobody should store
     * or hold back.
     *
     * @param handler begins to send, and hands the stream to whoever goes on; called each time the
     *     response is sent, on the connection's loop thread; must not block
     * @return the response
     */
    public static HttpResponse events(Consumer<? super HttpEventStream> handler) {
        return streamed("text/event-stream", EventWriter.producer(handler))
                .header("Cache-Control", "no-store")
                .header("X-Accel-Buffering", "no")
                .build();
    }

    private static HttpResponseBuilder streamed(String type, HttpProducer producer) {
        return builder().header("Content-Type", type).stream(producer);
    }

    /**
     * A page with status 200.
     *
     * @param text sent as UTF-8, as {@code text/html}; nothing in it is escaped
     * @return the response
     */
    public static HttpResponse html(String text) {
        return new HttpResponse(200, HTML, text.getBytes(StandardCharsets.UTF_8), null);
    }

    /**
     * JSON with status 200, by {@link JsonCodec#standard}.
     *
     * @param value what to write
     * @return the response
     * @throws IllegalStateException when there is no such codec
     * @throws RuntimeException when the value cannot be written
     */
    public static HttpResponse json(Object value) {
        return json(value, JsonCodec.standard());
    }

    /**
     * JSON with status 200.
     *
     * @param value what to write
     * @param codec writes it
     * @return the response
     * @throws RuntimeException when the value cannot be written
     */
    public static HttpResponse json(Object value, JsonCodec codec) {
        byte[] json = codec.encode(Objects.requireNonNull(value, "value"));
        return new HttpResponse(200, JSON, Objects.requireNonNull(json, "the JSON is null"), null);
    }

    /**
     * No body, status 204.
     *
     * @return the response
     */
    public static HttpResponse noContent() {
        return NO_CONTENT;
    }

    /**
     * Sends the client elsewhere for this once, with status 302.
     *
     * @param location a URI, absolute or relative to that of the request; in ASCII, with escapes
     * @return the response
     * @throws IllegalArgumentException when it is none
     */
    public static HttpResponse redirect(String location) {
        return redirect(302, location);
    }

    /**
     * Sends the client elsewhere.
     *
     * @param status 301 or 308 for ever, 302 or 307 for this once, 303 for the result of a POST;
     *     with 307 and 308 the client sends the same method and body again
     * @param location a URI, absolute or relative to that of the request; in ASCII, with escapes
     * @return the response
     * @throws IllegalArgumentException when it is none, or the status is another
     */
    public static HttpResponse redirect(int status, String location) {
        if (status < 301 || status > 308 || (status > 303 && status < 307)) {
            throw new IllegalArgumentException("status " + status + " redirects nobody");
        }
        if (!UriText.isReference(location)) {
            throw new IllegalArgumentException(
                    "a location must be a URI: " + Lines.quoted(location));
        }
        return new HttpResponse(status, Lines.append(Lines.NONE, "Location", location), Lines.NONE,
                null);
    }

    /**
     * A response that is not known yet. The loop goes on; the request stays valid until the
     * response is complete.
     *
     * @param stage completed by any thread; what it fails with is answered with 500 and logged
     * @return stands for the response
     */
    public static HttpResponse later(CompletionStage<HttpResponse> stage) {
        return new HttpResponse(0, Lines.NONE, Lines.NONE, Objects.requireNonNull(stage, "stage"));
    }

    /**
     * Starts from status 200 without headers and body.
     *
     * @return a new builder
     */
    public static HttpResponseBuilder builder() {
        return new HttpResponseBuilder();
    }

    /**
     * The status.
     *
     * @return 200 to 599; 0 of {@link #later later}, whose status is not known
     */
    public int status() {
        return status;
    }

    /**
     * The first value of a header of the response itself; what is added when it is sent is not
     * there yet.
     *
     * @param name in any case
     * @return the value, or nothing; nothing of {@link #later later}
     */
    public Optional<String> header(String name) {
        List<String> values = headers(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }

    /**
     * All values of a header of the response itself; what is added when it is sent is not there
     * yet.
     *
     * @param name in any case
     * @return the values in order; none of {@link #later later}
     */
    public List<String> headers(String name) {
        List<String> values = new ArrayList<>(2);
        if (close && name.equalsIgnoreCase("Connection")) {
            values.add("close");
        }
        if (producer == null && streamLength >= 0 && name.equalsIgnoreCase("Content-Length")) {
            values.add(Long.toString(streamLength));
        }
        int at = Lines.find(lines, name, 0);
        for (; at >= 0; at = Lines.find(lines, name, Lines.end(lines, at))) {
            values.add(Lines.value(lines, at, name));
        }
        return values;
    }

    /**
     * The body that is there in one piece.
     *
     * @return read-only; empty when there is none, when it is streamed, and of {@link #later later}
     */
    public ByteBuffer body() {
        return ByteBuffer.wrap(body).asReadOnlyBuffer();
    }

    /**
     * The size of the body.
     *
     * @return bytes; -1 when a streamed one does not say, and of {@link #later later}
     */
    public long length() {
        return stage != null ? UNKNOWN : producer != null ? streamLength : body.length;
    }

    /**
     * Whether the body is written in pieces.
     *
     * @return true if so; false of {@link #later later}
     */
    public boolean isStreamed() {
        return producer != null;
    }

    /**
     * Makes another response from this one; from one of {@link #later later} as soon as it is
     * known.
     *
     * @param change gets a response that is known; runs at once, or on the thread that completes
     *     this one; what it throws is answered with 500
     * @return the other response, or what stands for it
     */
    public HttpResponse map(UnaryOperator<HttpResponse> change) {
        if (stage == null) {
            return Objects.requireNonNull(change.apply(this), "the response is null");
        }
        Objects.requireNonNull(change, "change");
        return later(stage.thenApply(new Function<HttpResponse, HttpResponse>() {
            @Override
            public HttpResponse apply(HttpResponse known) {
                return Objects.requireNonNull(known, "the response is null").map(change);
            }
        }));
    }

    /**
     * The same with another status.
     *
     * @param value 200 to 599
     * @return the response; of {@link #later later}, what stands for it
     * @throws IllegalArgumentException when that status allows no body and there is one
     */
    public HttpResponse withStatus(int value) {
        checkStatus(value);
        return stage == null
                ? new HttpResponseBuilder(this).status(value).build()
                : map(known -> known.withStatus(value));
    }

    /**
     * The same with one header of this name, in place of all it had; checked as by {@link
     * HttpResponseBuilder#header HttpResponseBuilder.header}.
     *
     * @param name a token
     * @param value printable Latin-1, without white space around it
     * @return the response; of {@link #later later}, what stands for it
     * @throws IllegalArgumentException when one of them is none, or contradicts the body
     */
    public HttpResponse withHeader(String name, String value) {
        Lines.checkName(name);
        Lines.checkValue(name, value);
        return stage == null
                ? new HttpResponseBuilder(this).remove(name).header(name, value).build()
                : map(known -> known.withHeader(name, value));
    }

    /**
     * The same with one header more; checked as by {@link HttpResponseBuilder#header
     * HttpResponseBuilder.header}.
     *
     * @param name a token
     * @param value printable Latin-1, without white space around it
     * @return the response; of {@link #later later}, what stands for it
     * @throws IllegalArgumentException when one of them is none, or contradicts the body
     */
    public HttpResponse addHeader(String name, String value) {
        Lines.checkName(name);
        Lines.checkValue(name, value);
        return stage == null
                ? new HttpResponseBuilder(this).header(name, value).build()
                : map(known -> known.addHeader(name, value));
    }

    /**
     * The same without the headers of this name.
     *
     * @param name in any case
     * @return the response; of {@link #later later}, what stands for it
     */
    public HttpResponse withoutHeader(String name) {
        Objects.requireNonNull(name, "name");
        return stage == null
                ? new HttpResponseBuilder(this).remove(name).build()
                : map(known -> known.withoutHeader(name));
    }

    /**
     * The same with another Content-Type.
     *
     * @param type as {@code text/css; charset=utf-8}
     * @return the response; of {@link #later later}, what stands for it
     */
    public HttpResponse withType(String type) {
        return withHeader("Content-Type", type);
    }

    /**
     * The same with another body. Content-Type and other headers stay as they are.
     *
     * @param text sent as UTF-8
     * @return the response; of {@link #later later}, what stands for it
     */
    public HttpResponse withBody(String text) {
        return withBody(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The same with another body. Content-Type and other headers stay as they are.
     *
     * @param data takes them: they must not change any more
     * @return the response; of {@link #later later}, what stands for it
     * @throws IllegalArgumentException when the status allows no body
     */
    public HttpResponse withBody(byte[] data) {
        Objects.requireNonNull(data, "data");
        return stage == null
                ? new HttpResponseBuilder(this).remove("Content-Length").body(data).build()
                : map(known -> known.withBody(data));
    }

    /**
     * The same with JSON in place of the body it had, by {@link JsonCodec#standard}, and with the
     * Content-Type of JSON. Other headers and the status stay as they are, which is how an error
     * handler says the same in JSON; see {@link Routes#error}.
     *
     * @param value what to write
     * @return the response; of {@link #later}, what stands for it
     * @throws IllegalStateException when there is no such codec
     * @throws IllegalArgumentException when the status allows no body
     * @throws RuntimeException when the value cannot be written
     */
    public HttpResponse withJson(Object value) {
        return withJson(value, JsonCodec.standard());
    }

    /**
     * The same with JSON in place of the body it had, as by {@link #withJson(Object)}.
     *
     * @param value what to write
     * @param codec writes it
     * @return the response; of {@link #later}, what stands for it
     * @throws IllegalArgumentException when the status allows no body
     * @throws RuntimeException when the value cannot be written
     */
    public HttpResponse withJson(Object value, JsonCodec codec) {
        HttpResponse json = json(value, codec);
        return withBody(json.body).withType(JSON_TYPE);
    }

    /**
     * The same with a body that is changed on its way, as by compression. A streamed body stays
     * one, of unknown length; a large one becomes one. Headers stay as they are, so that
     * Content-Encoding is the caller's to say.
     *
     * @param coders gives a coder for each body, when it is sent or now
     * @return the response, as it is when it has no body; of {@link #later later}, what stands for
     *     it
     */
    public HttpResponse coded(Supplier<? extends HttpCoder> coders) {
        Objects.requireNonNull(coders, "coders");
        return stage == null
                ? CodedBody.code(this, coders)
                : map(known -> known.coded(coders));
    }

    /**
     * The same with a cookie to set, in place of one with that name.
     *
     * @param cookie what the client should keep
     * @return the response; of {@link #later later}, what stands for it
     */
    public HttpResponse withCookie(HttpCookie cookie) {
        String line = cookie.toHeader();
        if (stage != null) {
            return map(known -> known.withCookie(cookie));
        }
        HttpResponseBuilder changed = new HttpResponseBuilder(this);
        String start = cookie.name() + "=";
        changed.remove("Set-Cookie");
        for (String old : headers("Set-Cookie")) {
            if (!old.startsWith(start)) {
                changed.header("Set-Cookie", old);
            }
        }
        return changed.header("Set-Cookie", line).build();
    }

    /**
     * The same, and the client forgets a cookie of {@link HttpCookie#of}, or any other that was set
     * with the path {@code /} and without a domain. For others, send {@link HttpCookie#expired}.
     *
     * @param name the cookie's
     * @return the response; of {@link #later later}, what stands for it
     */
    public HttpResponse withoutCookie(String name) {
        return withCookie(HttpCookie.of(name, "").expired());
    }

    /** Whether Content-Length promises a body that is missing; right for HEAD and 304 only. */
    boolean lacksBody() {
        return streamLength > 0 && producer == null && status != 304;
    }

    static int checkStatus(int status) {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException(
                    "status is " + status + ", must be between 200 and 599");
        }
        return status;
    }

    /** Whether the status allows no body, RFC 9110 §6.4.1. */
    static boolean isBodiless(int status) {
        return status == 204 || status == 304;
    }

    @Override
    public String toString() {
        return stage != null ? "HttpResponse[later]" : "HttpResponse[" + status + "]";
    }

    /** A response in bytes, as it is sent within one second by servers that name themselves so. */
    static final class Encoded {
        final byte[] bytes;
        final byte[] server;
        final long second;
        final int dateAt;

        Encoded(byte[] bytes, byte[] server, long second, int dateAt) {
            this.bytes = bytes;
            this.server = server;
            this.second = second;
            this.dateAt = dateAt;
        }
    }
}

package io.gannet.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
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
    /** For a streamed body: its length is not known. */
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
    final long streamLength;
    final @Nullable CompletionStage<HttpResponse> stage;
    /** Set when it was sent, so that who sends it again keeps the bytes. Races are harmless. */
    boolean sent;
    /** The bytes as they were sent last. Races are harmless: what it refers to is immutable. */
    @Nullable Encoded encoded;

    private HttpResponse(Builder from) {
        this.status = from.status;
        this.lines = from.lines;
        this.body = from.body;
        this.close = from.close;
        this.ownDate = from.ownDate;
        this.ownServer = from.ownServer;
        this.producer = from.producer;
        this.streamLength = from.streamLength;
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
     * A status without a body.
     *
     * @param status 200 to 599
     * @return the response
     */
    public static HttpResponse status(int status) {
        return new HttpResponse(checkStatus(status), Lines.NONE, Lines.NONE, null);
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
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The status.
     *
     * @return 200 to 599; 0 of {@link #later}
     */
    public int status() {
        return status;
    }

    private static int checkStatus(int status) {
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

    /** Collects a response. Not thread safe. */
    public static final class Builder {
        private int status = 200;
        private byte[] lines = Lines.NONE;
        private byte[] body = Lines.NONE;
        private boolean close;
        private boolean ownDate;
        private boolean ownServer;
        private @Nullable HttpProducer producer;
        private long streamLength = UNKNOWN;
        private @Nullable String statedLength;

        Builder() {}

        /**
         * The status. Default 200.
         *
         * @param value 200 to 599
         * @return this
         */
        public Builder status(int value) {
            status = checkStatus(value);
            return this;
        }

        /**
         * Adds a header line. Framing is the server's: a Content-Length must agree with the body,
         * Transfer-Encoding is refused, and Connection may only say {@code close}.
         *
         * @param name a token
         * @param value printable Latin-1, without white space around it
         * @return this
         * @throws IllegalArgumentException when one of them is none, as with a CR, LF or NUL
         */
        public Builder header(String name, String value) {
            byte[] longer = Lines.append(lines, name, value);
            switch (name.toLowerCase(Locale.ROOT)) {
                case "content-length" -> {
                    if (statedLength != null && !statedLength.equals(value)) {
                        throw new IllegalArgumentException("Content-Length is said twice");
                    }
                    statedLength = value;
                    return this;
                }
                case "transfer-encoding" -> throw new IllegalArgumentException(
                        "Transfer-Encoding is the server's to choose");
                case "connection" -> {
                    if (!value.equalsIgnoreCase("close")) {
                        throw new IllegalArgumentException("Connection may only be close");
                    }
                    close = true;
                    return this;
                }
                case "date" -> ownDate = true;
                case "server" -> ownServer = true;
                default -> { }
            }
            lines = longer;
            return this;
        }

        /**
         * A body of text, in UTF-8. The Content-Type is the caller's.
         *
         * @param text replaces what was set before
         * @return this
         */
        public Builder body(String text) {
            return body(text.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * A body of bytes.
         *
         * @param data takes them: they must not change any more; replaces what was set before
         * @return this
         */
        public Builder body(byte[] data) {
            body = Objects.requireNonNull(data, "data");
            producer = null;
            return this;
        }

        /**
         * A body of bytes.
         *
         * @param data borrowed and consumed; replaces what was set before
         * @return this
         */
        public Builder body(ByteBuffer data) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            return body(copy);
        }

        /**
         * A body that is written in pieces, of unknown length: chunked, or ended by the end of the
         * connection in HTTP/1.0.
         *
         * @param value called each time the response is sent; replaces what was set before
         * @return this
         */
        public Builder stream(HttpProducer value) {
            producer = Objects.requireNonNull(value, "producer");
            body = Lines.NONE;
            streamLength = UNKNOWN;
            return this;
        }

        /**
         * A body that is written in pieces, of known length.
         *
         * @param length bytes
         * @param value called each time the response is sent; replaces what was set before
         * @return this
         */
        public Builder stream(long length, HttpProducer value) {
            if (length < 0) {
                throw new IllegalArgumentException("length is " + length);
            }
            stream(value);
            streamLength = length;
            return this;
        }

        /**
         * Closes the connection after this response, and says so.
         *
         * @return this
         */
        public Builder close() {
            close = true;
            return this;
        }

        /**
         * Checks the response and makes it final.
         *
         * @return the response
         * @throws IllegalArgumentException when a Content-Length contradicts the body, or a body
         *     the status
         */
        public HttpResponse build() {
            boolean hasBody = body.length > 0 || producer != null;
            if (isBodiless(status) && (hasBody || statedLength != null)) {
                throw new IllegalArgumentException(
                        "a response with status " + status + " has no body");
            }
            long length = producer == null ? body.length : streamLength;
            if (statedLength != null && !statedLength.equals(Long.toString(length))) {
                throw new IllegalArgumentException("Content-Length says " + statedLength
                        + ", the body's length is " + (length < 0 ? "unknown" : "" + length));
            }
            return new HttpResponse(this);
        }
    }
}

package io.gannet.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects a response. Not thread safe. */
public final class HttpResponseBuilder {
    int status = 200;
    byte[] lines = Lines.NONE;
    byte[] body = Lines.NONE;
    boolean close;
    boolean ownDate;
    boolean ownServer;
    @Nullable HttpProducer producer;
    long streamLength = HttpResponse.UNKNOWN;
    /** What a Content-Length says, negative without one. */
    long statedLength = HttpResponse.UNKNOWN;

    HttpResponseBuilder() {}

    /** Starts from a response that is known. */
    HttpResponseBuilder(HttpResponse from) {
        status = from.status;
        lines = from.lines;
        body = from.body;
        close = from.close;
        ownDate = from.ownDate;
        ownServer = from.ownServer;
        producer = from.producer;
        if (producer != null) {
            streamLength = from.streamLength;
        } else {
            statedLength = from.streamLength;
        }
    }

    /**
     * The status. Default 200.
     *
     * @param value 200 to 599
     * @return this
     */
    public HttpResponseBuilder status(int value) {
        status = HttpResponse.checkStatus(value);
        return this;
    }

    /**
     * Adds a header line. Framing is the server's: a Content-Length must agree with the body,
     * Transfer-Encoding is refused, and Connection may only say {@code close}. Without a body, as
     * for HEAD and status 304, Content-Length says what GET would have sent; to a GET that is
     * answered with 500.
     *
     * @param name a token
     * @param value printable Latin-1, without white space around it
     * @return this
     * @throws IllegalArgumentException when one of them is none, as with a CR, LF or NUL
     */
    public HttpResponseBuilder header(String name, String value) {
        byte[] longer = Lines.append(lines, name, value);
        switch (name.toLowerCase(Locale.ROOT)) {
            case "content-length" -> {
                long length = lengthOf(value);
                if (statedLength >= 0 && statedLength != length) {
                    throw new IllegalArgumentException("Content-Length is said twice");
                }
                statedLength = length;
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

    /** A length in decimal digits and nothing else, RFC 9110 §8.6. */
    private static long lengthOf(String value) {
        long length = 0;
        boolean ok = !value.isEmpty() && value.length() <= 18;
        for (int i = 0; i < value.length() && ok; i++) {
            char c = value.charAt(i);
            ok = c >= '0' && c <= '9';
            length = length * 10 + (c - '0');
        }
        if (!ok) {
            throw new IllegalArgumentException("Content-Length is no length");
        }
        return length;
    }

    /** Drops all headers of a name, whatever they stand for. */
    HttpResponseBuilder remove(String name) {
        switch (name.toLowerCase(Locale.ROOT)) {
            case "content-length" -> statedLength = HttpResponse.UNKNOWN;
            case "connection" -> close = false;
            case "date" -> ownDate = false;
            case "server" -> ownServer = false;
            default -> { }
        }
        lines = Lines.without(lines, name);
        return this;
    }

    /**
     * A body of text, in UTF-8. The Content-Type is the caller's.
     *
     * @param text replaces what was set before
     * @return this
     */
    public HttpResponseBuilder body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A body of bytes.
     *
     * @param data takes them: they must not change any more; replaces what was set before
     * @return this
     */
    public HttpResponseBuilder body(byte[] data) {
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
    public HttpResponseBuilder body(ByteBuffer data) {
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
    public HttpResponseBuilder stream(HttpProducer value) {
        producer = Objects.requireNonNull(value, "producer");
        body = Lines.NONE;
        streamLength = HttpResponse.UNKNOWN;
        return this;
    }

    /**
     * A body that is written in pieces, of known length.
     *
     * @param length bytes
     * @param value called each time the response is sent; replaces what was set before
     * @return this
     */
    public HttpResponseBuilder stream(long length, HttpProducer value) {
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
    public HttpResponseBuilder close() {
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
        boolean states = statedLength >= 0;
        boolean promises = status == 205 ? statedLength > 0 : states && status == 204;
        if ((HttpResponse.isBodiless(status) || status == 205) && (hasBody || promises)) {
            throw new IllegalArgumentException(
                    "a response with status " + status + " has no body");
        }
        long length = producer == null ? body.length : streamLength;
        if (states && hasBody && statedLength != length) {
            throw new IllegalArgumentException("Content-Length says " + statedLength
                    + ", the body's length is " + (length < 0 ? "unknown" : "" + length));
        }
        return new HttpResponse(this);
    }
}

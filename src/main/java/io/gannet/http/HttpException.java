package io.gannet.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Thrown by a handler or filter to answer with an error: the client gets the status, and the
 * message as a text. It is not logged, unless an error handler does that.
 */
public final class HttpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the client gets. */
    private final int status;

    /** Names and values by turns. */
    private final ArrayList<String> headers = new ArrayList<>();

    /**
     * Names the error.
     *
     * @param status 400 to 599
     * @param message for the client; nothing that it should not know
     */
    public HttpException(int status, String message) {
        super(Objects.requireNonNull(message, "message"));
        this.status = checkStatus(status);
    }

    /**
     * Names the error, and what it comes from.
     *
     * @param status 400 to 599
     * @param message for the client; nothing that it should not know
     * @param cause for logs, the client does not see it
     */
    public HttpException(int status, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"),
                Objects.requireNonNull(cause, "cause"));
        this.status = checkStatus(status);
    }

    /** For what happens often and where nobody asks for the place: has no stack trace. */
    HttpException(int status) {
        super(StatusLines.phrase(status), null, false, false);
        this.status = checkStatus(status);
    }

    /** The same with a message. */
    private HttpException(String message, int status) {
        super(message, null, false, false);
        this.status = checkStatus(status);
    }

    /** For what happens often and where nobody asks for the place: has no stack trace. */
    static HttpException quick(int status, String message) {
        return new HttpException(message, status);
    }

    private static int checkStatus(int status) {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException(
                    "status is " + status + ", must be between 400 and 599");
        }
        return status;
    }

    /**
     * Adds a header to the answer, as {@code WWW-Authenticate} to a 401. A Content-Type replaces
     * that of a text.
     *
     * @param name a token; framing is the server's, as in {@link HttpResponseBuilder#header}
     * @param value printable Latin-1, without white space around it
     * @return this
     * @throws IllegalArgumentException when one of them is none
     */
    public HttpException header(String name, String value) {
        if (name.toLowerCase(Locale.ROOT).equals("content-length")) {
            throw new IllegalArgumentException("Content-Length is the server's to choose");
        }
        HttpResponseBuilder check = HttpResponse.builder();
        check.header(name, value);
        headers.add(name);
        headers.add(value);
        return this;
    }

    /**
     * The headers that were added for the answer, as {@code Allow} of a 405 for want of a route.
     *
     * @return names and values in the order in which they were added; a copy
     */
    public List<Map.Entry<String, String>> headers() {
        List<Map.Entry<String, String>> all = new ArrayList<>(headers.size() / 2);
        for (int i = 0; i < headers.size(); i += 2) {
            all.add(Map.entry(headers.get(i), headers.get(i + 1)));
        }
        return all;
    }

    /**
     * The status.
     *
     * @return 400 to 599
     */
    public int status() {
        return status;
    }

    /**
     * What is answered unless an error handler answers otherwise. One that does should start from
     * this, lest headers as {@code Allow} and {@code WWW-Authenticate} be lost; see {@link
     * HttpResponse#withBody} and {@link HttpResponse#withJson}.
     *
     * @return the status, the headers, and the message as a text in UTF-8
     */
    public HttpResponse toResponse() {
        HttpResponseBuilder response = HttpResponse.builder().status(status);
        boolean typed = false;
        for (int i = 0; i < headers.size(); i += 2) {
            typed |= headers.get(i).equalsIgnoreCase("content-type");
            response.header(headers.get(i), headers.get(i + 1));
        }
        if (!typed) {
            response.header("Content-Type", "text/plain; charset=utf-8");
        }
        return response.body(Objects.requireNonNull(getMessage())).build();
    }
}

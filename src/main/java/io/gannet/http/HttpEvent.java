package io.gannet.http;

import io.gannet.internal.web.EventText;
import java.time.Duration;
import java.util.Objects;

/**
 * One server-sent event; see {@link HttpResponse#events HttpResponse.events}.
 *
 * @param id what a client that comes back names in Last-Event-ID; one line, empty for none
 * @param event the type that a page listens for; one line, empty for {@code message}
 * @param data any text, of any number of lines
 * @param retry how long the client should wait before it comes back, zero not to say
 */
public record HttpEvent(String id, String event, String data, Duration retry) {
    private static final Duration RETRY_MAX = Duration.ofMillis(Long.MAX_VALUE);

    /**
     * Checks the parts.
     *
     * @param id one line, empty for none
     * @param event one line, empty for none
     * @param data any text
     * @param retry in milliseconds, zero for none
     * @throws IllegalArgumentException when {@code id} or {@code event} holds a line break or NUL,
     *     or {@code retry} is negative or has more milliseconds than a long holds
     */
    public HttpEvent {
        EventText.checkLine("id", id);
        EventText.checkLine("event", event);
        Objects.requireNonNull(data, "data");
        if (retry.isNegative() || retry.compareTo(RETRY_MAX) > 0) {
            throw new IllegalArgumentException(
                    "retry is " + retry + ", must be between zero and " + RETRY_MAX);
        }
    }

    /**
     * An event that has data only.
     *
     * @param data any text
     * @return the event
     */
    public static HttpEvent of(String data) {
        return new HttpEvent("", "", data, Duration.ZERO);
    }

    /**
     * The same with an id.
     *
     * @param value one line
     * @return the event
     */
    public HttpEvent withId(String value) {
        return new HttpEvent(value, event, data, retry);
    }

    /**
     * The same with a type.
     *
     * @param value one line
     * @return the event
     */
    public HttpEvent withEvent(String value) {
        return new HttpEvent(id, value, data, retry);
    }

    /**
     * The same with a time to wait.
     *
     * @param value in milliseconds
     * @return the event
     */
    public HttpEvent withRetry(Duration value) {
        return new HttpEvent(id, event, data, value);
    }
}

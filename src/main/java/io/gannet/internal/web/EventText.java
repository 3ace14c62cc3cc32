package io.gannet.internal.web;

import java.nio.charset.StandardCharsets;

/**
 * Server-sent events as they are written, by the HTML standard. CR, LF and CRLF all end a line
 * there, so that none of them may get into a field: texts are split at them, and names must not
 * hold any.
 */
public final class EventText {
    private static final byte[] EMPTY_COMMENT = {':', '\n', '\n'};

    private EventText() {}

    /**
     * Writes an event.
     *
     * @param id without line breaks, empty for none
     * @param event without line breaks, empty for none
     * @param data any text; its lines become lines of the event
     * @param retryMillis 0 for none
     * @return in UTF-8, with the empty line that ends an event
     */
    public static byte[] event(String id, String event, String data, long retryMillis) {
        checkLine("id", id);
        checkLine("event", event);
        StringBuilder text = new StringBuilder(data.length() + id.length() + event.length() + 32);
        if (!event.isEmpty()) {
            text.append("event: ").append(event).append('\n');
        }
        if (!id.isEmpty()) {
            text.append("id: ").append(id).append('\n');
        }
        if (retryMillis > 0) {
            text.append("retry: ").append(retryMillis).append('\n');
        }
        lines(text, "data: ", data);
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes a comment, which clients skip.
     *
     * @param comment any text
     * @return in UTF-8
     */
    public static byte[] comment(String comment) {
        if (comment.isEmpty()) {
            return EMPTY_COMMENT.clone();
        }
        StringBuilder text = new StringBuilder(comment.length() + 8);
        lines(text, ": ", comment);
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Refuses a text that is more than one line, or holds a NUL, for which clients drop an id.
     *
     * @param name what the text is, for the message
     * @param value the text
     */
    public static void checkLine(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                throw new IllegalArgumentException(
                        name + " must not hold a line break or NUL, but does at " + i);
            }
        }
    }

    /**
     * Appends each line of a text behind a prefix; the text behind the last break is a line too.
     */
    private static void lines(StringBuilder to, String prefix, String text) {
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n') {
                to.append(prefix).append(text, from, i).append('\n');
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                from = i + 1;
            }
        }
        to.append(prefix).append(text, from, text.length()).append('\n');
    }
}

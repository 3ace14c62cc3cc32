package io.gannet.http;

import io.gannet.internal.web.TokenText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Header lines as bytes, and what may stand in them (RFC 9110 §5.5, §5.6.2). */
final class Lines {
    static final byte[] NONE = new byte[0];

    private Lines() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Appends a line to others. */
    static byte[] append(byte[] lines, String name, String value) {
        checkName(name);
        checkValue(name, value);
        byte[] longer = Arrays.copyOf(lines, lines.length + name.length() + value.length() + 4);
        int at = put(longer, lines.length, name);
        longer[at++] = ':';
        longer[at++] = ' ';
        at = put(longer, at, value);
        longer[at++] = '\r';
        longer[at] = '\n';
        return longer;
    }

    /** All lines but those of a name. */
    static byte[] without(byte[] lines, String name) {
        int at = find(lines, name, 0);
        if (at < 0) {
            return lines;
        }
        byte[] fewer = Arrays.copyOf(lines, lines.length);
        int length = 0;
        int from = 0;
        for (; at >= 0; at = find(lines, name, from)) {
            System.arraycopy(lines, from, fewer, length, at - from);
            length += at - from;
            from = end(lines, at);
        }
        System.arraycopy(lines, from, fewer, length, lines.length - from);
        return Arrays.copyOf(fewer, length + lines.length - from);
    }

    /** Where the next line of a name begins, -1 when there is none; {@code from} begins a line. */
    static int find(byte[] lines, String name, int from) {
        for (int at = from; at < lines.length; at = end(lines, at)) {
            if (isNamed(lines, at, name)) {
                return at;
            }
        }
        return -1;
    }

    /** The value in the line at a place; {@code name} is that line's. */
    static String value(byte[] lines, int at, String name) {
        int from = at + name.length() + 2;
        return new String(lines, from, end(lines, at) - 2 - from, StandardCharsets.ISO_8859_1);
    }

    /** Behind a line. A value holds no CR, so that the first one ends it. */
    static int end(byte[] lines, int at) {
        int end = at;
        while (lines[end] != '\r') {
            end++;
        }
        return end + 2;
    }

    private static boolean isNamed(byte[] lines, int at, String name) {
        if (lines.length - at <= name.length() || lines[at + name.length()] != ':') {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (lower(lines[at + i]) != lower(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    private static int put(byte[] to, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            to[at + i] = (byte) text.charAt(i);
        }
        return at + text.length();
    }

    static void checkName(String name) {
        checkToken("a header name", Objects.requireNonNull(name, "name"));
    }

    static void checkToken(String what, String text) {
        if (!TokenText.isToken(text)) {
            throw new IllegalArgumentException(what + " must be a token: " + quoted(text));
        }
    }

    /** Refuses what could end the line, or become another byte on its way. */
    static void checkValue(String name, String value) {
        Objects.requireNonNull(value, "value");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException(
                        "the value of the header " + name + " must be printable Latin-1: "
                                + quoted(value));
            }
        }
        if (!value.equals(value.strip())) {
            throw new IllegalArgumentException(
                    "the value of the header " + name
                            + " must not begin or end with white space: " + quoted(value));
        }
    }

    /** For a message: nothing in it may forge another line of a log. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted.append(c < ' ' || c > '~' ? '?' : c);
        }
        return quoted.append('"').toString();
    }
}

package io.gannet.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Header lines as bytes, and what may stand in them (RFC 9110 §5.5, §5.6.2). */
final class Lines {
    static final byte[] NONE = new byte[0];
    /** What a token may hold besides letters and digits. */
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private Lines() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Appends a line to others. */
    static byte[] append(byte[] lines, String name, String value) {
        checkName(name);
        checkValue(value);
        byte[] longer = Arrays.copyOf(lines, lines.length + name.length() + value.length() + 4);
        int at = put(longer, lines.length, name);
        longer[at++] = ':';
        longer[at++] = ' ';
        at = put(longer, at, value);
        longer[at++] = '\r';
        longer[at] = '\n';
        return longer;
    }

    private static int put(byte[] to, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            to[at + i] = (byte) text.charAt(i);
        }
        return at + text.length();
    }

    static void checkName(String name) {
        boolean token = !name.isEmpty();
        for (int i = 0; i < name.length() && token; i++) {
            token = isToken(name.charAt(i));
        }
        if (!token) {
            throw new IllegalArgumentException("a header name must be a token: " + quoted(name));
        }
    }

    /** Refuses what could end the line, or become another byte on its way. */
    static void checkValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException(
                        "a header value must be printable Latin-1: " + quoted(value));
            }
        }
        if (!value.equals(value.strip())) {
            throw new IllegalArgumentException(
                    "a header value must not begin or end with white space: " + quoted(value));
        }
    }

    private static boolean isToken(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }

    /** For a message: nothing in it may forge another line of a log. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted.append(c < ' ' || c > '~' ? '?' : c);
        }
        return quoted.append('"').toString();
    }
}

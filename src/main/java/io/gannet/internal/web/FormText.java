package io.gannet.internal.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads {@code application/x-www-form-urlencoded}, which queries are written in too: names and
 * values in UTF-8 with escapes. Stricter than browsers: an escape that is none, and bytes that are
 * no UTF-8, are refused, because another reader might read something else.
 */
public final class FormText {
    private static final String[] NOTHING = new String[0];

    private FormText() {}

    /**
     * Counts the fields.
     *
     * @param text the whole
     * @return how many {@link #parse} will find
     */
    public static int count(String text) {
        int count = 0;
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('&', from);
            end = end < 0 ? text.length() : end;
            count += end > from ? 1 : 0;
            from = end + 1;
        }
        return count;
    }

    /**
     * Reads all fields.
     *
     * @param text the whole, each character a byte
     * @return names and values by turns, in order; a value that is not said is empty
     * @throws IllegalArgumentException when an escape or a text is malformed
     */
    public static String[] parse(String text) {
        int count = count(text);
        String[] pairs = count == 0 ? NOTHING : new String[2 * count];
        int at = 0;
        int from = 0;
        int equals = -1; /* the next one, however many fields lie in front of it */
        while (from < text.length()) {
            int end = text.indexOf('&', from);
            end = end < 0 ? text.length() : end;
            if (end > from) {
                if (equals < from) {
                    equals = text.indexOf('=', from);
                    equals = equals < 0 ? text.length() : equals;
                }
                boolean said = equals < end;
                pairs[at++] = decode(text, from, said ? equals : end);
                pairs[at++] = said ? decode(text, equals + 1, end) : "";
            }
            from = end + 1;
        }
        return pairs;
    }

    private static String decode(String text, int from, int end) {
        for (int i = from; i < end; i++) {
            char c = text.charAt(i);
            if (c == '%' || c == '+' || c >= 0x80) {
                return unescape(text, from, end);
            }
        }
        return text.substring(from, end);
    }

    private static String unescape(String text, int from, int end) {
        byte[] bytes = new byte[end - from];
        int length = 0;
        for (int i = from; i < end; i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < end ? UriText.hex(text.charAt(i + 1)) : -1;
                int low = i + 2 < end ? UriText.hex(text.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    throw new IllegalArgumentException("a percent sign without two digits");
                }
                bytes[length++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c > 0xff) {
                throw new IllegalArgumentException("a character that is no byte");
            } else {
                bytes[length++] = c == '+' ? (byte) ' ' : (byte) c;
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text that is not UTF-8", e);
        }
    }
}

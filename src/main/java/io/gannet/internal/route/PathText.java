package io.gannet.internal.route;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Paths in their normal form: decoded as UTF-8 segment by segment, dot segments resolved (RFC 3986
 * §5.2.4). A slash that was escaped belongs to its segment; it is {@link #SLASH} in the normal
 * form, which strict decoding never gives alone. Pure; any thread.
 */
public final class PathText {
    /**
     * Stands for an escaped slash: the second half of some characters, which no text holds without
     * the first. {@link #slashAt} tells both apart.
     */
    public static final char SLASH = '\uDC2F';

    private PathText() {}

    /**
     * Brings a path to its normal form.
     *
     * @param raw begins with a slash, ASCII
     * @return the same text when it is normal already; null when its escapes are malformed, are not
     *     UTF-8, or hold a NUL
     */
    public static @Nullable String normal(String raw) {
        if (raw.indexOf('%') < 0 && raw.indexOf("/.") < 0) {
            return raw;
        }
        String decoded = decode(raw);
        return decoded == null || decoded.indexOf("/.") < 0 ? decoded : resolve(decoded);
    }

    /**
     * Decodes escapes.
     *
     * @param raw with escapes
     * @return without, null when they are malformed, are not UTF-8, or hold a NUL
     */
    static @Nullable String decode(String raw) {
        int at = raw.indexOf('%');
        if (at < 0) {
            return raw;
        }
        StringBuilder text = new StringBuilder(raw.length()).append(raw, 0, at);
        while (at < raw.length()) {
            if (raw.charAt(at) != '%') {
                text.append(raw.charAt(at++));
                continue;
            }
            int from = at;
            while (at < raw.length() && raw.charAt(at) == '%') {
                at += 3;
            }
            if (at > raw.length() || !decode(raw, from, at, text)) {
                return null;
            }
        }
        return text.toString();
    }

    /** Decodes a run of escapes, which may hold a part of no character. */
    private static boolean decode(String raw, int from, int to, StringBuilder text) {
        ByteBuffer bytes = ByteBuffer.allocate((to - from) / 3);
        for (int at = from; at < to; at += 3) {
            int high = Character.digit(raw.charAt(at + 1), 16);
            int low = Character.digit(raw.charAt(at + 2), 16);
            int value = high << 4 | low;
            if (high < 0 || low < 0 || value == 0 || raw.charAt(at + 1) > 'f'
                    || raw.charAt(at + 2) > 'f') {
                return false;
            }
            bytes.put((byte) value);
        }
        try {
            CharSequence decoded = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
            for (int i = 0; i < decoded.length(); i++) {
                text.append(decoded.charAt(i) == '/' ? SLASH : decoded.charAt(i));
            }
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Resolves dot segments; what would climb out stays at the root. */
    private static String resolve(String path) {
        StringBuilder text = new StringBuilder(path.length());
        for (int at = 0; at < path.length();) {
            int slash = path.indexOf('/', at + 1);
            int end = slash < 0 ? path.length() : slash;
            int length = end - at - 1;
            boolean up = length == 2 && path.startsWith("..", at + 1);
            if (up) {
                text.setLength(Math.max(0, text.lastIndexOf("/")));
            } else if (length != 1 || path.charAt(at + 1) != '.') {
                text.append(path, at, end);
                at = end;
                continue;
            }
            if (slash < 0) {
                text.append('/');
            }
            at = end;
        }
        return text.toString();
    }

    /**
     * Looks for an escaped slash.
     *
     * @param part of a normal form, begins with a segment
     * @param from where to look from
     * @return its place, -1 when there is none
     */
    public static int slashAt(String part, int from) {
        int at = part.indexOf(SLASH, from);
        while (at > 0 && Character.isHighSurrogate(part.charAt(at - 1))) {
            at = part.indexOf(SLASH, at + 1); /* it was half of a character */
        }
        return at;
    }

    /**
     * Gives a part of a path to a reader.
     *
     * @param part of a normal form, begins with a segment
     * @return with its escaped slashes as slashes
     */
    public static String readable(String part) {
        int at = slashAt(part, 0);
        if (at < 0) {
            return part;
        }
        StringBuilder text = new StringBuilder(part);
        for (; at >= 0; at = slashAt(part, at + 1)) {
            text.setCharAt(at, '/');
        }
        return text.toString();
    }

    /**
     * Finds a segment.
     *
     * @param path a normal form
     * @param segment how many slashes lie in front of it
     * @return the place of its first character, -1 when there are fewer slashes
     */
    public static int startOf(String path, int segment) {
        int at = 0;
        for (int i = 0; i < segment; i++) {
            at = path.indexOf('/', at) + 1;
            if (at == 0) {
                return -1;
            }
        }
        return at;
    }

    /**
     * Finds the end of a segment.
     *
     * @param path a normal form
     * @param start the place of the segment
     * @return the place behind its last character
     */
    public static int endOf(String path, int start) {
        int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }
}

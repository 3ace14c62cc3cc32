package io.gannet.internal.web;

import io.gannet.internal.route.PathText;
import java.nio.charset.StandardCharsets;

/** Paths of requests as paths of files. */
public final class FilePaths {
    /** No file has such a name, or none that a client may see. */
    public static final int REFUSED = -1;

    private FilePaths() {}

    /**
     * The most room that {@link #encode} needs.
     *
     * @param path as given to it
     * @return bytes
     */
    public static int roomFor(String path) {
        return path.length() * 3; /* no UTF-16 unit takes more */
    }

    /**
     * Turns a path into the bytes of a file's path. A slash at its end stays. Empty segments,
     * {@code .} and {@code ..} are refused, and so are segments with a zero byte, an escaped slash
     * or a backslash in them.
     *
     * @param path in the normal form of {@link PathText}, without the slash it begins with
     * @param hidden whether names may begin with a dot
     * @param to has enough room
     * @return how many bytes, or {@link #REFUSED}
     */
    public static int encode(String path, boolean hidden, byte[] to) {
        int length = 0;
        int segment = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c >= 0x80) {
                return encodeOther(path, hidden, to);
            }
            if (c == '/') {
                if (isRefused(to, segment, length, hidden)) {
                    return REFUSED;
                }
                segment = length + 1;
            } else if (c == 0 || c == '\\') {
                return REFUSED;
            }
            to[length++] = (byte) c;
        }
        return segment < length && isRefused(to, segment, length, hidden) ? REFUSED : length;
    }

    /** A path with other characters than ASCII, or with an escaped slash. */
    private static int encodeOther(String path, boolean hidden, byte[] to) {
        if (PathText.slashAt(path, 0) >= 0) {
            return REFUSED;
        }
        /* The bytes of such characters are none that matter to the check. */
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        StringBuilder latin = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            latin.append(b < 0 ? 'x' : (char) b);
        }
        int length = encode(latin.toString(), hidden, to);
        if (length > 0) {
            System.arraycopy(bytes, 0, to, 0, length);
        }
        return length;
    }

    private static boolean isRefused(byte[] bytes, int from, int to, boolean hidden) {
        if (from == to) {
            return true;
        }
        if (bytes[from] != '.') {
            return false;
        }
        boolean dots = to == from + 1 || (to == from + 2 && bytes[from + 1] == '.');
        return dots || !hidden;
    }
}

package io.gannet.internal.web;

import io.gannet.internal.ip.IpText;
import java.net.URI;
import java.net.URISyntaxException;

/** What a URI may look like where a peer reads it, RFC 3986 and no more. */
public final class UriText {
    /** What may stand in a reference besides letters, digits and escapes. */
    private static final String MARKS = "-._~:/?#[]@!$&'()*+,;=";

    private UriText() {}

    /**
     * Tells whether a text is a URI reference, absolute or relative.
     *
     * @param text maybe one
     * @return false also for an empty one, and for what has to be escaped first
     */
    public static boolean isReference(String text) {
        if (text.isEmpty()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ok = c == '%'
                    ? i + 2 < text.length() && isHex(text.charAt(i + 1))
                            && isHex(text.charAt(i + 2))
                    : isLetterOrDigit(c) || MARKS.indexOf(c) >= 0;
            if (!ok) {
                return false;
            }
        }
        try {
            new URI(text);
            return true;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /**
     * Tells whether a text is a host, maybe with a port, as in a Host header.
     *
     * @param text maybe one
     * @return true for a name of letters, digits, dots, hyphens and underscores, an IPv4 address or
     *     an IPv6 address in brackets
     */
    public static boolean isAuthority(String text) {
        int portAt = text.lastIndexOf(':');
        String host = text;
        if (portAt >= 0 && text.indexOf(']', portAt) < 0) {
            if (!isPort(text, portAt + 1)) {
                return false;
            }
            host = text.substring(0, portAt);
        }
        if (host.startsWith("[")) {
            byte[] ip = host.endsWith("]")
                    ? IpText.parse(host.substring(1, host.length() - 1))
                    : null;
            return ip != null && host.indexOf(':') > 0;
        }
        boolean ok = !host.isEmpty() && host.length() <= 255;
        for (int i = 0; i < host.length() && ok; i++) {
            char c = host.charAt(i);
            ok = isLetterOrDigit(c) || c == '.' || c == '-' || c == '_';
        }
        return ok;
    }

    private static boolean isPort(String text, int from) {
        int port = text.length() - from > 5 ? 65536 : 0;
        for (int i = from; i < text.length() && port <= 65535; i++) {
            char c = text.charAt(i);
            port = c >= '0' && c <= '9' ? port * 10 + (c - '0') : 65536;
        }
        return port <= 65535;
    }

    static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static boolean isHex(char c) {
        return hex(c) >= 0;
    }

    /** The value of a hexadecimal digit, -1 for what is none. */
    static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' && c < 0x80 ? lower - 'a' + 10 : -1;
    }
}

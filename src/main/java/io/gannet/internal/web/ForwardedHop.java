package io.gannet.internal.web;

import io.gannet.internal.ip.IpText;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One element of a Forwarded header, RFC 7239: what one proxy says of the side it was asked from.
 * What it does not say, or says in a way that is no use, is empty.
 */
final class ForwardedHop {
    private static final byte[] UNKNOWN = new byte[0];

    /** 4 or 16 bytes; none for {@code unknown} and hidden ones. */
    final byte[] ip;
    /** {@code http} or {@code https}. */
    final String scheme;
    /** As in a Host header. */
    final String host;

    private ForwardedHop(byte[] ip, String scheme, String host) {
        this.ip = ip;
        this.scheme = scheme;
        this.host = host;
    }

    /** Reads an element; null when it is malformed. */
    static @Nullable ForwardedHop parse(String element) {
        byte[] ip = UNKNOWN;
        String scheme = "";
        String host = "";
        String seen = ";";
        HeaderText text = new HeaderText(element, 0);
        do {
            String key = text.token().toLowerCase(Locale.ROOT);
            text.take('=');
            String value = text.tokenOrQuoted();
            if (!text.isGood() || seen.contains(";" + key + ";")) {
                return null;
            }
            seen += key + ";";
            switch (key) {
                case "for" -> ip = node(value);
                case "proto" -> scheme = scheme(value);
                case "host" -> host = host(value);
                default -> { }
            }
        } while (text.skip(';'));
        return text.isAtEnd() ? new ForwardedHop(ip, scheme, host) : null;
    }

    /**
     * Reads an address that may have a port behind it. IPv6 with a port is in brackets.
     *
     * @return 4 or 16 bytes, or none
     */
    static byte[] node(String text) {
        String host = text;
        int colon = text.lastIndexOf(':');
        if (text.startsWith("[")) {
            int close = text.indexOf(']');
            if (close < 0 || text.indexOf(':') > close
                    || (close + 1 < text.length() && !isPort(text, close + 1))) {
                return UNKNOWN;
            }
            host = text.substring(1, close);
        } else if (colon >= 0 && colon == text.indexOf(':')) {
            if (!isPort(text, colon)) {
                return UNKNOWN;
            }
            host = text.substring(0, colon);
        }
        byte[] ip = IpText.parse(host);
        return ip == null ? UNKNOWN : ip;
    }

    /** A colon and a port, which may be a hidden one. */
    private static boolean isPort(String text, int colon) {
        int digits = text.length() - colon - 1;
        if (text.charAt(colon) != ':' || digits == 0) {
            return false;
        }
        boolean hidden = text.charAt(colon + 1) == '_' && digits > 1;
        boolean ok = hidden || digits <= 5;
        for (int i = colon + 1; i < text.length() && ok; i++) {
            char c = text.charAt(i);
            ok = hidden ? TokenText.isTokenChar(c) : c >= '0' && c <= '9';
        }
        return ok;
    }

    static String scheme(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.equals("http") || lower.equals("https") ? lower : "";
    }

    static String host(String text) {
        return UriText.isAuthority(text) ? text : "";
    }
}

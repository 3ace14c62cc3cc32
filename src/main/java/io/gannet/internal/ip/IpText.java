package io.gannet.internal.ip;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** IP addresses as texts. Reads literals only, so that nothing is ever looked up. */
public final class IpText {
    private IpText() {}

    /**
     * Reads an IPv4 address in four decimal numbers, or an IPv6 address of RFC 4291 without a zone.
     *
     * @param text maybe one
     * @return 4 or 16 bytes, those of IPv4 also when it is mapped into IPv6; null for anything else
     */
    public static byte @Nullable [] parse(String text) {
        if (text.length() > 45) {
            return null;
        }
        if (text.indexOf(':') < 0) {
            byte[] four = new byte[4];
            return four(text, 0, four, 0) ? four : null;
        }
        byte[] ip = sixteen(text);
        return ip != null && isMapped(ip) ? Arrays.copyOfRange(ip, 12, 16) : ip;
    }

    private static boolean isMapped(byte[] ip) {
        for (int i = 0; i < 10; i++) {
            if (ip[i] != 0) {
                return false;
            }
        }
        return ip[10] == -1 && ip[11] == -1;
    }

    /** Reads the dotted form up to the end; no leading zeros, which some take for octal. */
    private static boolean four(String text, int from, byte[] to, int at) {
        int place = from;
        for (int part = 0; part < 4; part++) {
            int value = 0;
            int digits = 0;
            while (place < text.length() && digits < 4 && isDigit(text.charAt(place))) {
                value = value * 10 + (text.charAt(place++) - '0');
                digits++;
            }
            boolean padded = digits > 1 && text.charAt(place - digits) == '0';
            if (digits == 0 || digits > 3 || value > 255 || padded) {
                return false;
            }
            to[at + part] = (byte) value;
            if (part < 3 && (place >= text.length() || text.charAt(place++) != '.')) {
                return false;
            }
        }
        return place == text.length();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** The value of a hexadecimal digit, -1 for what is none; other scripts have digits too. */
    private static int hex(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private static byte @Nullable [] sixteen(String text) {
        byte[] ip = new byte[16];
        int length = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int end = at;
            int value = 0;
            while (end < text.length() && end - at < 5 && hex(text.charAt(end)) >= 0) {
                value = value << 4 | hex(text.charAt(end++));
            }
            if (end < text.length() && text.charAt(end) == '.') {
                if (length > 12 || !four(text, at, ip, length)) {
                    return null;
                }
                length += 4;
                break;
            }
            if (end == at || end - at > 4 || length > 14) {
                return null;
            }
            ip[length++] = (byte) (value >> 8);
            ip[length++] = (byte) value;
            at = end;
            if (at == text.length()) {
                break;
            }
            if (text.charAt(at++) != ':' || at == text.length()) {
                return null;
            }
            if (text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = length;
                at++;
            }
        }
        return spread(ip, length, gap);
    }

    /** Opens the gap that two colons stand for, which is at least one group. */
    private static byte @Nullable [] spread(byte[] ip, int length, int gap) {
        if (gap < 0) {
            return length == 16 ? ip : null;
        }
        if (length > 14) {
            return null;
        }
        int tail = length - gap;
        System.arraycopy(ip, gap, ip, 16 - tail, tail);
        Arrays.fill(ip, gap, 16 - tail, (byte) 0);
        return ip;
    }

    /**
     * Writes an address in the one form that RFC 5952 recommends.
     *
     * @param ip 4 or 16 bytes
     * @return the text
     */
    public static String format(byte[] ip) {
        StringBuilder text = new StringBuilder(39);
        if (ip.length == 4) {
            for (int i = 0; i < 4; i++) {
                text.append(i > 0 ? "." : "").append(ip[i] & 0xff);
            }
            return text.toString();
        }
        int gap = longestGap(ip);
        int gapEnd = gap < 0 ? -1 : gapEnd(ip, gap);
        int i = 0;
        while (i < 8) {
            if (i == gap) {
                text.append("::");
                i = gapEnd;
            } else {
                text.append(i > 0 && i != gapEnd ? ":" : "");
                text.append(Integer.toHexString(group(ip, i++)));
            }
        }
        return text.toString();
    }

    /** The first of the longest runs of zero groups, -1 when none is longer than one. */
    private static int longestGap(byte[] ip) {
        int best = -1;
        int most = 1;
        for (int i = 0; i < 8; i++) {
            int run = gapEnd(ip, i) - i;
            if (run > most) {
                most = run;
                best = i;
            }
        }
        return best;
    }

    private static int gapEnd(byte[] ip, int from) {
        int end = from;
        while (end < 8 && group(ip, end) == 0) {
            end++;
        }
        return end;
    }

    private static int group(byte[] ip, int index) {
        return (ip[2 * index] & 0xff) << 8 | (ip[2 * index + 1] & 0xff);
    }
}

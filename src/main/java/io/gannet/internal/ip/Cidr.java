package io.gannet.internal.ip;

import java.util.Arrays;

/** A range of IP addresses, as {@code 10.0.0.0/8}. Immutable. */
public final class Cidr {
    private final byte[] ip;
    private final int bits;

    private Cidr(byte[] ip, int bits) {
        this.ip = ip;
        this.bits = bits;
    }

    /**
     * Reads a range.
     *
     * @param text an address, a slash and how many of its bits count; without the slash all do
     * @return the range
     * @throws IllegalArgumentException when it is none, or bits are set that do not count
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        byte[] ip = IpText.parse(slash < 0 ? text : text.substring(0, slash));
        if (ip == null) {
            throw bad(text, "no IP address");
        }
        int bits = slash < 0 ? 8 * ip.length : bits(text, slash + 1);
        if (bits < 0) {
            throw bad(text, "no length behind the slash");
        }
        if (text.indexOf(':') >= 0 && ip.length == 4 && slash >= 0) {
            bits -= 96; /* IPv4 mapped into IPv6 */
        }
        if (bits < 0 || bits > 8 * ip.length) {
            throw bad(text, "a length out of range behind the slash");
        }
        for (int i = bits; i < 8 * ip.length; i++) {
            if ((ip[i / 8] & 0x80 >> i % 8) != 0) {
                throw bad(text, "bits behind its length");
            }
        }
        return new Cidr(ip, bits);
    }

    private static IllegalArgumentException bad(String text, String why) {
        return new IllegalArgumentException(
                "a range of addresses has " + why + ": \"" + text + "\"");
    }

    private static int bits(String text, int from) {
        int bits = 0;
        int digits = text.length() - from;
        for (int i = from; i < text.length() && bits >= 0; i++) {
            char c = text.charAt(i);
            bits = c >= '0' && c <= '9' && digits <= 3 ? bits * 10 + (c - '0') : -1;
        }
        return digits == 0 ? -1 : bits;
    }

    /**
     * The lowest address of the range.
     *
     * @return 4 or 16 bytes, a copy
     */
    public byte[] ip() {
        return ip.clone();
    }

    /**
     * How many bits all addresses of the range have in common.
     *
     * @return 0 to 8 for each byte
     */
    public int bits() {
        return bits;
    }

    /**
     * Tells whether an address is in the range.
     *
     * @param address 4 or 16 bytes
     * @return true if so; never for one of the other family
     */
    public boolean contains(byte[] address) {
        if (address.length != ip.length) {
            return false;
        }
        int whole = bits / 8;
        int rest = bits % 8;
        return Arrays.equals(address, 0, whole, ip, 0, whole)
                && (rest == 0 || (address[whole] & 0xff) >> (8 - rest)
                        == (ip[whole] & 0xff) >> (8 - rest));
    }
}

package io.gannet.internal.ip;

import java.util.ArrayList;
import java.util.List;

/**
 * Which peers are trusted to speak for others.
 *
 * @param ranges their IP addresses
 * @param unix whether those of Unix sockets are among them
 */
public record TrustedPeers(List<Cidr> ranges, boolean unix) {
    /** Stands for the peers of Unix sockets. */
    public static final String UNIX = "unix";

    /**
     * Copies the ranges.
     *
     * @param ranges IP addresses
     * @param unix whether Unix sockets are among them
     */
    public TrustedPeers {
        ranges = List.copyOf(ranges);
    }

    /**
     * Reads who is trusted.
     *
     * @param texts ranges of IP addresses, and {@link #UNIX}
     * @return the peers
     * @throws IllegalArgumentException when one is malformed
     */
    public static TrustedPeers of(List<String> texts) {
        List<Cidr> ranges = new ArrayList<>();
        boolean unix = false;
        for (String text : texts) {
            if (text.equals(UNIX)) {
                unix = true;
            } else {
                ranges.add(Cidr.parse(text));
            }
        }
        return new TrustedPeers(ranges, unix);
    }

    /**
     * Tells whether a peer is trusted.
     *
     * @param ip 4 or 16 bytes; empty for a Unix socket
     * @return true if so
     */
    public boolean trusts(byte[] ip) {
        if (ip.length == 0) {
            return unix;
        }
        for (Cidr range : ranges) {
            if (range.contains(ip)) {
                return true;
            }
        }
        return false;
    }
}

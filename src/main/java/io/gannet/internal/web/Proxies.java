package io.gannet.internal.web;

import io.gannet.internal.ip.IpText;
import io.gannet.internal.ip.TrustedPeers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which proxies are trusted, and who asked them. Immutable.
 *
 * <p>Each proxy adds at the right of Forwarded or X-Forwarded-For whom it was asked by. So they are
 * read from the right, as long as the one who wrote an element is trusted; what stands further left
 * anybody may have written. Nothing is ever looked up.
 */
public final class Proxies {
    /** Nobody is trusted. */
    public static final Proxies NONE = new Proxies(TrustedPeers.of(List.of()));

    private final TrustedPeers trusted;

    private Proxies(TrustedPeers trusted) {
        this.trusted = trusted;
    }

    /**
     * Reads who is trusted.
     *
     * @param texts ranges of IP addresses, and {@link TrustedPeers#UNIX}
     * @return the proxies
     * @throws IllegalArgumentException when one is malformed
     */
    public static Proxies of(List<String> texts) {
        return texts.isEmpty() ? NONE : new Proxies(TrustedPeers.of(texts));
    }

    /**
     * Tells whether a peer is trusted.
     *
     * @param ip 4 or 16 bytes; empty for a Unix socket
     * @return true if so
     */
    public boolean trusts(byte[] ip) {
        return trusted.trusts(ip);
    }

    /**
     * Who asked, how and whom.
     *
     * @param ip the address as a text, {@link TrustedPeers#UNIX} for a Unix socket
     * @param scheme {@code http} or {@code https}, empty when no trusted proxy says it
     * @param host as in a Host header, empty when no trusted proxy says it
     */
    public record Client(String ip, String scheme, String host) {}

    /**
     * Finds the client behind trusted proxies. X-Forwarded-For counts where there are both, because
     * the proxies that write it often pass on a Forwarded which the client wrote.
     *
     * @param peer the address of the connection, empty for a Unix socket
     * @param headers those of the request
     * @return the client, which is the peer when that is not trusted
     */
    public Client client(byte[] peer, HeaderValues headers) {
        if (!trusts(peer)) {
            return new Client(text(peer), "", "");
        }
        List<String> old = headers.all("X-Forwarded-For");
        List<String> proto = headers.all("X-Forwarded-Proto");
        List<String> host = headers.all("X-Forwarded-Host");
        List<String> forwarded = headers.all("Forwarded");
        return forwarded.isEmpty() || !old.isEmpty() || !proto.isEmpty() || !host.isEmpty()
                ? byOldHeaders(peer, old, proto, host)
                : byForwarded(peer, forwarded);
    }

    private static String text(byte[] ip) {
        return ip.length == 0 ? TrustedPeers.UNIX : IpText.format(ip);
    }

    private Client byForwarded(byte[] peer, List<String> lines) {
        FromRight elements = new FromRight(lines);
        byte[] ip = peer;
        String scheme = "";
        String host = "";
        for (String text = elements.next(); text != null; text = elements.next()) {
            ForwardedHop hop = ForwardedHop.parse(text);
            if (hop == null) {
                break;
            }
            scheme = hop.scheme.isEmpty() ? scheme : hop.scheme;
            host = hop.host.isEmpty() ? host : hop.host;
            if (hop.ip.length == 0) {
                break;
            }
            ip = hop.ip;
            if (!trusts(ip)) {
                break;
            }
        }
        return new Client(text(ip), scheme, host);
    }

    private Client byOldHeaders(byte[] peer, List<String> addresses, List<String> schemes,
            List<String> hosts) {
        FromRight elements = new FromRight(addresses);
        byte[] ip = peer;
        int hops = 0;
        for (String text = elements.next(); text != null; text = elements.next()) {
            byte[] next = ForwardedHop.node(text);
            if (next.length == 0) {
                break;
            }
            ip = next;
            hops++;
            if (!trusts(ip)) {
                break;
            }
        }
        int depth = Math.max(hops, 1);
        return new Client(text(ip), ForwardedHop.scheme(said(schemes, depth)),
                ForwardedHop.host(said(hosts, depth)));
    }

    /** What the outermost of some trusted proxies says; the nearest one may be the only to. */
    private static String said(List<String> lines, int hops) {
        FromRight elements = new FromRight(lines);
        String said = "";
        for (int i = 0; i < hops; i++) {
            String text = elements.next();
            if (text == null) {
                break;
            }
            said = text;
        }
        return said;
    }

    /** The elements of a list that stands in one or several headers, the last one first. */
    private static final class FromRight {
        private final List<String> lines;
        private int line;
        private int end;

        FromRight(List<String> lines) {
            this.lines = lines;
            this.line = lines.size();
        }

        /** The next one that is not empty, null behind all. */
        @Nullable String next() {
            while (true) {
                if (end <= 0) {
                    if (line == 0) {
                        return null;
                    }
                    end = lines.get(--line).length() + 1;
                }
                String text = lines.get(line);
                int comma = comma(text, end - 2);
                String element = text.substring(comma + 1, end - 1).strip();
                end = comma + 1;
                if (!element.isEmpty()) {
                    return element;
                }
            }
        }

        /** The last comma at or before a place that is not between quotes, -1 without one. */
        private static int comma(String text, int from) {
            boolean quoted = false;
            for (int i = from; i >= 0; i--) {
                char c = text.charAt(i);
                if (c == '"' && !isEscaped(text, i)) {
                    quoted = !quoted;
                } else if (c == ',' && !quoted) {
                    return i;
                }
            }
            return -1;
        }

        private static boolean isEscaped(String text, int at) {
            int slashes = 0;
            while (at - slashes > 0 && text.charAt(at - slashes - 1) == '\\') {
                slashes++;
            }
            return slashes % 2 == 1;
        }
    }
}

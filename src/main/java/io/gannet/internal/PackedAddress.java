package io.gannet.internal;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An address as C gives it, small enough to keep one for each session: most are never looked at.
 *
 * @param kind family, port and scope: 8, 16 and 32 bits from the lowest
 * @param high the first 8 bytes of the IP address
 * @param low the last 8
 */
record PackedAddress(long kind, long high, long low) {
    private static final PackedAddress UNKNOWN = new PackedAddress(0, 0, 0);

    /** Reads the 24 bytes of an address. */
    static PackedAddress read(ByteBuffer from, int at) {
        int family = from.get(at + NativeSocket.ADDRESS_FAMILY);
        if (family == 0) {
            return UNKNOWN;
        }
        long port = from.getShort(at + NativeSocket.ADDRESS_PORT) & 0xffffL;
        long scope = from.getInt(at + NativeSocket.ADDRESS_SCOPE) & 0xffffffffL;
        return new PackedAddress(family | port << 8 | scope << 24,
                from.getLong(at + NativeSocket.ADDRESS_IP),
                from.getLong(at + NativeSocket.ADDRESS_IP + 8));
    }

    int family() {
        return (int) kind & 0xff;
    }

    int port() {
        return (int) (kind >>> 8) & 0xffff;
    }

    /** As equals, without the method handles that a record sets up for its own at the first use. */
    boolean isSame(PackedAddress other) {
        return kind == other.kind && high == other.high && low == other.low;
    }

    /** The address as users know it; one that is not known is an empty Unix path. */
    SocketAddress toSocketAddress() {
        int family = family();
        if (family != NativeSocket.FAMILY_V4 && family != NativeSocket.FAMILY_V6) {
            return UnixDomainSocketAddress.of("");
        }
        byte[] ip = new byte[family == NativeSocket.FAMILY_V4 ? 4 : 16];
        ByteBuffer bytes = ByteBuffer.allocate(16).order(java.nio.ByteOrder.nativeOrder());
        bytes.putLong(0, high).putLong(8, low).get(0, ip);
        try {
            int scope = (int) (kind >>> 24);
            InetAddress address = scope != 0
                    ? Inet6Address.getByAddress(null, ip, scope)
                    : InetAddress.getByAddress(ip);
            return new InetSocketAddress(address, port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IP address of " + ip.length + " bytes", e);
        }
    }
}

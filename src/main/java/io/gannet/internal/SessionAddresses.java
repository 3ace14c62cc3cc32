package io.gannet.internal;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session's addresses beside the peer's own: most sessions of a listener share
 * one of these, so a session costs no more than the peer's address.
 *
 * @param local this side's
 * @param listened the address the session was accepted on, null when it was connected
 * @param connected the address the session was connected to, null when it was accepted
 */
record SessionAddresses(PackedAddress local, @Nullable SocketAddress listened,
        @Nullable SocketAddress connected) {

    SocketAddress localAddress() {
        return listened != null && isUnix(local) ? listened : local.toSocketAddress();
    }

    SocketAddress remoteAddress(PackedAddress remote) {
        return connected != null && isUnix(remote) ? connected : remote.toSocketAddress();
    }

    /** Whether this is what {@code other} accepted on {@code address} would have too. */
    boolean isOf(PackedAddress other, SocketAddress address) {
        return listened == address && local.isSame(other);
    }

    private static boolean isUnix(PackedAddress address) {
        return address.family() == NativeSocket.FAMILY_UNIX;
    }
}

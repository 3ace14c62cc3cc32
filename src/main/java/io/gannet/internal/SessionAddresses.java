package io.gannet.internal;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session's addresses beside the peer's own: most sessions of a listener share
 * one of these, so a session costs no more than the peer's address.
 *
 * @param local this side's
 * @param listened the address the session was accepted on, null when it was connected
 * @param connected the address the session was connected to, null when it was accepted
 * @param peer the proxy that announced the other addresses, null without one
 */
record SessionAddresses(PackedAddress local, @Nullable SocketAddress listened,
        @Nullable SocketAddress connected, @Nullable PackedAddress peer) {

    SocketAddress localAddress() {
        return listened instanceof UnixDomainSocketAddress && isUnix(local)
                ? listened
                : local.toSocketAddress();
    }

    SocketAddress remoteAddress(PackedAddress remote) {
        return connected != null && isUnix(remote) ? connected : remote.toSocketAddress();
    }

    /** Where the connection itself comes from. */
    SocketAddress peerAddress(PackedAddress remote) {
        return peer != null ? peer.toSocketAddress() : remoteAddress(remote);
    }

    /** Whether this is what {@code other} accepted on {@code address} would have too. */
    boolean isOf(PackedAddress other, SocketAddress address) {
        return listened == address && local.isSame(other);
    }

    private static boolean isUnix(PackedAddress address) {
        return address.family() == NativeSocket.FAMILY_UNIX;
    }
}

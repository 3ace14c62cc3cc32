package io.gannet.internal;

import io.gannet.NetOptions;
import io.gannet.internal.ip.Cidr;
import io.gannet.internal.ip.TrustedPeers;
import java.nio.ByteBuffer;

/** Tells a loop which peers are proxies that announce their clients; any thread. */
final class ProxyRanges {
    private ProxyRanges() {}

    /** Before the loop listens. */
    static void set(NativeLoop loop, NetOptions options) {
        TrustedPeers peers = TrustedPeers.of(options.proxyProtocol());
        int count = peers.ranges().size() + (peers.unix() ? 1 : 0);
        ByteBuffer ranges = ByteBuffer.allocateDirect(count * NativeLoop.RANGE_BYTES);
        int at = 0;
        for (Cidr range : peers.ranges()) {
            byte[] ip = range.ip();
            int family = ip.length == 4 ? NativeSocket.FAMILY_V4 : NativeSocket.FAMILY_V6;
            ranges.put(at + NativeLoop.RANGE_FAMILY, (byte) family);
            ranges.put(at + NativeLoop.RANGE_BITS, (byte) range.bits());
            ranges.put(at + NativeLoop.RANGE_IP, ip);
            at += NativeLoop.RANGE_BYTES;
        }
        if (peers.unix()) {
            ranges.put(at + NativeLoop.RANGE_FAMILY, (byte) NativeSocket.FAMILY_UNIX);
        }
        loop.proxy(ranges, count, OptionChecks.millis(options.connectTimeout()));
    }
}

package io.gannet.internal;

import java.net.SocketAddress;

/**
 * Says which connections a listener refused, at most once a minute: somebody outside decides how
 * many there are. Any thread.
 */
final class Refusals {
    private static final long PAUSE_NANOS = 60_000_000_000L;

    private long unsaid;
    private boolean said;
    private long saidNanos;

    synchronized void add(SocketAddress listening, PackedAddress peer, int code) {
        long now = System.nanoTime();
        if (said && now - saidNanos < PAUSE_NANOS) {
            unsaid++;
            return;
        }
        Log.warn("refused a connection to " + listening + " from " + peer.toSocketAddress() + ": "
                + NativeSocket.errorText(code) + " (" + NativeErrors.name(code) + ")"
                + (unsaid > 0 ? "; and " + unsaid + " others since the last time" : ""));
        said = true;
        saidNanos = now;
        unsaid = 0;
    }
}

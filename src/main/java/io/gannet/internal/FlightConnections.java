package io.gannet.internal;

import io.gannet.NetCause;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The connections of a loop that the flight recorder saw opening. Belongs to the loop thread. */
final class FlightConnections {
    /** By slot. */
    private @Nullable ConnectionEvent[] open = new ConnectionEvent[64];

    static FlightConnections of(LoopThread loop) {
        if (loop.flights instanceof FlightConnections known) {
            return known;
        }
        FlightConnections made = new FlightConnections();
        loop.flights = made;
        return made;
    }

    void opened(Session session) {
        int slot = session.slot;
        if (slot >= open.length) {
            open = Arrays.copyOf(open, Math.max(slot + 1, open.length * 2));
        }
        ConnectionEvent event = new ConnectionEvent();
        event.session = session.id();
        event.begin();
        open[slot] = event;
    }

    /** What was open before the recording began has no duration. */
    void closed(Session session, NetCause cause, int code, long received, long sent) {
        if (code != 0 && NativeErrors.name(code).equals("EMEMORY")) {
            Flight.limit("memoryLimit", "a session of " + Thread.currentThread().getName());
        }
        ConnectionEvent event = session.slot < open.length ? open[session.slot] : null;
        if (event == null || event.session != session.id()) {
            event = new ConnectionEvent(); /* another one was here, until nobody recorded */
        }
        if (session.slot < open.length) {
            open[session.slot] = null;
        }
        event.end();
        if (!event.shouldCommit()) {
            return;
        }
        event.session = session.id();
        event.localAddress = String.valueOf(session.localAddress());
        event.remoteAddress = String.valueOf(session.remoteAddress());
        event.bytesReceived = received;
        event.bytesSent = sent;
        event.closedBy = cause.name();
        event.commit();
    }
}

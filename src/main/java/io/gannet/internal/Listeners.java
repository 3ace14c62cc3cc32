package io.gannet.internal;

import io.gannet.NetException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All addresses a server listens on. Belongs to the server's lock. */
public final class Listeners {
    private final List<Listener> listeners = new ArrayList<>();

    /**
     * Opens the sockets of every address, or none.
     *
     * @param endpoint whose sessions are accepted
     * @param group the loops that accept
     */
    public Listeners(Endpoint endpoint, LoopGroup group) {
        try {
            for (SocketAddress address : endpoint.options().listen()) {
                listeners.add(Listener.open(endpoint, address, group));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Lets the loops accept, once their threads run.
     *
     * @param group the loops
     */
    public void start(LoopGroup group) {
        for (int i = 0; i < group.size(); i++) {
            LoopThread loop = group.loop(i);
            for (Listener listener : listeners) {
                int fd = listener.take(i);
                boolean taken = loop.submit(new Runnable() {
                    @Override
                    public void run() {
                        loop.listen(listener, fd);
                    }
                });
                if (!taken) {
                    NativeErrors.check(NativeSocket.close(fd), "close listening socket");
                }
            }
        }
    }

    /**
     * Where the server listens.
     *
     * @return the addresses in the order of the options, with the ports the system gave
     */
    public List<SocketAddress> addresses() {
        List<SocketAddress> addresses = new ArrayList<>();
        for (Listener listener : listeners) {
            addresses.add(listener.address());
        }
        return addresses;
    }

    /** Closes what no loop has taken, and removes the files of Unix sockets. */
    public void close() {
        @Nullable NetException first = null;
        for (Listener listener : listeners) {
            try {
                listener.close();
            } catch (NetException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            Log.warn("a listening socket could not be cleaned up", first);
        }
    }
}

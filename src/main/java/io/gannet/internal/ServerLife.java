package io.gannet.internal;

import io.gannet.NetBackend;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How a server starts, what it then is, and how it ends, whatever it speaks. Any thread. */
public final class ServerLife {
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

    private enum State { NEW, RUNNING, STOPPED }

    private final Endpoint endpoint;
    private final Object lock = new Object();
    private State state = State.NEW;
    private @Nullable LoopGroup group;
    private @Nullable Listeners listeners;
    private List<SocketAddress> addresses = List.of();

    /**
     * A server that is not started.
     *
     * @param endpoint where it listens, and for whom
     */
    public ServerLife(Endpoint endpoint) {
        if (endpoint.options().listen().isEmpty()) {
            throw new IllegalArgumentException("the options name no address to listen on");
        }
        this.endpoint = endpoint;
    }

    /** Listens and starts the loops, or leaves nothing open. */
    public void start() {
        synchronized (lock) {
            if (state != State.NEW) {
                throw new IllegalStateException("the server was started or stopped before");
            }
            LoopGroup opened = new LoopGroup(endpoint.options(), endpoint.http(), false);
            Listeners listening;
            try {
                listening = new Listeners(endpoint, opened);
            } catch (RuntimeException | Error e) {
                opened.discard();
                throw e;
            }
            try {
                opened.start();
            } catch (RuntimeException | Error e) {
                listening.close();
                throw e;
            }
            listening.start(opened);
            addresses = List.copyOf(listening.addresses());
            listeners = listening;
            group = opened;
            state = State.RUNNING;
        }
    }

    /**
     * The port of the first TCP address.
     *
     * @return the port the system gave
     */
    public int port() {
        for (SocketAddress address : addresses()) {
            if (address instanceof InetSocketAddress inet) {
                return inet.getPort();
            }
        }
        throw new IllegalStateException("the server listens on no TCP port");
    }

    /**
     * Where it listens.
     *
     * @return empty before the start
     */
    public List<SocketAddress> addresses() {
        synchronized (lock) {
            return addresses;
        }
    }

    /**
     * How the loops talk to the kernel.
     *
     * @return the backend
     */
    public NetBackend backend() {
        return loops().backend();
    }

    /**
     * The loops of a server that is started.
     *
     * @return its loops
     */
    public LoopGroup loops() {
        synchronized (lock) {
            if (group == null) {
                throw new IllegalStateException("the server is not started");
            }
            return group;
        }
    }

    /**
     * Waits until the server is stopped.
     *
     * @throws InterruptedException when the caller is interrupted
     */
    public void join() throws InterruptedException {
        LoopGroup joined = loops();
        if (joined.isCurrent()) {
            throw new IllegalStateException("join waits, so it cannot run on a loop thread");
        }
        joined.join();
    }

    /**
     * Stops accepting, ends the sessions in order, aborts what is left after the grace.
     *
     * @param grace how long sessions may take
     * @return true if every session ended in order
     */
    public boolean stop(Duration grace) {
        long nanos = 0;
        if (!grace.isNegative()) {
            nanos = grace.compareTo(Duration.ofDays(1)) > 0
                    ? Duration.ofDays(1).toNanos()
                    : grace.toNanos();
        }
        LoopGroup stopping;
        synchronized (lock) {
            stopping = group;
            if (stopping != null && stopping.isCurrent()) {
                throw new IllegalStateException("stop waits, so it cannot run on a loop thread");
            }
            state = State.STOPPED;
            if (stopping == null) {
                return true;
            }
        }
        closeListeners();
        boolean drained = nanos == 0
                ? stopping.sessionCount() == 0
                : stopping.drain(endpoint, nanos);
        stopping.terminate();
        return stopping.await(END_NANOS) && drained;
    }

    /** Stops without grace, and waits for the end except on a loop thread. */
    public void close() {
        LoopGroup closing;
        synchronized (lock) {
            closing = group;
            state = State.STOPPED;
        }
        if (closing == null) {
            return;
        }
        closeListeners();
        closing.terminate();
        if (!closing.isCurrent()) {
            closing.await(END_NANOS);
        }
    }

    private void closeListeners() {
        synchronized (lock) {
            if (listeners != null) {
                listeners.close();
            }
        }
    }
}

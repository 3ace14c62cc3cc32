package io.gannet.internal;

import io.gannet.NetBackend;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How a server starts, what it then is, and how it ends, whatever it speaks. Any thread. */
public final class ServerLife {
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** When the grace is over, a loop that a handler holds is not waited for. */
    private static final long CUT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum State { NEW, RUNNING, LEAVING, STOPPED }

    /** Guarded by the lock until the start; does not change afterwards. */
    private @Nullable Endpoint endpoint;
    private final Object lock = new Object();
    private volatile State state = State.NEW;
    private @Nullable LoopGroup group;
    private @Nullable Listeners listeners;
    private List<SocketAddress> addresses = List.of();
    /** When it stops, once it is leaving. */
    private long leaveBy;
    /** Whether sessions were cut off instead of ended in order. */
    private boolean cut;

    /**
     * A server that is not started.
     *
     * @param endpoint where it listens, and for whom
     */
    public ServerLife(Endpoint endpoint) {
        checkListens(endpoint);
        this.endpoint = endpoint;
    }

    /** A server that is not started, and told only then what it is. */
    public ServerLife() {}

    private static void checkListens(Endpoint endpoint) {
        if (endpoint.options().listen().isEmpty()) {
            throw new IllegalArgumentException("the options name no address to listen on");
        }
    }

    /** Listens and starts the loops, or leaves nothing open. */
    public void start() {
        start(Objects.requireNonNull(endpoint));
    }

    /**
     * Listens and starts the loops, or leaves nothing open.
     *
     * @param chosen where it listens, and for whom
     */
    public void start(Endpoint chosen) {
        synchronized (lock) {
            if (state != State.NEW) {
                throw new IllegalStateException("the server was started or stopped before");
            }
            checkListens(chosen);
            endpoint = chosen;
            LoopGroup opened = LoopGroup.ofServer(chosen.options(), chosen.http());
            Listeners listening;
            try {
                listening = new Listeners(chosen, opened);
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
     * Whether it was started, and nobody has begun to stop it.
     *
     * @return true between the two
     */
    public boolean isRunning() {
        return state == State.RUNNING;
    }

    /**
     * The port of the first TCP address.
     *
     * @return the port the system gave
     */
    public int port() {
        loops(); /* tells who asks too early */
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
     * Says that the server will stop, and lets it serve on for a while: until the time is over, it
     * is closed, or the caller is interrupted, which is kept for later. Who calls this again waits
     * for the end of the same while.
     *
     * @param nanos how long
     * @throws IllegalStateException on a loop thread; the server is not leaving then
     */
    public void leave(long nanos) {
        synchronized (lock) {
            checkMayWait();
            if (state == State.RUNNING) {
                state = State.LEAVING;
                leaveBy = System.nanoTime() + nanos;
            }
            try {
                long left = leaveBy - System.nanoTime();
                while (state == State.LEAVING && left > 0) {
                    TimeUnit.NANOSECONDS.timedWait(lock, left);
                    left = leaveBy - System.nanoTime();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Stops accepting, ends the sessions in order, aborts what is left after the grace.
     *
     * @param grace how long sessions may take
     * @return true if every session ended in order
     */
    public boolean stop(Duration grace) {
        long nanos = nanos(grace);
        LoopGroup stopping;
        synchronized (lock) {
            stopping = group;
            checkMayWait();
            state = State.STOPPED;
            lock.notifyAll(); /* whoever else waits in leave */
            if (stopping == null) {
                return true;
            }
        }
        closeListeners();
        boolean drained = nanos == 0
                ? stopping.sessionCount() == 0
                : stopping.drainServer(Objects.requireNonNull(endpoint), nanos);
        if (!drained) {
            cut();
        }
        stopping.terminate();
        if (drained) {
            return stopping.await(END_NANOS) && !isCut();
        }
        if (!stopping.await(CUT_NANOS)) {
            stopping.reportHeld();
        }
        return false;
    }

    private void checkMayWait() {
        if (group != null && group.isCurrent()) {
            throw new IllegalStateException("stop waits, so it cannot run on a loop thread");
        }
    }

    private void cut() {
        synchronized (lock) {
            cut = true;
        }
    }

    private boolean isCut() {
        synchronized (lock) {
            return cut;
        }
    }

    /**
     * How long a grace is.
     *
     * @param grace of any length
     * @return nanoseconds from none to those of a day
     * @throws IllegalArgumentException when it is negative
     */
    public static long nanos(Duration grace) {
        if (Objects.requireNonNull(grace, "grace").isNegative()) {
            throw new IllegalArgumentException("grace is " + grace + ", must not be negative");
        }
        return grace.compareTo(Duration.ofDays(1)) > 0
                ? Duration.ofDays(1).toNanos()
                : grace.toNanos();
    }

    /** Stops without grace, and waits for the end except on a loop thread. */
    public void close() {
        LoopGroup closing;
        synchronized (lock) {
            closing = group;
            state = State.STOPPED;
            cut |= closing != null && closing.sessionCount() > 0;
            lock.notifyAll(); /* whoever waits in leave */
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

package io.gannet;

import io.gannet.internal.Endpoint;
import io.gannet.internal.LoopGroup;
import io.gannet.internal.ServerLife;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Accepts sessions on one or more addresses.
 *
 * <p>A server has one loop for each processor unless its options say otherwise; every session lives
 * on one of them. Its threads keep the JVM alive until the server is stopped. All methods are safe
 * from any thread.
 */
public final class NetServer implements AutoCloseable {
    private final ServerLife life;

    private NetServer(Endpoint endpoint) {
        this.life = new ServerLife(endpoint);
    }

    /**
     * Makes a server whose sessions share a handler; {@link #start} starts it.
     *
     * @param options where to listen and how
     * @param handler hears of every session, on several threads when there are several loops
     * @return the server, not started
     */
    public static NetServer create(NetOptions options, NetHandler handler) {
        return new NetServer(new Endpoint(options, handler));
    }

    /**
     * Makes a server whose sessions have a handler each; {@link #start} starts it.
     *
     * @param options where to listen and how
     * @param handlers called once for each session, on its loop thread
     * @return the server, not started
     */
    public static NetServer create(NetOptions options, Supplier<? extends NetHandler> handlers) {
        return new NetServer(new Endpoint(options, handlers));
    }

    /**
     * Makes a server whose sessions share a handler, and starts it.
     *
     * @param options where to listen and how
     * @param handler hears of every session, on several threads when there are several loops
     * @return the server, listening
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     */
    public static NetServer open(NetOptions options, NetHandler handler) {
        return create(options, handler).start();
    }

    /**
     * Makes a server whose sessions have a handler each, and starts it.
     *
     * @param options where to listen and how
     * @param handlers called once for each session, on its loop thread
     * @return the server, listening
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     */
    public static NetServer open(NetOptions options, Supplier<? extends NetHandler> handlers) {
        return create(options, handlers).start();
    }

    /**
     * Listens on every address and starts the loops. When it fails, nothing stays open, and it may
     * be tried again.
     *
     * @return this
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     * @throws IllegalStateException when it was started or stopped before
     */
    public NetServer start() {
        life.start();
        life.loops().keep(this);
        return this;
    }

    /**
     * The port of the first TCP address.
     *
     * @return the port, the one the system gave if 0 was asked for
     * @throws IllegalStateException before the start, or when there is no TCP address
     */
    public int port() {
        return life.port();
    }

    /**
     * Where the server listens.
     *
     * @return the addresses in the order of the options, with the ports the system gave; empty
     *     before the start
     */
    public List<SocketAddress> addresses() {
        return life.addresses();
    }

    /**
     * How the loops talk to the kernel, and why.
     *
     * @return the backend
     * @throws IllegalStateException before the start
     */
    public NetBackend backend() {
        return life.backend();
    }

    /**
     * Sessions that are open now, those of clients that share the loops included.
     *
     * @return how many
     * @throws IllegalStateException before the start
     */
    public int sessionCount() {
        return life.loops().sessionCount();
    }

    /**
     * What the loops have counted, sessions of clients that share them included. Any thread; also
     * after the end.
     *
     * @return a snapshot
     * @throws IllegalStateException before the start
     */
    public NetStats stats() {
        return life.loops().stats();
    }

    /** The loops, for clients that share them. */
    LoopGroup loops() {
        return life.loops();
    }

    /**
     * Waits until the server is stopped.
     *
     * @throws InterruptedException when the caller is interrupted
     * @throws IllegalStateException before the start, or on a loop thread
     */
    public void join() throws InterruptedException {
        life.join();
    }

    /**
     * Stops accepting, closes every session once its queue is sent, and aborts what is left when
     * the grace is over. Returns when everything has ended; quickly when nothing is open. Sessions
     * of clients that share the loops go on until the server's own have ended, and are aborted
     * then. Idempotent.
     *
     * @param grace how long sessions may take
     * @return true if every session of the server ended in order
     * @throws IllegalArgumentException when the grace is negative
     * @throws IllegalStateException on a loop thread, which would wait for itself
     */
    public boolean stop(Duration grace) {
        return life.stop(grace);
    }

    /**
     * Stops without grace: sessions are aborted. Waits until everything has ended, except on a loop
     * thread. Idempotent.
     */
    @Override
    public void close() {
        life.close();
    }
}

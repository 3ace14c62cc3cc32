package io.gannet.http;

import io.gannet.NetBackend;
import io.gannet.NetException;
import io.gannet.internal.Endpoint;
import io.gannet.internal.HttpEvents;
import io.gannet.internal.ServerLife;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Serves HTTP/1.1 and HTTP/1.0 on one or more addresses.
 *
 * <p>A server has one loop for each processor unless its options say otherwise; every connection
 * lives on one of them. Its threads keep the JVM alive until the server is stopped. All methods are
 * safe from any thread.
 */
public final class HttpServer implements AutoCloseable {
    private final ServerLife life;

    private HttpServer(ServerLife life) {
        this.life = life;
    }

    /**
     * Makes a server; {@link #start} starts it.
     *
     * @param options where to listen and how
     * @param handler answers every request, on several threads when there are several loops
     * @return the server, not started
     */
    public static HttpServer create(HttpOptions options, HttpHandler handler) {
        Service service = new Service(options, handler);
        Supplier<HttpEvents> connections = new Supplier<>() {
            @Override
            public HttpEvents get() {
                return new Connection(service);
            }
        };
        return new HttpServer(new ServerLife(
                new Endpoint(service.transport(), service.settings(), connections)));
    }

    /**
     * Makes a server and starts it.
     *
     * @param options where to listen and how
     * @param handler answers every request, on several threads when there are several loops
     * @return the server, listening
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     */
    public static HttpServer open(HttpOptions options, HttpHandler handler) {
        return create(options, handler).start();
    }

    /**
     * Listens on every address and starts the loops. When it fails, nothing stays open, and it may
     * be tried again.
     *
     * @return this
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     * @throws IllegalStateException when it was started or stopped before
     */
    public HttpServer start() {
        life.start();
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
     * Waits until the server is stopped.
     *
     * @throws InterruptedException when the caller is interrupted
     * @throws IllegalStateException before the start, or on a loop thread
     */
    public void join() throws InterruptedException {
        life.join();
    }

    /**
     * Stops accepting, closes idle connections at once, answers the requests that are under way
     * with {@code Connection: close}, and aborts what is left when the grace is over. Returns when
     * everything has ended; quickly when nothing is under way. Idempotent.
     *
     * @param grace how long requests may take
     * @return true if every connection ended in order
     * @throws IllegalStateException on a loop thread, which would wait for itself
     */
    public boolean stop(Duration grace) {
        return life.stop(grace);
    }

    /**
     * Stops without grace: connections are aborted. Waits until everything has ended, except on a
     * loop thread. Idempotent.
     */
    @Override
    public void close() {
        life.close();
    }
}

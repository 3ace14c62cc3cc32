package io.gannet.http;

import io.gannet.NetBackend;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.NetStats;
import io.gannet.internal.Endpoint;
import io.gannet.internal.HttpEvents;
import io.gannet.internal.LoopGroup;
import io.gannet.internal.ServerLife;
import io.gannet.internal.WorkerPool;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Serves HTTP/1.1 and HTTP/1.0 on one or more addresses.
 *
 * <p>A server has one loop for each processor unless its options say otherwise; every connection
 * lives on one of them. Its threads keep the JVM alive until the server is stopped. All methods are
 * safe from any thread.
 */
public final class HttpServer extends Routes<HttpServer> implements AutoCloseable {
    /** Stands for the routes until they are complete. */
    private static final HttpHandler UNROUTED = new HttpHandler() {
        @Override
        public HttpResponse handle(HttpRequest request) {
            throw new IllegalStateException("the server is not started");
        }
    };

    private final Service service;
    private final ServerLife life = new ServerLife();
    private final StopHook hook;

    private HttpServer(Service service) {
        this.service = service;
        this.hook = new StopHook(service.options);
    }

    /**
     * Makes a server without routes, with the default options; {@link #listen} starts it.
     *
     * @return the server, not started
     */
    public static HttpServer create() {
        return create(HttpOptions.builder().build());
    }

    /**
     * Makes a server without routes; {@link #start} or {@link #listen} starts it.
     *
     * @param options where to listen and how
     * @return the server, not started
     */
    public static HttpServer create(HttpOptions options) {
        return new HttpServer(new Service(options, UNROUTED));
    }

    /**
     * Makes a server for one handler; {@link #start} or {@link #listen} starts it.
     *
     * @param options where to listen and how
     * @param handler answers every request, on several threads when there are several loops
     * @return the server, not started; routes cannot be added
     */
    public static HttpServer create(HttpOptions options, HttpHandler handler) {
        HttpServer server = new HttpServer(new Service(options, handler));
        server.set().close("the server has a handler for every request");
        return server;
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
     * Listens on every address of the options and starts the loops. From then on no routes can be
     * added. When it fails, nothing stays open, and it may be tried again.
     *
     * @return this
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     * @throws IllegalArgumentException when the options name no address, or two routes of routers
     *     that are mounted match the same requests
     * @throws IllegalStateException when it was started or stopped before, or when the JVM is
     *     ending and there should be a shutdown hook
     */
    public HttpServer start() {
        return start(service.options.transport());
    }

    /**
     * Listens on one TCP port of every address of this machine, and starts the loops; otherwise as
     * {@link #start}. For options that name no address.
     *
     * @param port 0 for any free one
     * @return this
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}
     * @throws IllegalStateException when the options name addresses, where {@link #start} listens;
     *     or it was started or stopped before
     */
    public HttpServer listen(int port) {
        return listen(new InetSocketAddress(port));
    }

    /**
     * Listens on one TCP port of one address, and starts the loops; otherwise as {@link #start}.
     * For options that name no address.
     *
     * @param host an IP address of this machine, as {@code "127.0.0.1"}, or a name for one; of
     *     several the first is taken
     * @param port 0 for any free one
     * @return this
     * @throws NetException when it cannot listen, as {@code EADDRINUSE}, or no address is known for
     *     the name: {@code EUNRESOLVED}
     * @throws IllegalStateException when the options name addresses, where {@link #start} listens;
     *     or it was started or stopped before
     */
    public HttpServer listen(String host, int port) {
        return listen(new InetSocketAddress(Objects.requireNonNull(host, "host"), port));
    }

    private HttpServer listen(InetSocketAddress address) {
        NetOptions transport = service.options.transport();
        if (!transport.listen().isEmpty()) {
            throw new IllegalStateException("the options name where to listen, "
                    + transport.listen()
                    + ": start() listens there; listen is for options that name no address");
        }
        return start(transport.toBuilder().listen(address).build());
    }

    private HttpServer start(NetOptions transport) {
        synchronized (service) {
            HttpHandler handler = service.handler;
            if (handler == UNROUTED) {
                service.serve(RouteCompiler.compile(set(), "the server was started"));
            } else {
                service.serve(handler instanceof Router router ? router.table() : handler);
            }
        }
        Supplier<HttpEvents> connections = new Supplier<>() {
            @Override
            public HttpEvents get() {
                return new Connection(service);
            }
        };
        life.start(new Endpoint(service.transport(transport), service.settings(), connections));
        life.loops().keep(this);
        if (service.options.virtualThreads()) {
            WorkerPool.warnUnlessVirtual();
        }
        boolean hooked = false;
        try {
            hook.add(this);
            hooked = true;
        } finally {
            if (!hooked) {
                close();
            }
        }
        return this;
    }

    @Override
    HttpServer self() {
        return this;
    }

    /**
     * Tells whether the server should be sent new connections; see {@link HttpHealth}.
     *
     * @return true from the end of {@link #start} to the begin of {@link #stop} or {@link #close},
     *     though it takes some until {@link HttpOptions.Builder#drainDelay} is over
     */
    public boolean isReady() {
        return life.isRunning();
    }

    /**
     * Connections that are open now.
     *
     * @return how many
     * @throws IllegalStateException before the start
     */
    public int connectionCount() {
        return life.loops().sessionCount();
    }

    /**
     * What the server has counted. Any thread; also after the end.
     *
     * @return a snapshot
     * @throws IllegalStateException before the start
     */
    public HttpStats stats() {
        LoopGroup loops = life.loops();
        NetStats net = loops.stats();
        long[] bad = loops.bad();
        long[] late = loops.overdue();
        HttpCounts.Sum counts = service.counts;
        return new HttpStats(net, loops.requests(), counts.inFlight(), counts.responses(),
                new HttpStats.Bad(bad[0], bad[1] + counts.tooLarge(), bad[2]),
                new HttpStats.Timeouts(late[0], late[1], net.idleClosed(), counts.late()),
                counts.slow(), service.workers.stats());
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
     * Waits until the server is stopped. When {@link HttpOptions.Builder#shutdownHook} stopped it,
     * the JVM is ending and waits for no thread: what follows this call may or may not be run. What
     * must be done after the last request belongs into a hook of {@link Runtime#addShutdownHook},
     * which runs after the stop when a signal was the cause.
     *
     * @throws InterruptedException when the caller is interrupted
     * @throws IllegalStateException before the start, or on a loop thread
     */
    public void join() throws InterruptedException {
        life.join();
    }

    /**
     * Ends the server in order, and waits for that. It serves on for {@link
     * HttpOptions.Builder#drainDelay}, then accepts the connections that have begun and no others,
     * answers the requests that have arrived or are arriving with {@code Connection: close}, closes
     * connections on which nothing comes after a moment, and aborts what is left when the grace is
     * over; calls that still block then are interrupted. Quick when nothing is under way.
     * Idempotent.
     *
     * @param grace how long requests may take
     * @return true if every connection ended in order; false also when {@link #close} or another
     *     stop with less grace aborted some meanwhile
     * @throws IllegalArgumentException when the grace is negative
     * @throws IllegalStateException on a loop thread, which would wait for itself
     */
    public boolean stop(Duration grace) {
        long nanos = ServerLife.nanos(grace);
        life.leave(service.options.drainDelay().toNanos());
        long begun = System.nanoTime();
        boolean inOrder = life.stop(grace);
        service.workers.stop(nanos - (System.nanoTime() - begun));
        hook.remove();
        return inOrder;
    }

    /**
     * Stops without grace: connections are aborted, and calls that block interrupted. Waits until
     * the loops have ended, except on one of them. Idempotent.
     */
    @Override
    public void close() {
        life.close();
        service.workers.stop(0);
        hook.remove();
    }
}

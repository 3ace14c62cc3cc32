package io.gannet;

import io.gannet.internal.ConnectAttempt;
import io.gannet.internal.Endpoint;
import io.gannet.internal.LoopGroup;
import io.gannet.internal.ServerLife;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Connects sessions to servers.
 *
 * <pre>{@code
 * NetClient client = NetClient.create();
 * client.connect("localhost", 2826, handler)
 *         .thenAccept(session -> session.write(StandardCharsets.UTF_8.encode("Hello\n")));
 * }</pre>
 *
 * <p>A client has loops of its own, whose threads do not keep the JVM alive, or shares those of a
 * server. All methods are safe from any thread.
 */
public final class NetClient implements AutoCloseable {
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final NetOptions options;
    private final LoopGroup group;
    private final boolean shared;
    /** Guards {@link #closed}: a connect is either refused, or begun before the close aborts it. */
    private final Object lock = new Object();
    private boolean closed;
    /** Whether every session ended in order, so that there is nothing to cut off. */
    private boolean ended;
    /** Whether sessions may have been cut off instead. */
    private boolean cut;

    private NetClient(NetOptions options, LoopGroup group, boolean shared) {
        this.options = options;
        this.group = group;
        this.shared = shared;
    }

    /**
     * A client with the defaults of {@link NetOptions#clientBuilder}.
     *
     * @return the client, started
     */
    public static NetClient create() {
        return create(NetOptions.clientBuilder().build());
    }

    /**
     * A client with loops of its own.
     *
     * @param options how its loops and sessions behave; addresses to listen on are ignored
     * @return the client, started
     * @throws NetException when the loops cannot be opened
     */
    public static NetClient create(NetOptions options) {
        LoopGroup group = new LoopGroup(options, true);
        group.start();
        NetClient client = new NetClient(options, group, false);
        group.keep(client);
        return client;
    }

    /**
     * A client on the loops of a server; it ends with the server.
     *
     * @param server started
     * @param options how its sessions behave; what is said of loops is ignored
     * @return the client
     */
    public static NetClient on(NetServer server, NetOptions options) {
        return new NetClient(options, server.loops(), true);
    }

    /**
     * How the loops talk to the kernel, and why.
     *
     * @return the backend
     */
    public NetBackend backend() {
        return group.backend();
    }

    /**
     * What the loops have counted, for a server too that shares them. Any thread; also
     * after the end.
     *
     * @return a snapshot
     */
    public NetStats stats() {
        return group.stats();
    }

    /**
     * Connects to a name or address, trying everything the name resolves to.
     *
     * @param host a name, or an IP address
     * @param port 1 to 65535
     * @param handler hears of the session
     * @return completed on the loop thread, after {@code onOpen}; fails with {@link NetException},
     *     which carries the failures of further addresses as suppressed, there, on the thread that
     *     resolved the name, or at once when the client is closed
     */
    public CompletionStage<NetSession> connect(String host, int port, NetHandler handler) {
        return connect(InetSocketAddress.createUnresolved(host, port), handler);
    }

    /**
     * Connects to an address; an unresolved one is resolved first, on a thread of its own.
     *
     * @param address an {@link InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     * @param handler hears of the session
     * @return completed on the loop thread, after {@code onOpen}; fails with {@link NetException},
     *     which carries the failures of further addresses as suppressed, there, on the thread that
     *     resolved the address, or at once when the client is closed
     */
    public CompletionStage<NetSession> connect(SocketAddress address, NetHandler handler) {
        Objects.requireNonNull(address, "address");
        Endpoint endpoint = new Endpoint(this, options, handler);
        CompletableFuture<NetSession> result = new CompletableFuture<>();
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            resolve(inet, endpoint, result);
        } else {
            start(endpoint, List.of(address), result);
        }
        return result.minimalCompletionStage();
    }

    private void start(Endpoint endpoint, List<? extends SocketAddress> addresses,
            CompletableFuture<NetSession> result) {
        boolean started;
        synchronized (lock) {
            started = !closed && ConnectAttempt.start(group, endpoint, addresses, result);
        }
        if (!started) {
            result.completeExceptionally(
                    new NetException("ECLOSED", "connect", "the client is closed"));
        }
    }

    private void resolve(InetSocketAddress name, Endpoint endpoint,
            CompletableFuture<NetSession> result) {
        Thread thread = new Thread("gannet-resolve") {
            @Override
            public void run() {
                List<InetSocketAddress> addresses = new ArrayList<>();
                try {
                    for (InetAddress ip : InetAddress.getAllByName(name.getHostString())) {
                        addresses.add(new InetSocketAddress(ip, name.getPort()));
                    }
                } catch (UnknownHostException e) {
                    result.completeExceptionally(new NetException("EUNRESOLVED", "connect",
                            "no address is known for the name " + name.getHostString()));
                    return;
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                    return;
                }
                NetClient.this.start(endpoint, addresses, result);
            }
        };
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Begins no further connect and fails those under way, closes every session once its queue is
     * sent, and aborts what is left when the grace is over. Returns when everything has ended;
     * quickly when nothing is open. Its own loops end; loops it shares go on. Idempotent.
     *
     * @param grace how long sessions may take
     * @return true if every session of the client ended in order; false also when {@link #close} or
     *     the end of a server whose loops it shares aborted some meanwhile
     * @throws IllegalArgumentException when the grace is negative
     * @throws IllegalStateException on a loop thread, which would wait for itself
     */
    public boolean stop(Duration grace) {
        long nanos = ServerLife.nanos(grace);
        if (group.isCurrent()) {
            throw new IllegalStateException("stop waits, so it cannot run on a loop thread");
        }
        synchronized (lock) {
            closed = true;
        }
        boolean drained = group.drainClient(this, nanos);
        synchronized (lock) {
            drained &= !cut;
            ended |= drained;
        }
        close();
        return drained;
    }

    /**
     * Aborts the client's sessions and connects: what they have queued and not sent is lost, also
     * of sessions that were closed just before; {@link #stop} sends it first. Its own loops end,
     * and it waits for that except on one of them; loops it shares go on. Idempotent.
     */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            cut |= !ended && group.sessionCount() > 0;
        }
        if (shared) {
            group.abort(this);
            return;
        }
        group.terminate();
        if (!group.isCurrent()) {
            group.await(END_NANOS);
        }
    }
}

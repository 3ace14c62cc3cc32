package io.gannet.internal;

import io.gannet.NetException;
import io.gannet.NetSession;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One connect: tries the addresses of a name one after the other until one answers or the time is
 * over. Each gets an equal share of the time that is left. Belongs to its loop thread once it runs.
 */
public final class ConnectAttempt {
    private final LoopThread loop;
    private final Endpoint endpoint;
    private final SocketParams params;
    private final List<? extends SocketAddress> addresses;
    private final CompletableFuture<NetSession> result;
    private final long deadlineNanos;
    private int tried;
    private int slot;
    private int gen;
    private boolean cancelled;
    private @Nullable NetException failure;

    private ConnectAttempt(LoopThread loop, Endpoint endpoint,
            List<? extends SocketAddress> addresses, CompletableFuture<NetSession> result) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.addresses = addresses;
        this.result = result;
        this.params = new SocketParams(endpoint.options());
        this.deadlineNanos = System.nanoTime() + endpoint.options().connectTimeout().toNanos();
    }

    /**
     * Starts to connect on one of the loops.
     *
     * @param group the loops
     * @param endpoint the owner of the session
     * @param addresses what to try, in this order; at least one
     * @param result is completed on the loop thread
     * @return false when the loop has ended, and nothing will happen
     */
    public static boolean start(LoopGroup group, Endpoint endpoint,
            List<? extends SocketAddress> addresses, CompletableFuture<NetSession> result) {
        ConnectAttempt attempt = new ConnectAttempt(group.next(), endpoint, addresses, result);
        return attempt.loop.submit(attempt::next);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    SocketAddress address() {
        return addresses.get(tried - 1);
    }

    int gen() {
        return gen;
    }

    void placed(int ownSlot, int ownGen) {
        slot = ownSlot;
        gen = ownGen;
    }

    /** Tries the next address; without one, the first failure is the answer. */
    private void next() {
        while (tried < addresses.size()) {
            if (loop.isEnding() || cancelled) {
                failed(0);
                return;
            }
            long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                add(NativeErrors.failure(Causes.CONNECT_TIMEOUT, "connect",
                        describe(addresses.get(tried))));
                break;
            }
            int share = (int) Math.max(1, left / (addresses.size() - tried));
            SocketAddress address = addresses.get(tried++);
            try {
                int code = loop.connect(this, params.address(address).buffer(), share);
                if (code == 0) {
                    return;
                }
                add(NativeErrors.failure(code, "connect", describe(address)));
            } catch (NetException e) {
                add(e); /* the address cannot be expressed, and it says so */
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
                return;
            }
        }
        result.completeExceptionally(failure);
    }

    private void add(NetException e) {
        if (failure == null) {
            failure = e;
        } else {
            failure.addSuppressed(e);
        }
    }

    void connected(@Nullable Session session) {
        if (session == null || !session.isOpen()) {
            result.completeExceptionally(new NetException("ECLOSED", "connect",
                    "the handler ended the session as soon as it was open"));
        } else {
            result.complete(session);
        }
    }

    void failed(int code) {
        if (code == 0) {
            result.completeExceptionally(
                    new NetException("ECLOSED", "connect", "the client was closed"));
            return;
        }
        add(NativeErrors.failure(code, "connect", describe(address())));
        next();
    }

    void cancel() {
        cancelled = true; /* it may have failed already, and its event be on the way */
        loop.commands.plain(slot, gen, NativeLoop.COMMAND_ABORT);
    }

    private static String describe(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : address.toString();
    }
}

package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.HeapAccount;
import io.gannet.internal.HttpFields;
import io.gannet.internal.HttpHead;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request that is taken in pieces. What arrives before somebody wants it, or while
 * it is paused, is kept here; the connection does not read on meanwhile, so that is little. All
 * that is kept of it, here or by who reads it, is counted.
 *
 * <p>State without a word on threads belongs to the loop thread.
 */
final class Upload {
    private final Exchange exchange;
    private final Connection connection;
    private final ArrayDeque<byte[]> pending = new ArrayDeque<>();
    /** Somebody asked for the body. Any thread. */
    private final AtomicBoolean asked = new AtomicBoolean();
    /** The body is known to be as long as this, -1 when it is not. */
    private final long known;
    private @Nullable HttpReceiver receiver;
    private volatile HttpFields trailers = HttpFields.NONE;
    /** The receiver gets at most so many bytes. */
    private volatile long max;
    private long delivered;
    /** Why the rest will not come, until the receiver heard of it. */
    private @Nullable NetException failure;
    private boolean paused;
    /** The bytes of {@link #pending}. */
    private long pendingBytes;
    /** Every byte is here. */
    private boolean arrived;
    /** The receiver hears no more. */
    private boolean over;
    /** The response was complete first, and a {@link BodyReceiver} would not have heard of it. */
    private boolean abandoned;

    /** A body whose pieces follow. */
    Upload(Exchange exchange, Connection connection) {
        this.exchange = exchange;
        this.connection = connection;
        this.known = -1;
        this.max = connection.service().bodyMax(true);
    }

    /** A body that is complete. */
    Upload(Exchange exchange, Connection connection, byte[] body) {
        this.exchange = exchange;
        this.connection = connection;
        this.known = body.length;
        this.max = connection.service().bodyMax(true);
        this.arrived = true;
        if (body.length > 0) {
            keep(body);
        }
    }

    /** What the request says of the length. Any thread. */
    long length(HttpHead head) {
        return known >= 0 ? known : head.contentLength();
    }

    /** Those that came. Any thread. */
    HttpFields trailers() {
        return trailers;
    }

    // ---- any thread ----

    /** Begins to deliver, unless {@code held}: then {@link #pause} with false does. */
    void start(HttpReceiver wanted, boolean held) {
        Objects.requireNonNull(wanted, "receiver");
        if (!asked.compareAndSet(false, true)) {
            throw new IllegalStateException("the body of this request was asked for before");
        }
        connection.session().execute(() -> {
            receiver = wanted;
            paused |= held;
            tellFailure();
            go();
        });
    }

    void pause(boolean wanted) {
        if (wanted && connection.session().isOnLoop()) {
            paused = true;
        }
        connection.session().execute(() -> {
            paused = wanted;
            go();
        });
    }

    /** Lets no more bytes through than so many. */
    void limit(long bytes) {
        max = Math.min(bytes, connection.service().bodyMax(true));
    }

    /** Runs a task on the loop thread. */
    void execute(Runnable task) {
        connection.session().execute(task);
    }

    boolean isOnLoop() {
        return connection.session().isOnLoop();
    }

    private HeapAccount heap() {
        return connection.session().heap();
    }

    /** Whether who reads the body should keep little of it. */
    boolean isTight() {
        return heap().isTight();
    }

    /** Bytes that were counted by {@link #count} are kept no more. */
    void uncount(long bytes) {
        heap().add(-bytes);
    }

    // ---- loop thread ----

    /** Whether somebody asked for the body. */
    boolean isTaken() {
        return receiver != null;
    }

    /** Whether a client that waits for 100 should hear it. */
    boolean isWanted() {
        return receiver != null && !paused;
    }

    /** Whether the connection should not read on. */
    boolean isBlocked() {
        return paused || !pending.isEmpty();
    }

    void piece(ByteBuffer data, boolean last, HttpFields fields) {
        if (over) {
            return;
        }
        if (last) {
            arrived = true;
            trailers = fields.toHeap();
        }
        if (data.hasRemaining()) {
            if (receiver == null || isBlocked()) {
                if (heap().hasRoom(data.remaining())) {
                    byte[] copy = new byte[data.remaining()];
                    data.get(copy);
                    keep(copy);
                } else {
                    refuse();
                }
            } else {
                deliver(data);
            }
        }
        finish();
    }

    private void keep(byte[] bytes) {
        pending.add(bytes);
        pendingBytes += bytes.length;
        heap().add(bytes.length);
    }

    private void forget(long bytes) {
        pendingBytes -= bytes;
        heap().add(-bytes);
    }

    /**
     * Counts bytes that a receiver keeps until it says otherwise; without room for them the request
     * is refused.
     *
     * @return whether it may keep them
     */
    boolean count(int bytes) {
        boolean taken = heap().take(bytes);
        if (!taken) {
            refuse();
        }
        return taken;
    }

    private void refuse() {
        refuse(connection.service().refused(Content.NO_MEMORY, connection.session()).toResponse(),
                "ENOBUFS", "the server is short of memory");
    }

    /** Answers before the receiver fails, so that its failure is known to be nobody's answer. */
    private void refuse(HttpResponse response, String code, String why) {
        if (!exchange.unlinked) {
            connection.refuse(exchange, response);
        }
        fail(code, why);
        connection.pump();
    }

    private void go() {
        while (receiver != null && !paused && !over && !pending.isEmpty()) {
            byte[] next = pending.remove();
            forget(next.length);
            deliver(ByteBuffer.wrap(next));
        }
        finish();
        connection.pump();
    }

    private void deliver(ByteBuffer data) {
        long limit = max;
        delivered += data.remaining();
        if (delivered > limit) {
            String why = "the body is longer than " + limit + " bytes";
            refuse(limit == connection.service().bodyMax(true)
                    ? connection.service().tooLarge(connection.session(), true).toResponse()
                    : new HttpException(413, why).toResponse(), "EMSGSIZE", why);
            return;
        }
        try {
            Objects.requireNonNull(receiver).onData(data);
        } catch (Throwable t) {
            broken(t);
        }
    }

    private void finish() {
        if (arrived && !over && mayEnd() && pending.isEmpty()) {
            over = true;
            try {
                receiver.onEnd(new HttpHeaders(exchange, true));
            } catch (Throwable t) {
                broken(t);
            }
        }
    }

    /** Who is paused waits for the next piece; our own receivers hear at once that none comes. */
    private boolean mayEnd() {
        return receiver != null && (!paused || receiver instanceof BodyReceiver);
    }

    private void broken(Throwable t) {
        drop();
        connection.broken(exchange, Service.failed(exchange, t));
    }

    /** The receiver hears no more. */
    void drop() {
        over = true;
        paused = false;
        pending.clear();
        forget(pendingBytes);
    }

    /** The response is complete. */
    void abandon() {
        abandoned = !over;
        drop();
        tellFailure();
    }

    /** The request is over: nothing of it is kept. Loop thread, or when the loop is gone. */
    void release() {
        if (receiver instanceof BodyInput input) {
            input.release();
        }
    }

    /** The rest will not come. */
    void fail(String code, String why) {
        if (over) {
            return;
        }
        drop();
        failure = new NetException(code, "receive body", why);
        tellFailure();
    }

    /** Tells the receiver, or the one that comes. */
    private void tellFailure() {
        if (abandoned && receiver instanceof BodyReceiver) {
            abandoned = false;
            failure = new NetException(
                    "ECLOSED", "receive body", "the response to this request is complete");
        }
        if (failure == null || receiver == null) {
            return;
        }
        try {
            receiver.onFailure(failure);
        } catch (Throwable t) {
            connection.broken(exchange, Service.failed(exchange, t));
        }
        failure = null;
    }
}

package io.gannet.http;

import io.gannet.NetException;
import io.gannet.NetTimer;
import io.gannet.internal.Log;
import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Writes a body into a session, in chunks unless its length is known or the end tells it. */
final class BodyStream extends Body {
    private static final byte[] LAST_CHUNK = Lines.ascii("0\r\n\r\n");
    private static final byte[] CRLF = Lines.ascii("\r\n");

    private final Session session;
    private final Connection connection;
    private final Exchange exchange;
    private final boolean chunked;
    private final boolean counted;
    /** Bytes that are still to come, if they are counted. Guarded by this. */
    private long left;
    /** Bytes of the body so far. Guarded by this. */
    private long written;
    /** Guarded by this. */
    private boolean ended;
    /** A write answered false, and nobody was told since. Guarded by this. */
    private boolean waits;
    /** The connection may go on behind this. Belongs to the loop thread. */
    private boolean finished;
    /** The connection closes behind this. Belongs to the loop thread. */
    boolean closes;
    private volatile @Nullable Runnable ready;
    /** Belongs to the loop thread. */
    private @Nullable Runnable stop;

    BodyStream(Session session, Connection connection, HttpResponse response, Exchange to) {
        this.session = session;
        this.connection = connection;
        this.exchange = to;
        this.counted = response.streamLength != HttpResponse.UNKNOWN;
        this.chunked = !counted && !to.isOld();
        this.left = response.streamLength;
    }

    @Override
    public boolean write(ByteBuffer data) {
        return write(data, true);
    }

    @Override
    boolean writeToMark(ByteBuffer data) {
        return write(data, false);
    }

    private synchronized boolean write(ByteBuffer data, boolean limited) {
        if (ended) {
            throw new IllegalStateException("the body was ended");
        }
        int length = data.remaining();
        if (counted && length > left) {
            throw new IllegalStateException("the body has " + left + " bytes left, not " + length);
        }
        boolean more;
        if (chunked && length > 0) {
            ByteBuffer size = ByteBuffer.wrap(Lines.ascii(Integer.toHexString(length) + "\r\n"));
            ByteBuffer end = ByteBuffer.wrap(CRLF);
            more = limited
                    ? session.write(size, data, end)
                    : session.writeToMark(size, data, end);
        } else {
            more = limited ? session.write(data) : session.writeToMark(data);
        }
        left -= length;
        written += length;
        waits |= !more;
        return more;
    }

    @Override
    public boolean write(byte[] data) {
        return write(ByteBuffer.wrap(data));
    }

    @Override
    public synchronized void end() {
        if (ended) {
            return;
        }
        ended = true;
        if (counted && left > 0) {
            session.abort();
            throw new IllegalStateException("the body lacks " + left + " bytes");
        }
        try {
            if (chunked) {
                session.writeToMark(ByteBuffer.wrap(LAST_CHUNK)); /* who ends cannot wait */
            }
            if (session.direct()) {
                finish();
            } else {
                session.execute(this::finish);
            }
        } catch (NetException e) {
            session.abort(); /* it is gone */
        }
    }

    @Override
    public synchronized void abort() {
        if (!ended) { /* else the connection may serve the next request already */
            ended = true;
            session.abort();
        }
    }

    @Override
    public void onReady(Runnable action) {
        ready = Objects.requireNonNull(action, "action");
    }

    @Override
    boolean isOpen() {
        return session.isOpen();
    }

    @Override
    boolean isOnLoop() {
        return session.isOnLoop();
    }

    @Override
    void execute(Runnable task) {
        session.execute(task);
    }

    @Override
    Exchange request() {
        return exchange;
    }

    private void finish() {
        finished = true;
        connection.pump();
    }

    /** Bytes of the body so far. Any thread. */
    synchronized long written() {
        return written;
    }

    // ---- loop thread ----

    /**
     * Sends the head and lets the producer begin. One that writes on a worker begins before: what
     * it writes comes behind the head all the same, for the loop takes it when this turn is over.
     *
     * @return false when there is no room on the workers, and nothing was sent
     */
    boolean begin(HttpProducer producer, LoopShare share, HttpResponse response) {
        boolean elsewhere = CodedBody.isOnWorker(producer);
        try {
            if (elsewhere) {
                producer.produce(this);
            }
            exchange.out = this;
            share.sendHead(session, response, exchange, closes);
            if (!elsewhere) {
                producer.produce(this);
            }
        } catch (RejectedExecutionException e) {
            if (exchange.out == null) {
                return false;
            }
            fail(e);
        } catch (Throwable t) {
            fail(t);
        }
        return true;
    }

    private void fail(Throwable t) {
        Log.warn(exchange.describe() + " failed in its response", t);
        session.abort();
    }

    @Override
    NetTimer schedule(Duration delay, Runnable task) {
        return session.schedule(delay, task);
    }

    @Override
    void onStop(Runnable action) {
        stop = action;
        if (connection.isStopping()) {
            tellStop();
        }
    }

    /** The server begins to stop: what has no end of its own may end now. */
    void tellStop() {
        Runnable action = stop;
        if (action != null) {
            stop = null;
            action.run();
        }
    }

    boolean isFinished() {
        return finished;
    }

    /** Tells that the queue is short again, or that the connection is gone. */
    void tellReady(boolean gone) {
        Runnable action = ready;
        if (action == null) {
            return;
        }
        synchronized (this) {
            if (ended || !(waits || gone)) {
                return;
            }
            waits = false;
        }
        try {
            action.run();
        } catch (Throwable t) {
            /* That writes fail on a connection which is gone is no news. */
            if (!gone || !(t instanceof NetException)) {
                Log.warn(exchange.describe() + " failed in its response", t);
            }
            session.abort();
        }
    }
}

package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.Log;
import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes a body into a session, in chunks unless its length is known or the end tells it. */
final class BodyStream implements HttpBody {
    private static final byte[] LAST_CHUNK = Lines.ascii("0\r\n\r\n");
    private static final byte[] CRLF = Lines.ascii("\r\n");

    private final Session session;
    private final Connection connection;
    private final boolean chunked;
    private final boolean counted;
    /** Bytes that are still to come, if they are counted. Guarded by this. */
    private long left;
    /** Guarded by this. */
    private boolean ended;
    /** A write answered false, and nobody was told since. Guarded by this. */
    private boolean waits;
    /** The connection may go on behind this. Belongs to the loop thread. */
    private boolean finished;
    /** The connection closes behind this. Belongs to the loop thread. */
    boolean closes;
    private volatile @Nullable Runnable ready;

    BodyStream(Session session, Connection connection, HttpResponse response, Exchange to) {
        this.session = session;
        this.connection = connection;
        this.counted = response.streamLength != HttpResponse.UNKNOWN;
        this.chunked = !counted && !to.isOld();
        this.left = response.streamLength;
    }

    @Override
    public synchronized boolean write(ByteBuffer data) {
        if (ended) {
            throw new IllegalStateException("the body was ended");
        }
        int length = data.remaining();
        if (counted && length > left) {
            throw new IllegalStateException("the body has " + left + " bytes left, not " + length);
        }
        boolean more;
        if (chunked && length > 0) {
            byte[] size = Lines.ascii(Integer.toHexString(length) + "\r\n");
            more = session.write(ByteBuffer.wrap(size), data, ByteBuffer.wrap(CRLF));
        } else {
            more = session.write(data);
        }
        left -= length;
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
                session.write(LAST_CHUNK);
            }
            if (session.direct()) {
                finish();
            } else {
                session.execute(this::finish);
            }
        } catch (NetException e) {
            session.abort(); /* it is gone, or has no room */
        }
    }

    @Override
    public synchronized void abort() {
        ended = true;
        session.abort();
    }

    @Override
    public void onReady(Runnable action) {
        ready = Objects.requireNonNull(action, "action");
    }

    private void finish() {
        finished = true;
        connection.pump();
    }

    // ---- loop thread ----

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
                Log.warn("the body of a response failed", t);
            }
            session.abort();
        }
    }
}

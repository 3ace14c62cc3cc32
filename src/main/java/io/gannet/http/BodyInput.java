package io.gannet.http;

import io.gannet.NetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request for a thread that reads and waits. What arrives in between is kept, up to a
 * mark where the client is held back. The lock is one that virtual threads may wait for.
 */
final class BodyInput extends InputStream implements BodyReceiver {
    /**
     * The client is held back when so much is kept, and let go when it is half of that. While
     * memory is tight it is held back when anything is kept, and let go when nothing is.
     */
    private static final int KEPT_MAX = 128 * 1024;

    private final Exchange exchange;
    private final Upload upload;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Guarded by the lock, as all that follows. */
    private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
    /** What was read of the first piece. */
    private int at;
    private int kept;
    private boolean started;
    private boolean held;
    private boolean ended;
    private boolean closed;
    private @Nullable NetException failure;

    BodyInput(Exchange exchange, Upload upload) {
        this.exchange = exchange;
        this.upload = upload;
    }

    // ---- the reader ----

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, to.length);
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            start();
            awaitPiece();
            return pieces.isEmpty() ? -1 : take(to, offset, length);
        } finally {
            lock.unlock();
        }
    }

    private void start() throws IOException {
        checkOpen();
        if (!started) {
            checkAlive();
            upload.start(this, false);
            started = true;
        }
    }

    private void checkAlive() throws IOException {
        try {
            exchange.head();
        } catch (IllegalStateException e) {
            throw new IOException("the body is incomplete", e);
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
    }

    /** Waits until there is a piece, or there will be none. */
    private void awaitPiece() throws IOException {
        try {
            while (pieces.isEmpty() && !ended) {
                checkOpen();
                if (failure != null) {
                    throw new IOException("the body is incomplete", failure);
                }
                if (upload.isOnLoop()) {
                    throw new IllegalStateException(
                            "a read on the loop thread would wait for itself");
                }
                changed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while waiting for the body")
                    .initCause(e);
        }
    }

    private int take(byte[] to, int offset, int length) {
        byte[] first = pieces.element();
        int count = Math.min(length, first.length - at);
        System.arraycopy(first, at, to, offset, count);
        at += count;
        if (at == first.length) {
            pieces.remove();
            at = 0;
            upload.uncount(first.length);
        }
        kept -= count;
        if (held && kept <= (upload.isTight() ? 0 : KEPT_MAX / 2)) {
            held = false;
            letGo();
        }
        return count;
    }

    /** When the loop has ended, the failure that it told before is read in time. */
    private void letGo() {
        try {
            upload.pause(false);
        } catch (NetException e) {
            failure = e;
        }
    }

    @Override
    public int available() throws IOException {
        lock.lock();
        try {
            checkOpen();
            return kept;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what was kept, and holds the client back: nobody wants the rest. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            forget();
            changed.signalAll();
            if (started && !ended) {
                upload.pause(true);
            }
        } catch (NetException e) {
            failure = e; /* the loop has ended */
        } finally {
            lock.unlock();
        }
    }

    private void forget() {
        if (!pieces.isEmpty()) {
            upload.uncount(kept + at);
            pieces.clear();
            kept = 0;
            at = 0;
        }
    }

    // ---- what the upload tells: loop thread ----

    @Override
    public void onData(ByteBuffer data) {
        if (!upload.count(data.remaining())) {
            return;
        }
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        lock.lock();
        try {
            if (closed) {
                upload.uncount(copy.length);
                return;
            }
            pieces.add(copy);
            kept += copy.length;
            if (!held && (kept >= KEPT_MAX || upload.isTight())) {
                held = true;
                upload.pause(true);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onEnd(HttpHeaders trailers) {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onFailure(NetException cause) {
        lock.lock();
        try {
            failure = cause;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The request is over; a body that was not read to its end ends in failure. */
    void release() {
        lock.lock();
        try {
            if (kept > 0) {
                forget();
                ended = false;
                if (failure == null) {
                    failure = new NetException("ECLOSED", "receive body",
                            "the response to this request is complete");
                }
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}

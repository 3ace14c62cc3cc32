package io.gannet.internal;

import io.gannet.NetBlockingHandler;
import io.gannet.NetBlockingSession;
import io.gannet.NetCause;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetSession;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A session for code that waits. The loop puts what arrives into a queue and wakes who reads; who
 * writes uses the session as any other thread does, and waits until its queue is short again. The
 * loop takes no lock of those that readers and writers share among themselves.
 */
public final class BlockingSession implements NetBlockingSession, NetHandler {
    /** Unread bytes above which the session is paused, and below which it goes on. */
    private static final int HIGH = 64 * 1024;
    private static final int LOW = 16 * 1024;
    /** What is written at a time. */
    private static final int PIECE = 64 * 1024;
    /** Why nothing can be read or written any more. */
    private record Failure(String code, String why) {}

    private static final Failure CLOSED = new Failure("ECLOSED", "the session is closed");

    private final NetBlockingHandler handler;
    private final WorkerPool threads;
    private @Nullable Session opened;
    private final Queue<ByteBuffer> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicLong unread = new AtomicLong();
    private final AtomicBoolean paused = new AtomicBoolean();
    /** Counts how often the queue became short again. Written by the loop alone. */
    private volatile int drains;
    /** The peer sends no more; set behind the last bytes. */
    private volatile boolean peerEnded;
    /** This side wants no more. */
    private volatile boolean closed;
    /** Set when the session is gone. */
    private volatile @Nullable Failure failure;
    /** What the system reported. Loop thread. */
    private @Nullable NetException reported;
    private volatile long readNanos;
    private volatile long writeNanos;
    private final Waiter reader = new Waiter();
    private final Waiter writer = new Waiter();
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private final InputStream input = new SessionInput(this);
    private final OutputStream output = new SessionOutput(this);

    BlockingSession(NetBlockingHandler handler, WorkerPool threads) {
        this.handler = handler;
        this.threads = threads;
    }

    private Session session() {
        return Objects.requireNonNull(opened);
    }

    // ---- the loop ----

    @Override
    public void onOpen(NetSession session) {
        opened = (Session) session;
        boolean started = threads.execute(new Runnable() {
            @Override
            public void run() {
                BlockingSession.this.run();
            }
        });
        if (!started) {
            session.abort();
        }
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        if (closed) {
            return;
        }
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        arrived.add(ByteBuffer.wrap(copy));
        if (unread.addAndGet(copy.length) >= HIGH && !paused.get()) {
            /* In this order: who reads resumes only what was paused before. */
            session.pause();
            paused.set(true);
            resumeIfLow();
        }
        reader.wake();
    }

    @Override
    public void onSend(NetSession session) {
        writer.wake();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") /* by the loop alone */
    public void onDrain(NetSession session) {
        drains++;
        writer.wake();
    }

    @Override
    public void onEnd(NetSession session) {
        peerEnded = true;
        reader.wake();
    }

    @Override
    public void onError(NetSession session, Throwable error) {
        if (error instanceof NetException e) {
            reported = e;
        } else {
            Log.sessionFailed(session, error);
        }
    }

    @Override
    public void onClose(NetSession session, NetCause cause) {
        failure = failure(cause);
        reader.wake();
        writer.wake();
    }

    private Failure failure(NetCause cause) {
        return switch (cause) {
            case RESET -> new Failure("ECONNRESET", "the peer or the network broke the connection");
            case IDLE -> new Failure("ETIMEDOUT", "the session was idle for too long");
            case STOP -> new Failure("ECLOSED", "the server or client was stopped");
            case FAILURE -> reported == null
                    ? CLOSED
                    : new Failure(reported.code(), String.valueOf(reported.getMessage()));
            case LOCAL, PEER, ABORT, HANDLER -> CLOSED;
        };
    }

    // ---- the thread of the session ----

    private void run() {
        try {
            handler.handle(this);
            close();
        } catch (Throwable t) {
            Log.sessionFailed(session(), t);
            abort();
        } finally {
            Thread.interrupted(); /* the thread goes on to another session */
        }
    }

    // ---- reading ----

    @Override
    public int read(ByteBuffer target) {
        begin(reading, "read");
        try {
            if (!target.hasRemaining()) {
                return 0;
            }
            ByteBuffer first = first();
            if (first == null) {
                return -1;
            }
            int before = target.remaining();
            while (first != null && target.hasRemaining()) {
                move(first, target);
                first = arrived.peek();
            }
            int count = before - target.remaining();
            taken(count);
            return count;
        } finally {
            reading.unlock();
        }
    }

    /** Moves as much as there is room for, and drops a buffer that is empty then. */
    private void move(ByteBuffer from, ByteBuffer to) {
        if (from.remaining() <= to.remaining()) {
            to.put(from);
            arrived.remove();
        } else {
            int limit = from.limit();
            from.limit(from.position() + to.remaining());
            to.put(from);
            from.limit(limit);
        }
    }

    @Override
    public ByteBuffer read() {
        begin(reading, "read");
        try {
            ByteBuffer first = first();
            if (first == null) {
                return ByteBuffer.allocate(0);
            }
            arrived.remove();
            taken(first.remaining());
            return first;
        } finally {
            reading.unlock();
        }
    }

    /** Waits for bytes, and gives the first of them; null when there will be none. */
    private @Nullable ByteBuffer first() {
        if (arrived.isEmpty()) {
            reader.await("read", () -> !arrived.isEmpty() || peerEnded || isOver(), readNanos);
        }
        ByteBuffer first = arrived.peek();
        if (first == null && !peerEnded) {
            throw failure("read");
        }
        return first;
    }

    private void taken(int count) {
        unread.addAndGet(-count);
        resumeIfLow();
    }

    private void resumeIfLow() {
        if (unread.get() <= LOW && paused.compareAndSet(true, false)) {
            session().resume();
        }
    }

    /** Bytes that can be read without waiting. */
    int available() {
        return (int) Math.min(Integer.MAX_VALUE, unread.get());
    }

    private boolean isOver() {
        return closed || failure != null;
    }

    private NetException failure(String operation) {
        Failure now = failure == null ? CLOSED : failure;
        return new NetException(now.code, operation, now.why);
    }

    /** One reads, or writes, at a time. */
    private void begin(ReentrantLock lock, String operation) {
        if (session().isOnLoop()) {
            throw new IllegalStateException(
                    operation + " waits, so it cannot run on a loop thread");
        }
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Waiter.interrupted(operation);
        }
    }

    // ---- writing ----

    @Override
    public void write(ByteBuffer... data) {
        begin(writing, "write");
        try {
            long total = 0;
            for (ByteBuffer part : data) {
                total += part.remaining();
            }
            if (total <= PIECE) {
                writePiece(data);
                return;
            }
            for (ByteBuffer part : data) {
                writeAll(part);
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    @Override
    public void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    private void writeAll(ByteBuffer data) {
        int end = data.limit();
        try {
            while (data.position() < end) {
                data.limit(Math.min(end, data.position() + PIECE));
                writePiece(data);
            }
        } finally {
            data.limit(end);
        }
    }

    private void writePiece(ByteBuffer... data) {
        if (failure != null) {
            throw failure("write");
        }
        int before = drains;
        if (!session().writeToMark(data)) {
            writer.await("write", () -> drains != before || isOver(), writeNanos);
            if (failure != null) {
                throw failure("write");
            }
        }
    }

    @Override
    public void flush() {
        begin(writing, "flush");
        try {
            writer.await("flush", () -> session().queuedBytes() == 0 || failure != null,
                    writeNanos);
            if (session().queuedBytes() > 0) {
                throw failure("flush");
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void shutdownOutput() {
        session().shutdownOutput();
    }

    // ---- the end ----

    @Override
    public void close() {
        closed = true;
        session().close();
        wakeAll();
    }

    @Override
    public void abort() {
        closed = true;
        session().abort();
        wakeAll();
    }

    private void wakeAll() {
        reader.wake();
        writer.wake();
    }

    // ---- what it is ----

    @Override
    public void readTimeout(Duration timeout) {
        readNanos = nanos(timeout);
    }

    @Override
    public void writeTimeout(Duration timeout) {
        writeNanos = nanos(timeout);
    }

    private static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout is negative: " + timeout);
        }
        return timeout.compareTo(Duration.ofDays(365)) > 0
                ? Duration.ofDays(365).toNanos()
                : timeout.toNanos();
    }

    @Override
    public InputStream input() {
        return input;
    }

    @Override
    public OutputStream output() {
        return output;
    }

    @Override
    public long id() {
        return session().id();
    }

    @Override
    public SocketAddress localAddress() {
        return session().localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return session().remoteAddress();
    }

    @Override
    public SocketAddress peerAddress() {
        return session().peerAddress();
    }

    @Override
    public boolean isOpen() {
        return session().isOpen();
    }

    @Override
    public String toString() {
        return session().toString();
    }
}

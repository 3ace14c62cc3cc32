package io.gannet.internal;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The outgoing half of a session: its queue as Java counts it, and the way into the loop. The loop
 * thread acts directly; other threads copy what they ask for into an operation and hand that to
 * the loop. While such operations are under way, the loop thread lines up behind them, so that
 * calls take effect in the order they were made. A class of its own for its size alone.
 *
 * <p>State without a word on threads belongs to the loop thread.
 */
abstract class SessionWriter {
    private static final AtomicLongFieldUpdater<SessionWriter> QUEUED =
            AtomicLongFieldUpdater.newUpdater(SessionWriter.class, "queued");
    private static final AtomicLongFieldUpdater<SessionWriter> UNDERWAY_BYTES =
            AtomicLongFieldUpdater.newUpdater(SessionWriter.class, "underwayBytes");
    private static final AtomicLongFieldUpdater<SessionWriter> UNDERWAY =
            AtomicLongFieldUpdater.newUpdater(SessionWriter.class, "underway");
    private static final AtomicReferenceFieldUpdater<SessionWriter, FileQueue> FILES =
            AtomicReferenceFieldUpdater.newUpdater(SessionWriter.class, FileQueue.class, "files");
    /** So often a number that another thread is changing is looked at before it is believed. */
    private static final int MOMENTS = 50;
    private static final long MOMENT_NANOS = 10_000;
    /** The code of what is asked of a session that ends. */
    static final String CLOSED = "ECLOSED";
    /** What an operation adds to {@link #underway}: all count in the low half, writes in both. */
    private static final long OPERATION = 1;
    private static final long WRITE = 1L << 32 | OPERATION;

    final LoopThread loop;
    final Endpoint endpoint;
    final int slot;
    final int gen;
    /** False once anybody asked for the end; writes are refused then. Never true again. */
    volatile boolean open = true;
    /** Above the high mark and not yet below the low one. Written by the loop thread alone. */
    private volatile boolean aboveMark;
    /** Bytes the loop has taken and the kernel has not. Written by the loop thread alone. */
    private volatile long queued;
    /** Operations of other threads that the loop has not begun yet; see {@link #WRITE}. */
    private volatile long underway;
    /** The bytes in them; they leave here after they arrived in {@link #queued}. */
    private volatile long underwayBytes;
    private volatile @Nullable FileQueue files;
    private volatile int highWater;
    private int lowWater;
    private long sentBytes;
    /** The loop takes no more bytes: it was told to close, or to end this direction. */
    boolean sealed;

    SessionWriter(LoopThread loop, Endpoint endpoint, int slot, int gen) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.slot = slot;
        this.gen = gen;
        this.lowWater = endpoint.options().lowWater();
        this.highWater = endpoint.options().highWater();
    }

    /** The queue passed the high-water mark. */
    abstract void passedMark();

    public boolean write(ByteBuffer data) {
        int length = data.remaining();
        if (!direct()) {
            byte[] copy = new byte[length];
            data.get(data.position(), copy);
            boolean more = writeFromOutside(copy, length, true);
            data.position(data.limit());
            return more;
        }
        admit(true, length);
        loop.commands.send(slot, gen, data);
        return queued(length);
    }

    public boolean write(ByteBuffer... parts) {
        return write(true, parts);
    }

    /** {@code limited} if the write limit is to be asked for. */
    private boolean write(boolean limited, ByteBuffer... parts) {
        long total = 0;
        for (ByteBuffer part : parts) {
            total += part.remaining();
        }
        if (total > Integer.MAX_VALUE - 8) {
            throw full(total);
        }
        int length = (int) total;
        if (!direct()) {
            return writeFromOutside(parts, new byte[length], limited);
        }
        admit(limited, length);
        long taken = 0; /* less than was counted when a buffer is given twice */
        for (ByteBuffer part : parts) {
            taken += part.remaining();
            loop.commands.send(slot, gen, part);
        }
        return queued(taken);
    }

    /**
     * Queues the bytes of several buffers without asking for the write limit: for who stops when
     * it is told to wait, so that the high mark bounds what it queues. Any thread.
     *
     * @param parts borrowed during the call; their positions are set to their limits
     * @return false when the caller must wait for {@code onDrain} before it writes more
     */
    public boolean writeToMark(ByteBuffer... parts) {
        return write(false, parts);
    }

    // ---- for what speaks a protocol, on the loop thread: no limit, nothing to wait for ----

    /**
     * The most that {@link #reserve} gives.
     */
    public static final int RESERVE_MAX = CommandWriter.PIECE;

    /**
     * Begins to queue bytes which the caller puts into {@link #memory}. {@link #commit} must follow
     * before anything else is done with any session.
     *
     * @param length how many, at most {@link #RESERVE_MAX}
     * @return where to put them, -1 when the session takes no more bytes
     */
    public int reserve(int length) {
        return sealed ? -1 : loop.commands.reserve(slot, gen, length);
    }

    /**
     * Queues what was put where {@link #reserve} said.
     *
     * @param length as it was reserved
     */
    public void commit(int length) {
        loop.commands.commit(length);
        queued(length);
    }

    /**
     * Queues bytes without asking for the write limit.
     *
     * @param data borrowed
     * @param offset where they start
     * @param length how many
     */
    public void append(byte[] data, int offset, int length) {
        if (!sealed && length > 0) {
            loop.commands.send(slot, gen, data, offset, length);
            queued(length);
        }
    }

    /**
     * Queues a part of a file without asking for the write limit.
     *
     * @param file taken, also when the session takes no more bytes
     * @param offset where it starts
     * @param length how many bytes, not 0
     */
    public void append(FileHandle file, long offset, long length) {
        int fd = file.take();
        if (sealed) {
            NativeErrors.check(NativeSocket.close(fd), "close file");
            return;
        }
        FileQueue queue = fileQueue();
        queue.reserve(length);
        takeFile(queue, fd, offset, length);
    }

    /**
     * The memory that {@link #reserve} gives a part of.
     *
     * @return the same for all sessions of a loop
     */
    public ByteBuffer memory() {
        return loop.commands.memory();
    }

    /**
     * Tells whether the queue is long, and more should wait for {@code onDrain}.
     *
     * @return true above the high-water mark
     */
    public boolean isAboveMark() {
        return aboveMark;
    }

    /**
     * Tells whether the memory of the loop is nearly used up, and whoever can should wait.
     *
     * @return true above the high mark of the memory limit
     */
    public boolean isTight() {
        return loop.isTight();
    }

    /**
     * Tells whether the loop has memory to take so many bytes at once.
     *
     * @param length how many
     * @return false if that could come near the limit
     */
    public boolean hasRoom(long length) {
        return loop.hasRoom(length);
    }

    private boolean writeFromOutside(ByteBuffer[] parts, byte[] copy, boolean limited) {
        int[] starts = new int[parts.length];
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            int size = parts[i].remaining();
            starts[i] = parts[i].position();
            parts[i].get(copy, at, size);
            at += size; /* less than the copy has room for when a buffer is given twice */
        }
        boolean taken = false;
        try {
            boolean more = writeFromOutside(copy, at, limited);
            taken = true;
            return more;
        } finally {
            for (int i = parts.length - 1; i >= 0 && !taken; i--) {
                parts[i].position(starts[i]);
            }
        }
    }

    public boolean write(byte[] data) {
        return write(data, 0, data.length);
    }

    public boolean write(byte[] data, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.length);
        if (!direct()) {
            byte[] copy = new byte[length];
            System.arraycopy(data, offset, copy, 0, length);
            return writeFromOutside(copy, length, true);
        }
        admit(true, length);
        loop.commands.send(slot, gen, data, offset, length);
        return queued(length);
    }

    public boolean write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!direct()) {
            return writeFromOutside(bytes, bytes.length, true);
        }
        return write(bytes, 0, bytes.length);
    }

    public boolean write(Path file, long offset, long length) {
        if (!open) {
            throw closed("write");
        }
        if (length == 0) {
            OpenFile.check(file, offset);
            return queuedBytes() <= highWater;
        }
        int fd = OpenFile.open(file, offset, length);
        boolean taken = false;
        try {
            boolean more = direct()
                    ? queueFile(fd, offset, length)
                    : fileFromOutside(fd, offset, length);
            taken = true;
            return more;
        } finally {
            if (!taken) {
                NativeErrors.check(NativeSocket.close(fd), "close file");
            }
        }
    }

    private boolean queueFile(int fd, long offset, long length) {
        if (!open) {
            throw closed("write");
        }
        FileQueue queue = fileQueue();
        queue.reserve(length);
        return takeFile(queue, fd, offset, length);
    }

    private boolean takeFile(FileQueue queue, int fd, long offset, long length) {
        long position = sentBytes + queued;
        queue.add(position, position + length);
        loop.commands.file(slot, gen, fd, offset, length);
        return queued(length);
    }

    private boolean fileFromOutside(int fd, long offset, long length) {
        FileQueue queue = fileQueue();
        enter();
        queue.reserve(length);
        boolean more = mayWrite(UNDERWAY_BYTES.getAndAdd(this, length) + length);
        enqueueEntered(length, () -> {
            if (sealed) {
                queue.release(length);
                NativeErrors.check(NativeSocket.close(fd), "close file");
            } else {
                takeFile(queue, fd, offset, length);
                aboveMark |= !more;
            }
        });
        return more;
    }

    private FileQueue fileQueue() {
        FileQueue queue = files;
        if (queue == null) {
            FILES.compareAndSet(this, null, new FileQueue());
            queue = Objects.requireNonNull(files);
        }
        return queue;
    }

    /**
     * Whether a call may act at once: on the loop thread, with nothing asked before it.
     *
     * @return true if so
     */
    public boolean direct() {
        return loop.isCurrent() && underway == 0;
    }

    /** Whether {@code length} bytes beyond those under way would pass the write limit. */
    private boolean passesLimit(long length) {
        FileQueue queue = files;
        long fromFiles = queue == null ? 0 : queue.bytes();
        return queued - fromFiles + length > endpoint.options().writeLimit();
    }

    /** Throws unless {@code length} more bytes may be queued. */
    private void admit(boolean limited, long length) {
        if (!open) {
            throw closed("write");
        }
        if (limited && passesLimit(underwayBytes + length)) {
            throw full(length);
        }
    }

    /**
     * Bytes were handed to the loop; answers whether there may be more. While the memory of the
     * loop is tight, any are enough: the session goes on when the kernel has taken some.
     */
    private boolean queued(long length) {
        long now = queued + length;
        QUEUED.lazySet(this, now);
        if (now <= highWater && (!loop.isTight() || now == 0)) {
            return !aboveMark;
        }
        aboveMark = true;
        passedMark();
        return false;
    }

    /**
     * Whether bytes that seem to pass the write limit fit after all: the moment in which the loop
     * takes a file, its bytes count both as under way and as queued.
     */
    private boolean fitsSoon(int length) {
        for (int i = 0; i < MOMENTS && files != null; i++) {
            LockSupport.parkNanos(MOMENT_NANOS);
            if (!passesLimit(underwayBytes + length)) {
                return true;
            }
        }
        return false;
    }

    private boolean writeFromOutside(byte[] copy, int length, boolean limited) {
        enter();
        long ahead;
        do {
            ahead = underwayBytes;
            if (limited && passesLimit(ahead + length) && !fitsSoon(length)) {
                UNDERWAY.addAndGet(this, -WRITE);
                throw full(length);
            }
        } while (!UNDERWAY_BYTES.compareAndSet(this, ahead, ahead + length));
        boolean more = mayWrite(ahead + length);
        enqueueEntered(length, () -> {
            if (!sealed) {
                loop.commands.send(slot, gen, copy, 0, length);
                queued(length);
                aboveMark |= !more && length > 0;
            }
        });
        return more;
    }

    /**
     * What a write answers that leaves {@code ahead} bytes under way. Who is told to wait must hear
     * {@code onDrain}, so its bytes count as above the mark when the loop takes them, also if it
     * has sent those before them by then.
     */
    private boolean mayWrite(long ahead) {
        return !aboveMark && queued + ahead <= highWater;
    }

    /**
     * Announces a write of another thread. Who closes refuses writes first and then waits for those
     * announced, so every write is either refused or queued before the end.
     */
    private void enter() {
        if (open) {
            UNDERWAY.addAndGet(this, WRITE);
            if (open) {
                return;
            }
            UNDERWAY.addAndGet(this, -WRITE);
        }
        throw closed("write");
    }

    /** Hands a write that was announced to the loop; {@code length} bytes are counted already. */
    private void enqueueEntered(long length, Runnable task) {
        boolean taken = loop.submit(() -> {
            UNDERWAY.addAndGet(this, -WRITE);
            try {
                task.run();
            } finally {
                UNDERWAY_BYTES.addAndGet(this, -length);
            }
        });
        if (!taken) {
            UNDERWAY.addAndGet(this, -WRITE);
            UNDERWAY_BYTES.addAndGet(this, -length);
            throw closed("write");
        }
    }

    static NetException closed(String operation) {
        return new NetException(CLOSED, operation, "the session is closed");
    }

    private NetException full(long length) {
        return new NetException("ENOBUFS", "write", "the queue holds " + queuedBytes() + " bytes, "
                + length + " more would pass the limit of " + endpoint.options().writeLimit());
    }

    /** Hands a request to the loop; a loop that ended has nothing left to do it to. */
    void enqueue(Runnable task) {
        UNDERWAY.addAndGet(this, OPERATION);
        boolean taken = loop.submit(() -> {
            UNDERWAY.addAndGet(this, -OPERATION);
            task.run();
        });
        if (!taken) {
            UNDERWAY.addAndGet(this, -OPERATION);
        }
    }

    void command(int type) {
        loop.commands.plain(slot, gen, type);
    }

    /** Whether this is the loop thread, and no write is announced that it has not begun. */
    boolean isQuiet() {
        return loop.isCurrent() && underway < WRITE - OPERATION;
    }

    /** The kernel took bytes. */
    void taken(long bytes) {
        FileQueue queue = files;
        if (queue != null) {
            queue.sent(sentBytes, sentBytes + bytes);
        }
        sentBytes += bytes;
        QUEUED.lazySet(this, queued - bytes);
    }

    /** Whether everything that was asked to be written is written. */
    boolean isEmpty() {
        return queued == 0 && underwayBytes == 0;
    }

    /** Whether the queue was above the high mark and is below the low one now; true once. */
    boolean fellBelowMark() {
        boolean fell = aboveMark && queued <= lowWater;
        if (fell) {
            aboveMark = false;
        }
        return fell;
    }

    void marks(int low, int high) {
        lowWater = low;
        highWater = high;
    }

    public long queuedBytes() {
        return queued + underwayBytes;
    }

    public boolean isOpen() {
        return open;
    }
}

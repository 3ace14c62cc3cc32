package io.gannet.internal;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that is open for reading, and what it was when it was opened. Its descriptor is
 * used by one owner at a time, who closes it or hands it on by {@link #claim}; both happen once,
 * whoever races for it. Any thread.
 */
public final class FileHandle {
    /** There is no such file, or none for the likes of a client. */
    public static final FileHandle MISSING = new FileHandle(-1);
    /** It is a folder. */
    public static final FileHandle FOLDER = new FileHandle(-1);

    private static final AtomicIntegerFieldUpdater<FileHandle> FD =
            AtomicIntegerFieldUpdater.newUpdater(FileHandle.class, "fd");
    private static final int PATH_ROOM = 4096;
    private static final int SPARES = 64;
    /** Buffers to describe files with; who finds none makes one. */
    private static final AtomicReferenceArray<ByteBuffer> BUFFERS =
            new AtomicReferenceArray<>(SPARES);

    private volatile int fd;
    private final long size;
    private final long inode;
    private final long seconds;
    private final long nanos;

    private FileHandle(int fd) {
        this.fd = fd;
        this.size = 0;
        this.inode = 0;
        this.seconds = 0;
        this.nanos = 0;
    }

    private FileHandle(int fd, ByteBuffer info) {
        this.fd = fd;
        this.size = info.getLong(NativeFile.INFO_SIZE);
        this.inode = info.getLong(NativeFile.INFO_INODE);
        this.seconds = info.getLong(NativeFile.INFO_SECONDS);
        this.nanos = info.getLong(NativeFile.INFO_NANOS);
    }

    private FileHandle(int fd, FileHandle same) {
        this.fd = fd;
        this.size = same.size;
        this.inode = same.inode;
        this.seconds = same.seconds;
        this.nanos = same.nanos;
    }

    /**
     * Opens a file.
     *
     * @param file which the program chose itself: links are followed anywhere
     * @return the file, {@link #MISSING} or {@link #FOLDER}
     * @throws NetException when the system fails, as {@code EMFILE}
     */
    public static FileHandle open(Path file) {
        byte[] path = bytesOf(file);
        if (path.length >= PATH_ROOM) {
            return MISSING;
        }
        ByteBuffer buffer = borrow();
        try {
            put(buffer, path, path.length);
            return of(NativeFile.open(buffer), buffer);
        } finally {
            giveBack(buffer);
        }
    }

    /** Opens a file in a folder, whose path {@code folder} holds; see {@link FileFolder}. */
    static FileHandle open(ByteBuffer folder, byte[] path, int length, int flags) {
        if (length >= PATH_ROOM) {
            return MISSING;
        }
        ByteBuffer buffer = borrow();
        try {
            put(buffer, path, length);
            return of(NativeFile.openBeneath(folder, buffer, flags), buffer);
        } finally {
            giveBack(buffer);
        }
    }

    private static FileHandle of(int code, ByteBuffer info) {
        if (code >= 0) {
            return new FileHandle(code, info);
        }
        return switch (NativeErrors.name(code)) {
            case "EISDIR" -> FOLDER;
            case "ENOENT", "ENOTDIR", "ENAMETOOLONG", "EACCES", "ELOOP", "EMLINK", "EXDEV",
                    "ENXIO", "ENODEV", "ENOTFILE" -> MISSING;
            default -> throw NativeErrors.failure(code, "open file", "");
        };
    }

    /** A path as the system knows it; only its own files can be opened. */
    static byte[] bytesOf(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException("only the system's own files can be sent, " + path
                    + " belongs to " + path.getFileSystem());
        }
        return SocketParams.pathBytes(path.toString());
    }

    private static void put(ByteBuffer buffer, byte[] path, int length) {
        buffer.put(NativeFile.PATH, path, 0, length);
        buffer.put(NativeFile.PATH + length, (byte) 0);
    }

    /** By thread, so that two rarely meet; and not for each, as there may be a million. */
    private static ByteBuffer borrow() {
        ByteBuffer spare = BUFFERS.getAndSet(place(), null);
        return spare != null
                ? spare
                : ByteBuffer.allocateDirect(NativeFile.PATH + PATH_ROOM)
                        .order(ByteOrder.nativeOrder());
    }

    private static void giveBack(ByteBuffer buffer) {
        BUFFERS.set(place(), buffer);
    }

    private static int place() {
        return System.identityHashCode(Thread.currentThread()) & (SPARES - 1);
    }

    /**
     * Tells whether this is a file that nobody has closed or claimed.
     *
     * @return true if so
     */
    public boolean isOpen() {
        return fd >= 0;
    }

    /**
     * The size when it was opened.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * The number of the file in its file system.
     *
     * @return any number
     */
    public long inode() {
        return inode;
    }

    /**
     * When it was changed last.
     *
     * @return seconds since 1970
     */
    public long modifiedSeconds() {
        return seconds;
    }

    /**
     * The rest of {@link #modifiedSeconds}.
     *
     * @return nanoseconds
     */
    public long modifiedNanos() {
        return nanos;
    }

    /**
     * Takes the descriptor away: this is as closed then, and what is returned is the file.
     *
     * @return null when it was closed or claimed before
     */
    public @Nullable FileHandle claim() {
        int taken = take();
        return taken < 0 ? null : new FileHandle(taken, this);
    }

    /**
     * Opens the file once more, without looking for its path again.
     *
     * @return the same file
     * @throws NetException when there are no descriptors left
     */
    public FileHandle duplicate() {
        int copy = NativeErrors.check(NativeSocket.duplicate(use()), "open file");
        return new FileHandle(copy, this);
    }

    /**
     * Reads exactly so many bytes. It may wait for a disk.
     *
     * @param to a direct buffer
     * @param at where to put them, whatever the position is
     * @param length how many
     * @param offset where they begin in the file
     * @throws NetException as {@code ETRUNCATED}, when the file has become shorter
     */
    public void read(ByteBuffer to, int at, int length, long offset) {
        int code = NativeFile.read(use(), to, at, length, offset);
        if (code < 0) {
            NativeErrors.check(code, "read file");
        }
    }

    private int use() {
        int used = fd;
        if (used < 0) {
            throw new IllegalStateException("the file is closed");
        }
        return used;
    }

    /** Takes the descriptor for the core; negative when it is gone. */
    int take() {
        return fd < 0 ? -1 : FD.getAndSet(this, -1);
    }

    /** Closes it; harmless when it is closed or claimed. */
    public void close() {
        int closing = take();
        if (closing >= 0) {
            NativeErrors.check(NativeSocket.close(closing), "close file");
        }
    }
}

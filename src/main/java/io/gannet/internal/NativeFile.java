package io.gannet.internal;

import java.nio.ByteBuffer;

/**
 * Natives that open files and read small ones; see {@code io/file.h}. Any thread.
 *
 * <p>A buffer that describes a file has room for what is found out about it, and then its path,
 * ended by a zero byte.
 */
final class NativeFile {
    /** Offsets in the buffer, of longs. */
    static final int INFO_SIZE = 0;
    static final int INFO_INODE = 8;
    static final int INFO_SECONDS = 16;
    static final int INFO_NANOS = 24;
    /** Where the path begins. */
    static final int PATH = 32;

    /** Symbolic links are followed as long as they stay in the folder. */
    static final int FOLLOW_LINKS = 1;

    private NativeFile() {}

    /** Opens a regular file; returns the descriptor or a negative code. */
    static native int open(ByteBuffer file);

    /**
     * Opens a regular file in a folder and nowhere else; returns the descriptor or a negative code.
     * The buffer of the folder holds its path, ended by a zero byte.
     */
    static native int openBeneath(ByteBuffer folder, ByteBuffer file, int flags);

    /** Reads exactly so many bytes into a buffer, from {@code at} on; returns 0 or a code. */
    static native int read(int fd, ByteBuffer to, int at, int length, long offset);
}

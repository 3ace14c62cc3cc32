package io.gannet.internal;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Opens files for sending. Any thread. */
final class OpenFile {
    private OpenFile() {}

    /** Opens a file and checks that the part lies within it; the caller owns the descriptor. */
    static int open(Path file, long offset, long length) {
        byte[] path = FileHandle.bytesOf(file);
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.max(path.length + 1, Long.BYTES))
                .order(ByteOrder.nativeOrder());
        buffer.put(0, path);
        int fd = NativeSocket.openFile(buffer);
        if (fd < 0) {
            throw NativeErrors.failure(fd, "open file", file.toString());
        }
        long size = buffer.getLong(0);
        if (offset < 0 || length < 0 || offset > size - length) {
            NativeErrors.check(NativeSocket.close(fd), "close file");
            throw new IllegalArgumentException(length + " bytes from " + offset
                    + " do not lie within the " + size + " bytes of " + file);
        }
        return fd;
    }

    /** Fails as {@link #open} would, for a part without bytes. */
    static void check(Path file, long offset) throws NetException {
        NativeErrors.check(NativeSocket.close(open(file, offset, 0)), "close file");
    }
}

package io.gannet.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads a part from its file, at a place of its own. */
final class PartInput extends InputStream {
    private final FileChannel file;
    private final long size;
    private long at;

    PartInput(FileChannel file, long size) {
        this.file = file;
        this.size = size;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = file.read(ByteBuffer.wrap(to, offset, length), at);
        at += Math.max(count, 0);
        return count;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.max(0, Math.min(count, size - at));
        at += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(size - at, Integer.MAX_VALUE);
    }
}

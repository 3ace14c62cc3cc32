package io.gannet.http.filter;

import io.gannet.http.HttpCoder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Codes as gzip (RFC 1952) or deflate (RFC 1950, as HTTP means it). Each piece is flushed, which
 * costs five bytes, so that what is written arrives. The memory of zlib is given back by hand.
 */
final class DeflateCoder implements HttpCoder {
    /** Magic, deflate, no flags, no time, no hint, unknown system. */
    private static final byte[] GZIP_HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};
    private static final int GZIP_TAIL = 8;
    private static final int SMALLEST = 512;

    private final Deflater deflater;
    private final boolean gzip;
    private final CRC32 sum = new CRC32();
    private byte[] out = new byte[SMALLEST];
    private int length;
    private boolean begun;

    DeflateCoder(boolean gzip, int level) {
        this.gzip = gzip;
        this.deflater = new Deflater(level, gzip);
    }

    @Override
    public ByteBuffer code(ByteBuffer data) {
        begin();
        if (gzip) {
            sum.update(data.duplicate());
        }
        deflater.setInput(data);
        deflate(Deflater.SYNC_FLUSH);
        return ByteBuffer.wrap(out, 0, length);
    }

    @Override
    public ByteBuffer end() {
        begin();
        deflater.finish();
        deflate(Deflater.NO_FLUSH);
        if (gzip) {
            room(GZIP_TAIL);
            number(sum.getValue());
            number(deflater.getBytesRead());
        }
        return ByteBuffer.wrap(out, 0, length);
    }

    private void begin() {
        length = 0;
        if (gzip && !begun) {
            begun = true;
            System.arraycopy(GZIP_HEAD, 0, out, 0, GZIP_HEAD.length);
            length = GZIP_HEAD.length;
        }
    }

    /** Runs until there is room left, which says that all is out. */
    private void deflate(int flush) {
        do {
            room(1);
            length += deflater.deflate(out, length, out.length - length, flush);
        } while (length == out.length);
    }

    private void room(int count) {
        if (out.length - length < count) {
            out = Arrays.copyOf(out, Math.max(2 * out.length, length + count));
        }
    }

    /** The lowest 32 bits, the lowest byte first. */
    private void number(long value) {
        for (int i = 0; i < 4; i++) {
            out[length++] = (byte) (value >>> (8 * i));
        }
    }

    @Override
    public void close() {
        deflater.end();
    }
}

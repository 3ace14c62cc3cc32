package io.gannet.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Collects what belongs in the file of a part until a call of the system is worth it: clients may
 * send a byte at a time. Serves one part after the other. Not thread safe.
 */
final class PartOutput {
    private static final int SIZE = 16 * 1024;

    private final ByteBuffer unwritten = ByteBuffer.allocate(SIZE);

    /** Another part begins; what another did not flush is lost. */
    void begin() {
        unwritten.clear();
    }

    /** Takes bytes, which are borrowed, and may write some. */
    void write(WritableByteChannel to, byte[] bytes, int from, int count) throws IOException {
        if (count > unwritten.remaining()) {
            flush(to);
        }
        if (count > unwritten.capacity()) {
            writeAll(to, ByteBuffer.wrap(bytes, from, count));
        } else {
            unwritten.put(bytes, from, count);
        }
    }

    /** Writes all that was taken. */
    void flush(WritableByteChannel to) throws IOException {
        writeAll(to, unwritten.flip());
        unwritten.clear();
    }

    static void writeAll(WritableByteChannel to, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            to.write(data);
        }
    }
}

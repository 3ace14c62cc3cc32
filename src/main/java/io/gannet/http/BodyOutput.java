package io.gannet.http;

import io.gannet.NetException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Semaphore;

/** A body for a thread that writes and waits; a virtual one waits without its carrier. */
final class BodyOutput extends OutputStream {
    private static final int BUFFER = 8 * 1024;

    private final Body body;
    private final byte[] buffer = new byte[BUFFER];
    /** The loop gives one for each write that was told to wait, and one when the client is gone. */
    private final Semaphore ready = new Semaphore(0);
    private int buffered;
    private boolean closed;

    BodyOutput(Body body) {
        this.body = body;
    }

    /** Loop thread, before the first write. */
    void open() {
        body.onReady(ready::release);
    }

    @Override
    public void write(int one) throws IOException {
        if (buffered == BUFFER) {
            flush();
        }
        checkOpen();
        buffer[buffered++] = (byte) one;
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, data.length);
        checkOpen();
        if (length > BUFFER - buffered) {
            flush();
        }
        if (length <= BUFFER - buffered) {
            System.arraycopy(data, offset, buffer, buffered, length);
            buffered += length;
        } else {
            for (int at = 0; at < length; at += Body.PIECE) {
                send(data, offset + at, Math.min(Body.PIECE, length - at));
            }
        }
    }

    @Override
    public void flush() throws IOException {
        checkOpen();
        if (buffered > 0) {
            int length = buffered;
            buffered = 0;
            send(buffer, 0, length);
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the body was ended");
        }
    }

    private void send(byte[] data, int offset, int length) throws IOException {
        boolean more;
        try {
            more = body.writeToMark(ByteBuffer.wrap(data, offset, length));
        } catch (NetException | IllegalStateException e) {
            throw new IOException("the response cannot be written", e);
        }
        if (!more) {
            await();
        }
    }

    private void await() throws IOException {
        try {
            ready.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while the client was slow")
                    .initCause(e);
        }
        if (!body.isOpen()) {
            throw new IOException("the client has gone");
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            flush();
            closed = true;
            body.end();
        }
    }

    /** The body cannot be completed. */
    void abort() {
        closed = true;
        body.abort();
    }
}

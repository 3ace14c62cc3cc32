package io.gannet.internal;

import io.gannet.NetException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * The outgoing bytes of a session that blocks. They leave without being flushed, as from a socket.
 * Any thread.
 */
final class SessionOutput extends OutputStream {
    private final BlockingSession session;

    SessionOutput(BlockingSession session) {
        this.session = session;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        try {
            session.write(ByteBuffer.wrap(data, offset, length));
        } catch (NetException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        session.close();
    }
}

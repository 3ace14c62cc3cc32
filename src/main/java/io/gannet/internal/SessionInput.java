package io.gannet.internal;

import io.gannet.NetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The incoming bytes of a session that blocks. Any thread. */
final class SessionInput extends InputStream {
    private final BlockingSession session;

    SessionInput(BlockingSession session) {
        this.session = session;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return session.read(ByteBuffer.wrap(target, offset, length));
        } catch (NetException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public int available() {
        return session.available();
    }

    @Override
    public void close() {
        session.close();
    }
}

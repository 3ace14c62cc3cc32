package io.gannet.http;

import java.nio.ByteBuffer;

/**
 * Changes the bytes of a body on their way out, as a compressor does; see {@link
 * HttpResponse#coded HttpResponse.coded}. There is one for each body, made when its first byte is
 * written; it is used by one thread at a time, whichever writes the body.
 */
public interface HttpCoder extends AutoCloseable {
    /**
     * Takes a piece. What it gives should let the client decode all of this piece: whoever writes a
     * little wants it to arrive.
     *
     * @param data at most 32 KiB, of which all must be consumed
     * @return what to send, valid until the next call
     */
    ByteBuffer code(ByteBuffer data);

    /**
     * Ends the body.
     *
     * @return what to send last, valid until {@link #close}
     */
    ByteBuffer end();

    /** Gives back what this holds. Called once, behind the end and also when there is none. */
    @Override
    void close();
}

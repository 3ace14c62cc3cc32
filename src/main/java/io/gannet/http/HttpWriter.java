package io.gannet.http;

import java.io.OutputStream;

/**
 * Writes the body of a response as a thread that may block; see {@link HttpResponse#writer
 * HttpResponse.writer}.
 */
@FunctionalInterface
public interface HttpWriter {
    /**
     * Writes all of the body. Runs on one of the server's workers, each time the response is sent;
     * not at all when the client has gone before a worker was free.
     *
     * @param out buffered; a write waits while the client is slow, and throws {@link
     *     java.io.IOException} when it has gone; for one thread at a time. The body ends when this
     *     method returns, whether it was closed or not
     * @throws Exception the body cannot be completed: cuts the connection, and is logged unless the
     *     client has gone
     */
    void write(OutputStream out) throws Exception;
}

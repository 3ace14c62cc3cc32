package io.gannet.http;

import io.gannet.NetException;
import java.nio.ByteBuffer;

/**
 * Takes the body of a request in pieces; see {@link HttpRequest#stream HttpRequest.stream}. All
 * methods run on the connection's loop thread, one at a time, and must not block. What one throws
 * is answered with 500 if nothing has been answered yet, and closes the connection.
 */
public interface HttpReceiver {
    /**
     * A piece arrived. {@code data} is valid only until this method returns. Call
     * {@link HttpRequest#pause} when the next piece should wait.
     *
     * @param data the bytes, between position and limit
     * @throws Exception ends the request
     */
    void onData(ByteBuffer data) throws Exception;

    /**
     * The body is complete.
     *
     * @param trailers usually none; valid until the response is complete
     * @throws Exception ends the request
     */
    void onEnd(HttpHeaders trailers) throws Exception;

    /**
     * The rest of the body will not come: the client went away, was too slow or broke the rules of
     * HTTP. Nothing follows. Not called when the response was complete before the body was.
     *
     * @param cause what happened
     */
    default void onFailure(NetException cause) {}
}

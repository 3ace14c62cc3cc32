package io.gannet.http;

/** Writes the body of a streamed response. */
@FunctionalInterface
public interface HttpProducer {
    /**
     * Begins to write. Called on the connection's loop thread when the responses to earlier
     * requests are on their way and the head of this one is; must not block. It may write all of
     * the body, or go on later and from any thread, until {@link HttpBody#end}.
     *
     * @param body where to write
     * @throws Exception logged; the connection is cut
     */
    void produce(HttpBody body) throws Exception;
}

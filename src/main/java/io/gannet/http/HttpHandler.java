package io.gannet.http;

/**
 * Answers requests: on the loop thread of the connection, unless {@link #blocking blocking} gives
 * it another or {@link #async async} lets it answer later.
 */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Answers one request, whose body is complete. Runs on the connection's loop thread; must not
     * block. One handler serves all connections, on several threads when there are several loops.
     *
     * @param request valid until the response is complete; see {@link HttpRequest}
     * @return the response, or {@link HttpResponse#later HttpResponse.later} when it takes time
     * @throws Exception answered with 500 and logged
     */
    HttpResponse handle(HttpRequest request) throws Exception;

    /**
     * A handler whose responses are computed elsewhere, for instance by a client that does not
     * block. A future that it returns is cancelled when nobody waits for it any more: the
     * connection broke, or the time was over. A client that only ends its side of it may still
     * read, and is waited for. Who hands one future out to several requests gives each a
     * {@link java.util.concurrent.CompletableFuture#copy copy}; a stage that is no future, or a
     * minimal one, is never cancelled.
     *
     * @param handler begins the work
     * @return to be used as any handler
     */
    static HttpHandler async(HttpAsyncHandler handler) {
        return Elsewhere.async(handler);
    }

    /**
     * A handler that may block: it runs on one of the server's workers; see
     * {@link HttpOptions.Builder#workers}. When all are busy and too much waits for them already,
     * 503 is answered. The worker is interrupted when nobody waits for the response any more: the
     * connection broke, or the time was over. A client that only ends its side of it may still
     * read, and is waited for.
     *
     * <p>When the handler is an {@link HttpStreamHandler}, {@code streams} still runs on the loop
     * thread and must not block, and so do the callbacks of its receivers; they may be called
     * before the call for the request returned.
     *
     * @param handler runs on a thread of its own, as many times at once as there are workers
     * @return to be used as any handler
     */
    static HttpHandler blocking(HttpHandler handler) {
        return Elsewhere.blocking(handler);
    }
}

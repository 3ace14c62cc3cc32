package io.gannet.http;

/**
 * Answers for handlers and filters that failed; see {@link Routes#error Routes.error}.
 *
 * @param <E> what they failed with
 */
@FunctionalInterface
public interface HttpErrorHandler<E extends Throwable> {
    /**
     * Answers one request. Runs where the failure was noticed: on the connection's loop thread, on
     * a worker, or on the thread that completed {@link HttpResponse#later HttpResponse.later}; must
     * not block there.
     *
     * @param request valid until the response is complete
     * @param error what a handler or filter threw, or its promise failed with
     * @return the response
     * @throws Exception goes to the error handlers of the router around, at last to the server,
     *     which answers with 500 and logs it
     */
    HttpResponse handle(HttpRequest request, E error) throws Exception;
}

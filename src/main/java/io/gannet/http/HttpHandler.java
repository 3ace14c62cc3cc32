package io.gannet.http;

/** Answers requests. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Answers one request, whose body is complete. Runs on the connection's loop thread; must not
     * block. One handler serves all connections, on several threads when there are several loops.
     *
     * @param request valid until the response is complete; see {@link HttpRequest}
     * @return the response, or {@link HttpResponse#later} when it takes time
     * @throws Exception answered with 500 and logged
     */
    HttpResponse handle(HttpRequest request) throws Exception;
}

package io.gannet.http;

import java.util.concurrent.CompletionStage;

/**
 * Answers requests with responses that take time; see {@link HttpHandler#async HttpHandler.async}.
 */
@FunctionalInterface
public interface HttpAsyncHandler {
    /**
     * Begins to answer one request, whose body is complete. Runs on the connection's loop thread;
     * must not block.
     *
     * @param request valid until the response is complete; see {@link HttpRequest}
     * @return completed by any thread; what it fails with is answered as if it were thrown
     * @throws Exception answered with 500 and logged
     */
    CompletionStage<HttpResponse> handle(HttpRequest request) throws Exception;
}

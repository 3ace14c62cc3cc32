package io.gannet.http;

import java.util.Objects;

/**
 * A handler that takes the bodies of some requests in pieces, as they arrive: an upload of any size
 * in constant memory.
 *
 * <p>For a request that {@link #streams}, {@link #handle handle} is called when its head is
 * complete, and asks for the body with {@link HttpRequest#stream HttpRequest.stream}, at once or
 * later. Its answer is usually {@link HttpResponse#later HttpResponse.later}, completed when the
 * last piece has come. When the response is sent before the body is read, the connection closes
 * after it.
 */
public interface HttpStreamHandler extends HttpHandler {
    /**
     * Says whether {@link #handle handle} takes the body of a request in pieces; asked once for
     * each request. Runs on the connection's loop thread; must not block.
     *
     * @param head the request without its body; valid until this method returns
     * @return false to have the body collected
     */
    boolean streams(HttpRequest head);

    /**
     * A handler that takes every body in pieces, as with {@link HttpRequest#publisher} or, when it
     * is {@link HttpHandler#blocking HttpHandler.blocking} as well, {@link HttpRequest#bodyStream}.
     *
     * @param handler called when a head is complete
     * @return to be used as any handler
     */
    static HttpStreamHandler streaming(HttpHandler handler) {
        Objects.requireNonNull(handler, "handler");
        return new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return true;
            }

            @Override
            public HttpResponse handle(HttpRequest request) throws Exception {
                return handler.handle(request);
            }
        };
    }
}

package io.gannet.http;

import java.util.Objects;
import java.util.Optional;

/**
 * Stands around handlers: sees a request before they do, and their response after.
 *
 * <pre>{@code
 * server.filter((request, next) -> request.header("X-Key").isPresent()
 *         ? next.handle(request).map(response -> response.withHeader("X-Served-By", "me"))
 *         : HttpResponse.status(401));
 * }</pre>
 *
 * <p>Filters are called from the outside in: those of the outermost router first, then those of the
 * groups and mounted routers on the way, then those of the route; within one of these in the order
 * they were added. The responses come back the other way. The filters of a router stand around its
 * routes, and also around what is answered for it: 404, 405 and automatic answers, 413 for a body
 * that is too long, 503 without memory for it or without a worker. They are not asked where the
 * server answers by itself, see {@link Routes#error}.
 *
 * <p>404, 405 and whatever else has no route are answered without a body that is longer than 64
 * KiB, of unknown length, or waits for 100 Continue: filters see an empty one then, and the
 * connection closes. Filters may refuse such a body too, see {@link #admit}.
 */
@FunctionalInterface
public interface HttpFilter {
    /**
     * Filters one request. Runs where the handler before it would: usually on the connection's loop
     * thread, where it must not block.
     *
     * @param request valid until the response is complete
     * @param next what comes behind this filter; to be called once, or not at all. It never throws,
     *     and what it promises never fails: what goes wrong behind it is turned into a response by
     *     the error handlers first
     * @return usually what {@code next} answered, changed or not
     * @throws Exception answered by the error handlers of the router that this filter belongs to
     */
    HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception;

    /**
     * Refuses a request at its head, so that nobody sends a body only to hear that it is not
     * wanted. Called from the outside in, before {@code filter}, when a route collects a body that
     * has not arrived with the head, and that is longer than 64 KiB, of unknown length, or waits
     * for 100 Continue. Nobody calls it for other requests, nor where a filter does not stand
     * around a route: {@link #filter} has to refuse by itself, too. By default nothing is refused.
     *
     * <p>What is answered is sent in place of what this filter and those behind it would answer:
     * the filters outside of this one are called as usual, with a request whose body is empty. The
     * connection closes behind it. Runs on the connection's loop thread; must not block.
     *
     * @param head the request without its body, whose {@code length} is what Content-Length says,
     *     -1 when it does not; valid until the response is complete
     * @return what to answer, or nothing to let the body come and {@code filter} decide
     * @throws Exception answered by the error handlers of the router that this filter belongs to
     */
    default Optional<HttpResponse> admit(HttpRequest head) throws Exception {
        return Optional.empty();
    }

    /**
     * A filter that only looks at requests, and lets them through unless it throws.
     *
     * @param action called before what comes behind the filter
     * @return the filter
     */
    static HttpFilter before(Before action) {
        Objects.requireNonNull(action, "action");
        return new HttpFilter() {
            @Override
            public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
                action.before(request);
                return next.handle(request);
            }
        };
    }

    /**
     * A filter that only changes responses.
     *
     * @param action called with each response, those of error handlers included
     * @return the filter
     */
    static HttpFilter after(After action) {
        return new AfterFilter(Objects.requireNonNull(action, "action"));
    }

    /** Looks at requests. */
    @FunctionalInterface
    interface Before {
        /**
         * Looks at one request; must not block.
         *
         * @param request valid until the response is complete
         * @throws Exception answered instead of the request, best a {@link HttpException}
         */
        void before(HttpRequest request) throws Exception;
    }

    /** Changes responses. */
    @FunctionalInterface
    interface After {
        /**
         * Looks at one response. Runs on the thread that gave it, when it came by {@link
         * HttpResponse#later HttpResponse.later}; must not block.
         *
         * @param request what it answers; valid until the response is complete
         * @param response known, that is, not one of {@code later}
         * @return the same, or what is answered instead
         * @throws Exception answered instead of the response
         */
        HttpResponse after(HttpRequest request, HttpResponse response) throws Exception;
    }
}

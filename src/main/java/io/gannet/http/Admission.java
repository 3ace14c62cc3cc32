package io.gannet.http;

import io.gannet.http.RouteScope.Guard;
import io.gannet.http.RouteScope.Link;
import io.gannet.internal.HttpHead;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides at the head whether a body is worth waiting for, and what answers when it is not: the
 * filters of the route all the same, down to the one that refused, or around what has no route.
 * Loop thread.
 */
final class Admission {
    /** A body that is known to be no longer is awaited: the connection can go on behind it. */
    private static final int SHORT = 64 * 1024;

    private Admission() {}

    /**
     * Whether a request that is to be collected is answered without its body, which has not arrived
     * and is not short; its route answers then.
     */
    static boolean refuses(Service service, Exchange exchange) {
        HttpHead head = exchange.head();
        long length = head.announcedLength();
        boolean brief = length >= 0 && length <= Math.min(SHORT, service.options.bodyMax());
        if (!(service.handler instanceof RouteTable table)
                || (brief && !head.expectsContinue())) {
            return false;
        }
        Route route = table.route(exchange);
        if (route.isMiss()) {
            return true;
        }
        for (HttpHandler at = route.handler; at instanceof Link link; at = link.next) {
            HttpHandler answer = ask(link.filter, exchange);
            if (answer != null) {
                exchange.route = route.answering(chain(route, link, new Guard(link.scope, answer)));
                return true;
            }
        }
        return false;
    }

    /** What answers in place of a filter that refuses, null when it does not. */
    private static @Nullable HttpHandler ask(HttpFilter filter, Exchange exchange) {
        try {
            Optional<HttpResponse> refusal =
                    Objects.requireNonNull(filter.admit(exchange), "the admission is null");
            return refusal.isEmpty() ? null : new Answer(refusal.get(), null);
        } catch (Throwable t) {
            return new Answer(null, t);
        }
    }

    /**
     * Lets the route of a request, whose filters were not called yet, answer for a failure of the
     * server in place of its handler.
     *
     * @return false when there is no route to ask
     */
    static boolean fails(Service service, Exchange exchange, Throwable error) {
        if (!(service.handler instanceof RouteTable table)) {
            return false;
        }
        Route route = table.route(exchange);
        HttpHandler at = route.handler;
        while (at instanceof Link link) {
            at = link.next;
        }
        HttpHandler answer = new Answer(null, error);
        if (at instanceof Guard guard) {
            answer = new Guard(guard.scope, answer);
        }
        exchange.route = route.answering(chain(route, null, answer));
        return true;
    }

    /** The filters of a route, those before {@code end} or all, around an answer. */
    private static HttpHandler chain(Route route, @Nullable Link end, HttpHandler answer) {
        Deque<Link> outer = new ArrayDeque<>();
        for (HttpHandler at = route.handler; at != end && at instanceof Link link; at = link.next) {
            outer.push(link);
        }
        HttpHandler chain = answer;
        for (Link link : outer) {
            chain = new Link(link.scope, link.filter, chain);
        }
        return chain;
    }

    /** Answers one thing, or fails with it. */
    private record Answer(@Nullable HttpResponse response, @Nullable Throwable error)
            implements HttpHandler {
        @Override
        public HttpResponse handle(HttpRequest request) throws Exception {
            if (error instanceof Exception exception) {
                throw exception;
            }
            if (error instanceof Error serious) {
                throw serious;
            }
            return Objects.requireNonNull(response);
        }
    }
}

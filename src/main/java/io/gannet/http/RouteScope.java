package io.gannet.http;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the routes of one router have in common: its filters and error handlers, and those of the
 * routers around it. Immutable; any thread.
 */
final class RouteScope {
    private final @Nullable RouteScope parent;
    private final List<HttpFilter> filters;
    private final Map<Class<? extends Throwable>, HttpErrorHandler<Throwable>> errors;
    private final @Nullable HttpHandler notFound;
    /** There is anything to do around a handler. */
    private final boolean active;

    RouteScope(@Nullable RouteScope parent, RouteSet set) {
        this.parent = parent;
        this.filters = List.copyOf(set.filters);
        this.errors = Map.copyOf(set.errors);
        this.notFound = set.notFound;
        this.active = !filters.isEmpty() || !errors.isEmpty() || (parent != null && parent.active);
    }

    /** Puts the filters around a handler, and the error handlers around each of them. */
    HttpHandler around(HttpHandler handler, List<HttpFilter> own) {
        if (!active && own.isEmpty()) {
            return handler;
        }
        HttpHandler chain = new Guard(this, handler);
        chain = link(chain, own);
        for (RouteScope scope = this; scope != null; scope = scope.parent) {
            chain = scope.link(chain, scope.filters);
        }
        return chain;
    }

    private HttpHandler link(HttpHandler inner, List<HttpFilter> around) {
        HttpHandler chain = inner;
        for (int i = around.size() - 1; i >= 0; i--) {
            chain = new Link(this, around.get(i), chain);
        }
        return chain;
    }

    /** Answers for a path without a route. */
    HttpResponse notFound(HttpRequest request) throws Exception {
        for (RouteScope scope = this; scope != null; scope = scope.parent) {
            if (scope.notFound != null) {
                return scope.notFound.handle(request);
            }
        }
        return failed(this, request, new HttpException(404));
    }

    // ---- failures ----

    /** Answers for what failed in a scope: the nearest class of the innermost router first. */
    static HttpResponse failed(@Nullable RouteScope in, HttpRequest request, Throwable error) {
        Throwable now = error;
        for (RouteScope scope = in; scope != null; scope = scope.parent) {
            HttpErrorHandler<Throwable> handler = scope.handlerFor(now);
            if (handler == null) {
                continue;
            }
            try {
                return guarded(scope.parent, request, handler.handle(request, now));
            } catch (Throwable t) {
                if (t != now) {
                    t.addSuppressed(now);
                    now = t;
                }
            }
        }
        return Service.failed((Exchange) request, now);
    }

    private @Nullable HttpErrorHandler<Throwable> handlerFor(Throwable error) {
        if (errors.isEmpty()) {
            return null;
        }
        HttpErrorHandler<Throwable> handler = null;
        Class<?> type = error.getClass();
        while (handler == null && type != null) {
            handler = errors.get(type);
            type = type.getSuperclass();
        }
        return handler;
    }

    /** Makes sure that what a response promises does not fail. */
    static HttpResponse guarded(@Nullable RouteScope scope, HttpRequest request,
            @Nullable HttpResponse response) {
        CompletionStage<HttpResponse> stage =
                Objects.requireNonNull(response, "the response is null").stage;
        if (stage == null || stage instanceof Safe) {
            return response;
        }
        Safe safe = new Safe(scope, request);
        safe.follow(stage);
        return HttpResponse.later(safe);
    }

    /** The promise of a response that does not fail. */
    private static final class Safe extends CompletableFuture<HttpResponse>
            implements BiConsumer<@Nullable HttpResponse, @Nullable Throwable> {
        private final @Nullable RouteScope scope;
        private final HttpRequest request;

        Safe(@Nullable RouteScope scope, HttpRequest request) {
            this.scope = scope;
            this.request = request;
        }

        void follow(CompletionStage<HttpResponse> stage) {
            try {
                stage.whenComplete(this);
            } catch (Throwable t) {
                accept(null, t);
            }
        }

        @Override
        public void accept(@Nullable HttpResponse answer, @Nullable Throwable error) {
            if (error != null && Progress.isDecided((Exchange) request)) {
                completeExceptionally(error); /* nobody waits for it */
                return;
            }
            try {
                HttpResponse known = answer != null && error == null
                        ? answer
                        : failed(scope, request, cause(error));
                if (known.stage == null) {
                    complete(known);
                } else {
                    follow(known.stage);
                }
            } catch (Throwable t) {
                completeExceptionally(t); /* the request is over: nobody waits for it */
            }
        }

        private static Throwable cause(@Nullable Throwable error) {
            if (error == null) {
                return new NullPointerException("the response is null");
            }
            Throwable cause = error.getCause();
            return error instanceof CompletionException && cause != null ? cause : error;
        }

        /** Stages that are made from this one may fail. */
        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }
    }

    // ---- chains ----

    /** A handler that does not fail. */
    static final class Guard implements HttpHandler {
        final RouteScope scope;
        private final HttpHandler handler;

        Guard(RouteScope scope, HttpHandler handler) {
            this.scope = scope;
            this.handler = handler;
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            try {
                return guarded(scope, request, handler.handle(request));
            } catch (Throwable t) {
                return failed(scope, request, t);
            }
        }
    }

    /** A filter that does not fail, and what is behind it. */
    static final class Link implements HttpHandler {
        final RouteScope scope;
        final HttpFilter filter;
        final HttpHandler next;

        Link(RouteScope scope, HttpFilter filter, HttpHandler next) {
            this.scope = scope;
            this.filter = filter;
            this.next = next;
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            try {
                return guarded(scope, request, filter.filter(request, next));
            } catch (Throwable t) {
                return failed(scope, request, t);
            }
        }
    }
}

package io.gannet.http;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * Which handler answers which requests, by method and path.
 *
 * <p><b>Patterns</b> begin with a slash. A segment is literal text, or <code>{name}</code> for any
 * one that is not empty; the last may be <code>{name*}</code> for all that is left, which may be
 * empty or hold slashes. The best match answers, whatever the order of registration: where two
 * routes first differ, literal text comes before a parameter and that before the rest; a route
 * without the method of the request is passed over. Two routes that match the same requests are
 * refused.
 *
 * <p><b>Paths</b> are decoded as UTF-8 segment by segment before, and their dot segments resolved;
 * an escaped slash stays inside of its segment. Malformed paths get 400. The query never matters.
 * A slash at the end does, unless {@link #ignoreTrailingSlash} says otherwise.
 *
 * <p><b>What no route answers</b> gets 404; 405 with {@code Allow} when the path has routes for
 * other methods; 501 when HTTP does not know the method. Routes for GET answer HEAD too, and
 * OPTIONS is answered with {@code Allow}, unless there is a route for them.
 *
 * <p><b>Filters</b> stand around all routes of their router, whatever was added first, and around
 * what is answered in place of a route; see {@link HttpFilter} for the order. What fails is
 * answered by {@link #error error handlers}, those of inner routers first; without any, a
 * {@link HttpException} is answered as it says, and everything else with 500 and logged.
 *
 * <p>Not thread safe; everything has to be added before the first request.
 *
 * @param <T> what the methods return, to go on with
 */
public abstract sealed class Routes<T extends Routes<T>> permits Router, HttpServer {
    private final RouteSet set = new RouteSet();

    Routes() {}

    abstract T self();

    final RouteSet set() {
        return set;
    }

    /**
     * Answers GET, and HEAD unless that has a route of its own.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T get(String path, HttpHandler handler, HttpFilter... filters) {
        return route("GET", path, handler, filters);
    }

    /**
     * Answers POST.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T post(String path, HttpHandler handler, HttpFilter... filters) {
        return route("POST", path, handler, filters);
    }

    /**
     * Answers PUT.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T put(String path, HttpHandler handler, HttpFilter... filters) {
        return route("PUT", path, handler, filters);
    }

    /**
     * Answers PATCH.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T patch(String path, HttpHandler handler, HttpFilter... filters) {
        return route("PATCH", path, handler, filters);
    }

    /**
     * Answers DELETE.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T delete(String path, HttpHandler handler, HttpFilter... filters) {
        return route("DELETE", path, handler, filters);
    }

    /**
     * Answers HEAD, in place of a route for GET.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T head(String path, HttpHandler handler, HttpFilter... filters) {
        return route("HEAD", path, handler, filters);
    }

    /**
     * Answers OPTIONS, in place of the automatic answer.
     *
     * @param path the pattern; {@code *} for the whole server
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T options(String path, HttpHandler handler, HttpFilter... filters) {
        return route("OPTIONS", path, handler, filters);
    }

    /**
     * Answers every method that has no route of its own for the same pattern.
     *
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when the pattern is none, or there is such a route already
     * @throws IllegalStateException when it is too late for routes
     */
    public T any(String path, HttpHandler handler, HttpFilter... filters) {
        return route(RouteSet.ANY, path, handler, filters);
    }

    /**
     * Answers any one method.
     *
     * @param method a token, as {@code "PROPFIND"} or one of your own; methods distinguish upper
     *     and lower case
     * @param path the pattern
     * @param handler answers
     * @param filters stand around this route alone, outermost first
     * @return this
     * @throws IllegalArgumentException when method or pattern are none, or there is such a route
     *     already
     * @throws IllegalStateException when it is too late for routes
     */
    public T route(String method, String path, HttpHandler handler, HttpFilter... filters) {
        set.add(method, path, handler, filters);
        return self();
    }

    /**
     * Adds routes that share a prefix, and filters and error handlers if they like.
     *
     * @param prefix the pattern in front of theirs, may hold parameters; empty for none
     * @param routes adds them; {@code "/"} stands for the prefix with or without a slash, the empty
     *     path for the prefix without
     * @return this
     * @throws IllegalArgumentException when the prefix is no pattern
     * @throws IllegalStateException when it is too late for routes
     */
    public T group(String prefix, Consumer<? super Router> routes) {
        Router router = Router.create();
        set.mount(prefix, router);
        routes.accept(router);
        return self();
    }

    /**
     * Puts a router or a handler under a prefix. The routes of a router become routes of this one,
     * filters, error handlers and all. Any other handler gets every request whose path is the
     * prefix or below it, whatever the method; the parameter {@code "*"} tells what is below.
     *
     * @param prefix the pattern in front, may hold parameters; empty for none
     * @param handler the router or handler
     * @return this
     * @throws IllegalArgumentException when the prefix is no pattern, there is such a route
     *     already, or a router would be inside of itself
     * @throws IllegalStateException when it is too late for routes
     */
    public T mount(String prefix, HttpHandler handler) {
        set.mount(prefix, handler);
        return self();
    }

    /**
     * Stands around all routes of this router.
     *
     * @param filter behind those that were added before
     * @return this
     * @throws IllegalStateException when it is too late for filters
     */
    public T filter(HttpFilter filter) {
        set.filter(filter);
        return self();
    }

    /**
     * Looks at all requests for this router; a filter like any other.
     *
     * @param action lets a request through unless it throws
     * @return this
     * @throws IllegalStateException when it is too late for filters
     */
    public T before(HttpFilter.Before action) {
        return filter(HttpFilter.before(action));
    }

    /**
     * Changes all responses of this router, those of error handlers included; a filter like any
     * other, so the one that was added first is called last.
     *
     * @param action gives the response to go on with
     * @return this
     * @throws IllegalStateException when it is too late for filters
     */
    public T after(HttpFilter.After action) {
        return filter(HttpFilter.after(action));
    }

    /**
     * Answers requests whose path has no route, in place of 404; below the prefix if this router is
     * mounted under one.
     *
     * @param handler also sets the status
     * @return this
     * @throws IllegalArgumentException when there is one already
     * @throws IllegalStateException when it is too late for handlers
     */
    public T notFound(HttpHandler handler) {
        set.notFound(handler);
        return self();
    }

    /**
     * Answers for handlers and filters of this router that fail, in place of the default. The
     * handler for the nearest class is asked. 400, 404, 405 and 501 for want of a route are
     * failures too, with {@link HttpException}; so are, before a handler is called, 413 for a body
     * over {@link HttpOptions.Builder#bodyMax}, and 503 without memory for one or without a worker.
     *
     * <p>Nobody is asked where the server answers by itself: for what is no request or does not
     * arrive in time (400, 408, 414, 417, 431, 505), for CONNECT, for a handler that is late
     * (503) or whose streamed body breaks off, and when no worker can write a body that was
     * answered already.
     *
     * <p>An answer to a {@link HttpException} in another form starts from its own, which has the
     * headers that its status asks for, as {@code Allow} of 405 and {@code WWW-Authenticate} of
     * 401:
     *
     * <pre>{@code
     * server.error(HttpException.class, (request, e) ->
     *         e.toResponse().withJson(Map.of("error", e.getMessage())));
     * }</pre>
     *
     * @param <E> what they failed with
     * @param type that class, subclasses included
     * @param handler answers
     * @return this
     * @throws IllegalArgumentException when there is one for this class already
     * @throws IllegalStateException when it is too late for handlers
     */
    public <E extends Throwable> T error(Class<E> type, HttpErrorHandler<? super E> handler) {
        Objects.requireNonNull(handler, "handler");
        set.error(type, new HttpErrorHandler<>() {
            @Override
            public HttpResponse handle(HttpRequest request, Throwable error) throws Exception {
                return handler.handle(request, type.cast(error));
            }
        });
        return self();
    }

    /**
     * Says whether a slash at the end of a path matters, for the routes of this router and, unless
     * they say otherwise, of those mounted in it. Default: it does. When it does not, a route
     * answers both; one that is registered for the other form comes first.
     *
     * @param ignore true if {@code /a} and {@code /a/} are the same
     * @return this
     * @throws IllegalStateException when it is too late for this
     */
    public T ignoreTrailingSlash(boolean ignore) {
        set.checkOpen();
        set.ignoresSlash = ignore;
        return self();
    }
}

package io.gannet.http;

import org.jspecify.annotations.Nullable;

/**
 * A set of routes by itself: to be {@linkplain Routes#mount mounted} in another or in a server, or
 * to be a server's handler. From its first use on nothing can be added.
 *
 * <p>Handling requests is safe from any thread.
 */
public final class Router extends Routes<Router> implements HttpStreamHandler {
    private volatile @Nullable RouteTable table;

    private Router() {}

    /**
     * Makes a router without routes.
     *
     * @return the router
     */
    public static Router create() {
        return new Router();
    }

    @Override
    Router self() {
        return this;
    }

    @Override
    public boolean streams(HttpRequest head) {
        return table().streams(head);
    }

    @Override
    public HttpResponse handle(HttpRequest request) throws Exception {
        return table().handle(request);
    }

    RouteTable table() {
        RouteTable made = table;
        return made == null ? compile() : made;
    }

    private synchronized RouteTable compile() {
        RouteTable made = table;
        if (made == null) {
            made = RouteCompiler.compile(set(), "the router is in use");
            table = made;
        }
        return made;
    }
}

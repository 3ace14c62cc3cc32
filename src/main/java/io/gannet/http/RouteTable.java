package io.gannet.http;

import io.gannet.internal.HttpHead;
import io.gannet.internal.route.PathText;
import io.gannet.internal.route.RouteTree;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a request, and answers where there is none. Made once from what was
 * registered; immutable. Any thread.
 */
final class RouteTable implements HttpStreamHandler {
    private final RouteTree tree;
    private final Resource[] resources;
    private final Misses misses;
    private final Set<String> methods;
    private final boolean streaming;

    RouteTable(RouteTree tree, Resource[] resources, Misses misses, Set<String> methods,
            boolean streaming) {
        this.tree = tree;
        this.resources = resources;
        this.misses = misses;
        this.methods = Set.copyOf(methods);
        this.streaming = streaming;
    }

    /**
     * What answers where there is no route: below the prefixes of routers, elsewhere, and for the
     * whole server.
     */
    record Misses(RouteTree prefixes, List<Route> below, Route elsewhere, @Nullable Route server) {
        Route find(String path) {
            int at = path.isEmpty() ? -1 : prefixes.find(path);
            return at < 0 ? elsewhere : below.get(prefixes.value(at));
        }
    }

    /** What a shape of paths has for each method. */
    static final class Resource {
        private final String[] methods;
        private final Route[] routes;
        private final @Nullable Route any;

        Resource(String[] methods, Route[] routes, @Nullable Route any) {
            this.methods = methods;
            this.routes = routes;
            this.any = any;
        }

        @Nullable Route find(String method) {
            for (int i = 0; i < methods.length; i++) {
                if (methods[i].equals(method)) {
                    return routes[i];
                }
            }
            return any;
        }
    }

    /** Whether any route takes bodies in pieces. */
    boolean isStreaming() {
        return streaming;
    }

    @Override
    public boolean streams(HttpRequest head) {
        HttpStreamHandler streams = find((Exchange) head).streams;
        return streams != null && streams.streams(head);
    }

    @Override
    public HttpResponse handle(HttpRequest request) throws Exception {
        return route((Exchange) request).handler.handle(request);
    }

    /** The route of a request, which is looked for once. */
    Route route(Exchange exchange) {
        Route route = exchange.route;
        return route == null || route.owner != this ? find(exchange) : route;
    }

    private Route find(Exchange exchange) {
        HttpHead head = exchange.head();
        String raw = head.path();
        String path = PathText.normal(raw);
        Route route = path == null ? null : lookup(path, head.method());
        if (route == null) {
            return findOther(exchange, head, raw.isEmpty() ? "" : path);
        }
        exchange.route = route;
        exchange.routePath = path;
        return route;
    }

    @Nullable Route lookup(String path, String method) {
        for (int at = tree.find(path); at >= 0; at = tree.next(path, at)) {
            Route route = resources[tree.value(at)].find(method);
            if (route != null) {
                return route;
            }
        }
        return null;
    }

    /** Decides about a request for the whole server, or that has no route. */
    private Route findOther(Exchange exchange, HttpHead head, @Nullable String normal) {
        String path = normal == null ? "" : normal;
        Route route = null;
        if (path.isEmpty() && normal != null) {
            boolean whole = head.method().equals("OPTIONS");
            path = whole ? "" : "/"; /* RFC 9112 §3.2.4 and RFC 9110 §4.2.3 */
            route = whole ? misses.server : lookup(path, head.method());
        }
        if (route == null) {
            route = misses.find(path);
        }
        exchange.route = route;
        exchange.routePath = path;
        return route;
    }

    // ---- where there is no route ----

    /** Answers what no route answers; inside of the filters of a router. */
    static final class Miss implements HttpHandler {
        private final RouteScope scope;

        Miss(RouteScope scope) {
            this.scope = scope;
        }

        @Override
        public HttpResponse handle(HttpRequest request) throws Exception {
            Exchange exchange = (Exchange) request;
            Route route = exchange.route;
            if (route == null || route.owner == null) {
                throw new IllegalStateException("the request was not routed");
            }
            return route.owner.miss(exchange, scope);
        }
    }

    private HttpResponse miss(Exchange exchange, RouteScope scope) throws Exception {
        HttpHead head = exchange.head();
        String method = head.method();
        String path = exchange.routePath;
        if (path.isEmpty()) {
            return head.path().isEmpty()
                    ? options(everyMethod())
                    : RouteScope.failed(scope, exchange,
                            new HttpException(400, "the path is not UTF-8"));
        }
        SortedSet<String> allowed = allowed(path);
        if (!head.isMethodRegistered() && !methods.contains(method)) {
            return RouteScope.failed(scope, exchange, new HttpException(501));
        }
        if (allowed.isEmpty()) {
            return scope.notFound(exchange);
        }
        if (method.equals("OPTIONS")) {
            return options(allowed);
        }
        return RouteScope.failed(scope, exchange,
                new HttpException(405).header("Allow", String.join(", ", allowed)));
    }

    private static HttpResponse options(SortedSet<String> allowed) {
        return HttpResponse.builder().status(204)
                .header("Allow", String.join(", ", allowed))
                .build();
    }

    /** The methods that a path has; nothing when it has no route, or only some for OPTIONS. */
    private SortedSet<String> allowed(String path) {
        TreeSet<String> allowed = new TreeSet<>();
        for (int at = tree.find(path); at >= 0; at = tree.next(path, at)) {
            Collections.addAll(allowed, resources[tree.value(at)].methods);
        }
        allowed.remove("OPTIONS");
        if (!allowed.isEmpty()) {
            allowed.add("OPTIONS");
        }
        return allowed;
    }

    private SortedSet<String> everyMethod() {
        TreeSet<String> all = new TreeSet<>(methods);
        if (all.contains("GET")) {
            all.add("HEAD");
        }
        all.add("OPTIONS");
        return all;
    }
}

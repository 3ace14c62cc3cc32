package io.gannet.http;

import io.gannet.internal.route.RoutePattern;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was registered with one router, as it was said. Not thread safe. */
final class RouteSet {
    /** Stands for every method. */
    static final String ANY = "any";
    /** The target of a request for the whole server. */
    static final String SERVER = "*";
    static final Set<String> USUAL =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    final List<Entry> entries = new ArrayList<>();
    final List<Mount> mounts = new ArrayList<>();
    final List<HttpFilter> filters = new ArrayList<>();
    final Map<Class<? extends Throwable>, HttpErrorHandler<Throwable>> errors = new HashMap<>();
    @Nullable HttpHandler notFound;
    @Nullable Boolean ignoresSlash;
    private final Map<String, String> seen = new HashMap<>();
    /** Why nothing can be added any more. */
    private @Nullable String closed;

    /** A route; {@code bare} when the path without the slash and the rest is its own too. */
    record Entry(String method, String path, HttpHandler handler, List<HttpFilter> filters,
            boolean bare) {}

    /** Another router under a prefix, which is empty or begins with a slash and ends with none. */
    record Mount(String prefix, RouteSet set) {}

    /** For a server whose handler is not a router. */
    void close(String why) {
        closed = why;
    }

    /** Ends registration here and in all that is mounted. */
    void closeAll(String why) {
        for (RouteSet each : everything()) {
            each.closed = each.closed == null ? why : each.closed;
        }
    }

    void checkOpen() {
        if (closed != null) {
            throw new IllegalStateException(closed);
        }
    }

    void add(String method, String path, HttpHandler handler, HttpFilter... around) {
        checkOpen();
        checkMethod(method);
        Objects.requireNonNull(handler, "handler");
        List<HttpFilter> own = List.of(around);
        if (!Objects.requireNonNull(path, "path").equals(SERVER) || !method.equals("OPTIONS")) {
            note(method, RoutePattern.of(path));
        } else {
            note(method, path, path);
        }
        entries.add(new Entry(method, path, handler, own, false));
    }

    private void note(String method, RoutePattern pattern) {
        note(method, pattern.shape(), pattern.toString());
    }

    private void note(String method, String shape, String text) {
        String before = seen.putIfAbsent(method + " " + shape, text);
        if (before != null) {
            throw clash(method, before, text);
        }
    }

    static IllegalArgumentException clash(String method, String one, String other) {
        return new IllegalArgumentException(one.equals(other)
                ? "the route " + method + " " + one + " is there already"
                : "the routes " + method + " " + one + " and " + method + " " + other
                        + " match the same requests");
    }

    private static void checkMethod(String method) {
        Lines.checkToken("a method", Objects.requireNonNull(method, "method"));
        if (method.equals("CONNECT")) {
            throw new IllegalArgumentException("CONNECT is never routed: there are no tunnels");
        }
        String upper = method.toUpperCase(Locale.ROOT);
        if (!method.equals(upper) && !method.equals(ANY) && USUAL.contains(upper)) {
            throw new IllegalArgumentException(
                    "methods distinguish upper and lower case: " + method + " is not " + upper);
        }
    }

    void mount(String prefix, HttpHandler handler) {
        checkOpen();
        String clean = prefix(prefix);
        if (handler instanceof Router router) {
            mount(clean, router.set());
            return;
        }
        Objects.requireNonNull(handler, "handler");
        String path = clean + "/{*}";
        note(ANY, RoutePattern.of(path));
        entries.add(new Entry(ANY, path, handler, List.of(), true));
    }

    void mount(String prefix, RouteSet inner) {
        checkOpen();
        if (inner.everything().contains(this)) {
            throw new IllegalArgumentException("a router cannot be mounted inside itself");
        }
        mounts.add(new Mount(prefix(prefix), inner));
    }

    /** This, and what is mounted in it at any depth. */
    private Set<RouteSet> everything() {
        Set<RouteSet> all = new HashSet<>();
        Deque<RouteSet> left = new ArrayDeque<>();
        left.add(this);
        while (!left.isEmpty()) {
            RouteSet set = left.remove();
            if (all.add(set)) {
                for (Mount mount : set.mounts) {
                    left.add(mount.set);
                }
            }
        }
        return all;
    }

    static String prefix(String prefix) {
        String clean = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
        if (RoutePattern.of(clean).hasRest()) {
            throw new IllegalArgumentException(
                    "the prefix \"" + prefix + "\" takes the rest, so nothing can be behind it");
        }
        return clean;
    }

    void filter(HttpFilter filter) {
        checkOpen();
        filters.add(Objects.requireNonNull(filter, "filter"));
    }

    void notFound(HttpHandler handler) {
        checkOpen();
        if (notFound != null) {
            throw new IllegalArgumentException("there is a handler for what is not found already");
        }
        notFound = Objects.requireNonNull(handler, "handler");
    }

    void error(Class<? extends Throwable> type, HttpErrorHandler<Throwable> handler) {
        checkOpen();
        Objects.requireNonNull(handler, "handler");
        if (errors.putIfAbsent(Objects.requireNonNull(type, "type"), handler) != null) {
            throw new IllegalArgumentException(
                    "there is an error handler for " + type.getName() + " already");
        }
    }
}

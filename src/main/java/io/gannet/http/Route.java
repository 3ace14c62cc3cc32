package io.gannet.http;

import io.gannet.internal.route.PathText;
import io.gannet.internal.route.RoutePattern;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A route that is ready to be called, or what answers in place of one. Any thread. */
final class Route {
    /** The handler with the filters around it. */
    final HttpHandler handler;
    /** The handler by itself, if it streams. */
    final @Nullable HttpStreamHandler streams;
    /** As registered, with its prefixes; empty when this stands in place of a route. */
    final String text;
    private final RoutePattern pattern;
    /** Where it is found. Set once, before that is used. */
    @Nullable RouteTable owner;

    Route(RoutePattern pattern, String text, HttpHandler handler,
            @Nullable HttpStreamHandler streams) {
        this.pattern = pattern;
        this.text = text;
        this.handler = handler;
        this.streams = streams;
    }

    String param(String path, String name) {
        int index = pattern.find(name);
        if (index < 0) {
            List<String> names = pattern.names();
            throw new IllegalArgumentException("the route " + pattern + " has no parameter "
                    + name + (names.isEmpty() ? "" : "; it has " + String.join(", ", names)));
        }
        return PathText.readable(pattern.value(path, index));
    }

    Map<String, String> params(String path) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < pattern.names().size(); i++) {
            all.put(pattern.names().get(i), PathText.readable(pattern.value(path, i)));
        }
        return Collections.unmodifiableMap(all);
    }

    /** The same with another handler, for one request. */
    Route answering(HttpHandler other) {
        Route route = new Route(pattern, text, other, null);
        route.owner = owner;
        return route;
    }

    /** Whether this stands in place of a route. */
    boolean isMiss() {
        return text.isEmpty();
    }

    /** Whether it is for all paths below a prefix. */
    boolean hasRest() {
        return pattern.hasRest();
    }

    /**
     * What is behind the prefix of a mounted handler, or a final rest: in normal form. The whole
     * path when the route has neither.
     */
    String rest(String path) {
        int last = pattern.names().size() - 1;
        return pattern.hasRest() ? pattern.value(path, last) : path;
    }
}

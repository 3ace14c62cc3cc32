package io.gannet.http;

import io.gannet.http.RouteSet.Entry;
import io.gannet.http.RouteSet.Mount;
import io.gannet.http.RouteTable.Misses;
import io.gannet.http.RouteTable.Resource;
import io.gannet.internal.route.RoutePattern;
import io.gannet.internal.route.RouteTree;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes one table of a router and of all that is mounted in it. Used once. */
final class RouteCompiler {
    private final RouteTree.Builder shapes = new RouteTree.Builder();
    /** What each shape has, by method; in the order of their numbers. */
    private final List<SortedMap<String, Route>> found = new ArrayList<>();
    private final List<Twin> twins = new ArrayList<>();
    private final RouteTree.Builder prefixes = new RouteTree.Builder();
    private final List<Route> misses = new ArrayList<>();
    private final Route miss;
    private final TreeSet<String> methods = new TreeSet<>();
    private @Nullable Route server;
    private boolean streaming;

    /** A router where it is mounted. */
    private record Place(RouteSet set, String prefix, RouteScope scope, boolean ignoresSlash) {}

    /** A route once more under another shape, where nothing else is registered. */
    private record Twin(String shape, String method, Route route) {}

    private RouteCompiler(RouteSet outermost) {
        Deque<Place> places = new ArrayDeque<>();
        places.add(new Place(outermost, "", new RouteScope(null, outermost),
                Boolean.TRUE.equals(outermost.ignoresSlash)));
        miss = miss(RoutePattern.of(""), places.element().scope);
        while (!places.isEmpty()) {
            Place place = places.remove();
            for (Entry entry : place.set.entries) {
                add(place, entry);
            }
            for (Mount mount : place.set.mounts) {
                places.add(enter(place, mount));
            }
        }
        for (Twin twin : twins) {
            routes(twin.shape).putIfAbsent(twin.method, twin.route);
        }
    }

    /** Makes the table; nothing can be added any more because of {@code why}. */
    static RouteTable compile(RouteSet outermost, String why) {
        RouteTable table = new RouteCompiler(outermost).table();
        outermost.closeAll(why);
        return table;
    }

    private Place enter(Place outer, Mount mount) {
        RouteSet set = mount.set();
        Boolean own = set.ignoresSlash;
        Place inner = new Place(set, outer.prefix + mount.prefix(),
                new RouteScope(outer.scope, set), own == null ? outer.ignoresSlash : own);
        if (!mount.prefix().isEmpty()) {
            RoutePattern pattern = RoutePattern.of(inner.prefix);
            Route answer = miss(pattern, inner.scope);
            cover(pattern.shape(), answer);
            cover(pattern.below(), answer);
        }
        return inner;
    }

    private static Route miss(RoutePattern pattern, RouteScope scope) {
        return new Route(pattern, "", scope.around(new RouteTable.Miss(scope), List.of()), null);
    }

    /** The first router at a prefix answers for what is below it. */
    private void cover(String shape, Route answer) {
        if (prefixes.add(shape) == misses.size()) {
            misses.add(answer);
        }
    }

    private void add(Place place, Entry entry) {
        HttpHandler handler = place.scope.around(entry.handler(), entry.filters());
        HttpStreamHandler streams = entry.handler() instanceof HttpStreamHandler some ? some : null;
        streaming |= streams != null;
        methods.addAll(entry.method().equals(RouteSet.ANY)
                ? RouteSet.USUAL
                : List.of(entry.method()));
        if (entry.path().equals(RouteSet.SERVER)) {
            if (!place.prefix.isEmpty() || server != null) {
                throw new IllegalArgumentException("OPTIONS * can be registered once, without a"
                        + " prefix; here it is under \"" + place.prefix + "\"");
            }
            server = new Route(RoutePattern.of(""), entry.path(), handler, streams);
            return;
        }
        String text = place.prefix + entry.path();
        RoutePattern pattern = RoutePattern.of(text.isEmpty() ? "/" : text);
        Route route = new Route(pattern, pattern.toString(), handler, streams);
        Route before = routes(pattern.shape()).putIfAbsent(entry.method(), route);
        if (before != null) {
            throw RouteSet.clash(entry.method(), before.text, route.text);
        }
        boolean isPrefix = entry.path().equals("/") && !place.prefix.isEmpty();
        String twin = pattern.twin();
        if ((entry.bare() || isPrefix || place.ignoresSlash) && !twin.isEmpty()) {
            twins.add(new Twin(twin, entry.method(), route));
        }
    }

    private SortedMap<String, Route> routes(String shape) {
        int number = shapes.add(shape);
        if (number == found.size()) {
            found.add(new TreeMap<>());
        }
        return found.get(number);
    }

    // ---- what comes of it ----

    private RouteTable table() {
        Resource[] resources = new Resource[found.size()];
        List<Route> all = new ArrayList<>(misses);
        all.add(miss);
        if (server != null) {
            all.add(server);
        }
        for (int i = 0; i < resources.length; i++) {
            all.addAll(found.get(i).values());
            resources[i] = resource(found.get(i));
        }
        RouteTable table = new RouteTable(shapes.build(), resources,
                new Misses(prefixes.build(), misses, miss, server), methods, streaming);
        for (Route route : all) {
            route.owner = table;
        }
        return table;
    }

    private static Resource resource(SortedMap<String, Route> routes) {
        Route any = routes.remove(RouteSet.ANY);
        List<String> names = new ArrayList<>(routes.keySet());
        Route get = routes.get("GET");
        if (get != null) {
            if (routes.putIfAbsent("HEAD", get) == null) {
                names.add("HEAD");
            }
            names.remove("GET");
            names.add(0, "GET");
        }
        Route[] each = new Route[names.size()];
        for (int i = 0; i < each.length; i++) {
            each[i] = routes.get(names.get(i));
        }
        return new Resource(names.toArray(new String[0]), each, any);
    }
}

package io.gannet.http;

import io.gannet.internal.route.PathText;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it takes to find a route: from the path as it was sent to the handler. Each call looks for
 * another path, so that neither caches nor branches learn one by heart.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RouteBenchmark {
    private static final String[] THINGS = {
        "users", "orders", "items", "carts", "prices", "stores", "reviews", "labels", "tokens",
        "events", "invoices", "coupons", "shelves", "drivers", "trucks", "parcels", "returns",
        "brands", "images", "videos"
    };
    private static final int ASKED = 1024;

    /** How many routes there are. */
    @Param({"10", "100", "1000"})
    public int routes;

    /**
     * How many of them are asked for: the same few for each size, or all, where the processor
     * cannot guess what comes next.
     */
    @Param({"10", "1000"})
    public int asked = 1000;

    private RouteTable table = Router.create().table();
    private final String[] literal = new String[ASKED];
    private final String[] two = new String[ASKED];
    private final String[] none = new String[ASKED];
    private int next;

    /** For JMH. */
    public RouteBenchmark() {}

    /** Half of the routes are literal, half have two parameters. */
    @Setup
    public void register() {
        HttpResponse response = HttpResponse.status(204);
        Router router = Router.create();
        for (int i = 0; i < routes / 2; i++) {
            router.get(prefix(i) + "/recent", request -> response);
            router.get(prefix(i) + "/{id}/parts/{part}", request -> response);
        }
        table = router.table();
        for (int i = 0; i < ASKED; i++) {
            int route = i * 7919 % (Math.min(asked, routes) / 2);
            literal[i] = prefix(route) + "/recent";
            two[i] = prefix(route) + "/" + (1000 + i) + "/parts/" + (i % 10);
            none[i] = prefix(route) + "/" + (1000 + i) + "/pants";
        }
        for (int i = 0; i < ASKED; i++) {
            Objects.requireNonNull(find(literal[i]), literal[i]);
            Objects.requireNonNull(find(two[i]), two[i]);
        }
    }

    private static String prefix(int route) {
        int things = THINGS.length;
        return "/api/v" + (1 + route / (things * 5)) + "/" + THINGS[route % things]
                + (route / things % 5 == 0 ? "" : "/sub" + route / things % 5);
    }

    private Object find(String raw) {
        return table.lookup(Objects.requireNonNull(PathText.normal(raw)), "GET");
    }

    /** A path of literal text. */
    @Benchmark
    public Object literal() {
        return find(literal[next++ & ASKED - 1]);
    }

    /** A path with two parameters, which nobody reads. */
    @Benchmark
    public Object twoParameters() {
        return find(two[next++ & ASKED - 1]);
    }

    /** A path without a route, which looks like one nearly to its end. */
    @Benchmark
    public Object nothing() {
        return find(none[next++ & ASKED - 1]);
    }
}

package io.gannet.micrometer;

import io.gannet.NetClient;
import io.gannet.NetServer;
import io.gannet.NetStats;
import io.gannet.http.HttpServer;
import io.gannet.http.HttpStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Meters of a server or client: what {@link NetStats} and {@link HttpStats} say. Their names begin
 * with {@code gannet}.
 *
 * <pre>{@code
 * GannetMetrics.of(server).bindTo(registry);
 * server.get("/metrics", HttpHandler.blocking(request -> HttpResponse.text(registry.scrape())));
 * }</pre>
 *
 * <p>Gauges: {@code sessions.open}, {@code memory.used}, {@code memory.peak}, {@code memory.limit},
 * {@code loops}. Counters: {@code sessions.accepted}, {@code sessions.connected}, {@code
 * sessions.closed}, {@code sessions.closed.idle}, {@code sessions.refused}, {@code
 * sessions.crowded}, {@code sessions.turned.away}, {@code accept.pauses}, {@code memory.pauses},
 * {@code received} and {@code sent} in bytes, {@code stalls}. Of HTTP, the gauges {@code
 * http.requests.active}, {@code http.workers.busy} and {@code http.workers.waiting}, and the
 * counters {@code http.requests}, {@code http.responses} (tags {@code method}, {@code status} as
 * {@code 2xx}), {@code http.bad} (tag {@code kind}), {@code http.timeouts} (tag {@code of}), {@code
 * http.slow}, {@code http.unserved} and {@code http.workers.refused}. Who binds several servers to
 * a registry tells them apart by {@link #tag}.
 *
 * <p>Before the start everything is zero. The registry keeps no server alive, but one that runs
 * lives as long as its loops; {@link #close} removes the meters. Thread safe.
 */
@SuppressWarnings("exports") /* who uses this has Micrometer */
public final class GannetMetrics implements MeterBinder, AutoCloseable {
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
    private static final String OTHER = "OTHER";

    private final Bound<?> bound;
    private final List<Tag> tags;
    /** What {@link #close} removes; shared by those that differ in tags. Guarded by itself. */
    private final List<Bind> made;

    private GannetMetrics(Bound<?> bound, List<Tag> tags, List<Bind> made) {
        this.bound = bound;
        this.tags = tags;
        this.made = made;
    }

    /** What the meters are of, and how its counts are had. */
    private record Bound<T>(T source, Function<T, NetStats> net, Function<T, HttpStats> http,
            boolean isHttp) {}

    private static GannetMetrics of(Bound<?> bound) {
        Objects.requireNonNull(bound.source, "source");
        return new GannetMetrics(bound, List.of(), new ArrayList<>());
    }

    /**
     * The meters of an HTTP server.
     *
     * @param server may not be started yet
     * @return to be bound
     */
    public static GannetMetrics of(HttpServer server) {
        return of(new Bound<>(server, from -> from.stats().net(), HttpServer::stats, true));
    }

    /**
     * The meters of a server.
     *
     * @param server may not be started yet
     * @return to be bound
     */
    public static GannetMetrics of(NetServer server) {
        return of(new Bound<>(server, NetServer::stats, GannetMetrics::none, false));
    }

    /**
     * The meters of a client.
     *
     * @param client has loops of its own; one that shares those of a server counts for the server
     *     too, and its meters end when the program drops it, while those of the server go on
     * @return to be bound
     */
    public static GannetMetrics of(NetClient client) {
        return of(new Bound<>(client, NetClient::stats, GannetMetrics::none, false));
    }

    private static <T> HttpStats none(T source) {
        throw new IllegalStateException(source + " speaks no HTTP");
    }

    /**
     * The same with one tag more on every meter.
     *
     * @param key as {@code server}
     * @param value as {@code public}
     * @return the new one; closing either removes the meters of both
     */
    public GannetMetrics tag(String key, String value) {
        List<Tag> more = new ArrayList<>(tags);
        more.add(Tag.of(key, value));
        return new GannetMetrics(bound, List.copyOf(more), made);
    }

    /**
     * Registers the meters. To do it again in the same registry does nothing.
     *
     * @param registry keeps them until {@link #close}
     * @throws IllegalStateException when it has such meters of another server or client, with the
     *     same tags
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        bind(Objects.requireNonNull(registry, "registry"), bound);
    }

    private <T> void bind(MeterRegistry registry, Bound<T> from) {
        Set<Meter> before = Collections.newSetFromMap(new IdentityHashMap<>());
        before.addAll(registry.getMeters());
        Binding<T, NetStats> net = new Binding<>(this, registry, before, from.source,
                from.net);
        net.gauge("loops", "", "event loops", NetStats::loops);
        net.gauge("sessions.open", "", "sessions that are open", NetStats::open);
        net.count("sessions.accepted", "", "sessions that clients opened", NetStats::accepted);
        net.count("sessions.connected", "", "sessions that were opened outwards",
                NetStats::connected);
        net.count("sessions.closed", "", "sessions that have ended", NetStats::closed);
        net.count("sessions.closed.idle", "", "sessions that ended for being idle",
                NetStats::idleClosed);
        net.count("sessions.refused", "", "connections there was no memory for",
                NetStats::refused);
        net.count("sessions.crowded", "", "connections whose address had enough",
                NetStats::crowded);
        net.count("sessions.turned.away", "", "connections there was no descriptor for",
                NetStats::turnedAway);
        net.count("accept.pauses", "", "pauses of accepting", NetStats::acceptPauses);
        net.count("received", "bytes", "bytes that came in", NetStats::bytesReceived);
        net.count("sent", "bytes", "bytes that the kernel took", NetStats::bytesSent);
        net.gauge("memory.used", "bytes", "native memory of the loops", NetStats::memoryUsed);
        net.gauge("memory.peak", "bytes", "the most of it there was", NetStats::memoryPeak);
        net.gauge("memory.limit", "bytes", "what there may be", NetStats::memoryLimit);
        net.count("memory.pauses", "", "times that memory became tight", NetStats::memoryPauses);
        net.count("stalls", "", "loops that were held for too long", NetStats::stalls);
        if (from.isHttp) {
            bindHttp(new Binding<>(this, registry, before, from.source, from.http));
        }
    }

    private static <T> void bindHttp(Binding<T, HttpStats> http) {
        http.count("http.requests", "", "requests that came", HttpStats::requests);
        http.gauge("http.requests.active", "", "requests that wait for something",
                HttpStats::inFlight);
        http.count("http.unserved", "", "requests there was no memory for",
                s -> s.net().unserved());
        http.count("http.slow", "", "requests that took long", HttpStats::slow);
        String bad = "input that was refused";
        http.count("http.bad", "", bad, s -> s.bad().malformed(), "kind", "malformed");
        http.count("http.bad", "", bad, s -> s.bad().tooLarge(), "kind", "too_large");
        http.count("http.bad", "", bad, s -> s.bad().unknown(), "kind", "unknown");
        String late = "who was too late";
        http.count("http.timeouts", "", late, s -> s.timeouts().head(), "of", "head");
        http.count("http.timeouts", "", late, s -> s.timeouts().body(), "of", "body");
        http.count("http.timeouts", "", late, s -> s.timeouts().idle(), "of", "idle");
        http.count("http.timeouts", "", late, s -> s.timeouts().handler(), "of", "handler");
        http.gauge("http.workers.busy", "", "tasks that run", s -> s.workers().busy());
        http.gauge("http.workers.waiting", "", "tasks that wait for a thread",
                s -> s.workers().waiting());
        http.count("http.workers.refused", "", "tasks there was no room for",
                s -> s.workers().refused());
        for (String method : METHODS) {
            responses(http, method);
        }
        responses(http, OTHER);
    }

    private static <T> void responses(Binding<T, HttpStats> http, String method) {
        List<ToDoubleFunction<HttpStats.Responses>> kinds = List.of(
                HttpStats.Responses::successful, HttpStats.Responses::redirecting,
                HttpStats.Responses::clientErrors, HttpStats.Responses::serverErrors);
        for (int i = 0; i < kinds.size(); i++) {
            ToDoubleFunction<HttpStats.Responses> kind = kinds.get(i);
            http.count("http.responses", "", "responses that were begun",
                    stats -> sum(stats, method, kind), "method", method, "status", 2 + i + "xx");
        }
    }

    private static double sum(HttpStats stats, String method,
            ToDoubleFunction<HttpStats.Responses> kind) {
        double sum = 0;
        for (HttpStats.Responses each : stats.responses()) {
            String name = METHODS.contains(each.method()) ? each.method() : OTHER;
            sum += name.equals(method) ? kind.applyAsDouble(each) : 0;
        }
        return sum;
    }

    /** Removes the meters from the registries they were bound to. Idempotent. */
    @Override
    public void close() {
        List<Bind> removed;
        synchronized (made) {
            removed = List.copyOf(made);
            made.clear();
        }
        for (Bind each : removed) {
            each.registry.remove(each.meter);
        }
    }

    /** A meter where it was registered. */
    private record Bind(MeterRegistry registry, Meter meter) {}

    /** The way from a registry to the counts of a source, which the meters refer to weakly. */
    private record Binding<T, S>(GannetMetrics metrics, MeterRegistry registry,
            Set<Meter> before, T source, Function<T, S> stats) {

        void gauge(String name, String unit, String text, ToDoubleFunction<S> value) {
            add(Gauge.builder("gannet." + name, source, reading(stats, value))
                    .tags(metrics.tags).description(text).baseUnit(unit.isEmpty() ? null : unit)
                    .register(registry));
        }

        void count(String name, String unit, String text, ToDoubleFunction<S> value,
                String... more) {
            add(FunctionCounter.builder("gannet." + name, source, reading(stats, value))
                    .tags(Tags.concat(metrics.tags, more)).description(text)
                    .baseUnit(unit.isEmpty() ? null : unit).register(registry));
        }

        /** What a meter calls; it must not hold the source. */
        private static <T, S> ToDoubleFunction<T> reading(Function<T, S> stats,
                ToDoubleFunction<S> value) {
            return from -> {
                try {
                    return value.applyAsDouble(stats.apply(from));
                } catch (IllegalStateException e) {
                    return 0; /* it is not started yet */
                }
            };
        }

        /** A registry that has such a meter gives it instead of making one. */
        private void add(Meter meter) {
            Bind bind = new Bind(registry, meter);
            synchronized (metrics.made) {
                if (metrics.made.contains(bind)) {
                    return;
                }
                if (before.contains(meter)) {
                    throw new IllegalStateException("another server or client has the meters "
                            + meter.getId() + " in this registry; tell them apart by a tag");
                }
                metrics.made.add(bind);
            }
        }
    }
}

package io.gannet.micrometer;

import static io.gannet.http.HttpHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.Backends;
import io.gannet.NetClient;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetStats;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import io.gannet.TestPeer;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Meters say what a server counts, and keep nothing alive. */
@Timeout(60)
class GannetMetricsIT {
    private static HttpServer server(NetOptions.Backend backend) {
        return HttpServer.create(
                HttpOptions.builder().transport(Backends.server(backend).build()).build());
    }

    private static String ask(HttpServer server, String method, String path) throws IOException {
        try (TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(method + " " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            return peer.readAll();
        }
    }

    private static double count(MeterRegistry registry, String name, String... tags) {
        return registry.get("gannet." + name).tags(tags).functionCounter().count();
    }

    private static double gauge(MeterRegistry registry, String name) {
        return registry.get("gannet." + name).gauge().value();
    }

    @OnEachBackend
    void metersSayWhatAnHttpServerCounted(NetOptions.Backend backend) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        HttpServer server = server(backend).get("/", request -> HttpResponse.text("x"));
        GannetMetrics metrics = GannetMetrics.of(server).tag("server", "one");
        try (server; metrics) {
            metrics.bindTo(registry);
            assertThat(count(registry, "http.requests")).isZero();
            server.start();
            ask(server, "GET", "/");
            ask(server, "GET", "/none");
            ask(server, "OPTIONS", "/");
            ask(server, "?", "/");
            assertThat(count(registry, "http.requests", "server", "one")).isEqualTo(3);
            assertThat(count(registry, "http.responses", "method", "GET", "status", "2xx"))
                    .isEqualTo(1);
            assertThat(count(registry, "http.responses", "method", "GET", "status", "4xx"))
                    .isEqualTo(1);
            assertThat(count(registry, "http.responses", "method", "OTHER", "status", "4xx"))
                    .isEqualTo(1);
            assertThat(count(registry, "http.bad", "kind", "malformed")).isEqualTo(1);
            assertThat(count(registry, "sessions.accepted")).isEqualTo(4);
            assertThat(count(registry, "sent"))
                    .isEqualTo((double) server.stats().net().bytesSent()).isPositive();
            assertThat(registry.get("gannet.sent").meter().getId().getBaseUnit())
                    .isEqualTo("bytes");
            assertThat(gauge(registry, "memory.limit"))
                    .isEqualTo((double) server.stats().net().memoryLimit());
            assertThat(gauge(registry, "loops")).isEqualTo(1);
            assertThat(gauge(registry, "http.workers.waiting")).isZero();
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @OnEachBackend
    void metersOfRawServersAndClientsTellEachOtherApart(NetOptions.Backend backend)
            throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (NetServer server = NetServer.open(Backends.server(backend).build(),
                        (session, data) -> session.write(data));
                NetClient client = NetClient.create(Backends.client(backend).build());
                GannetMetrics ofServer = GannetMetrics.of(server).tag("side", "server");
                GannetMetrics ofClient = GannetMetrics.of(client).tag("side", "client")) {
            ofServer.bindTo(registry);
            ofClient.bindTo(registry);
            client.connect("127.0.0.1", server.port(), (session, data) -> {})
                    .toCompletableFuture().join();
            assertThat(count(registry, "sessions.connected", "side", "client")).isEqualTo(1);
            assertThat(count(registry, "sessions.connected", "side", "server")).isZero();
            assertThat(registry.find("gannet.http.requests").meters()).isEmpty();
            ofClient.close();
            assertThat(registry.find("gannet.loops").meters()).hasSize(1);
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @OnEachBackend
    void sessionsThatWereIdleHaveAMeterOfTheirOwn(NetOptions.Backend backend) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        NetOptions options = Backends.server(backend)
                .idle(NetOptions.Idle.BOTH, Duration.ofMillis(100)).build();
        try (NetServer server = NetServer.open(options, (session, data) -> session.close());
                GannetMetrics metrics = GannetMetrics.of(server)) {
            metrics.bindTo(registry);
            for (String text : List.of("", "x", "")) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    peer.write(text);
                    assertThat(peer.ending()).isEqualTo("end");
                }
            }
            Soon.until(() -> count(registry, "sessions.closed") == 3);
            assertThat(count(registry, "sessions.closed.idle")).isEqualTo(2);
        }
    }

    /** No two figures are the same, so that none can stand for another. */
    @OnEachBackend
    void inputThatIsRefusedOrLateIsToldApart(NetOptions.Backend backend) throws Exception {
        Duration soon = Duration.ofMillis(200);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        HttpOptions options = HttpOptions.builder().transport(Backends.server(backend).build())
                .bodyMax(10).headTimeout(soon).bodyTimeout(soon).handlerTimeout(soon)
                .keepAliveTimeout(Duration.ofMillis(800)).slowThreshold(Duration.ofMillis(150))
                .workers(1).workerQueueMax(0).build();
        CountDownLatch go = new CountDownLatch(1);
        HttpServer server = HttpServer.create(options)
                .get("/never", request -> HttpResponse.later(new CompletableFuture<>()))
                .post("/", request -> HttpResponse.text(""))
                .get("/work", blocking(request -> {
                    go.await();
                    return HttpResponse.text("");
                }));
        String[] inputs = {"?", "GET / HTTP/3.0", "GET / HTTP/2.0",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 13"};
        String[] late = {"G", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", "", "", "", "",
            "GET /never HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET /never HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET /never HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"};
        try (server; GannetMetrics metrics = GannetMetrics.of(server)) {
            metrics.bindTo(registry);
            server.start();
            List<TestPeer> peers = new ArrayList<>();
            for (String input : late) {
                TestPeer peer = TestPeer.connect(server.port());
                peer.write(input);
                peers.add(peer);
            }
            for (String input : inputs) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    peer.write(input + "\r\n\r\n");
                    assertThat(peer.readAll()).startsWith("HTTP/1.1 ");
                }
            }
            for (TestPeer peer : peers) {
                peer.readAll();
                peer.close();
            }
            /* A client may see its end before the server has told of it. */
            Soon.until(() -> count(registry, "http.timeouts", "of", "idle") >= 4
                    && count(registry, "http.slow") >= 5);
            assertThat(count(registry, "http.bad", "kind", "malformed")).isEqualTo(1);
            assertThat(count(registry, "http.bad", "kind", "unknown")).isEqualTo(2);
            assertThat(count(registry, "http.bad", "kind", "too_large")).isEqualTo(3);
            assertThat(count(registry, "http.timeouts", "of", "head")).isEqualTo(1);
            assertThat(count(registry, "http.timeouts", "of", "body")).isEqualTo(2);
            assertThat(count(registry, "http.timeouts", "of", "handler"))
                    .isEqualTo(3);
            assertThat(count(registry, "http.timeouts", "of", "idle")).isEqualTo(4);
            assertThat(count(registry, "http.slow")).isEqualTo(5); /* handlers and bodies */
            try (TestPeer works = TestPeer.connect(server.port())) {
                works.write("GET /work HTTP/1.1\r\nHost: h\r\n\r\n");
                Soon.until(() -> gauge(registry, "http.workers.busy") == 1);
                for (int i = 0; i < 4; i++) {
                    assertThat(ask(server, "GET", "/work")).startsWith("HTTP/1.1 503");
                }
                go.countDown();
                assertThat(works.read(12)).startsWith("HTTP/1.1 ");
            }
            assertThat(count(registry, "http.workers.refused")).isEqualTo(4);
        }
    }

    @OnEachBackend
    void everyFigureThatIsNotOfHttpHasAMeter(NetOptions.Backend backend) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        NetOptions options = Backends.server(backend).build();
        try (NetServer server = NetServer.open(options, (session, data) -> {});
                GannetMetrics metrics = GannetMetrics.of(server)) {
            metrics.bindTo(registry);
            assertThat(registry.getMeters()) /* with open, which is computed, for unserved */
                    .hasSize(NetStats.class.getRecordComponents().length);
        }
    }

    @OnEachBackend
    void twoWithTheSameTagsAreNotTakenForEachOther(NetOptions.Backend backend) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (NetServer one = NetServer.open(Backends.server(backend).build(),
                        (session, data) -> session.write(data));
                NetServer two = NetServer.open(Backends.server(backend).build(),
                        (session, data) -> session.write(data));
                GannetMetrics ofOne = GannetMetrics.of(one);
                GannetMetrics ofTwo = GannetMetrics.of(two)) {
            ofOne.bindTo(registry);
            int meters = registry.getMeters().size();
            ofOne.bindTo(registry);
            assertThatIllegalStateException().isThrownBy(() -> ofTwo.bindTo(registry))
                    .withMessageContaining("gannet.loops");
            ofTwo.close();
            assertThat(registry.getMeters()).hasSize(meters);
            ofTwo.tag("server", "two").bindTo(registry);
            assertThat(registry.getMeters()).hasSize(2 * meters);
            ofOne.close();
            assertThat(registry.getMeters()).hasSize(meters);
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @OnEachBackend
    void prometheusReadsThemThroughHttp(NetOptions.Backend backend) throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        HttpServer server = server(backend).filter(RequestTimer.of(registry))
                .get("/users/{id}", request -> HttpResponse.text("x"));
        server.get("/metrics", blocking(request -> {
            /* The worker may be faster than the loop, which counts what it handed out. */
            Soon.until(() -> server.stats().inFlight() == 1);
            return HttpResponse.text(registry.scrape());
        }));
        try (server; GannetMetrics metrics = GannetMetrics.of(server)) {
            metrics.bindTo(registry);
            server.start();
            ask(server, "GET", "/users/1");
            ask(server, "GET", "/users/2");
            String text = ask(server, "GET", "/metrics");
            assertThat(text).startsWith("HTTP/1.1 200")
                    .contains("# TYPE gannet_http_requests_total counter")
                    .contains("gannet_http_requests_total 3.0")
                    .contains("gannet_http_responses_total{method=\"GET\",status=\"2xx\"} 2.0")
                    .contains("gannet_sessions_accepted_total 3.0")
                    .contains("# TYPE gannet_memory_used_bytes gauge")
                    .contains("gannet_http_requests_active 1.0")
                    .contains("gannet_http_workers_busy 1.0")
                    .contains("gannet_http_duration_seconds_count{method=\"GET\","
                            + "route=\"/users/{id}\",status=\"2xx\"} 2");
        }
    }

    @OnEachBackend
    void theTimerTellsRoutesApartAndNothingElseThatClientsSend(NetOptions.Backend backend)
            throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        HttpServer server = server(backend).filter(RequestTimer.of(registry))
                .get("/a/{b}", request -> HttpResponse.text("x"))
                .get("/fails", request -> {
                    throw new IllegalArgumentException("on purpose");
                });
        try (server) {
            server.start();
            for (int i = 0; i < 3; i++) {
                ask(server, "GET", "/a/" + i);
                ask(server, "X" + i, "/" + i);
            }
            ask(server, "GET", "/fails");
        }
        assertThat(registry.get("gannet.http.duration").tags("route", "/a/{b}", "status", "2xx")
                .timer().count()).isEqualTo(3);
        assertThat(registry.get("gannet.http.duration").tags("route", "/fails", "status", "5xx")
                .timer().count()).isEqualTo(1);
        assertThat(registry.getMeters()).filteredOn(Timer.class::isInstance)
                .extracting(Meter::getId).extracting(id -> id.getTag("method"))
                .containsOnly("GET", "OTHER");
    }

    @OnEachBackend
    void whoRunsIsMeasuredThoughTheProgramDroppedIt(NetOptions.Backend backend)
            throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        WeakReference<NetServer> server = openAndForget(registry, backend);
        WeakReference<NetClient> client = createAndForget(registry, backend);
        int port = server.get().port();
        collect();
        try (TestPeer peer = TestPeer.connect(port)) {
            assertThat(peer.exchange("x")).isEqualTo("x");
            assertThat(count(registry, "sessions.accepted", "of", "server")).isEqualTo(1);
            assertThat(registry.get("gannet.loops").tags("of", "server").gauge().value())
                    .isEqualTo(1);
            assertThat(registry.get("gannet.loops").tags("of", "client").gauge().value())
                    .isEqualTo(1);
        }
        server.get().close();
        client.get().close();
        Soon.until(() -> {
            System.gc();
            return server.get() == null && client.get() == null;
        });
        assertThat(count(registry, "sessions.accepted", "of", "server")).isEqualTo(1);
        assertThat(registry.get("gannet.loops").tags("of", "server").gauge().value()).isNaN();
    }

    /** Until what could be collected before the call was. */
    private static void collect() {
        WeakReference<Object> other = new WeakReference<>(new Object());
        Soon.until(() -> {
            System.gc();
            return other.get() == null;
        });
    }

    private static WeakReference<NetServer> openAndForget(MeterRegistry registry,
            NetOptions.Backend backend) {
        NetServer server = NetServer.open(Backends.server(backend).build(),
                (session, data) -> session.write(data));
        GannetMetrics.of(server).tag("of", "server").bindTo(registry);
        return new WeakReference<>(server);
    }

    private static WeakReference<NetClient> createAndForget(MeterRegistry registry,
            NetOptions.Backend backend) {
        NetClient client = NetClient.create(Backends.client(backend).build());
        GannetMetrics.of(client).tag("of", "client").bindTo(registry);
        return new WeakReference<>(client);
    }

    @Test
    void aRegistryKeepsNoServerAlive() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        WeakReference<HttpServer> server = bindAndForget(registry);
        Soon.until(() -> {
            System.gc();
            return server.get() == null;
        });
        assertThat(gauge(registry, "memory.used")).isNaN();
    }

    private static WeakReference<HttpServer> bindAndForget(MeterRegistry registry) {
        HttpServer server = HttpServer.create();
        GannetMetrics.of(server).bindTo(registry);
        return new WeakReference<>(server);
    }
}

package io.gannet.http;

import static io.gannet.http.HttpHandler.blocking;
import static io.gannet.http.HttpStreamHandler.streaming;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an HTTP server counts. */
@Timeout(30)
class HttpStatsIT {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(15);

    private static HttpStats.Responses of(HttpServer server, String method) {
        return server.stats().responses().stream()
                .filter(each -> each.method().equals(method)).findFirst().orElseThrow();
    }

    @OnEachBackend
    void responsesAreCountedByMethodAndStatus(NetOptions.Backend backend) throws Exception {
        HttpResponse kept = HttpResponse.text("kept");
        HttpServer server = HttpServer.create(HttpPeer.options(backend).build())
                .get("/", request -> kept)
                .post("/", request -> HttpResponse.text(request.text()))
                .get("/fails", request -> HttpResponse.status(503))
                .get("/moved", request -> HttpResponse.redirect("/"))
                .get("/late", blocking(request -> HttpResponse.text("late")));
        try (server; HttpPeer peer = HttpPeer.connect(server.start())) {
            for (int i = 0; i < 5; i++) {
                peer.ask(HttpPeer.get("/"));
            }
            peer.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true);
            peer.ask(HttpPeer.post("/", "body"));
            peer.ask(HttpPeer.get("/fails"));
            peer.ask(HttpPeer.get("/moved"));
            peer.ask(HttpPeer.get("/late"));
            peer.ask(HttpPeer.get("/nowhere"));
            peer.ask("PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(of(server, "GET"))
                    .isEqualTo(new HttpStats.Responses("GET", 6, 1, 1, 1));
            assertThat(of(server, "HEAD"))
                    .isEqualTo(new HttpStats.Responses("HEAD", 1, 0, 0, 0));
            assertThat(of(server, "POST"))
                    .isEqualTo(new HttpStats.Responses("POST", 1, 0, 0, 0));
            assertThat(of(server, "OTHER"))
                    .isEqualTo(new HttpStats.Responses("OTHER", 0, 0, 1, 0));
            HttpStats stats = server.stats();
            assertThat(stats.requests()).isEqualTo(12);
            assertThat(stats.responseCount()).isEqualTo(12);
            assertThat(stats.inFlight()).isZero();
            assertThat(stats.slow()).isZero();
            assertThat(stats.net().accepted()).isEqualTo(1);
            assertThat(stats.net().open()).isEqualTo(1);
        }
    }

    @OnEachBackend
    void badInputIsCountedByItsKind(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).headerBytesMax(100).build();
        String[] inputs = {"GET\r\n\r\n", "GET / HTTP/3.0\r\nHost: h\r\n\r\n",
            HttpPeer.head("GET / HTTP/1.1", "Host: h", "X: " + "x".repeat(100)),
            HttpPeer.head("GET / HTTP/1.1", "Host: h", "X: " + "x".repeat(100))};
        try (HttpServer server = HttpServer.open(options, request -> HttpResponse.text(""))) {
            for (String input : inputs) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    assertThat(peer.ask(input).status()).isGreaterThanOrEqualTo(400);
                }
            }
            assertThat(server.stats().bad()).isEqualTo(new HttpStats.Bad(1, 2, 1));
            assertThat(server.stats().requests()).isZero();
            assertThat(of(server, "OTHER").clientErrors()).isEqualTo(3);
            Soon.until(() -> server.stats().net().closed() == inputs.length);
            assertThat(server.stats().inFlight()).isZero();
        }
    }

    /** The core lets a body be as long then as a streamed one may be. */
    @OnEachBackend
    void aBodyThatIsTooLargeCountsAlsoBesideRoutesThatStream(NetOptions.Backend backend)
            throws Exception {
        HttpServer server = HttpServer.create(HttpPeer.options(backend).bodyMax(10).build())
                .post("/", request -> HttpResponse.text(""))
                .post("/streamed", streaming(request -> {
                    request.bodyMax(10);
                    return HttpResponse.publisher(request.publisher());
                }));
        String chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        String[] inputs = {HttpPeer.post("/", "x".repeat(11)),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
            chunked + "b\r\nhello world\r\n", HttpPeer.post("/streamed", "x".repeat(11))};
        try (server) {
            server.start();
            for (String input : inputs) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    assertThat(peer.ask(input).status()).isEqualTo(413);
                }
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/", "x".repeat(10))).status()).isEqualTo(200);
            }
            assertThat(server.stats().bad()).isEqualTo(new HttpStats.Bad(0, 3, 0));
        }
    }

    @OnEachBackend
    void whoIsTooLateIsCounted(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).headTimeout(SHORT).bodyTimeout(SHORT)
                .keepAliveTimeout(SHORT.multipliedBy(8)).handlerTimeout(SHORT).build();
        HttpHandler never = request -> HttpResponse.later(new CompletableFuture<>());
        String[] inputs = {"GET / HT", HttpPeer.get("/"),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe"};
        try (HttpServer server = HttpServer.open(options, never)) {
            for (String input : inputs) {
                try (HttpPeer late = HttpPeer.connect(server)) {
                    assertThat(late.ask(input).status()).isIn(408, 503);
                }
            }
            try (HttpPeer idle = HttpPeer.connect(server)) {
                assertThat(idle.ending()).isEqualTo("end");
            }
            Soon.until(() -> server.stats().net().open() == 0);
            assertThat(server.stats().timeouts()).isEqualTo(new HttpStats.Timeouts(1, 1, 1, 1));
            assertThat(server.stats().inFlight()).isZero();
        }
    }

    @OnEachBackend
    void requestsInFlightAndWorkersAreSeenFromOutside(NetOptions.Backend backend)
            throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        HttpOptions options = HttpPeer.options(backend).workers(1).workerQueueMax(1).build();
        HttpHandler handler = blocking(request -> {
            assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
            return HttpResponse.text("done");
        });
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer one = HttpPeer.connect(server);
                HttpPeer two = HttpPeer.connect(server);
                HttpPeer three = HttpPeer.connect(server)) {
            one.write(HttpPeer.get("/"));
            Soon.until(() -> server.stats().inFlight() == 1);
            two.write(HttpPeer.get("/"));
            Soon.until(() -> server.stats().inFlight() == 2);
            assertThat(three.ask(HttpPeer.get("/")).status()).isEqualTo(503);
            assertThat(server.stats().workers()).isEqualTo(new HttpStats.Workers(1, 1, 1));
            go.countDown();
            assertThat(one.reply().body()).isEqualTo("done");
            assertThat(two.reply().body()).isEqualTo("done");
            assertThat(server.stats().inFlight()).isZero();
            Soon.until(() -> server.stats().workers().equals(new HttpStats.Workers(0, 0, 1)));
        }
    }

    @OnEachBackend
    void aClientThatGoesAwayTakesItsRequestsAlong(NetOptions.Backend backend) throws Exception {
        HttpHandler never = request -> HttpResponse.later(new CompletableFuture<>());
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), never)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.get("/") + HttpPeer.get("/"));
                Soon.until(() -> server.stats().inFlight() == 2);
                peer.reset();
            }
            Soon.until(() -> server.stats().inFlight() == 0 && server.stats().net().open() == 0);
            assertThat(server.stats().requests()).isEqualTo(2);
            assertThat(server.stats().responseCount()).isZero();
        }
    }

    @OnEachBackend
    void countsAreThereAfterTheEndAndAddUp(NetOptions.Backend backend) throws Exception {
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(),
                request -> HttpResponse.text("x"));
        String answer;
        try (server) {
            try (HttpPeer peer = HttpPeer.connect(server);
                    HttpPeer silent = HttpPeer.connect(server)) {
                answer = peer.ask(HttpPeer.get("/")).head();
                assertThat(server.stop(LONG)).isTrue();
                assertThat(silent.ending()).isEqualTo("end");
            }
        }
        HttpStats stats = server.stats();
        assertThat(stats.net().accepted()).isEqualTo(2);
        assertThat(stats.net().closed()).isEqualTo(2);
        assertThat(stats.net().open()).isZero();
        assertThat(stats.net().bytesReceived()).isEqualTo(HttpPeer.get("/").length());
        assertThat(stats.net().bytesSent()).isEqualTo(answer.length() + 1);
        assertThat(stats.net().memoryPeak()).isPositive()
                .isLessThan(stats.net().memoryLimit());
    }

    @Test
    void thereAreNoCountsBeforeTheStart() {
        HttpServer server = HttpServer.create();
        assertThatIllegalStateException().isThrownBy(server::stats);
    }
}

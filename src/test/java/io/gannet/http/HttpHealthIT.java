package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.Async;
import io.gannet.CapturedLog;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import io.gannet.http.HttpPeer.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who spreads the load learns in time that a server goes away. */
@Timeout(30)
class HttpHealthIT {
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final String READY = HttpPeer.get("/ready");

    private static HttpServer serve(HttpServer server, HttpHealth health) {
        return server.get("/health", health.live()).get("/ready", health.ready())
                .get("/", request -> HttpResponse.text("hello")).start();
    }

    private static boolean isReady(HttpPeer peer) {
        try {
            return peer.ask(READY).status() == 200;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @OnEachBackend
    void aServerThatServesIsAliveAndReady(NetOptions.Backend backend) throws Exception {
        HttpServer server = HttpServer.create(HttpPeer.options(backend).build());
        try (server; HttpPeer peer = HttpPeer.connect(serve(server, HttpHealth.of(server)))) {
            Reply ready = peer.ask(READY);
            assertThat(ready.status()).isEqualTo(200);
            assertThat(ready.body()).isEqualTo("{\"status\":\"UP\"}");
            assertThat(ready.has("Content-Type: application/json")).isTrue();
            assertThat(ready.has("Cache-Control: no-store")).isTrue();
            assertThat(peer.ask(HttpPeer.get("/health")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void aServerThatWillStopIsNotReadyButServesOnUntilTheDelayIsOver(NetOptions.Backend backend)
            throws Exception {
        HttpOptions options =
                HttpPeer.options(backend).drainDelay(Duration.ofSeconds(2)).build();
        HttpServer server = HttpServer.create(options);
        try (server; HttpPeer kept = HttpPeer.connect(serve(server, HttpHealth.of(server)))) {
            assertThat(kept.ask(READY).status()).isEqualTo(200);
            long begun = System.nanoTime();
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(LONG));
            Soon.until(() -> !server.isReady());
            assertThat(kept.ask(READY).body()).isEqualTo("{\"status\":\"DOWN\"}");
            try (HttpPeer late = HttpPeer.connect(server)) {
                assertThat(late.ask(READY).status()).isEqualTo(503);
                assertThat(late.ask(HttpPeer.get("/health")).status()).isEqualTo(200);
                assertThat(late.ask(HttpPeer.get("/")).body()).isEqualTo("hello");
                assertThat(late.ending()).isEqualTo("end");
            }
            assertThat(stopped.get()).isTrue();
            assertThat(System.nanoTime() - begun)
                    .isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
        }
    }

    @OnEachBackend
    void aCloseOrAnInterruptEndsTheDelay(NetOptions.Backend backend) throws Exception {
        for (boolean close : new boolean[] {true, false}) {
            HttpOptions options = HttpPeer.options(backend).drainDelay(FOR_EVER.dividedBy(2))
                    .build();
            HttpServer server = HttpServer.create(options);
            AtomicBoolean kept = new AtomicBoolean();
            try (server) {
                serve(server, HttpHealth.of(server));
                Thread stopping = new Thread(() -> {
                    server.stop(LONG);
                    kept.set(Thread.currentThread().isInterrupted());
                });
                stopping.start();
                Soon.until(() -> !server.isReady());
                if (close) {
                    server.close();
                } else {
                    stopping.interrupt();
                }
                stopping.join();
                assertThat(kept.get()).isEqualTo(!close);
            }
        }
    }

    @OnEachBackend
    void readinessNeedsEveryCheck(NetOptions.Backend backend) throws Exception {
        AtomicBoolean good = new AtomicBoolean(true);
        HttpServer server = HttpServer.create(HttpPeer.options(backend).build());
        HttpHealth health = HttpHealth.of(server)
                .check("a \"b\"", () -> Thread.currentThread().getName().contains("worker"))
                .check("other", () -> {
                    if (!good.get()) {
                        throw new IllegalStateException("no other");
                    }
                    return true;
                });
        try (CapturedLog log = new CapturedLog();
                server;
                HttpPeer peer = HttpPeer.connect(serve(server, health))) {
            Reply up = peer.ask(READY);
            assertThat(up.status()).isEqualTo(200);
            assertThat(up.body()).isEqualTo("{\"status\":\"UP\",\"checks\":{\"a \\\"b\\\"\":\"UP\","
                    + "\"other\":\"UP\"}}");
            good.set(false);
            for (int i = 0; i < 2; i++) {
                Reply down = peer.ask(READY);
                assertThat(down.status()).isEqualTo(503);
                assertThat(down.body()).contains("\"status\":\"DOWN\"", "\"other\":\"DOWN\"")
                        .doesNotContain("no other");
            }
            good.set(true);
            assertThat(peer.ask(READY).status()).isEqualTo(200);
            assertThat(peer.ask(HttpPeer.get("/health")).status()).isEqualTo(200);
            assertThat(log.next().getMessage()).contains("other");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void aCheckThatHangsIsDownAndHoldsOneWorkerOnly(NetOptions.Backend backend) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        HttpServer server = HttpServer.create(HttpPeer.options(backend).workers(1).build());
        HttpHealth health = HttpHealth.of(server).timeout(Duration.ofMillis(300))
                .check("hangs", () -> {
                    runs.incrementAndGet();
                    return go.await(20, TimeUnit.SECONDS);
                });
        try (server; HttpPeer peer = HttpPeer.connect(serve(server, health))) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.ask(READY).status()).isEqualTo(503);
            }
            assertThat(runs).hasValue(1);
            assertThat(server.stats().workers()).isEqualTo(new HttpStats.Workers(1, 0, 0));
            go.countDown();
            Soon.until(() -> isReady(peer));
            int before = runs.get();
            assertThat(peer.ask(READY).status()).isEqualTo(200);
            assertThat(runs).hasValue(before + 1);
        }
    }

    /** The checks of a server may be served by another too, which goes on. */
    @OnEachBackend
    void aCheckThatAStopDroppedRunsElsewhere(NetOptions.Backend backend) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        HttpServer first = HttpServer.create(HttpPeer.options(backend).workers(1).build());
        HttpServer other = HttpServer.create(HttpPeer.options(backend).build());
        HttpHandler ready = HttpHealth.of(other)
                .check("works", () -> runs.incrementAndGet() > 0).ready();
        first.get("/ready", ready).get("/hangs", HttpHandler.blocking(request -> {
            while (go.getCount() > 0) {
                Thread.onSpinWait(); /* through interrupts */
            }
            return HttpResponse.text("");
        }));
        other.get("/ready", ready);
        try (first; other;
                HttpPeer hangs = HttpPeer.connect(first.start());
                HttpPeer waits = HttpPeer.connect(first);
                HttpPeer asks = HttpPeer.connect(other.start())) {
            hangs.write(HttpPeer.get("/hangs"));
            Soon.until(() -> first.stats().workers().busy() == 1);
            waits.write(READY);
            Soon.until(() -> first.stats().workers().waiting() == 1);
            first.close();
            assertThat(runs).hasValue(0);
            assertThat(asks.ask(READY).status()).isEqualTo(200);
            assertThat(runs).hasValue(1);
        } finally {
            go.countDown();
        }
    }

    @Test
    void checksHaveNamesOfTheirOwnAndSomeTime() {
        HttpHealth health = HttpHealth.of(HttpServer.create()).check("a", () -> true);
        assertThatIllegalArgumentException().isThrownBy(() -> health.check("a", () -> true));
        assertThatIllegalArgumentException().isThrownBy(() -> health.check("", () -> true));
        Duration longest = Duration.ofMillis(Integer.MAX_VALUE);
        for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofMillis(-1),
            longest.plusNanos(1), Duration.ofDays(365_000)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> health.timeout(wrong))
                    .withMessageContaining("timeout is " + wrong);
        }
        health.timeout(longest).timeout(Duration.ofNanos(1));
    }
}

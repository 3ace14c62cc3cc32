package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.Backends;
import io.gannet.CapturedLog;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import io.gannet.OnEachBackend;
import io.gannet.TestPeer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;

/** Stops of servers whose only loop is held just then, so that nothing is on time. */
@Timeout(60)
class StopIT {
    private static final Duration GRACE = Duration.ofSeconds(8);
    /** Longer than everything that a stop waits for on a loop that is free. */
    private static final long HOLD_NANOS = 300_000_000;
    private static final String LINE = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";

    /** Answers, and holds the loop while the server begins to stop. */
    private static final class Holder implements HttpHandler {
        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch stopping = new CountDownLatch(1);

        @Override
        public HttpResponse handle(HttpRequest request) {
            if (request.path().equals("/hold")) {
                hold();
            }
            return HttpResponse.text(request.path());
        }

        void hold() {
            held.countDown();
            while (stopping.getCount() > 0) {
                Thread.onSpinWait();
            }
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < HOLD_NANOS) {
                LockSupport.parkNanos(HOLD_NANOS);
            }
        }

        void awaitHeld() throws InterruptedException {
            assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
        }

        CompletableFuture<Boolean> stop(HttpServer server) {
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
            while (server.isReady()) {
                Thread.onSpinWait();
            }
            stopping.countDown();
            return stopped;
        }
    }

    @OnEachBackend
    void aRequestThatHadArrivedOnAnIdleConnectionIsAnswered(NetOptions.Backend backend)
            throws Exception {
        Holder holder = new Holder();
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), holder);
        try (HttpPeer idle = HttpPeer.connect(server); HttpPeer holds = HttpPeer.connect(server)) {
            assertThat(idle.ask(HttpPeer.get("/one")).body()).isEqualTo("/one");
            holds.write(HttpPeer.get("/hold"));
            holder.awaitHeld();
            idle.write(HttpPeer.get("/two"));
            CompletableFuture<Boolean> stopped = holder.stop(server);
            assertThat(idle.reply().body()).isEqualTo("/two");
            assertThat(holds.reply().body()).isEqualTo("/hold");
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void aRequestOfTheBacklogIsAnswered(NetOptions.Backend backend) throws Exception {
        Holder holder = new Holder();
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), holder);
        try (HttpPeer holds = HttpPeer.connect(server)) {
            holds.write(HttpPeer.get("/hold"));
            holder.awaitHeld();
            try (HttpPeer asks = HttpPeer.connect(server)) {
                asks.write(HttpPeer.get("/late"));
                CompletableFuture<Boolean> stopped = holder.stop(server);
                HttpPeer.Reply reply = asks.reply();
                assertThat(reply.body()).isEqualTo("/late");
                assertThat(reply.has("Connection: close")).isTrue();
                assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void aSilentConnectionOfTheBacklogHoldsNoStop(NetOptions.Backend backend) throws Exception {
        Holder holder = new Holder();
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), holder);
        try (HttpPeer holds = HttpPeer.connect(server)) {
            holds.write(HttpPeer.get("/hold"));
            holder.awaitHeld();
            try (HttpPeer silent = HttpPeer.connect(server)) {
                CompletableFuture<Boolean> stopped = holder.stop(server);
                assertThat(silent.ending()).isEqualTo("end");
                assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void aRawSessionOfTheBacklogHoldsNoStop(NetOptions.Backend backend) throws Exception {
        Holder holder = new Holder();
        NetHandler handler = new NetHandler() {
            @Override
            public void onRecv(NetSession session, ByteBuffer data) {
                holder.hold();
            }
        };
        NetServer server = NetServer.open(Backends.server(backend).build(), handler);
        try (TestPeer holds = TestPeer.connect(server.port())) {
            holds.write("x");
            holder.awaitHeld();
            try (TestPeer silent = TestPeer.connect(server.port())) {
                CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
                holder.stopping.countDown();
                assertThat(silent.ending()).isEqualTo("end");
                assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void whoWaitsForAProxyToSpeakIsAnswered(NetOptions.Backend backend) throws Exception {
        Holder holder = new Holder();
        NetOptions transport =
                Backends.server(backend).proxyProtocol(List.of("127.0.0.0/8")).build();
        HttpServer server =
                HttpServer.open(HttpOptions.builder().transport(transport).build(), holder);
        try (HttpPeer half = HttpPeer.connect(server); HttpPeer holds = HttpPeer.connect(server)) {
            half.write("PROXY TCP4 192.0.2.1 ");
            holds.write(LINE + HttpPeer.get("/hold"));
            holder.awaitHeld();
            try (HttpPeer asks = HttpPeer.connect(server)) {
                asks.write(LINE + HttpPeer.get("/late"));
                CompletableFuture<Boolean> stopped = holder.stop(server);
                assertThat(asks.reply().body()).isEqualTo("/late");
                half.write("198.51.100.1 56324 443\r\n" + HttpPeer.get("/half"));
                assertThat(half.reply().body()).isEqualTo("/half");
                assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void whoIsAnnouncedLateMayAskOnceAndHoldsNoStop(NetOptions.Backend backend) throws Exception {
        NetOptions transport = Backends.server(backend).proxyProtocol(List.of("127.0.0.0/8"))
                .connectTimeout(Duration.ofHours(1)).build();
        HttpServer server = HttpServer.open(
                HttpOptions.builder().transport(transport).build(), new Holder());
        try (HttpPeer silent = HttpPeer.connect(server);
                HttpPeer asks = HttpPeer.connect(server);
                HttpPeer idle = HttpPeer.connect(server)) {
            silent.write(LINE.substring(0, 9));
            asks.write(LINE.substring(0, 9));
            assertThat(idle.ask(LINE + HttpPeer.get("/")).body()).isEqualTo("/");
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
            assertThat(idle.ending()).isEqualTo("end");
            asks.write(LINE.substring(9) + HttpPeer.get("/late"));
            assertThat(asks.reply().body()).isEqualTo("/late");
            silent.write(LINE.substring(9));
            assertThat(silent.ending()).isEqualTo("end");
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void whoNeverSaysWhomItStandsForHoldsNoStop(NetOptions.Backend backend) throws Exception {
        Holder holder = new Holder();
        NetOptions transport = Backends.server(backend).proxyProtocol(List.of("127.0.0.0/8"))
                .connectTimeout(Duration.ofHours(1)).build();
        HttpServer server =
                HttpServer.open(HttpOptions.builder().transport(transport).build(), holder);
        try (HttpPeer silent = HttpPeer.connect(server)) {
            assertThat(holder.stop(server).get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(silent.ending()).isEqualTo("end");
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void aHeadThatIsHalfThereIsAwaited(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> slow = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), request -> {
            if (request.path().equals("/slow")) {
                asked.countDown();
                return HttpResponse.later(slow);
            }
            return HttpResponse.text(request.path());
        });
        try (HttpPeer half = HttpPeer.connect(server);
                HttpPeer idle = HttpPeer.connect(server);
                HttpPeer waits = HttpPeer.connect(server)) {
            half.write("GET /half HTTP/1.1\r\nHo");
            assertThat(idle.ask(HttpPeer.get("/idle")).status()).isEqualTo(200);
            waits.write(HttpPeer.get("/slow"));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
            assertThat(idle.ending()).isEqualTo("end");
            half.write("st: h\r\n\r\n");
            HttpPeer.Reply reply = half.reply();
            assertThat(reply.body()).isEqualTo("/half");
            assertThat(reply.has("Connection: close")).isTrue();
            assertThat(half.ending()).isEqualTo("end");
            slow.complete(HttpResponse.text("slow"));
            assertThat(waits.reply().body()).isEqualTo("slow");
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void aHeadThatStaysHalfHoldsAStopForItsTimeAlone(NetOptions.Backend backend)
            throws Exception {
        HttpOptions options =
                HttpPeer.options(backend).headTimeout(Duration.ofMillis(500)).build();
        HttpServer server = HttpServer.open(options, new Holder());
        try (HttpPeer half = HttpPeer.connect(server); HttpPeer other = HttpPeer.connect(server)) {
            half.write("GET /half HTTP/1.1\r\nHo");
            assertThat(other.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
            assertThat(half.reply().status()).isEqualTo(408);
            assertThat(half.ending()).isEqualTo("end");
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void anAnswerThatIsCutOffIsNamed(NetOptions.Backend backend) throws Exception {
        NetOptions transport = Backends.server(backend).sendBuffer(4096).build();
        HttpServer server =
                HttpServer.open(HttpOptions.builder().transport(transport).build(),
                        request -> HttpResponse.bytes(new byte[60_000]));
        try (CapturedLog log = new CapturedLog(); HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/"));
            peer.readHead();
            assertThat(server.stop(Duration.ofMillis(300))).isFalse();
            assertThat(log.next().getMessage()).containsPattern(
                    "^the last \\d+ bytes of what was answered to .*/127.0.0.1:\\d+ were cut off");
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void whatWaitsBehindARequestThatIsCutOffIsNamed(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(2);
        HttpOptions options = HttpPeer.options(backend).inFlightMax(2).build();
        HttpServer server = HttpServer.open(options, request -> {
            asked.countDown();
            return request.path().equals("/slow")
                    ? HttpResponse.later(answer)
                    : HttpResponse.later(CompletableFuture.completedFuture(
                            HttpResponse.text("done")));
        });
        try (CapturedLog log = new CapturedLog(); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/slow") + HttpPeer.get("/done")
                    + HttpPeer.post("/late", "x"));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.stop(Duration.ofMillis(300))).isFalse();
            assertThat(log.next().getMessage()).startsWith("GET /slow HTTP/1.1 was cut off")
                    .endsWith("its handler has not answered");
            assertThat(log.next().getMessage()).startsWith("GET /done HTTP/1.1 was cut off")
                    .endsWith("its response waited for those before it");
            assertThat(log.next().getMessage()).startsWith("POST /late HTTP/1.1 was cut off")
                    .endsWith("its handler was not called");
        } finally {
            server.close();
        }
    }

    /** Of very many requests that were cut off for one reason a hundred are named. */
    @OnEachBackend
    void notEveryRequestThatIsCutOffIsNamed(NetOptions.Backend backend) throws Exception {
        int count = 51;
        CountDownLatch asked = new CountDownLatch(2 * count);
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), request -> {
            asked.countDown();
            return HttpResponse.later(new CompletableFuture<>());
        });
        try (CapturedLog log = new CapturedLog();
                HttpPeer one = HttpPeer.connect(server);
                HttpPeer two = HttpPeer.connect(server)) {
            one.write(HttpPeer.get("/slow").repeat(count));
            two.write(HttpPeer.get("/slow").repeat(count));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.stop(Duration.ofMillis(300))).isFalse();
            for (int i = 0; i < 100; i++) {
                assertThat(log.next().getMessage()).startsWith("GET /slow HTTP/1.1 was cut off");
            }
            assertThat(log.next().getMessage()).isEqualTo("more requests were cut off by the stop");
            assertThat(log.isEmpty()).isTrue();
        } finally {
            server.close();
        }
    }

    /** What is on its way when a server stops arrives within that, in each of two steps. */
    @OnEachBackend
    void whoIsIdleHasTimeForALastRequest(NetOptions.Backend backend) throws Exception {
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), new Holder());
        try (HttpPeer idle = HttpPeer.connect(server)) {
            assertThat(idle.ask(HttpPeer.get("/")).body()).isEqualTo("/");
            long begun = System.nanoTime();
            assertThat(server.stop(GRACE)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(2 * 25));
        } finally {
            server.close();
        }
    }

    /** Who refuses to wait for himself changes nothing. */
    @OnEachBackend
    void aStopFromAHandlerLeavesTheServerReady(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpServer> self = new CompletableFuture<>();
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), request -> {
            try {
                return HttpResponse.text("" + self.join().stop(GRACE));
            } catch (IllegalStateException e) {
                return HttpResponse.text("no");
            }
        }); HttpPeer peer = HttpPeer.connect(server)) {
            self.complete(server);
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("no");
            assertThat(server.isReady()).isTrue();
        }
    }

    @OnEachBackend
    void aSecondStopEndsWithTheFirst(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).drainDelay(Duration.ofHours(1)).build();
        HttpServer server = HttpServer.open(options, new Holder());
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread first = new Thread(() -> {
            server.stop(GRACE);
            interrupted.countDown();
        });
        first.start();
        while (server.isReady()) {
            Thread.onSpinWait();
        }
        Thread second = new Thread(() -> server.stop(GRACE));
        second.start();
        while (second.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        first.interrupt();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        second.join(20_000);
        assertThat(second.isAlive()).isFalse();
    }

    @OnEachBackend
    void aStopThatIsOvertakenByACloseSaysSo(NetOptions.Backend backend) throws Exception {
        for (Duration delay : List.of(Duration.ZERO, Duration.ofHours(1))) {
            HttpOptions options = HttpPeer.options(backend).drainDelay(delay).build();
            CountDownLatch asked = new CountDownLatch(1);
            HttpServer server = HttpServer.open(options, request -> {
                asked.countDown();
                return HttpResponse.later(new CompletableFuture<>());
            });
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.get("/"));
                assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
                CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(GRACE));
                while (server.isReady()) {
                    Thread.onSpinWait();
                }
                server.close();
                assertThat(peer.ending()).isEqualTo("reset");
                assertThat(stopped.get(20, TimeUnit.SECONDS)).isFalse();
            }
        }
    }
}

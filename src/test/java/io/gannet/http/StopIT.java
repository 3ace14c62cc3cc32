package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.Backends;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import io.gannet.OnEachBackend;
import io.gannet.TestPeer;
import java.nio.ByteBuffer;
import java.time.Duration;
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
                assertThat(asks.reply().body()).isEqualTo("/late");
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
}

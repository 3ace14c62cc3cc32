package io.gannet.http;

import static io.gannet.http.HttpHandler.async;
import static io.gannet.http.HttpHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.gannet.Async;
import io.gannet.CapturedLog;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handlers that do not run on the loop. */
@Timeout(30)
class WorkersIT {
    private static final Duration LONG = Duration.ofSeconds(15);

    private static void take(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private static long workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("gannet-worker-")).count();
    }

    @OnEachBackend
    void aBlockingHandlerRunsOnAWorkerAndReadsItsRequest(NetOptions.Backend backend)
            throws Exception {
        HttpHandler handler = blocking(request -> HttpResponse.text(request.method() + " "
                + request.path() + " " + request.header("x").orElse("") + " " + request.text()
                + " " + Thread.currentThread().getName().startsWith("gannet-worker-")));
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask("POST /p HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 4\r\n\r\n"
                    + "body").body()).isEqualTo("POST /p y body true");
            peer.write("POST /q HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
            assertThat(peer.ask("dy").body()).isEqualTo("POST /q  body true");
        }
    }

    @OnEachBackend
    void aWaitingWorkerHoldsNobodyUpAndResponsesKeepTheirOrder(NetOptions.Backend backend)
            throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        HttpHandler handler = request -> request.path().equals("/slow")
                ? blocking(r -> {
                    take(go);
                    return HttpResponse.text("slow");
                }).handle(request)
                : HttpResponse.text("fast");
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer slow = HttpPeer.connect(server);
                HttpPeer fast = HttpPeer.connect(server)) {
            slow.write(HttpPeer.get("/slow") + HttpPeer.get("/"));
            assertThat(fast.ask(HttpPeer.get("/")).body()).isEqualTo("fast");
            go.countDown();
            assertThat(slow.reply().body()).isEqualTo("slow");
            assertThat(slow.reply().body()).isEqualTo("fast");
        }
    }

    @OnEachBackend
    void whatABlockingHandlerThrowsIsAnsweredAsFromAnyOther(NetOptions.Backend backend)
            throws Exception {
        HttpHandler handler = blocking(request -> switch (request.path()) {
            case "/throw" -> throw new java.io.IOException("checked");
            case "/error" -> throw new AssertionError("error");
            case "/null" -> null;
            default -> HttpResponse.text("fine");
        });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/throw")).status()).isEqualTo(500);
            assertThat(log.next().getThrown()).hasMessage("checked");
            assertThat(peer.ask(HttpPeer.get("/error")).status()).isEqualTo(500);
            assertThat(log.next().getThrown()).hasMessage("error");
            assertThat(peer.ask(HttpPeer.get("/null")).status()).isEqualTo(500);
            assertThat(log.next().getMessage()).contains("GET /null");
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("fine");
        }
    }

    @OnEachBackend
    void whatFindsNoRoomIsRefusedAndMayTryAgain(NetOptions.Backend backend) throws Exception {
        fills(HttpPeer.options(backend).workers(2).workerQueueMax(1).build(), 3);
        fills(HttpPeer.options(backend).workers(1).workerQueueMax(0).build(), 1);
    }

    @OnEachBackend
    void virtualThreadsAreBoundedTheSameWay(NetOptions.Backend backend) throws Exception {
        fills(HttpPeer.options(backend).workers(2).workerQueueMax(1).virtualThreads(true).build(),
                3);
    }

    /** As many calls as there is room for are taken, the next is not, and later others are. */
    private static void fills(HttpOptions options, int room) throws Exception {
        Semaphore go = new Semaphore(0);
        AtomicInteger taken = new AtomicInteger();
        HttpHandler handler = new HttpHandler() {
            private final HttpHandler blocks = blocking(request -> {
                assertThat(go.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                return HttpResponse.text("served");
            });

            @Override
            public HttpResponse handle(HttpRequest request) throws Exception {
                taken.incrementAndGet();
                return blocks.handle(request);
            }
        };
        try (HttpServer server = HttpServer.open(options, handler)) {
            List<HttpPeer> peers = new ArrayList<>();
            for (int i = 0; i < room; i++) {
                peers.add(HttpPeer.connect(server).write(HttpPeer.get("/")));
                while (taken.get() <= i) {
                    Thread.onSpinWait();
                }
            }
            try (HttpPeer last = HttpPeer.connect(server)) {
                Reply refused = last.ask(HttpPeer.get("/"));
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.has("Retry-After: 1")).isTrue();
                assertThat(refused.has("Connection: close")).isFalse();
                go.release(100);
                for (HttpPeer peer : peers) {
                    assertThat(peer.reply().body()).isEqualTo("served");
                    peer.close();
                }
                Reply again = last.ask(HttpPeer.get("/"));
                while (again.status() == 503) { /* the last one has answered, and not yet left */
                    again = last.ask(HttpPeer.get("/"));
                }
                assertThat(again.body()).isEqualTo("served");
            }
        }
    }

    @OnEachBackend
    void asManyCallsRunAtOnceAsThereAreWorkers(NetOptions.Backend backend) throws Exception {
        CyclicBarrier all = new CyclicBarrier(3);
        HttpHandler handler = blocking(request -> {
            all.await(10, TimeUnit.SECONDS);
            return HttpResponse.text("together");
        });
        HttpOptions options = HttpPeer.options(backend).workers(3).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/").repeat(6));
            for (int i = 0; i < 6; i++) {
                assertThat(peer.reply().body()).isEqualTo("together");
            }
        }
    }

    @OnEachBackend
    void virtualThreadsAreUsedWhereThereAreSome(NetOptions.Backend backend) throws Exception {
        boolean there = Runtime.version().feature() >= 21;
        HttpHandler handler = blocking(request -> HttpResponse.text(
                Thread.currentThread().toString()));
        HttpOptions options = HttpPeer.options(backend).virtualThreads(true).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            String thread = peer.ask(HttpPeer.get("/")).body();
            assertThat(thread.startsWith("VirtualThread")).isEqualTo(there);
            assertThat(thread).contains("gannet-worker-");
        }
    }

    @OnEachBackend
    void aServerWithoutBlockingHandlersHasNoWorkers(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(),
                        request -> request.path().equals("/b")
                                ? blocking(r -> HttpResponse.text("b")).handle(request)
                                : HttpResponse.text("x"));
                HttpPeer peer = HttpPeer.connect(server)) {
            long before = workers();
            peer.ask(HttpPeer.get("/"));
            assertThat(workers()).isLessThanOrEqualTo(before);
            peer.ask(HttpPeer.get("/b"));
            assertThat(workers()).isPositive();
        }
    }

    @OnEachBackend
    void aBlockingStreamHandlerTakesItsBodyInPieces(NetOptions.Backend backend) throws Exception {
        HttpStreamHandler inner = new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return head.path().equals("/stream");
            }

            @Override
            public HttpResponse handle(HttpRequest request) throws Exception {
                if (!request.path().equals("/stream")) {
                    return HttpResponse.text("whole " + request.text());
                }
                CompletableFuture<String> body = new CompletableFuture<>();
                request.stream(new Collector(body));
                return HttpResponse.text("pieces " + body.get(10, TimeUnit.SECONDS));
            }
        };
        HttpOptions options = HttpPeer.options(backend).build();
        try (HttpServer server = HttpServer.open(options, blocking(inner));
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write("POST /stream HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
            assertThat(peer.ask("def").body()).isEqualTo("pieces abcdef");
            assertThat(peer.ask(HttpPeer.post("/stream", "at once")).body())
                    .isEqualTo("pieces at once");
            assertThat(peer.ask(HttpPeer.post("/", "xyz")).body()).isEqualTo("whole xyz");
        }
    }

    private static final class Collector implements HttpReceiver {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<String> body;

        Collector(CompletableFuture<String> body) {
            this.body = body;
        }

        @Override
        public void onData(ByteBuffer data) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            bytes.writeBytes(copy);
        }

        @Override
        public void onEnd(HttpHeaders trailers) {
            body.complete(bytes.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void onFailure(NetException cause) {
            body.completeExceptionally(cause);
        }
    }

    @OnEachBackend
    void theWorkerOfAClientThatWentAwayIsInterrupted(NetOptions.Backend backend)
            throws Exception {
        interrupts(HttpPeer.options(backend).workers(1).build());
        interrupts(HttpPeer.options(backend).workers(1).virtualThreads(true).build());
    }

    private static void interrupts(HttpOptions options) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        HttpHandler handler = blocking(request -> {
            if (request.path().equals("/wait")) {
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.complete(request.path().equals("/wait"));
                    throw e;
                }
            }
            return HttpResponse.text("clear: " + !Thread.currentThread().isInterrupted());
        });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(options, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            try (HttpPeer leaves = HttpPeer.connect(server)) {
                leaves.write(HttpPeer.get("/wait"));
                take(begun);
                leaves.reset();
            }
            assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("clear: true");
            assertThat(log.isEmpty()).isTrue(); /* that it was interrupted is no failure */
        }
    }

    /** Clients leave at any moment; whoever stays must never be hit by an interrupt. */
    @OnEachBackend
    void nobodyElseIsInterrupted(NetOptions.Backend backend) throws Exception {
        AtomicInteger stray = new AtomicInteger();
        HttpHandler handler = blocking(request -> {
            if (request.path().equals("/stay")) {
                try {
                    TimeUnit.MICROSECONDS.sleep(200);
                } catch (InterruptedException e) {
                    stray.incrementAndGet();
                }
            } else {
                LockSupport.parkNanos(100_000);
            }
            return HttpResponse.text("x");
        });
        HttpOptions options = HttpPeer.options(backend).workers(1).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer stays = HttpPeer.connect(server)) {
            for (int i = 0; i < 200; i++) {
                try (HttpPeer leaves = HttpPeer.connect(server)) {
                    leaves.write(HttpPeer.get("/leave"));
                    stays.write(HttpPeer.get("/stay"));
                    leaves.reset();
                }
                assertThat(stays.reply().status()).isEqualTo(200);
            }
            assertThat(stray).hasValue(0);
        }
    }

    @OnEachBackend
    void aCallThatStillWaitsForItsClientIsNotMade(NetOptions.Backend backend) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        HttpHandler waits = blocking(request -> {
            calls.incrementAndGet();
            begun.countDown();
            take(go);
            return HttpResponse.text("x");
        });
        HttpHandler handler = request -> {
            if (request.path().equals("/plain")) {
                return HttpResponse.text("plain");
            }
            if (request.path().equals("/gone")) {
                request.onDone(outcome -> gone.countDown());
                waiting.countDown();
            }
            return waits.handle(request);
        };
        HttpOptions options = HttpPeer.options(backend).workers(1).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer first = HttpPeer.connect(server);
                HttpPeer last = HttpPeer.connect(server)) {
            first.write(HttpPeer.get("/"));
            take(begun);
            try (HttpPeer leaves = HttpPeer.connect(server)) {
                leaves.write(HttpPeer.get("/gone"));
                take(waiting);
                leaves.reset();
            }
            take(gone);
            assertThat(last.ask(HttpPeer.get("/plain")).body()).isEqualTo("plain");
            last.write(HttpPeer.get("/"));
            go.countDown();
            assertThat(first.reply().body()).isEqualTo("x");
            assertThat(last.reply().body()).isEqualTo("x");
            assertThat(calls).hasValue(2);
        }
    }

    @OnEachBackend
    void stoppingLetsWorkersFinish(NetOptions.Backend backend) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(),
                blocking(request -> {
                    begun.countDown();
                    take(go);
                    return HttpResponse.text("finished");
                }));
        try (HttpPeer peer = HttpPeer.connect(server); HttpPeer idle = HttpPeer.connect(server)) {
            assertThat(server.isReady()).isTrue();
            peer.write(HttpPeer.get("/"));
            take(begun);
            CompletableFuture<Boolean> stopped = Async.supply(() -> server.stop(LONG));
            assertThat(idle.ending()).isIn("end", "reset");
            assertThat(server.isReady()).isFalse();
            assertThat(stopped).isNotDone();
            go.countDown();
            Reply reply = peer.reply();
            assertThat(reply.body()).isEqualTo("finished");
            assertThat(reply.has("Connection: close")).isTrue();
            peer.close();
            idle.close();
            assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void stoppingInterruptsWorkersBehindTheGrace(NetOptions.Backend backend) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(),
                blocking(request -> {
                    begun.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        interrupted.countDown();
                    }
                    return HttpResponse.text("never");
                }));
        try (HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/"));
            take(begun);
            assertThat(server.stop(Duration.ofMillis(100))).isFalse();
            take(interrupted);
            assertThat(peer.ending()).isIn("end", "reset");
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void anAsyncHandlerAnswersWithItsStage(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = async(request -> switch (request.path()) {
            case "/later" -> Async.supply(() -> HttpResponse.text("later"));
            case "/now" -> CompletableFuture.completedFuture(HttpResponse.text("now"));
            case "/null" -> null;
            case "/failed" -> CompletableFuture.failedFuture(new IllegalStateException("failed"));
            default -> throw new java.io.IOException("thrown");
        });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/later")).body()).isEqualTo("later");
            assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("now");
            for (String path : new String[] {"/null", "/failed", "/thrown"}) {
                assertThat(peer.ask(HttpPeer.get(path)).status()).isEqualTo(500);
                assertThat(log.next().getMessage()).contains("GET " + path);
            }
        }
    }

    @OnEachBackend
    void theFutureOfAClientThatWentAwayIsCancelled(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> future = new CompletableFuture<>();
        CountDownLatch called = new CountDownLatch(1);
        AtomicInteger errors = new AtomicInteger();
        Router handler = Router.create()
                .get("/", async(request -> {
                    called.countDown();
                    return future;
                }), (request, next) -> next.handle(request))
                .error(Exception.class, (request, e) -> {
                    errors.incrementAndGet();
                    return HttpResponse.status(500);
                });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/"));
            take(called);
            peer.reset();
            CountDownLatch over = new CountDownLatch(1);
            CompletableFuture<Void> then = future.handle((response, error) -> {
                over.countDown();
                return null;
            });
            take(over);
            assertThat(then).succeedsWithin(LONG);
            assertThat(future).isCancelled();
            assertThat(server.stop(LONG)).isTrue();
            assertThat(log.isEmpty()).isTrue();
            assertThat(errors).hasValue(0);
        }
    }

    @Test
    void aHandlerMustBeThere() {
        HttpHandler handler = null;
        HttpAsyncHandler function = null;
        assertThatNullPointerException().isThrownBy(() -> blocking(handler));
        assertThatNullPointerException().isThrownBy(() -> async(function));
    }

    @OnEachBackend
    void anAsyncHandlerMayReturnAStageThatIsNoFuture(NetOptions.Backend backend)
            throws Exception {
        HttpHandler handler = async(request -> switch (request.path()) {
            case "/now" -> CompletableFuture.completedStage(HttpResponse.text("now"));
            case "/failed" -> CompletableFuture.failedStage(new HttpException(409, "failed"));
            default -> Async.supply(() -> HttpResponse.text("later")).minimalCompletionStage();
        });
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("now");
            assertThat(peer.ask(HttpPeer.get("/later")).body()).isEqualTo("later");
            assertThat(peer.ask(HttpPeer.get("/failed")).status()).isEqualTo(409);
        }
    }
}

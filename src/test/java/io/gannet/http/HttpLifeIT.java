package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.internal.HttpHead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** What takes too long, and how servers end. */
@Timeout(30)
class HttpLifeIT {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final HttpHandler HELLO = request -> HttpResponse.text("hello");

    @OnEachBackend
    void aHeadThatTricklesIsOverdue(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).headTimeout(SHORT).build();
        try (HttpServer server = HttpServer.open(options, HELLO);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            Reply reply = peer.ask("GET / HTTP/1.1\r\nHo");
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.has("Connection: close")).isTrue();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void aBodyThatStandsStillIsOverdue(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).bodyTimeout(SHORT).build();
        try (HttpServer server = HttpServer.open(options, HELLO);
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
            assertThat(reply.status()).isEqualTo(408);
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void aCollectedBodyThatTricklesIsOverdueAndAStreamedOneIsNot(NetOptions.Backend backend)
            throws Exception {
        HttpHandler length = request -> HttpResponse.text("" + request.length());
        HttpHandler bytes = HttpHandler.blocking(request ->
                HttpResponse.text("" + request.bodyStream().readAllBytes().length));
        HttpOptions options = HttpPeer.options(backend).bodyTimeout(SHORT).build();
        try (HttpServer server = HttpServer.create(options)
                        .post("/collected", length)
                        .post("/streamed", HttpStreamHandler.streaming(bytes)).start();
                HttpPeer behind = HttpPeer.connect(server);
                HttpPeer streamed = HttpPeer.connect(server)) {
            String announced = HttpPeer.head(" HTTP/1.1", "Host: h", "Content-Length: 1000");
            String chunked =
                    HttpPeer.head(" HTTP/1.1", "Host: h", "Transfer-Encoding: chunked");
            streamed.write("POST /streamed" + chunked);
            Thread moves = trickle(streamed, "1\r\nx\r\n");
            for (String text : new String[] {announced, chunked + "1;a=", chunked + "0\r\nT: "}) {
                expectLate(server, "POST /collected" + text);
            }
            stop(moves);
            assertThat(streamed.ask("0\r\n\r\n").status()).isEqualTo(200);
            streamed.write("POST /collected" + announced);
            moves = trickle(streamed, "x");
            assertThat(streamed.reply().status()).isEqualTo(408);
            stop(moves);
            behind.write("POST /collected" + announced);
            assertThat(behind.ask("x".repeat(1000)).body()).isEqualTo("1000");
        }
    }

    private static void expectLate(HttpServer server, String begin) throws Exception {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(begin);
            Thread moves = trickle(peer, "x");
            Reply reply = peer.reply();
            assertThat(reply.status()).as(begin).isEqualTo(408);
            assertThat(reply.has("Connection: close")).isTrue();
            stop(moves);
        }
    }

    /** Sends a little every few milliseconds for as long as somebody takes it. */
    private static Thread trickle(HttpPeer peer, String text) {
        Thread thread = new Thread(() -> {
            try {
                while (!Thread.interrupted()) {
                    peer.write(text);
                    Thread.sleep(SHORT.toMillis() / 20);
                }
            } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt(); /* it was cut, or that is known */
            }
        });
        thread.start();
        return thread;
    }

    private static void stop(Thread thread) throws InterruptedException {
        thread.interrupt();
        thread.join();
    }

    @OnEachBackend
    void aClientThatWaitsForUsIsNotOverdue(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> slow = new CompletableFuture<>();
        HttpHandler handler = request -> request.path().equals("/slow")
                ? HttpResponse.later(slow)
                : HttpResponse.bytes(request.bytes());
        HttpOptions options = HttpPeer.options(backend).bodyTimeout(SHORT).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer waits = HttpPeer.connect(server);
                HttpPeer late = HttpPeer.connect(server)) {
            waits.write(HttpPeer.get("/slow") + HttpPeer.head("POST / HTTP/1.1", "Host: h",
                    "Content-Length: 2", "Expect: 100-continue"));
            /* Twice as long as a body may stand still. */
            for (int i = 0; i < 2; i++) {
                try (HttpPeer clock = HttpPeer.connect(server)) {
                    assertThat(clock.ask(HttpPeer.head("POST / HTTP/1.1", "Host: h",
                            "Content-Length: 2")).status()).isEqualTo(408);
                }
            }
            slow.complete(HttpResponse.text("slow"));
            assertThat(waits.reply().body()).isEqualTo("slow");
            assertThat(waits.reply().status()).isEqualTo(100);
            assertThat(waits.ask("ok").body()).isEqualTo("ok");
            assertThat(late.ask(HttpPeer.post("/", "x")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void anIdleConnectionEndsAndABusyOneDoesNot(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = request -> request.path().equals("/slow")
                ? HttpResponse.later(answer)
                : HttpResponse.text("hello");
        HttpOptions options = HttpPeer.options(backend).keepAliveTimeout(SHORT).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer busy = HttpPeer.connect(server);
                HttpPeer idle = HttpPeer.connect(server)) {
            busy.write(HttpPeer.get("/slow"));
            assertThat(idle.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            assertThat(idle.ending()).isIn("end", "reset");
            answer.complete(HttpResponse.text("slow"));
            assertThat(busy.reply().body()).isEqualTo("slow");
            assertThat(busy.ending()).isIn("end", "reset");
        }
    }

    @OnEachBackend
    void aClientThatTakesNothingIsGivenUp(NetOptions.Backend backend) throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        HttpResponse endless = HttpResponse.builder().stream(body -> {
            Runnable fill = () -> {
                try {
                    while (body.write(new byte[1 << 16])) {
                        /* until it should wait */
                    }
                } catch (RuntimeException e) {
                    gone.countDown();
                    throw e;
                }
            };
            body.onReady(fill);
            fill.run();
        }).build();
        HttpOptions options = HttpPeer.options(backend).sendTimeout(SHORT).build();
        try (HttpServer server = HttpServer.open(options, request -> endless);
                HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/"));
            assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @OnEachBackend
    void aBodyThatIsCutShortIsRefused(NetOptions.Backend backend) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        HttpHandler handler = request -> {
            calls.incrementAndGet();
            return HttpResponse.text("x");
        };
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
            peer.shutdownOutput();
            assertThat(peer.reply().status()).isEqualTo(400);
            assertThat(peer.ending()).isEqualTo("end");
            assertThat(calls).hasValue(0);
        }
    }

    @OnEachBackend
    void aHalfClosedClientIsAnswered(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), HELLO);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/").repeat(3));
            peer.shutdownOutput();
            for (int i = 0; i < 3; i++) {
                assertThat(peer.reply().body()).isEqualTo("hello");
            }
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void stoppingClosesIdleConnectionsAtOnce(NetOptions.Backend backend) throws Exception {
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), HELLO);
        try (HttpPeer idle = HttpPeer.connect(server); HttpPeer fresh = HttpPeer.connect(server)) {
            assertThat(idle.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            CompletableFuture<Boolean> stopped =
                    Async.supply(() -> server.stop(LONG));
            assertThat(idle.ending()).isEqualTo("end");
            assertThat(fresh.ending()).isIn("end", "reset");
            idle.close();
            fresh.close();
            assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void stoppingDoesNotWaitForClientsThatDoNotClose(NetOptions.Backend backend) throws Exception {
        HttpOptions.Builder options = HttpPeer.options(backend);
        NetOptions slow = options.build().transport().toBuilder()
                .closeTimeout(Duration.ofHours(1)).build();
        HttpServer server = HttpServer.open(options.transport(slow).build(), HELLO);
        try (HttpPeer idle = HttpPeer.connect(server); HttpPeer ended = HttpPeer.connect(server)) {
            assertThat(idle.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            assertThat(ended.ask("GET / HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
            assertThat(ended.ending()).isEqualTo("end");
            assertThat(server.stop(LONG)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void stoppingAnswersWhatIsUnderWay(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> one = new CompletableFuture<>();
        CompletableFuture<HttpResponse> two = new CompletableFuture<>();
        CountDownLatch called = new CountDownLatch(2);
        HttpHandler handler = request -> {
            called.countDown();
            return HttpResponse.later(request.path().equals("/1") ? one : two);
        };
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
        try (HttpPeer peer = HttpPeer.connect(server); HttpPeer idle = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/1") + HttpPeer.get("/2"));
            assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Boolean> stopped =
                    Async.supply(() -> server.stop(LONG));
            assertThat(idle.ending()).isIn("end", "reset");
            two.complete(HttpResponse.text("two"));
            one.complete(HttpResponse.text("one"));
            Reply first = peer.reply();
            assertThat(first.body()).isEqualTo("one");
            assertThat(first.has("Connection: close")).isFalse();
            Reply second = peer.reply();
            assertThat(second.body()).isEqualTo("two");
            assertThat(second.has("Connection: close")).isTrue();
            assertThat(peer.ending()).isEqualTo("end");
            peer.close();
            idle.close();
            assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void stoppingUnderLoadCutsNoResponse(NetOptions.Backend backend) throws Exception {
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), HELLO);
        CountDownLatch warm = new CountDownLatch(4);
        CompletableFuture<?>[] clients = new CompletableFuture<?>[4];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = Async.run(() -> load(server, warm));
        }
        try {
            assertThat(warm.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.stop(LONG)).isTrue();
            CompletableFuture.allOf(clients).get(10, TimeUnit.SECONDS);
        } finally {
            server.close();
        }
    }

    /** Asks until the server ends the connection; what is answered must be whole. */
    private static void load(HttpServer server, CountDownLatch warm) {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; ; i++) {
                if (i == 100) {
                    warm.countDown();
                }
                try {
                    peer.write(HttpPeer.get("/"));
                } catch (SocketException e) {
                    return;
                }
                byte[] first = readOne(peer);
                if (first.length == 0) {
                    return;
                }
                assertThat(peer.reply(first).body()).isEqualTo("hello");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] readOne(HttpPeer peer) throws IOException {
        try {
            return peer.readBytes(1);
        } catch (SocketException e) {
            return new byte[0];
        }
    }

    /** The end of a connection may be polled in the turn in which the loop is told to end. */
    @OnEachBackend
    void closingIsQuickWhileAConnectionEnds(NetOptions.Backend backend) throws Exception {
        for (int round = 0; round < 40; round++) {
            HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), HELLO);
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask("GET / HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
                assertThat(peer.ending()).isEqualTo("end");
            }
            long begun = System.nanoTime();
            server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(
                    Duration.ofMillis(1500));
        }
    }

    @OnEachBackend
    void closingEndsOpenRequests(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> seen = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), request -> {
            seen.complete(request);
            return HttpResponse.later(answer);
        });
        try (HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/open"));
            HttpRequest request = seen.get(10, TimeUnit.SECONDS);
            server.close();
            assertThat(peer.ending()).isIn("end", "reset");
            assertThat(request.path()).isEqualTo("/open");
            answer.complete(HttpResponse.text("too late"));
        }
    }

    /** A copy that is late is thrown away, but until then it reads what may not be gone. */
    @OnEachBackend
    void theHeadOfTheLoopStaysReadableWhenTheLoopIsGone(NetOptions.Backend backend)
            throws Exception {
        CompletableFuture<HttpHead> live = new CompletableFuture<>();
        HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), request -> {
            live.complete(((Exchange) request).head());
            return HttpResponse.text("hello");
        });
        try (server; HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/path")).body()).isEqualTo("hello");
        }
        HttpHead head = live.get(10, TimeUnit.SECONDS);
        assertThat(head.isLive()).isTrue();
        Throwable mixture = catchThrowable(head::copy); /* of what lies there now */
        assertThat(mixture == null || mixture instanceof IndexOutOfBoundsException).isTrue();
    }
}

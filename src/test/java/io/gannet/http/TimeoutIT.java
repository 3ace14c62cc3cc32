package io.gannet.http;

import static io.gannet.http.HttpHandler.async;
import static io.gannet.http.HttpHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.CapturedLog;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** Handlers that do not answer in time. */
@Timeout(30)
class TimeoutIT {
    private static final Duration SHORT = Duration.ofMillis(150);

    /** Promises a response for each path but {@code /now}, to be kept by the test. */
    private static final class Promises implements HttpHandler {
        final Map<String, CompletableFuture<HttpResponse>> made = new ConcurrentHashMap<>();

        @Override
        public HttpResponse handle(HttpRequest request) {
            return request.path().equals("/now")
                    ? HttpResponse.text("now")
                    : HttpResponse.later(of(request.path()));
        }

        CompletableFuture<HttpResponse> of(String path) {
            return made.computeIfAbsent(path, p -> new CompletableFuture<>());
        }
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).handlerTimeout(SHORT).build(), handler);
    }

    @OnEachBackend
    void whoNeverAnswersIsAnsweredForAndTheConnectionGoesOn(NetOptions.Backend backend)
            throws Exception {
        Promises promises = new Promises();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, promises);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                Reply reply = peer.ask(HttpPeer.get("/never"));
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.has("Connection: close")).isFalse();
                assertThat(log.next().getMessage()).contains("GET /never").contains("150 ms");
                assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("now");
            }
            promises.of("/never").complete(HttpResponse.text("too late"));
            assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("now");
        }
    }

    @OnEachBackend
    void eachHasItsTimeFromItsOwnBegin(NetOptions.Backend backend) throws Exception {
        Promises promises = new Promises();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, promises);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer clock = HttpPeer.connect(server)) {
            long begun = System.nanoTime();
            peer.write(HttpPeer.get("/a"));
            long second = begun + SHORT.toNanos() / 2;
            while (System.nanoTime() - second < 0) {
                assertThat(clock.ask(HttpPeer.get("/now")).body()).isEqualTo("now");
            }
            long again = System.nanoTime();
            peer.write(HttpPeer.get("/b"));
            assertThat(peer.reply().status()).isEqualTo(503);
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(peer.reply().status()).isEqualTo(503);
            assertThat(System.nanoTime() - again).isGreaterThanOrEqualTo(SHORT.toNanos());
        }
    }

    @OnEachBackend
    void theOrderIsKeptAroundWhatIsLate(NetOptions.Backend backend) throws Exception {
        Promises promises = new Promises();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, promises);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/now") + HttpPeer.get("/a") + HttpPeer.get("/b")
                    + HttpPeer.get("/now") + HttpPeer.get("/c"));
            promises.of("/b").complete(HttpResponse.text("b"));
            assertThat(peer.reply().body()).isEqualTo("now");
            assertThat(peer.reply().status()).isEqualTo(503);
            assertThat(peer.reply().body()).isEqualTo("b");
            assertThat(peer.reply().body()).isEqualTo("now");
            assertThat(peer.reply().status()).isEqualTo(503);
            assertThat(log.next().getMessage()).contains("GET /a");
            assertThat(log.next().getMessage()).contains("GET /c");
        }
    }

    @OnEachBackend
    void aResponseThatMovesIsNotCut(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpBody> begun = new CompletableFuture<>();
        Promises promises = new Promises();
        HttpHandler handler = request -> request.path().equals("/stream")
                ? HttpResponse.builder().stream(begun::complete).build()
                : promises.handle(request);
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, handler);
                HttpPeer stream = HttpPeer.connect(server);
                HttpPeer clock = HttpPeer.connect(server)) {
            stream.write(HttpPeer.get("/stream") + HttpPeer.get("/behind"));
            HttpBody body = begun.get(10, TimeUnit.SECONDS);
            body.write("a".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            /* Twice as long as a handler may take. */
            assertThat(clock.ask(HttpPeer.get("/never")).status()).isEqualTo(503);
            assertThat(clock.ask(HttpPeer.get("/never")).status()).isEqualTo(503);
            body.write("b".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            body.end();
            assertThat(stream.reply().body()).isEqualTo("ab");
            assertThat(stream.reply().status()).isEqualTo(503);
        }
    }

    /** Takes the body, and never answers. */
    private static final class Taker implements HttpStreamHandler {
        final CountDownLatch data = new CountDownLatch(1);
        final boolean asks;

        Taker(boolean asks) {
            this.asks = asks;
        }

        @Override
        public boolean streams(HttpRequest head) {
            return head.method().equals("POST");
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            if (asks && request.method().equals("POST")) {
                request.stream(new HttpReceiver() {
                    @Override
                    public void onData(ByteBuffer piece) {
                        data.countDown();
                    }

                    @Override
                    public void onEnd(HttpHeaders trailers) {}

                    @Override
                    public void onFailure(NetException cause) {}
                });
            }
            return HttpResponse.later(new CompletableFuture<>());
        }
    }

    @OnEachBackend
    void anUploadThatMovesIsNotLate(NetOptions.Backend backend) throws Exception {
        Taker taker = new Taker(true);
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, taker);
                HttpPeer upload = HttpPeer.connect(server);
                HttpPeer clock = HttpPeer.connect(server)) {
            upload.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
            assertThat(taker.data.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(clock.ask(HttpPeer.get("/")).status()).isEqualTo(503);
            assertThat(clock.ask(HttpPeer.get("/")).status()).isEqualTo(503);
            Reply reply = upload.ask("b");
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.has("Connection: close")).isFalse();
            assertThat(upload.ask(HttpPeer.get("/")).status()).isEqualTo(503);
        }
    }

    @OnEachBackend
    void whoDoesNotEvenAskForTheBodyIsLate(NetOptions.Backend backend) throws Exception {
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, new Taker(false));
                HttpPeer upload = HttpPeer.connect(server)) {
            Reply reply = upload.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.has("Connection: close")).isTrue();
            assertThat(upload.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void whatIsLateIsCancelled(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> future = new CompletableFuture<>();
        CountDownLatch interrupted = new CountDownLatch(1);
        HttpHandler promises = async(request -> future);
        HttpHandler blocks = blocking(request -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return HttpResponse.text("too late");
        });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, request -> request.path().equals("/a")
                        ? promises.handle(request)
                        : blocks.handle(request));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/a")).status()).isEqualTo(503);
            assertThat(peer.ask(HttpPeer.get("/b")).status()).isEqualTo(503);
            assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(peer.ask(HttpPeer.get("/a")).status()).isEqualTo(500);
            assertThat(future).isCancelled();
        }
    }

    @OnEachBackend
    void zeroMeansForEver(NetOptions.Backend backend) throws Exception {
        Promises promises = new Promises();
        HttpOptions never = HttpPeer.options(backend).handlerTimeout(Duration.ZERO).build();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(never, promises);
                HttpServer clock = open(backend, promises);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer ticks = HttpPeer.connect(clock)) {
            peer.write(HttpPeer.get("/patient"));
            assertThat(ticks.ask(HttpPeer.get("/never")).status()).isEqualTo(503);
            assertThat(ticks.ask(HttpPeer.get("/never")).status()).isEqualTo(503);
            promises.of("/patient").complete(HttpResponse.text("patience"));
            assertThat(peer.reply().body()).isEqualTo("patience");
        }
    }

    @OnEachBackend
    void aViewIsOverWhenItsTimeIs(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> kept = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, request -> {
                    kept.complete(request);
                    return HttpResponse.later(answer);
                });
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(503);
            assertThat(kept.get(10, TimeUnit.SECONDS).toString()).contains("over");
        }
    }

    /** None is said with zero only. */
    @OnEachBackend
    void aTimeBelowAMillisecondIsNotForEver(NetOptions.Backend backend) throws Exception {
        Duration least = Duration.ofNanos(1);
        HttpHandler handler = request -> HttpResponse.text("x");
        try (HttpServer server = HttpServer.open(
                HttpPeer.options(backend).headTimeout(least).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask("GET / HT").status()).isEqualTo(408);
        }
        try (HttpServer server = HttpServer.open(
                HttpPeer.options(backend).bodyTimeout(least).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 9"));
            assertThat(peer.reply().status()).isEqualTo(408);
        }
        try (HttpServer server = HttpServer.open(
                HttpPeer.options(backend).keepAliveTimeout(least).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ending()).isEqualTo("end");
        }
    }
}

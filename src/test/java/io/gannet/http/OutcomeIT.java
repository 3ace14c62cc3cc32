package io.gannet.http;

import static io.gannet.http.HttpHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.gannet.CapturedLog;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** What is told when a request is done. */
@Timeout(30)
class OutcomeIT {
    /** Notes how the requests of a handler end. */
    private static final class Notes implements HttpHandler {
        final BlockingQueue<String> notes = new LinkedBlockingQueue<>();
        final HttpHandler handler;

        Notes(HttpHandler handler) {
            this.handler = handler;
        }

        @Override
        public HttpResponse handle(HttpRequest request) throws Exception {
            request.onDone(outcome -> {
                assertThat(outcome.nanos()).isBetween(0L, TimeUnit.SECONDS.toNanos(30));
                notes.add(request.path() + " " + outcome.status() + " " + outcome.bodyBytes()
                        + " " + outcome.complete() + " "
                        + Thread.currentThread().getName().contains("-loop-"));
            });
            return handler.handle(request);
        }

        String next() throws InterruptedException {
            String note = notes.poll(10, TimeUnit.SECONDS);
            assertThat(note).as("a note").isNotNull();
            return note;
        }
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    @OnEachBackend
    void everyWayToAnswerIsTold(NetOptions.Backend backend) throws Exception {
        HttpResponse stream = HttpResponse.builder().stream(body -> {
            body.write("12345".getBytes(StandardCharsets.US_ASCII));
            body.end();
        }).build();
        Notes notes = new Notes(request -> switch (request.path()) {
            case "/later" -> HttpResponse.later(
                    CompletableFuture.supplyAsync(() -> HttpResponse.text("later")));
            case "/worker" -> blocking(r -> HttpResponse.text("worker!")).handle(request);
            case "/stream" -> stream;
            case "/empty" -> HttpResponse.status(204);
            case "/throw" -> throw new IllegalStateException("thrown");
            default -> HttpResponse.text("text");
        });
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, notes);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(HttpPeer.get("/text"));
            assertThat(notes.next()).isEqualTo("/text 200 4 true true");
            peer.ask(HttpPeer.get("/later"));
            assertThat(notes.next()).isEqualTo("/later 200 5 true true");
            peer.ask(HttpPeer.get("/worker"));
            assertThat(notes.next()).isEqualTo("/worker 200 7 true true");
            peer.ask(HttpPeer.get("/stream"));
            assertThat(notes.next()).isEqualTo("/stream 200 5 true true");
            peer.ask(HttpPeer.get("/empty"));
            assertThat(notes.next()).isEqualTo("/empty 204 0 true true");
            peer.ask(HttpPeer.get("/throw"));
            assertThat(notes.next()).isEqualTo("/throw 500 26 true true");
            peer.write("HEAD /text HTTP/1.1\r\nHost: h\r\n\r\n").reply(true);
            assertThat(notes.next()).isEqualTo("/text 200 0 true true");
            peer.write("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n").reply(true);
            assertThat(notes.next()).isEqualTo("/stream 200 0 true true");
            peer.write(HttpPeer.get("/later") + HttpPeer.get("/text"));
            assertThat(notes.next()).isEqualTo("/later 200 5 true true");
            assertThat(notes.next()).isEqualTo("/text 200 4 true true");
            peer.ask("GET /old HTTP/1.0\r\n\r\n");
            assertThat(notes.next()).isEqualTo("/old 200 4 true true");
            assertThat(notes.notes).isEmpty();
        }
    }

    @OnEachBackend
    void aClientThatGoesAwayIsTold(NetOptions.Backend backend) throws Exception {
        CountDownLatch called = new CountDownLatch(3);
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        Notes notes = new Notes(request -> {
            called.countDown();
            return HttpResponse.later(answer);
        });
        try (HttpServer server = open(backend, notes); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/1") + HttpPeer.get("/2") + HttpPeer.get("/3"));
            assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
            peer.reset();
            assertThat(notes.next()).isEqualTo("/1 0 0 false true");
            assertThat(notes.next()).isEqualTo("/2 0 0 false true");
            assertThat(notes.next()).isEqualTo("/3 0 0 false true");
            answer.complete(HttpResponse.text("too late"));
            assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
            assertThat(notes.notes).isEmpty();
        }
    }

    @OnEachBackend
    void aResponseThatIsCutIsTold(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpBody> begun = new CompletableFuture<>();
        Notes notes = new Notes(request -> HttpResponse.builder().stream(100, body -> {
            body.write(new byte[40]);
            begun.complete(body);
        }).build());
        try (HttpServer server = open(backend, notes); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/cut"));
            begun.get(10, TimeUnit.SECONDS).abort();
            assertThat(notes.next()).isEqualTo("/cut 200 40 false true");
        }
    }

    @OnEachBackend
    void aHandlerThatIsLateIsTold(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpBody> begun = new CompletableFuture<>();
        Notes notes = new Notes(request -> request.path().equals("/stream")
                ? HttpResponse.builder().stream(begun::complete).build()
                : HttpResponse.later(new CompletableFuture<>()));
        HttpOptions options = HttpPeer.options(backend)
                .handlerTimeout(Duration.ofMillis(100)).build();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(options, notes);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer other = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/late")).status()).isEqualTo(503);
            assertThat(notes.next()).isEqualTo("/late 503 50 false true");
            /* One whose answer has to wait for others is told at once too. */
            other.write(HttpPeer.get("/stream") + HttpPeer.get("/behind"));
            HttpBody body = begun.get(10, TimeUnit.SECONDS);
            assertThat(notes.next()).isEqualTo("/behind 503 0 false true");
            body.end();
            assertThat(other.reply().status()).isEqualTo(200);
            assertThat(other.reply().status()).isEqualTo(503);
            assertThat(notes.next()).isEqualTo("/stream 200 0 true true");
            assertThat(notes.notes).isEmpty();
        }
    }

    @OnEachBackend
    void aRequestWhoseBodyBreaksIsTold(NetOptions.Backend backend) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        Notes notes = new Notes(request -> {
            called.countDown();
            return HttpResponse.later(new CompletableFuture<>());
        });
        HttpStreamHandler handler = new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return true;
            }

            @Override
            public HttpResponse handle(HttpRequest request) throws Exception {
                return notes.handle(request);
            }
        };
        try (HttpServer server = open(backend, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write("POST /broken HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
            assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
            peer.shutdownOutput();
            assertThat(peer.reply().status()).isEqualTo(400);
            assertThat(notes.next()).startsWith("/broken 400 ").endsWith(" false true");
        }
    }

    @OnEachBackend
    void whatThrowsStopsNeitherTheOthersNorTheConnection(NetOptions.Backend backend)
            throws Exception {
        BlockingQueue<Integer> ran = new LinkedBlockingQueue<>();
        HttpHandler handler = request -> {
            request.onDone(outcome -> {
                ran.add(1);
                throw new IllegalStateException("by a listener");
            });
            request.onDone(outcome -> ran.add(2));
            return HttpResponse.text("x");
        };
        try (CapturedLog log = new CapturedLog();
                HttpServer server = open(backend, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 2; i++) {
                assertThat(peer.ask(HttpPeer.get("/listened")).body()).isEqualTo("x");
                assertThat(ran.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
                assertThat(ran.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
                assertThat(log.next().getThrown()).hasMessage("by a listener");
            }
        }
    }

    @OnEachBackend
    void whoAsksTooLateIsToldOrRefused(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> kept = new CompletableFuture<>();
        CompletableFuture<HttpOutcome> first = new CompletableFuture<>();
        CompletableFuture<HttpOutcome> second = new CompletableFuture<>();
        CountDownLatch called = new CountDownLatch(1);
        HttpHandler handler = request -> {
            if (request.path().equals("/now")) {
                kept.complete(request);
                return HttpResponse.text("x");
            }
            request.onDone(first::complete);
            called.countDown();
            return HttpResponse.later(first.thenCompose(outcome -> {
                request.onDone(second::complete); /* the client has gone, the view is still here */
                return new CompletableFuture<>();
            }));
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(HttpPeer.get("/now"));
            HttpRequest over = kept.get(10, TimeUnit.SECONDS);
            assertThatIllegalStateException().isThrownBy(() -> over.onDone(outcome -> {}));
            assertThatNullPointerException().isThrownBy(() -> over.onDone(null));
            peer.write(HttpPeer.get("/later"));
            assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
            peer.reset();
            assertThat(second.get(10, TimeUnit.SECONDS)).isSameAs(
                    first.get(10, TimeUnit.SECONDS));
        }
    }
}

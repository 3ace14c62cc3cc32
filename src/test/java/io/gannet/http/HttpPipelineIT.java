package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.Backends;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Several requests of one connection at a time, answered in any order and from any thread. */
@Timeout(30)
class HttpPipelineIT {
    /** Requests that wait for their answers. */
    private final BlockingQueue<Open> opened = new LinkedBlockingQueue<>();

    private record Open(HttpRequest request, CompletableFuture<HttpResponse> answer) {
        void complete() {
            answer.complete(HttpResponse.text(request.path()));
        }
    }

    /** Answers {@code /now…} at once and others when the test says so. */
    private HttpResponse handle(HttpRequest request) {
        if (request.path().startsWith("/now")) {
            return HttpResponse.text(request.path());
        }
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        opened.add(new Open(request, answer));
        return HttpResponse.later(answer);
    }

    private HttpServer open(NetOptions.Backend backend) {
        return HttpServer.open(HttpPeer.options(backend).build(), this::handle);
    }

    private Open next() throws InterruptedException {
        Open next = opened.poll(15, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    @OnEachBackend
    void manyRequestsInOneSegmentAreAnsweredInOrder(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                requests.append(HttpPeer.get("/now" + i));
            }
            peer.write(requests.toString());
            for (int i = 0; i < 1000; i++) {
                assertThat(peer.reply().body()).isEqualTo("/now" + i);
            }
        }
    }

    @OnEachBackend
    void responsesKeepTheOrderOfTheirRequests(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/a") + HttpPeer.get("/b") + HttpPeer.get("/now")
                    + HttpPeer.get("/c"));
            Open a = next();
            Open b = next();
            Open c = next();
            c.complete();
            b.complete();
            a.complete();
            for (String path : new String[] {"/a", "/b", "/now", "/c"}) {
                assertThat(peer.reply().body()).isEqualTo(path);
            }
            peer.write(HttpPeer.get("/now2"));
            assertThat(peer.reply().body()).isEqualTo("/now2");
        }
    }

    @OnEachBackend
    void noMoreThanTheLimitAreWithTheHandler(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).inFlightMax(3).build();
        try (HttpServer server = HttpServer.open(options, this::handle);
                HttpPeer peer = HttpPeer.connect(server)) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                requests.append(HttpPeer.get("/" + i));
            }
            peer.write(requests.toString());
            List<Open> open = new ArrayList<>(List.of(next(), next(), next()));
            for (int i = 0; i < 200; i++) {
                assertThat(opened).isEmpty();
                open.remove(0).complete();
                assertThat(peer.reply().body()).isEqualTo("/" + i);
                if (i < 197) {
                    open.add(next());
                }
            }
        }
    }

    @OnEachBackend
    void aBadRequestIsAnsweredAfterASlowGoodOne(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/slow") + "GET / HTTP/1.1\r\nHost : h\r\n\r\nmore");
            next().complete();
            assertThat(peer.reply().body()).isEqualTo("/slow");
            Reply bad = peer.reply();
            assertThat(bad.status()).isEqualTo(400);
            assertThat(bad.has("Connection: close")).isTrue();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void anOpenRequestIsReadableFromAnyThreadUntilItIsAnswered(NetOptions.Backend backend)
            throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write("POST /p?q HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 4\r\n\r\nbody"
                    + HttpPeer.get("/now"));
            Open open = next();
            HttpRequest request = open.request();
            HttpHeaders headers = request.headers();
            for (int i = 0; i < 100; i++) {
                assertThat(request.method() + request.target() + request.text()
                        + headers.first("x").orElse("")).isEqualTo("POST/p?qbodyy");
            }
            assertThat(request.length()).isEqualTo(4);
            open.complete();
            assertThat(peer.reply().body()).isEqualTo("/p");
            peer.reply();
            assertThatIllegalStateException().isThrownBy(request::path);
            assertThatIllegalStateException().isThrownBy(headers::size);
        }
    }

    @OnEachBackend
    void anotherThreadMayReadBeforeTheHandlerReturned(NetOptions.Backend backend)
            throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        HttpHandler handler = request -> HttpResponse.later(CompletableFuture.supplyAsync(
                () -> HttpResponse.text(request.path() + request.text()), pool));
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int round = 0; round < 50; round++) {
                StringBuilder requests = new StringBuilder();
                for (int i = 0; i < 20; i++) {
                    requests.append(HttpPeer.post("/" + i + "-", "body" + i));
                }
                peer.write(requests.toString());
                for (int i = 0; i < 20; i++) {
                    assertThat(peer.reply().body()).isEqualTo("/" + i + "-body" + i);
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @OnEachBackend
    void aPromiseThatFailsIsAnsweredFor(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.later(switch (request.path()) {
            case "/failed" -> CompletableFuture.failedFuture(new IllegalStateException("secret"));
            case "/null" -> CompletableFuture.completedFuture(null);
            case "/nested" -> CompletableFuture.completedFuture(HttpResponse.later(
                    CompletableFuture.completedFuture(HttpResponse.text("nested"))));
            default -> CompletableFuture.completedFuture(HttpResponse.text("done"));
        });
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/failed")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/null")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/nested")).body()).isEqualTo("nested");
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("done");
        }
    }

    @OnEachBackend
    void aClientThatEndsItsSideGetsItsAnswers(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/a") + HttpPeer.get("/b"));
            peer.shutdownOutput();
            Open a = next();
            Open b = next();
            b.complete();
            a.complete();
            assertThat(peer.reply().body()).isEqualTo("/a");
            Reply second = peer.reply();
            assertThat(second.body()).isEqualTo("/b");
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void aClientThatIsGoneHurtsNobody(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend)) {
            Open open;
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.get("/gone"));
                open = next();
                peer.reset();
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("/now");
                assertThat(open.request().path()).isEqualTo("/gone");
                open.complete();
                assertThat(peer.ask(HttpPeer.get("/now")).body()).isEqualTo("/now");
            }
        }
    }

    @OnEachBackend
    void aClientThatDoesNotReadIsNotAnsweredForEver(NetOptions.Backend backend) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        HttpResponse large = HttpResponse.text("x".repeat(1 << 20));
        HttpHandler handler = request -> {
            calls.incrementAndGet();
            return large;
        };
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/").repeat(60));
            assertThat(peer.reply().body()).hasSize(1 << 20);
            assertThat(calls.get()).isLessThan(30);
            for (int i = 1; i < 60; i++) {
                assertThat(peer.reply().body()).hasSize(1 << 20);
            }
            assertThat(calls.get()).isEqualTo(60);
        }
    }

    /** Memory for all of it is there; what holds the handler back is the mark alone. */
    @OnEachBackend
    void noHandlerIsCalledForOneWhoseQueueIsLong(NetOptions.Backend backend) throws Exception {
        int count = 1000;
        int length = 32 << 10;
        int high = 128 << 10;
        AtomicInteger calls = new AtomicInteger();
        NetOptions transport = Backends.server(backend).sendBuffer(4096)
                .waterMarks(high / 2, high).build();
        HttpHandler plain = request -> {
            if (request.path().equals("/calls")) {
                return HttpResponse.text(calls.toString());
            }
            calls.incrementAndGet();
            return HttpResponse.bytes(new byte[length]);
        };
        HttpHandler later = request -> request.path().equals("/calls")
                ? plain.handle(request)
                : HttpResponse.later(CompletableFuture.completedFuture(plain.handle(request)));
        for (HttpHandler handler : List.of(plain, later)) {
            try (HttpServer server = HttpServer.open(
                            HttpOptions.builder().transport(transport).build(), handler);
                    HttpPeer other = HttpPeer.connect(server);
                    HttpPeer peer = HttpPeer.narrow(server)) {
                calls.set(0);
                peer.write(HttpPeer.get("/").repeat(count)); /* the kernel has room for that */
                for (int turns = 0; turns < 200; turns++) {
                    other.ask(HttpPeer.get("/calls"));
                }
                /* The queue, the response that passed the mark, and some that the kernel took. */
                assertThat(calls.get()).isBetween(high / length, 4 * high / length);
                assertThat(server.stats().net().memoryUsed()).isLessThan(8L * high);
                for (int i = 0; i < count; i++) {
                    assertThat(peer.reply().body()).hasSize(length);
                }
                assertThat(calls).hasValue(count);
            }
        }
    }
}

package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;

/** Bodies in pieces, both ways. */
@Timeout(30)
class HttpStreamIT {
    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    private static HttpResponse greeting(boolean counted) {
        HttpProducer producer = body -> {
            body.write(ascii("hello"));
            body.write(ByteBuffer.allocate(0));
            body.write(ascii(", world"));
            body.end();
            body.end();
        };
        return counted
                ? HttpResponse.builder().stream(12, producer).build()
                : HttpResponse.builder().stream(producer).build();
    }

    @OnEachBackend
    void aStreamIsFramedAsItsVersionAllows(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> greeting(request.path().equals("/counted"));
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            Reply counted = peer.ask(HttpPeer.get("/counted"));
            assertThat(counted.has("Content-Length: 12")).isTrue();
            assertThat(counted.body()).isEqualTo("hello, world");
            Reply chunked = peer.ask(HttpPeer.get("/"));
            assertThat(chunked.has("Transfer-Encoding: chunked")).isTrue();
            assertThat(chunked.body()).isEqualTo("hello, world");
            Reply head = peer.write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").reply(true);
            assertThat(head.status()).isEqualTo(200);
            assertThat(peer.ask("GET /counted HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body())
                    .isEqualTo("hello, world");
            Reply old = peer.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(old.head()).doesNotContain("chunked");
            assertThat(old.has("Connection: close")).isTrue();
            assertThat(old.body()).isEqualTo("hello, world");
        }
    }

    @OnEachBackend
    void streamsKeepTheirPlaceAmongResponses(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpBody> slow = new CompletableFuture<>();
        HttpHandler handler = request -> switch (request.path()) {
            case "/slow" -> HttpResponse.builder().stream(slow::complete).build();
            case "/stream" -> greeting(false);
            default -> HttpResponse.text("text");
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/stream") + HttpPeer.get("/") + HttpPeer.get("/slow")
                    + HttpPeer.get("/") + HttpPeer.get("/stream"));
            assertThat(peer.reply().body()).isEqualTo("hello, world");
            assertThat(peer.reply().body()).isEqualTo("text");
            HttpBody body = slow.get(10, TimeUnit.SECONDS);
            for (int i = 0; i < 100; i++) {
                body.write(ascii("0123456789"));
            }
            body.end();
            assertThatIllegalStateException().isThrownBy(() -> body.write(ascii("x")));
            assertThat(peer.reply().body()).isEqualTo("0123456789".repeat(100));
            assertThat(peer.reply().body()).isEqualTo("text");
            assertThat(peer.reply().body()).isEqualTo("hello, world");
        }
    }

    @OnEachBackend
    void aLargeStreamWaitsForItsClient(NetOptions.Backend backend) throws Exception {
        long total = 32L << 20;
        AtomicLong most = new AtomicLong();
        byte[] piece = new byte[1 << 16];
        HttpResponse large = HttpResponse.builder().stream(total, body -> {
            AtomicLong left = new AtomicLong(total);
            Runnable fill = () -> {
                boolean more = true;
                while (more && left.get() > 0) {
                    more = body.write(piece);
                    left.addAndGet(-piece.length);
                    most.incrementAndGet();
                }
                if (left.get() == 0) {
                    body.end();
                }
            };
            body.onReady(fill);
            fill.run();
            assertThat(left.get()).isPositive();
        }).build();
        try (HttpServer server = open(backend, request -> large);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).hasSize((int) total);
            assertThat(most).hasValue(total >> 16);
            assertThat(peer.ask(HttpPeer.get("/")).body()).hasSize((int) total);
        }
    }

    @OnEachBackend
    void aStreamThatFailsIsCutAndNeverEnded(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.builder().stream(body -> {
            body.write(ascii("part"));
            if (request.path().equals("/throw")) {
                throw new IllegalStateException("failed");
            }
            body.abort();
        }).build();
        try (HttpServer server = open(backend, handler)) {
            for (String path : new String[] {"/throw", "/abort"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(HttpPeer.get(path));
                    assertThat(peer.ending()).doesNotContain("\r\n0\r\n");
                }
            }
        }
    }

    @OnEachBackend
    void anAbortBehindTheEndOfABodyCutsNothing(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpBody> ended = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.builder().stream(body -> {
            body.write(ascii("text"));
            body.end();
            ended.complete(body);
        }).build();
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("text");
            ended.get(10, TimeUnit.SECONDS).abort(); /* as a guard that comes late */
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("text");
        }
    }

    @OnEachBackend
    void aCountedStreamHoldsItsWord(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Throwable> shorter = new CompletableFuture<>();
        CompletableFuture<Throwable> longer = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.builder().stream(5, body -> {
            try {
                body.write(ascii("four"));
                if (request.path().equals("/long")) {
                    body.write(ascii("more"));
                }
                body.end();
            } catch (IllegalStateException e) {
                (request.path().equals("/long") ? longer : shorter).complete(e);
                body.abort();
            }
        }).build();
        try (HttpServer server = open(backend, handler);
                HttpPeer one = HttpPeer.connect(server);
                HttpPeer two = HttpPeer.connect(server)) {
            one.write(HttpPeer.get("/short"));
            two.write(HttpPeer.get("/long"));
            assertThat(shorter.get(10, TimeUnit.SECONDS)).hasMessageContaining("lacks 1");
            assertThat(longer.get(10, TimeUnit.SECONDS)).hasMessageContaining("1 bytes left");
            assertThat(one.ending()).isEqualTo("reset");
            assertThat(two.ending()).isEqualTo("reset");
        }
    }

    /** Counts and sums what it is given. */
    private static final class Sink implements HttpReceiver {
        private final HttpRequest request;
        private final CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        private final CompletableFuture<NetException> failure = new CompletableFuture<>();
        private final boolean pausing;
        private long count;
        private int largest;

        Sink(HttpRequest request, boolean pausing) {
            this.request = request;
            this.pausing = pausing;
        }

        @Override
        public void onData(ByteBuffer data) {
            count += data.remaining();
            largest = Math.max(largest, data.remaining());
            if (pausing) {
                request.pause();
                ForkJoinPool.commonPool().execute(request::resume);
            }
        }

        @Override
        public void onEnd(HttpHeaders trailers) {
            answer.complete(HttpResponse.text(
                    count + " " + trailers.first("t").orElse("none") + " " + request.path()));
        }

        @Override
        public void onFailure(NetException cause) {
            failure.complete(cause);
        }
    }

    /** Streams what goes to a path other than {@code /whole}. */
    private static final class Streaming implements HttpStreamHandler {
        private final boolean pausing;
        private final AtomicReference<Sink> last = new AtomicReference<>();

        Streaming(boolean pausing) {
            this.pausing = pausing;
        }

        @Override
        public boolean streams(HttpRequest head) {
            return !head.path().equals("/whole");
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            if (request.path().equals("/whole")) {
                return HttpResponse.text("whole " + request.length());
            }
            if (request.path().equals("/early")) {
                return HttpResponse.text("early");
            }
            Sink sink = new Sink(request, pausing);
            last.set(sink);
            request.stream(sink);
            assertThatIllegalStateException().isThrownBy(request::bytes);
            assertThatIllegalStateException().isThrownBy(() -> request.stream(sink));
            return HttpResponse.later(sink.answer);
        }
    }

    @OnEachBackend
    void uploadsComeInPieces(NetOptions.Backend backend) throws Exception {
        for (boolean pausing : new boolean[] {false, true}) {
            Streaming handler = new Streaming(pausing);
            try (HttpServer server = open(backend, handler);
                    HttpPeer peer = HttpPeer.connect(server)) {
                String large = "x".repeat(3 << 20);
                peer.write(HttpPeer.post("/a", "small") + HttpPeer.post("/whole", "whole")
                        + HttpPeer.head("POST /b HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
                        + "3\r\nabc\r\n0\r\nT: yes\r\n\r\n" + HttpPeer.get("/c")
                        + HttpPeer.post("/d", large));
                assertThat(peer.reply().body()).isEqualTo("5 none /a");
                assertThat(peer.reply().body()).isEqualTo("whole 5");
                assertThat(peer.reply().body()).isEqualTo("3 yes /b");
                assertThat(peer.reply().body()).isEqualTo("0 none /c");
                assertThat(peer.reply().body()).isEqualTo((3 << 20) + " none /d");
                assertThat(handler.last.get().largest).isLessThanOrEqualTo(1 << 17);
            }
        }
    }

    @OnEachBackend
    void anUploadWaitsForItsReceiver(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> seen = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpStreamHandler handler = new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return true;
            }

            @Override
            public HttpResponse handle(HttpRequest request) {
                seen.complete(request);
                return HttpResponse.later(answer);
            }
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.head("POST /a HTTP/1.1", "Host: h", "Content-Length: 100000",
                    "Expect: 100-continue"));
            HttpRequest request = seen.get(10, TimeUnit.SECONDS);
            assertThat(request.length()).isEqualTo(100_000);
            Sink sink = new Sink(request, false);
            request.stream(sink);
            assertThat(peer.reply().status()).isEqualTo(100);
            peer.write("y".repeat(100_000));
            answer.complete(sink.answer.get(10, TimeUnit.SECONDS));
            assertThat(peer.reply().body()).isEqualTo("100000 none /a");
        }
    }

    @OnEachBackend
    void anAnswerBeforeTheEndOfTheBodyClosesTheConnection(NetOptions.Backend backend)
            throws Exception {
        try (HttpServer server = open(backend, new Streaming(false));
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(HttpPeer.head("POST /early HTTP/1.1", "Host: h",
                    "Content-Length: 100", "Expect: 100-continue"));
            assertThat(reply.body()).isEqualTo("early");
            assertThat(reply.has("Connection: close")).isTrue();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void anUploadThatIsCutTellsItsReceiver(NetOptions.Backend backend) throws Exception {
        Streaming handler = new Streaming(false);
        CountDownLatch arrived = new CountDownLatch(1);
        HttpStreamHandler counting = new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return true;
            }

            @Override
            public HttpResponse handle(HttpRequest request) {
                HttpResponse response = handler.handle(request);
                arrived.countDown();
                return response;
            }
        };
        try (HttpServer server = open(backend, counting)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 9") + "he");
                assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
                peer.reset();
                Sink sink = handler.last.get();
                assertThat(sink.failure.get(10, TimeUnit.SECONDS).code()).isEqualTo("ECLOSED");
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask(HttpPeer.head("POST / HTTP/1.1", "Host: h",
                        "Transfer-Encoding: chunked") + "2\r\nabc\r\n");
                assertThat(reply.status()).isEqualTo(400);
                Sink sink = handler.last.get();
                assertThat(sink.failure.get(10, TimeUnit.SECONDS).code()).isEqualTo("EPROTO");
                assertThat(peer.ending()).isEqualTo("end");
            }
        }
    }

    @OnEachBackend
    void aStreamedUploadHasItsOwnLimit(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).bodyMax(4).streamedBodyMax(6).build();
        try (HttpServer server = HttpServer.open(options, new Streaming(false))) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/s", "123456")).body()).startsWith("6 ");
                assertThat(peer.ask(HttpPeer.post("/whole", "1234")).body()).isEqualTo("whole 4");
                assertThat(peer.ask(HttpPeer.post("/whole", "12345")).status()).isEqualTo(413);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/s", "1234567")).status()).isEqualTo(413);
            }
        }
    }

    @OnEachBackend
    void aStreamedUploadMayHaveTheLowerLimit(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).bodyMax(6).streamedBodyMax(4).build();
        try (HttpServer server = HttpServer.open(options, new Streaming(false))) {
            String chunked = HttpPeer.head("POST /s HTTP/1.1", "Host: h",
                    "Transfer-Encoding: chunked") + "4\r\n1234\r\n";
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/whole", "123456")).body())
                        .isEqualTo("whole 6");
                assertThat(peer.ask(HttpPeer.post("/s", "1234")).body()).startsWith("4 ");
                assertThat(peer.ask(chunked + "0\r\n\r\n").body()).startsWith("4 ");
            }
            for (String input : new String[] {HttpPeer.post("/s", "12345"),
                    HttpPeer.head("POST /s HTTP/1.1", "Host: h", "Content-Length: 5"),
                    chunked + "1\r\n5\r\n0\r\n\r\n"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    Reply reply = peer.ask(input);
                    assertThat(reply.status()).isEqualTo(413);
                    assertThat(reply.body()).contains("longer than the limit of 4 bytes");
                }
            }
            assertThat(server.stats().bad().tooLarge()).isEqualTo(3);
        }
    }
}

package io.gannet.http;

import static io.gannet.http.HttpHandler.blocking;
import static io.gannet.http.HttpStreamHandler.streaming;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.gannet.CapturedLog;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.BodyLimit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bodies through publishers, writers and streams, both ways. */
@Timeout(30)
class StreamingIT {
    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    /** Who does not wait for the client soon passes the limit. */
    private static HttpOptions tight(NetOptions.Backend backend) {
        NetOptions transport = HttpPeer.options(backend).build().transport().toBuilder()
                .waterMarks(32 << 10, 64 << 10).writeLimit(256 << 10).build();
        return HttpPeer.options(backend).transport(transport).build();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    // ---- responses from publishers ----

    @OnEachBackend
    void aResponseComesFromAPublisher(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> {
            SubmissionPublisher<ByteBuffer> source = new SubmissionPublisher<>();
            HttpResponse response = request.path().equals("/typed")
                    ? HttpResponse.publisher("text/csv", source)
                    : HttpResponse.publisher(source);
            Thread thread = new Thread(() -> {
                while (!source.hasSubscribers()) {
                    Thread.onSpinWait();
                }
                for (int i = 0; i < 1000; i++) {
                    source.submit(bytes(i + ";"));
                }
                source.close();
            });
            thread.setDaemon(true);
            thread.start();
            return response;
        };
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            expected.append(i).append(';');
        }
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(HttpPeer.get("/"));
            assertThat(reply.body()).isEqualTo(expected.toString());
            assertThat(reply.has("Content-Type: application/octet-stream")).isTrue();
            reply = peer.ask(HttpPeer.get("/typed"));
            assertThat(reply.has("Content-Type: text/csv")).isTrue();
            assertThat(reply.body()).isEqualTo(expected.toString());
        }
    }

    @OnEachBackend
    void aPublisherIsAskedForWhatTheClientTakes(NetOptions.Backend backend) throws Exception {
        byte[] item = new byte[10_000];
        int count = 3000;
        CompletableFuture<Manual> source = new CompletableFuture<>();
        HttpHandler handler = request -> {
            Manual manual = new Manual(item, count);
            source.complete(manual);
            return HttpResponse.publisher(manual);
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.narrow(server)) {
            String head = peer.write(HttpPeer.get("/")).readHead();
            assertThat(head).contains("chunked");
            Manual manual = get(source);
            assertThat(manual.published.get()).isLessThan(count);
            for (int i = 0; i < count; i++) {
                assertThat(peer.chunkBytes()).hasSize(item.length);
            }
            assertThat(peer.chunkBytes()).isEmpty();
            assertThat(manual.mostAsked.get()).isLessThanOrEqualTo(PublisherBody.WINDOW);
            assertThat(manual.deepest).isLessThanOrEqualTo(1);
        }
    }

    @OnEachBackend
    void aPublisherThatAnswersAtOnceDoesNotRecurse(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.publisher(new Manual(new byte[] {'a'}, 9000));
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("a".repeat(9000));
        }
    }

    @OnEachBackend
    void anItemOfAnySizeIsSentInSlicesAndLeftAsItWas(NetOptions.Backend backend) throws Exception {
        ByteBuffer shared = ByteBuffer.wrap("x".repeat(5 << 20).getBytes(StandardCharsets.UTF_8));
        try (HttpServer server = HttpServer.open(tight(backend),
                request -> HttpResponse.publisher(new Manual(shared, 2)));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).hasSize(10 << 20);
            assertThat(peer.ask(HttpPeer.get("/")).body()).hasSize(10 << 20);
            assertThat(shared.remaining()).isEqualTo(5 << 20);
        }
    }

    @OnEachBackend
    void aPublisherThatFailsCutsTheConnection(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.publisher(subscriber -> {
            if (request.path().equals("/throw")) {
                throw new IllegalStateException("failed");
            }
            Manual manual = new Manual(bytes("part"), 5);
            manual.failsAt = 3;
            manual.subscribe(subscriber);
        });
        try (HttpServer server = open(backend, handler)) {
            for (String path : new String[] {"/error", "/throw"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(HttpPeer.get(path));
                    assertThat(peer.ending()).doesNotContain("\r\n0\r\n");
                }
            }
        }
    }

    /** Fails in the middle of a body, or at its end. */
    private static final class Failing implements HttpCoder {
        private final boolean inTheMiddle;

        Failing(boolean inTheMiddle) {
            this.inTheMiddle = inTheMiddle;
        }

        @Override
        public ByteBuffer code(ByteBuffer data) {
            if (inTheMiddle) {
                throw new IllegalArgumentException("in the middle");
            }
            return ByteBuffer.allocate(data.remaining()).put(data).flip();
        }

        @Override
        public ByteBuffer end() {
            throw new IllegalArgumentException("at the end");
        }

        @Override
        public void close() {}
    }

    @OnEachBackend
    void aCoderThatFailsOnThePublishersThreadCutsTheConnection(NetOptions.Backend backend)
            throws Exception {
        BlockingQueue<Boolean> calm = new LinkedBlockingQueue<>();
        Flow.Publisher<ByteBuffer> source = subscriber -> {
            Thread thread = new Thread(() -> {
                Manual manual = new Manual(bytes("part"), 1);
                try {
                    manual.subscribe(subscriber);
                    calm.add(true);
                } catch (RuntimeException e) {
                    calm.add(false);
                }
            });
            thread.start();
        };
        HttpHandler handler = request -> {
            boolean inTheMiddle = request.path().equals("/middle");
            return HttpResponse.publisher(source).coded(() -> new Failing(inTheMiddle));
        };
        try (HttpServer server = open(backend, handler)) {
            for (String path : List.of("/middle", "/end")) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(HttpPeer.get(path));
                    assertThat(peer.ending()).as(path).doesNotContain("\r\n0\r\n");
                    assertThat(calm.poll(10, TimeUnit.SECONDS)).as(path).isTrue();
                }
            }
        }
    }

    @OnEachBackend
    void aPublisherThatSendsMoreThanWasAskedForIsCut(NetOptions.Backend backend) throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        HttpHandler handler = request -> HttpResponse.publisher(subscriber -> {
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long count) {
                    assertThat(count).isPositive();
                }

                @Override
                public void cancel() {
                    cancelled.countDown();
                }
            });
            for (int i = 0; i < 1000; i++) {
                subscriber.onNext(ByteBuffer.allocate(100_000));
            }
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/"));
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(peer.ending()).doesNotContain("\r\n0\r\n");
        }
    }

    @OnEachBackend
    void aClientThatGoesAwayCancelsTheSubscription(NetOptions.Backend backend) throws Exception {
        BlockingQueue<Manual> sources = new LinkedBlockingQueue<>();
        HttpHandler handler = request -> {
            Manual manual = new Manual(request.path().equals("/silent")
                    ? ByteBuffer.allocate(0)
                    : ByteBuffer.allocate(10_000), Integer.MAX_VALUE);
            manual.silent = request.path().equals("/silent");
            sources.add(manual);
            return HttpResponse.publisher(manual);
        };
        for (String path : new String[] {"/", "/silent"}) {
            try (HttpServer server = open(backend, handler);
                    HttpPeer peer = HttpPeer.narrow(server)) {
                peer.write(HttpPeer.get(path)).readHead();
                peer.reset();
                Manual manual = sources.poll(10, TimeUnit.SECONDS);
                assertThat(manual.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @OnEachBackend
    void aSecondSubscriptionIsCancelled(NetOptions.Backend backend) throws Exception {
        Manual late = new Manual(bytes("never"), 1);
        HttpHandler handler = request -> HttpResponse.publisher(subscriber -> {
            new Manual(bytes("once"), 1).subscribe(subscriber);
            late.subscribe(subscriber);
            late.subscribe(subscriber);
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("once");
            assertThat(late.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(late.published).hasValue(0);
        }
    }

    // ---- responses of all kinds ----

    /** What comes back is what went in. */
    private static final class Same implements HttpCoder {
        @Override
        public ByteBuffer code(ByteBuffer data) {
            return ByteBuffer.allocate(data.remaining()).put(data).flip();
        }

        @Override
        public ByteBuffer end() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public void close() {}
    }

    /** The marks are closer to each other than a piece is long, and the limit is the upper one. */
    private static HttpOptions tightest(NetOptions.Backend backend) {
        NetOptions transport = HttpPeer.options(backend).build().transport().toBuilder()
                .waterMarks(100, 1000).writeLimit(1000).build();
        return HttpPeer.options(backend).transport(transport).build();
    }

    @OnEachBackend
    void aWriteLimitAtTheHighMarkCutsNoBody(NetOptions.Backend backend, @TempDir Path folder)
            throws Exception {
        String text = "0123456789abcdef".repeat(25_000);
        byte[] large = text.getBytes(StandardCharsets.US_ASCII);
        Path file = Files.write(folder.resolve("large"), large);
        HttpHandler handler = request -> switch (request.path()) {
            case "/bytes" -> HttpResponse.bytes(large);
            case "/coded" -> HttpResponse.bytes(large).coded(Same::new);
            case "/file" -> HttpResponse.file(file).coded(Same::new);
            case "/writer" -> HttpResponse.writer("text/plain", out -> out.write(large));
            case "/publisher" -> HttpResponse.publisher(new BytesPublisher(large));
            default -> throw new HttpException(404, "no " + request.path());
        };
        try (HttpServer server = HttpServer.open(tightest(backend), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : List.of("/bytes", "/coded", "/file", "/writer", "/publisher")) {
                assertThat(peer.ask(HttpPeer.get(path)).body()).as(path).isEqualTo(text);
            }
        }
    }

    @OnEachBackend
    void aBodyThatFillsTheQueueCanBeEnded(NetOptions.Backend backend) throws Exception {
        int frame = 7;
        AtomicInteger length = new AtomicInteger();
        HttpHandler handler = request -> HttpResponse.builder().stream(body -> {
            long head = ((Body) body).request().connection().session().queuedBytes();
            length.set((int) (1000 - head) - frame);
            body.write(new byte[length.get()]);
            body.end();
        }).build();
        try (HttpServer server = HttpServer.open(tightest(backend), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).hasSize(length.get());
            assertThat(length.get()).isBetween(256, 1000);
        }
    }

    @OnEachBackend
    void eventsAreTakenWhileTheQueueIsShort(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Integer> sent = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.events(stream -> {
            int count = 1;
            while (stream.send("x".repeat(900))) {
                count++;
            }
            sent.complete(count);
        });
        try (HttpServer server = HttpServer.open(tightest(backend), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            assertThat(get(sent)).isPositive();
        }
    }

    // ---- responses from writers ----

    @OnEachBackend
    void aWriterWaitsWhileItsClientIsSlow(NetOptions.Backend backend) throws Exception {
        byte[] piece = new byte[100_000];
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            for (int i = 0; i < 200; i++) {
                out.write(piece);
                out.write('\n');
            }
            out.write(piece, 0, 10);
        });
        try (HttpServer server = HttpServer.open(tight(backend), handler);
                HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/") + HttpPeer.get("/"));
            for (int i = 0; i < 2; i++) {
                Reply reply = peer.reply();
                assertThat(reply.has("Content-Type: text/plain")).isTrue();
                assertThat(reply.body()).hasSize(200 * 100_001 + 10);
            }
        }
    }

    @OnEachBackend
    void aWriterFlushesWhenItIsTold(NetOptions.Backend backend) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> thread = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            thread.complete(Thread.currentThread().getName());
            out.write("first".getBytes(StandardCharsets.UTF_8));
            out.flush();
            assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
            out.write("second".getBytes(StandardCharsets.UTF_8));
            out.close();
            assertThatIOException().isThrownBy(() -> out.write(1));
            assertThatIOException().isThrownBy(() -> out.write(new byte[5]));
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            assertThat(peer.chunk()).isEqualTo("first");
            go.countDown();
            assertThat(peer.chunk()).isEqualTo("second");
            assertThat(peer.chunk()).isEmpty();
            assertThat(get(thread)).isNotEqualTo(Thread.currentThread().getName());
        }
    }

    @OnEachBackend
    void aWriterHearsThatItsClientHasGone(NetOptions.Backend backend) throws Exception {
        CompletableFuture<IOException> failure = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            try {
                while (true) {
                    out.write(new byte[100_000]);
                }
            } catch (IOException e) {
                failure.complete(e);
                throw e;
            }
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            peer.chunk(); /* it has begun; else it would not be called at all */
            peer.reset();
            assertThat(get(failure)).isNotNull();
        }
    }

    @OnEachBackend
    void aWriterThatFailsCutsTheConnection(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            out.write(new byte[5]);
            throw new IllegalStateException("failed");
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/"));
            assertThat(peer.ending()).doesNotContain("\r\n0\r\n");
        }
    }

    @OnEachBackend
    void aWriterWithoutAWorkerIsAnsweredWith503(NetOptions.Backend backend) throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            running.countDown();
            assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
            out.write('x');
        });
        HttpOptions options = HttpPeer.options(backend).workers(1).workerQueueMax(0).build();
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer one = HttpPeer.connect(server); HttpPeer two = HttpPeer.connect(server)) {
            one.write(HttpPeer.get("/"));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            Reply busy = two.ask(HttpPeer.get("/"));
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.has("Retry-After: 1")).isTrue();
            assertThat(two.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true).status()).isEqualTo(200);
            go.countDown();
            assertThat(one.reply().body()).isEqualTo("x");
        }
    }

    // ---- requests ----

    @OnEachBackend
    void anEchoKeepsTheConnection(NetOptions.Backend backend) throws Exception {
        HttpHandler echo = streaming(request -> HttpResponse.publisher(request.publisher()));
        try (HttpServer server = open(backend, echo); HttpPeer peer = HttpPeer.connect(server)) {
            String large = "0123456789".repeat(100_000);
            for (String body : new String[] {"", "x", large, "last"}) {
                peer.write(HttpPeer.post("/", body));
                Reply reply = peer.reply();
                assertThat(reply.body()).isEqualTo(body);
                assertThat(reply.has("Connection: close")).isFalse();
            }
            peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"));
            assertThat(peer.readHead()).contains("200");
            for (String piece : new String[] {"one", "two"}) {
                peer.write("3\r\n" + piece + "\r\n");
                assertThat(peer.chunk()).isEqualTo(piece);
            }
            peer.write("0\r\n\r\n");
            assertThat(peer.chunk()).isEmpty();
        }
    }

    @OnEachBackend
    void anEchoInvitesAClientThatWaits(NetOptions.Backend backend) throws Exception {
        HttpHandler echo = streaming(request -> HttpResponse.publisher(request.publisher()));
        try (HttpServer server = open(backend, echo); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 4",
                    "Expect: 100-continue"));
            assertThat(peer.reply().status()).isEqualTo(100);
            peer.write("body");
            assertThat(peer.reply().body()).isEqualTo("body");
        }
    }

    @OnEachBackend
    void anUploadComesAsItIsAskedFor(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Taker> taker = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = streaming(request -> {
            Taker one = new Taker();
            request.publisher().subscribe(one);
            taker.complete(one);
            return HttpResponse.later(answer);
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked",
                    "Expect: 100-continue"));
            Taker one = get(taker);
            one.subscription.request(1);
            assertThat(peer.reply().status()).isEqualTo(100);
            peer.write("1\r\na\r\n");
            assertThat(one.next()).isEqualTo("a");
            peer.write("1\r\nb\r\n1\r\nc\r\n");
            assertThat(one.items).isEmpty();
            one.subscription.request(1);
            assertThat(one.next()).isEqualTo("bc");
            peer.write("1\r\nd\r\n0\r\n\r\n");
            assertThat(one.done.isDone()).isFalse();
            one.subscription.request(Long.MAX_VALUE);
            assertThat(one.next()).isEqualTo("d");
            assertThat(get(one.done)).isEqualTo("complete");
            one.subscription.request(1);
            one.subscription.cancel();
            answer.complete(HttpResponse.text("ok"));
            assertThat(peer.reply().body()).isEqualTo("ok");
        }
    }

    @OnEachBackend
    void aPublishedBodyKeepsTheRules(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Taker> second = new CompletableFuture<>();
        HttpHandler handler = streaming(request -> {
            Flow.Publisher<ByteBuffer> body = request.publisher();
            Taker one = new Taker();
            body.subscribe(one);
            Taker two = new Taker();
            body.subscribe(two);
            second.complete(two);
            one.subscription.request(0);
            return HttpResponse.later(one.done.thenApply(HttpResponse::text));
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.post("/", "body"));
            assertThat(peer.reply().body()).contains("asked for 0 items");
            assertThat(get(get(second).done)).contains("published once");
        }
    }

    @OnEachBackend
    void whoTakesABodyHearsOfEveryEnd(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Taker> cut = new CompletableFuture<>();
        CompletableFuture<Taker> early = new CompletableFuture<>();
        HttpHandler handler = streaming(request -> {
            Taker one = new Taker();
            request.publisher().subscribe(one);
            one.subscription.request(2); /* who is paused does not hear of a reset */
            if (request.path().equals("/early")) {
                early.complete(one);
                return HttpResponse.text("early");
            }
            cut.complete(one);
            return HttpResponse.later(new CompletableFuture<>());
        });
        try (HttpServer server = open(backend, handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 9") + "he");
                assertThat(get(cut).next()).isEqualTo("he");
                peer.reset();
                assertThat(get(get(cut).done)).contains("ECLOSED");
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask(HttpPeer.head(
                        "POST /early HTTP/1.1", "Host: h", "Content-Length: 9"));
                assertThat(reply.has("Connection: close")).isTrue();
                assertThat(get(get(early).done)).contains("response to this request is complete");
            }
        }
    }

    @OnEachBackend
    void aBodyThatIsCollectedCanBePublishedToo(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> {
            Taker zero = new Taker();
            request.publisher().subscribe(zero);
            if (request.length() > 0) {
                zero.subscription.request(-1);
            }
            Taker one = new Taker();
            request.publisher().subscribe(one);
            one.subscription.request(5);
            String first = one.items.isEmpty() ? "" : one.next();
            return HttpResponse.text(get(zero.done) + " " + first + " " + get(one.done) + " "
                    + new String(request.bodyStream().readAllBytes(), StandardCharsets.UTF_8));
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("complete  complete ");
            assertThat(peer.ask(HttpPeer.post("/", "abc")).body())
                    .contains("asked for -1").endsWith("abc complete abc");
        }
    }

    @OnEachBackend
    void aThreadReadsABodyAsAStream(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = blocking(streaming(request -> {
            try (InputStream in = request.bodyStream()) {
                int first = in.read();
                return HttpResponse.text(first + " " + in.readAllBytes().length + " "
                        + in.read(new byte[1]) + " " + in.available());
            }
        }));
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.post("/", "a".repeat(3_000_000))).body())
                    .isEqualTo("97 2999999 -1 0");
            assertThat(peer.ask(HttpPeer.post("/", "\u00ff")).body()).isEqualTo("255 0 -1 0");
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("-1 0 -1 0");
        }
    }

    @OnEachBackend
    void aStreamThatBreaksOffThrows(NetOptions.Backend backend) throws Exception {
        CompletableFuture<IOException> cut = new CompletableFuture<>();
        CompletableFuture<InputStream> kept = new CompletableFuture<>();
        CountDownLatch reading = new CountDownLatch(1);
        HttpHandler handler = blocking(streaming(request -> {
            InputStream in = request.bodyStream();
            if (request.path().equals("/keep")) {
                assertThat(in.read()).isEqualTo('h');
                kept.complete(in);
                return HttpResponse.text("early");
            }
            try {
                assertThat(in.read()).isEqualTo('h');
                reading.countDown();
                in.readAllBytes();
                return HttpResponse.text("whole");
            } catch (IOException e) {
                cut.complete(e);
                throw e;
            }
        }));
        try (HttpServer server = open(backend, handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 9") + "he");
                assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
                peer.reset();
                assertThat(get(cut)).isNotNull();
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask(HttpPeer.head(
                        "POST /keep HTTP/1.1", "Host: h", "Content-Length: 9") + "h");
                assertThat(reply.body()).isEqualTo("early");
                InputStream in = get(kept);
                assertThatIOException().isThrownBy(in::read)
                        .withMessageContaining("body is incomplete");
                in.close();
                in.close();
                assertThatIOException().isThrownBy(in::read).withMessageContaining("closed");
            }
        }
    }

    @OnEachBackend
    void aReadThatWouldBlockTheLoopIsRefused(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = streaming(request -> {
            InputStream in = request.bodyStream();
            try {
                return HttpResponse.text("read " + in.read());
            } catch (IllegalStateException e) {
                return HttpResponse.text(e.getMessage());
            }
        });
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.post("/", "x")).body()).contains("wait for itself");
        }
    }

    /** Nobody waits for the response, and the client has got another one. */
    @OnEachBackend
    void aBodyThatBreaksOffBehindAFilterIsNobodysError(NetOptions.Backend backend)
            throws Exception {
        AtomicInteger handled = new AtomicInteger();
        Semaphore reading = new Semaphore(0);
        Semaphore failed = new Semaphore(0);
        Router router = Router.create()
                .after((request, response) -> response)
                .error(IOException.class, (request, error) -> {
                    handled.incrementAndGet();
                    return HttpResponse.status(500);
                })
                .post("/{limit}", blocking(streaming(request -> {
                    try {
                        InputStream in = request.bodyStream();
                        assertThat(in.read()).isEqualTo('h');
                        reading.release();
                        return HttpResponse.text("" + in.readAllBytes().length);
                    } finally {
                        failed.release();
                    }
                })), (request, next) -> BodyLimit.of(
                        Long.parseLong(request.pathParam("limit"))).filter(request, next));
        try (CapturedLog log = new CapturedLog(); HttpServer server = open(backend, router)) {
            for (int i = 0; i < 50; i++) {
                boolean ends = i % 2 == 0;
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(HttpPeer.head("POST /" + (ends ? 9000 : 10) + " HTTP/1.1",
                            "Host: h", "Transfer-Encoding: chunked") + "1\r\nh\r\n");
                    assertThat(reading.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                    if (ends) {
                        peer.shutdownOutput();
                    } else {
                        peer.write("64\r\n" + "b".repeat(100) + "\r\n");
                    }
                    assertThat(peer.reply().status()).isEqualTo(ends ? 400 : 413);
                }
                assertThat(failed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
            assertThat(handled).hasValue(0);
            assertThat(log.isEmpty()).isTrue();
        }
    }
}

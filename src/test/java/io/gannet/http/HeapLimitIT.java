package io.gannet.http;

import static io.gannet.http.HttpHandler.blocking;
import static io.gannet.http.HttpStreamHandler.streaming;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.Compression;
import io.gannet.internal.HeapAccount;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;

/** What requests hold on the heap is counted, refused beyond a limit, and given back at the end. */
@Timeout(30)
class HeapLimitIT {
    private static final int LIMIT = 256 << 10;
    /** Fits into the buffers of the kernel, so that a client never waits for a slow reader. */
    private static final int PIECE = 40 << 10;
    private static final String XX = "multipart/form-data; boundary=XX";

    /** What a server counts, as a handler sees it whose own request is none of it. */
    private static long used(HttpServer server) {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            return Long.parseLong(peer.ask(HttpPeer.get("/used")).body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitNone(HttpServer server) {
        Soon.until(() -> used(server) == 0);
    }

    private static HeapAccount account(HttpRequest request) {
        return ((Exchange) request).connection().session().heap();
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return open(backend, LIMIT, handler);
    }

    private static HttpServer open(NetOptions.Backend backend, int limit, HttpHandler handler) {
        HttpStreamHandler streams = streaming(handler);
        HttpHandler plain = request -> {
            account(request).add(Long.parseLong("0" + request.text()));
            return HttpResponse.text(Long.toString(account(request).used()));
        };
        HttpOptions options = HttpPeer.options(backend).bodyMax(limit / 2).heapLimit(limit)
                .workers(64).build();
        return HttpServer.open(options, new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest request) {
                return !request.path().equals("/used") && !request.path().equals("/collect");
            }

            @Override
            public HttpResponse handle(HttpRequest request) throws Exception {
                return request.path().equals("/used")
                        ? plain.handle(request)
                        : streams.handle(request);
            }
        });
    }

    private static String post(String path, int length, String begin) {
        return HttpPeer.head("POST " + path + " HTTP/1.1", "Host: h", "Content-Length: " + length)
                + begin;
    }

    private static void take(Semaphore permit) throws InterruptedException {
        assertThat(permit.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }

    @OnEachBackend
    void slowReadersAreRefusedBeforeTheyFillTheHeap(NetOptions.Backend backend) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Semaphore reading = new Semaphore(0);
        HttpHandler handler = blocking(request -> {
            InputStream in = request.bodyStream();
            in.read();
            reading.release();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            return HttpResponse.text(Integer.toString(1 + in.readAllBytes().length));
        });
        int count = 30;
        List<HttpPeer> peers = new ArrayList<>();
        try (HttpServer server = open(backend, handler)) {
            for (int i = 0; i < count; i++) {
                HttpPeer peer = HttpPeer.connect(server);
                peers.add(peer.write(post("/", 2 * PIECE, "a")));
                take(reading);
            }
            for (HttpPeer peer : peers) {
                peer.write("a".repeat(PIECE - 1));
            }
            /* Each of the others holds its piece and a copy of its head. */
            int room = LIMIT / PIECE;
            Soon.until(() -> server.stats().net().unserved() >= count - room);
            assertThat(used(server)).isLessThan(LIMIT + PIECE);
            go.countDown();
            int served = 0;
            for (HttpPeer peer : peers) {
                try {
                    peer.write("a".repeat(PIECE));
                } catch (IOException e) {
                    continue; /* it was refused */
                }
                Reply reply = peer.reply();
                served += reply.status() == 200 ? 1 : 0;
                assertThat(reply.body()).containsAnyOf(Integer.toString(2 * PIECE), "503");
            }
            assertThat(served).isPositive();
            awaitNone(server);
        } finally {
            for (HttpPeer peer : peers) {
                peer.close();
            }
        }
    }

    @OnEachBackend
    void whatAReaderLeavesIsGivenBack(NetOptions.Backend backend) throws Exception {
        Semaphore reading = new Semaphore(0);
        Semaphore go = new Semaphore(0);
        CompletableFuture<InputStream> left = new CompletableFuture<>();
        HttpHandler handler = blocking(request -> {
            InputStream in = request.bodyStream();
            in.read();
            reading.release();
            try {
                take(go);
            } catch (InterruptedException e) {
                Thread.interrupted(); /* the client is gone */
            }
            switch (request.path()) {
                case "/read" -> in.readAllBytes();
                case "/close" -> in.close();
                case "/leave" -> left.complete(in);
                default -> throw new IOException("failed");
            }
            return HttpResponse.text("ok");
        });
        try (HttpServer server = open(backend, handler)) {
            for (String path : List.of("/read", "/close", "/leave", "/fail")) {
                for (boolean whole : new boolean[] {true, false}) {
                    if (!whole && path.equals("/read")) {
                        continue;
                    }
                    leave(server, path, whole, reading, go);
                }
            }
            Soon.until(left::isDone);
            assertThatIOException().isThrownBy(() -> left.join().read())
                    .withMessageContaining("incomplete");
            HttpPeer gone = HttpPeer.connect(server);
            gone.write(post("/read", PIECE + 1, "a".repeat(PIECE)));
            take(reading);
            Soon.until(() -> used(server) >= PIECE - 1);
            gone.reset();
            go.release();
            awaitNone(server);
        }
    }

    private static void leave(HttpServer server, String path, boolean whole, Semaphore reading,
            Semaphore go) throws Exception {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(post(path, whole ? PIECE : PIECE + 1, "a".repeat(PIECE)));
            take(reading);
            Soon.until(() -> used(server) >= PIECE - 1);
            go.release();
            assertThat(peer.reply().status()).isEqualTo(path.equals("/fail") ? 500 : 200);
            awaitNone(server);
        }
    }

    @OnEachBackend
    void whatNobodyTakesIsCounted(NetOptions.Backend backend) throws Exception {
        Semaphore paused = new Semaphore(0);
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = request -> {
            if (request.path().equals("/paused")) {
                request.stream(new HttpReceiver() {
                    @Override
                    public void onData(ByteBuffer data) {
                        request.pause();
                        paused.release();
                    }

                    @Override
                    public void onEnd(HttpHeaders trailers) {}
                });
            }
            return HttpResponse.later(answer);
        };
        try (HttpServer server = open(backend, handler)) {
            List<HttpPeer> peers = new ArrayList<>();
            for (String path : List.of("/", "/paused", "/")) {
                HttpPeer peer = HttpPeer.connect(server);
                peers.add(peer);
                long before = used(server);
                peer.write(post(path, 2 * PIECE, ""));
                Soon.until(() -> used(server) > before);
                if (path.equals("/paused")) {
                    peer.write("a");
                    take(paused);
                }
                peer.write("a".repeat(10_000));
                if (!path.equals("/paused")) { /* there the rest stays with the kernel */
                    Soon.until(() -> used(server) >= before + 10_000);
                }
            }
            peers.get(2).reset();
            answer.complete(HttpResponse.text("ok"));
            assertThat(peers.get(0).reply().body()).isEqualTo("ok");
            assertThat(peers.get(1).reply().body()).isEqualTo("ok");
            awaitNone(server);
            for (HttpPeer peer : peers) {
                peer.close();
            }
        }
    }

    @OnEachBackend
    void aWholeBodyThatIsStreamedIsCounted(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.later(answer);
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.post("/", "a".repeat(5000)));
            /* The copy behind the head, and what waits for somebody to take it. */
            Soon.until(() -> used(server) > 2 * 5000);
            answer.complete(HttpResponse.text("ok"));
            assertThat(peer.reply().body()).isEqualTo("ok");
            awaitNone(server);
        }
    }

    @OnEachBackend
    void aHeadThatWaitsIsCountedWithAllItsLength(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = request -> HttpResponse.later(answer);
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.head("GET / HTTP/1.1", "Host: h", "X: " + "x".repeat(7000)));
            Soon.until(() -> used(server) >= 7000);
            answer.complete(HttpResponse.text("ok"));
            assertThat(peer.reply().body()).isEqualTo("ok");
            awaitNone(server);
        }
    }

    @OnEachBackend
    void aBodyThatIsCollectedIsGivenBackOnEveryEnd(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text("ok");
        try (HttpServer server = open(backend, handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(post("/collect", PIECE + 1, "a".repeat(PIECE)));
                Soon.until(() -> used(server) >= PIECE);
                assertThat(peer.ask("a").body()).isEqualTo("ok");
                awaitNone(server);
                peer.write(post("/collect", PIECE + 1, "a".repeat(PIECE)));
                Soon.until(() -> used(server) >= PIECE);
                peer.reset();
                awaitNone(server);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(post("/collect", PIECE + 1, "a".repeat(PIECE)));
                peer.shutdownOutput();
                assertThat(peer.reply().status()).isEqualTo(400);
                awaitNone(server);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.head("POST /collect HTTP/1.1", "Host: h",
                        "Transfer-Encoding: chunked") + "5\r\nabcde\r\n5\r\nabcde\r\nx");
                assertThat(peer.reply().status()).isEqualTo(400);
                awaitNone(server);
            }
        }
    }

    @OnEachBackend
    void aFullHeapRefusesWhatIsLargeAndAQuarterBeyondThatAll(NetOptions.Backend backend)
            throws Exception {
        CompletableFuture<HeapAccount> held = new CompletableFuture<>();
        HttpServer server = HttpServer.open(
                HttpPeer.options(backend).bodyMax(LIMIT / 2).heapLimit(LIMIT).build(), request -> {
                    held.complete(account(request));
                    return HttpResponse.text("ok");
                });
        String small = HttpPeer.post("/", "a".repeat(4096));
        String large = HttpPeer.post("/", "a".repeat(4097));
        try (server) {
            check(server, small, 200);
            HeapAccount account = held.join();
            account.add(LIMIT);
            check(server, large, 200);
            assertThat(server.stats().net().unserved()).isZero();
            account.add(1);
            check(server, small, 200);
            check(server, large, 503);
            check(server, large, 503);
            assertThat(server.stats().net().unserved()).isEqualTo(2);
            account.add(LIMIT / 4 - 1);
            check(server, small, 200);
            account.add(1);
            check(server, small, 503);
            assertThat(server.stats().net().unserved()).isEqualTo(3);
            account.add(-LIMIT - LIMIT / 4 - 1);
            check(server, large, 200);
            assertThat(server.stats().net().unserved()).isEqualTo(3);
        }
    }

    @OnEachBackend
    void aBodyIsCollectedUpToTheLastByteOfTheLimit(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HeapAccount> held = new CompletableFuture<>();
        HttpServer server = HttpServer.open(
                HttpPeer.options(backend).bodyMax(LIMIT / 2).heapLimit(LIMIT).build(), request -> {
                    held.complete(account(request));
                    return HttpResponse.text("ok");
                });
        try (server) {
            check(server, HttpPeer.get("/"), 200);
            HeapAccount account = held.join();
            for (int more : new int[] {0, 1}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(post("/", PIECE, "a"));
                    Soon.until(() -> account.used() > 4096);
                    /* What was reserved at first is followed by all the rest at once. */
                    long room = PIECE - 4096;
                    long filled = LIMIT - account.used() - room + more;
                    account.add(filled);
                    peer.write("a".repeat(PIECE - 1));
                    assertThat(peer.reply().status()).isEqualTo(more == 0 ? 200 : 503);
                    account.add(-filled);
                }
                Soon.until(() -> account.used() == 0);
            }
            assertThat(server.stats().net().unserved()).isEqualTo(1);
        }
    }

    @OnEachBackend
    void aLargeResponseCountsAlsoBehindACoder(NetOptions.Backend backend) throws Exception {
        AtomicReference<HeapAccount> held = new AtomicReference<>();
        byte[] noise = new byte[8 << 20];
        new Random(1).nextBytes(noise);
        HttpHandler handler = request -> {
            held.set(account(request));
            HttpResponse each = HttpResponse.bytes(noise.clone()).withType("text/plain");
            return request.path().equals("/") ? each : each.coded(() -> {
                throw new IllegalStateException("no coder");
            });
        };
        HttpFilter filter = Compression.create();
        HttpOptions options = HttpPeer.options(backend).heapLimit(noise.length * 3L / 2)
                .bodyMax(1000).build();
        String get = HttpPeer.head("GET / HTTP/1.1", "Host: h", "Accept-Encoding: gzip");
        try (HttpServer server = HttpServer.open(options, r -> filter.filter(r, handler));
                HttpPeer first = HttpPeer.narrow(server);
                HttpPeer second = HttpPeer.narrow(server)) {
            assertThat(first.write(get).readHead()).contains("200 OK", "Encoding: gzip");
            assertThat(second.write(get).readHead()).contains(" 503 ");
            assertThat(server.stats().net().unserved()).isEqualTo(1);
            first.reset();
            Soon.until(() -> held.get().used() == 0);
            try (HttpPeer third = HttpPeer.connect(server)) {
                third.write(get.replace("GET", "HEAD")).readHead();
                assertThat(held.get().used()).isZero();
                third.write(get).readHead();
                while (third.chunkBytes().length > 0) {
                    assertThat(held.get()).isNotNull();
                }
                Soon.until(() -> held.get().used() == 0);
                third.write(HttpPeer.get("/fail"));
                assertThat(third.ending()).doesNotContain("\r\n0\r\n");
                Soon.until(() -> held.get().used() == 0);
            }
        }
    }

    @OnEachBackend
    void aPromiseThatIsNeverKeptCountsUntilItsClientIsGone(NetOptions.Backend backend)
            throws Exception {
        AtomicReference<HeapAccount> held = new AtomicReference<>();
        HttpHandler never = request -> {
            held.set(account(request));
            return HttpResponse.later(new CompletableFuture<>());
        };
        HttpHandler reads = request -> {
            request.bodyStream();
            return never.handle(request);
        };
        /* They arrive at once: while the rest of a body waits, nobody listens for a reset. */
        List<String> requests =
                List.of(HttpPeer.get("/"), HttpPeer.post("/", "a".repeat(5000)));
        for (HttpHandler handler : List.of(never, streaming(never), streaming(reads))) {
            HttpOptions options = HttpPeer.options(backend).heapLimit(LIMIT).build();
            try (HttpServer server = HttpServer.open(options, handler)) {
                for (String request : requests) {
                    try (HttpPeer peer = HttpPeer.connect(server)) {
                        held.set(null);
                        peer.write(request);
                        Soon.until(() -> held.get() != null && held.get().used() > 0);
                        peer.reset();
                        Soon.until(() -> held.get().used() == 0);
                    }
                }
            }
        }
    }

    @OnEachBackend
    void whatAWorkerHoldsCountsUntilItIsDone(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HeapAccount> held = new CompletableFuture<>();
        CountDownLatch go = new CountDownLatch(1);
        HttpHandler handler = blocking(request -> {
            held.complete(account(request));
            while (go.getCount() > 0) {
                Thread.onSpinWait(); /* as one that hears no interrupt */
            }
            return HttpResponse.text("ok");
        });
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.post("/", "a".repeat(5000)));
            HeapAccount account = held.get(10, TimeUnit.SECONDS);
            peer.reset();
            Soon.until(() -> server.stats().net().open() == 0);
            assertThat(account.used()).isGreaterThan(5000);
            go.countDown();
            Soon.until(() -> account.used() == 0);
        } finally {
            go.countDown();
        }
    }

    @OnEachBackend
    void aBodyOfTheGreatestLengthIsTakenHoweverLowTheLimitIs(NetOptions.Backend backend)
            throws Exception {
        int most = 1 << 20;
        String head = "GET /" + "a".repeat(90) + " HTTP/1.1";
        HttpOptions options = HttpPeer.options(backend).requestLineMax(head.length())
                .headerBytesMax(4000).headerCountMax(9).trailerBytesMax(99)
                .bodyMax(most).heapLimit(1).build();
        String lines = "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: 6\r\nHost: h\r\n";
        String length = "Content-Length: " + most;
        String full = "X: " + "x".repeat(4000 - lines.length() - length.length() - 9);
        String body = "a".repeat(most);
        try (HttpServer server = HttpServer.open(options, r -> HttpResponse.text("ok"))) {
            check(server, HttpPeer.post("/", body), 200);
            String longest = head + "\r\n" + lines + HttpPeer.head(length, full);
            check(server, longest + body, 200);
            check(server, longest.replace("X: ", "X: y"), 431);
            assertThat(server.stats().net().unserved()).isZero();
        }
    }

    private static void check(HttpServer server, String request, int status) throws IOException {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(request).status()).isEqualTo(status);
        }
    }

    private static String form(int parts, int length) {
        String part = "--XX\r\nContent-Disposition: form-data; name=n\r\n\r\n"
                + "a".repeat(length) + "\r\n";
        return part.repeat(parts) + "--XX--\r\n";
    }

    private static String postForm(String path, String form) {
        return HttpPeer.head("POST " + path + " HTTP/1.1", "Host: h", "Content-Type: " + XX,
                "Content-Length: " + form.length()) + form;
    }

    @OnEachBackend
    void partsInMemoryAreCountedAndGoToFilesWhileMemoryIsTight(NetOptions.Backend backend)
            throws Exception {
        int limit = 16 << 20; /* what a loop takes in one turn fits into half of it */
        Semaphore parsed = new Semaphore(0);
        Semaphore go = new Semaphore(0);
        HttpHandler handler = blocking(request -> {
            HttpMultipart form = request.multipart();
            long inMemory = form.parts().stream().filter(HttpPart::isInMemory).count();
            parsed.release();
            take(go);
            return HttpResponse.text(form.parts().size() + " " + inMemory + " "
                    + form.parts().stream().allMatch(part -> part.bytes().length >= 10_000));
        });
        try (HttpServer server = open(backend, limit, handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(postForm("/", form(3, 10_000)));
                take(parsed);
                Soon.until(() -> used(server) >= 30_000);
                go.release();
                assertThat(peer.reply().body()).isEqualTo("3 3 true");
                awaitNone(server);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(postForm("/collect", form(3, 30_000)));
                take(parsed);
                assertThat(used(server)).isGreaterThan(180_000); /* the body and its parts */
                go.release();
                assertThat(peer.reply().body()).isEqualTo("3 3 true");
                awaitNone(server);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                String form = form(3, 30_000);
                peer.write(postForm("/", form.substring(0, form.length() - 4) + "XXXX"));
                assertThat(peer.reply().status()).isEqualTo(400);
                awaitNone(server);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                int half = limit / 2 + 1;
                assertThat(peer.ask(HttpPeer.post("/used", Integer.toString(half))).body())
                        .isEqualTo(Integer.toString(half));
                peer.write(postForm("/", form(3, 10_000)));
                take(parsed);
                go.release();
                assertThat(peer.reply().body()).isEqualTo("3 0 true");
                Soon.until(() -> used(server) == half);
            }
        }
    }
}

package io.gannet.http;

import static io.gannet.http.HttpStreamHandler.streaming;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.Compression;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that are compressed, and those that must not be. */
@Timeout(30)
class CompressionIT {
    private static final String TEXT = "All work and no play makes a dull text. ".repeat(100);

    private static HttpServer open(NetOptions.Backend backend, HttpFilter filter,
            HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(),
                request -> filter.filter(request, handler));
    }

    private static String get(String... lines) {
        return "GET / HTTP/1.1\r\nHost: h\r\n" + String.join("\r\n", lines)
                + (lines.length == 0 ? "" : "\r\n") + "\r\n";
    }

    /** Reads a body of any framing, as bytes. */
    private static byte[] body(HttpPeer peer, String head) throws IOException {
        int at = head.indexOf("\r\nContent-Length: ");
        if (at >= 0) {
            return peer.readBytes(Integer.parseInt(
                    head.substring(at + 18, head.indexOf("\r\n", at + 18))));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] chunk = peer.chunkBytes(); chunk.length > 0; chunk = peer.chunkBytes()) {
            body.writeBytes(chunk);
        }
        return body.toByteArray();
    }

    private static byte[] decode(String head, byte[] body) throws IOException {
        InputStream in = new ByteArrayInputStream(body);
        if (head.contains("\r\nContent-Encoding: gzip\r\n")) {
            return new GZIPInputStream(in).readAllBytes();
        }
        assertThat(head).contains("\r\nContent-Encoding: deflate\r\n");
        return new InflaterInputStream(in).readAllBytes();
    }

    @OnEachBackend
    void aTextIsCompressedAsTheClientPrefers(NetOptions.Backend backend) throws Exception {
        HttpResponse plain = HttpResponse.text(TEXT);
        HttpHandler handler = request -> request.header("Later").isPresent()
                ? HttpResponse.later(CompletableFuture.supplyAsync(() -> plain))
                : plain;
        try (HttpServer server = open(backend, Compression.create(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String[] lines : new String[][] {
                {"Accept-Encoding: gzip", "gzip"},
                {"Accept-Encoding: gzip\r\nLater: 1", "gzip"},
                {"Accept-Encoding: deflate", "deflate"},
                {"Accept-Encoding: deflate;q=1, gzip;q=0.5", "deflate"},
                {"Accept-Encoding: br, *", "gzip"},
                {"Accept-Encoding: br\r\nAccept-Encoding: deflate", "deflate"}}) {
                String head = peer.write(get(lines[0])).readHead();
                assertThat(head).contains("\r\nContent-Encoding: " + lines[1] + "\r\n")
                        .contains("\r\nVary: Accept-Encoding\r\n").contains("\r\nContent-Length: ");
                byte[] body = body(peer, head);
                assertThat(body).hasSizeLessThan(TEXT.length() / 10);
                assertThat(new String(decode(head, body), StandardCharsets.UTF_8)).isEqualTo(TEXT);
            }
            for (String lines : new String[] {"X: y", "Accept-Encoding: ", "Accept-Encoding: br",
                "Accept-Encoding: gzip;q=0, deflate;q=0", "Accept-Encoding: identity, gzip;q=0.5",
                "Accept-Encoding: *;q=0", "Accept-Encoding: gzip;q=7"}) {
                Reply reply = peer.ask(get(lines));
                assertThat(reply.head()).doesNotContain("Content-Encoding");
                assertThat(reply.has("Vary: Accept-Encoding")).isTrue();
                assertThat(reply.body()).isEqualTo(TEXT);
            }
        }
    }

    @OnEachBackend
    void whatShouldStayAsItIsDoes(NetOptions.Backend backend) throws Exception {
        HttpResponse[] asTheyAre = {
            HttpResponse.text(TEXT).withType("image/png"),
            HttpResponse.text(TEXT).withoutHeader("Content-Type"),
            HttpResponse.text(TEXT).withType("text/event-stream"),
            HttpResponse.text(TEXT).withHeader("Content-Encoding", "br"),
            HttpResponse.text(TEXT).withHeader("Cache-Control", "public, No-Transform"),
            HttpResponse.text(TEXT).withHeader("Content-Digest", "sha-256=:AA==:"),
            HttpResponse.text(TEXT).withHeader("Repr-Digest", "sha-256=:AA==:"),
            HttpResponse.text(TEXT).withHeader("Digest", "sha-256=AA=="),
            HttpResponse.text(TEXT).withHeader("Content-MD5", "AA=="),
            HttpResponse.text(TEXT).withStatus(206)
                    .withHeader("Content-Range", "bytes 0-3999/9999"),
            HttpResponse.text("x".repeat(1023)),
            HttpResponse.text(""),
            HttpResponse.status(204),
        };
        AtomicInteger index = new AtomicInteger();
        try (HttpServer server =
                open(backend, Compression.create(), request -> asTheyAre[index.get()]);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (HttpResponse expected : asTheyAre) {
                Reply reply = peer.ask(get("Accept-Encoding: gzip"));
                assertThat(reply.status()).isEqualTo(expected.status());
                assertThat(reply.head()).doesNotContain("gzip").doesNotContain("Vary");
                assertThat(reply.body()).hasSize(expected.body().remaining());
                index.incrementAndGet();
            }
        }
    }

    @OnEachBackend
    void theShortestIsOfTheLengthThatWasSaid(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text("x".repeat(
                Integer.parseInt(request.header("Length").orElseThrow())));
        Compression filter = Compression.builder().lengthMin(100).level(9).build();
        try (HttpServer server = open(backend, filter, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int length : new int[] {99, 100, 101}) {
                String head =
                        peer.write(get("Accept-Encoding: gzip", "Length: " + length)).readHead();
                assertThat(head.contains("gzip")).isEqualTo(length >= 100);
                body(peer, head);
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Compression.builder().lengthMin(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Compression.builder().level(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Compression.builder().level(10));
    }

    @OnEachBackend
    void whoRefusesPlainBytesGetsAnythingCompressed(NetOptions.Backend backend) throws Exception {
        HttpResponse image = HttpResponse.bytes(new byte[10]).withType("image/png");
        try (HttpServer server = open(backend, Compression.create(), request -> image);
                HttpPeer peer = HttpPeer.connect(server)) {
            String head = peer.write(get("Accept-Encoding: gzip;q=0.001, identity;q=0")).readHead();
            assertThat(decode(head, body(peer, head))).isEqualTo(new byte[10]);
            assertThat(peer.ask(get("Accept-Encoding: br, *;q=0")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void tagsBecomeWeakAndRangesAreNotOffered(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(TEXT)
                .withHeader("ETag", request.header("Tag").orElseThrow())
                .withHeader("Accept-Ranges", "bytes")
                .withHeader("Vary", "Origin");
        try (HttpServer server = open(backend, Compression.create(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String tag : new String[] {"\"a\"", "W/\"a\""}) {
                String head = peer.write(get("Accept-Encoding: gzip", "Tag: " + tag)).readHead();
                assertThat(head).contains("\r\nETag: W/\"a\"\r\n").doesNotContain("Accept-Ranges")
                        .contains("\r\nVary: Origin, Accept-Encoding\r\n");
                body(peer, head);
            }
            Reply plain = peer.ask(get("Tag: \"a\""));
            assertThat(plain.has("ETag: \"a\"")).isTrue();
            assertThat(plain.has("Accept-Ranges: bytes")).isTrue();
        }
    }

    @OnEachBackend
    void aLargeBodyIsCompressedWhileItIsSent(NetOptions.Backend backend) throws Exception {
        byte[] noise = new byte[3 << 20];
        new Random(1).nextBytes(noise);
        HttpResponse large = HttpResponse.bytes(noise).withType("text/plain");
        try (HttpServer server = open(backend, Compression.create(), request -> large);
                HttpPeer peer = HttpPeer.narrow(server)) {
            for (String coding : new String[] {"gzip", "deflate"}) {
                String head = peer.write(get("Accept-Encoding: " + coding)).readHead();
                assertThat(head).contains("chunked").doesNotContain("Content-Length");
                assertThat(decode(head, body(peer, head))).isEqualTo(noise);
            }
        }
    }

    @OnEachBackend
    void whatAStreamWritesArrivesAtOnce(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        Compression filter = Compression.builder().types(type -> type.startsWith("text/")).build();
        try (HttpServer server = open(backend, filter,
                request -> HttpResponse.events(opened::complete));
                HttpPeer peer = HttpPeer.connect(server)) {
            String head = peer.write(get("Accept-Encoding: deflate")).readHead();
            assertThat(head).contains("\r\nContent-Encoding: deflate\r\n");
            HttpEventStream stream = opened.get(10, TimeUnit.SECONDS);
            Inflater inflater = new Inflater();
            byte[] text = new byte[1000];
            for (int i = 0; i < 20; i++) {
                stream.send("event " + i);
                inflater.setInput(peer.chunkBytes());
                int length = inflater.inflate(text);
                assertThat(new String(text, 0, length, StandardCharsets.UTF_8))
                        .isEqualTo("data: event " + i + "\n\n");
            }
            stream.close();
            inflater.setInput(peer.chunkBytes());
            assertThat(inflater.inflate(text)).isZero();
            assertThat(inflater.finished()).isTrue();
            inflater.end();
            assertThat(peer.chunkBytes()).isEmpty();
        }
    }

    @OnEachBackend
    void aWriterAndAnEchoAreCompressedToo(NetOptions.Backend backend) throws Exception {
        Compression filter = Compression.create();
        HttpHandler handler = request -> request.method().equals("GET")
                ? HttpResponse.writer("text/plain", out -> {
                    for (int i = 0; i < 1000; i++) {
                        out.write(TEXT.getBytes(StandardCharsets.UTF_8));
                    }
                })
                : HttpResponse.publisher("text/plain", request.publisher());
        HttpHandler chain = streaming(request -> filter.filter(request, handler));
        HttpOptions options = HttpPeer.options(backend).workers(1).workerQueueMax(0).build();
        try (HttpServer server = HttpServer.open(options, chain);
                HttpPeer peer = HttpPeer.connect(server)) {
            String head = peer.write(get("Accept-Encoding: gzip")).readHead();
            assertThat(new String(decode(head, body(peer, head)), StandardCharsets.UTF_8))
                    .isEqualTo(TEXT.repeat(1000));
            head = peer.write("POST / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n"
                    + "Content-Length: " + TEXT.length() + "\r\n\r\n" + TEXT).readHead();
            assertThat(decode(head, body(peer, head))).asString().isEqualTo(TEXT);
        }
    }

    @OnEachBackend
    void aCompressedWriterWithoutAWorkerIsAnsweredWith503(NetOptions.Backend backend)
            throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Compression filter = Compression.create();
        HttpHandler handler = request -> HttpResponse.writer("text/plain", out -> {
            running.countDown();
            assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
        });
        HttpOptions options = HttpPeer.options(backend).workers(1).workerQueueMax(0).build();
        try (HttpServer server =
                HttpServer.open(options, request -> filter.filter(request, handler));
                HttpPeer one = HttpPeer.connect(server); HttpPeer two = HttpPeer.connect(server)) {
            one.write(get("Accept-Encoding: gzip"));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(two.ask(get("Accept-Encoding: gzip")).status()).isEqualTo(503);
            go.countDown();
            String head = one.readHead();
            assertThat(decode(head, body(one, head))).isEmpty();
        }
    }

    /** Doubles every byte, and is counted. */
    private static final class Doubling implements HttpCoder {
        static final AtomicInteger OPEN = new AtomicInteger();
        static final AtomicInteger MADE = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();

        Doubling() {
            OPEN.incrementAndGet();
            MADE.incrementAndGet();
        }

        @Override
        public ByteBuffer code(ByteBuffer data) {
            assertThat(closed).hasValue(0);
            assertThat(data.remaining()).isBetween(1, 32 * 1024);
            ByteBuffer coded = ByteBuffer.allocate(2 * data.remaining());
            while (data.hasRemaining()) {
                byte one = data.get();
                coded.put(one).put(one);
            }
            return coded.flip();
        }

        @Override
        public ByteBuffer end() {
            assertThat(closed).hasValue(0);
            return ByteBuffer.wrap(new byte[] {'.'});
        }

        @Override
        public void close() {
            assertThat(closed.incrementAndGet()).isEqualTo(1);
            OPEN.decrementAndGet();
        }
    }

    @OnEachBackend
    void everyCoderIsClosed(NetOptions.Backend backend) throws Exception {
        int made = Doubling.MADE.get();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        HttpHandler handler = request -> switch (request.header("Case").orElse("")) {
            case "whole" -> HttpResponse.text("ab").coded(Doubling::new).coded(Doubling::new);
            case "stream" -> HttpResponse.builder().stream(body -> {
                body.write(new byte[] {'a'});
                body.write(new byte[0]);
                body.end();
                body.end();
            }).build().coded(Doubling::new);
            case "throws" -> HttpResponse.builder().stream(body -> {
                body.write(new byte[] {'a'});
                throw new IllegalStateException("failed");
            }).build().coded(Doubling::new);
            case "aborts" -> HttpResponse.builder().stream(body -> {
                body.write(new byte[] {'a'});
                body.abort();
            }).build().coded(Doubling::new);
            case "gone" -> {
                request.onDone(outcome -> gone.complete(null));
                yield HttpResponse.publisher(new Manual(new byte[100_000], Integer.MAX_VALUE))
                        .coded(Doubling::new);
            }
            case "none" -> HttpResponse.status(200).coded(Doubling::new);
            default -> HttpResponse.later(CompletableFuture.completedFuture(
                    HttpResponse.text("c"))).coded(Doubling::new);
        };
        try (HttpServer server =
                HttpServer.open(HttpPeer.options(backend).build(), handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(get("Case: whole")).body()).isEqualTo("aaaabbbb...");
                assertThat(peer.ask(get("Case: stream")).body()).isEqualTo("aa.");
                assertThat(peer.ask(get("Case: none")).body()).isEmpty();
                assertThat(peer.ask(get("Case: later")).body()).isEqualTo("cc.");
                peer.ask("HEAD / HTTP/1.1\r\nHost: h\r\nCase: stream\r\n\r\n", true);
            }
            for (String cut : new String[] {"throws", "aborts"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    assertThat(peer.write(get("Case: " + cut)).ending())
                            .doesNotContain("\r\n0\r\n");
                }
            }
            try (HttpPeer peer = HttpPeer.narrow(server)) {
                peer.write(get("Case: gone")).readHead();
                peer.reset();
                gone.get(10, TimeUnit.SECONDS);
            }
        }
        assertThat(Doubling.OPEN).hasValue(0);
        assertThat(Doubling.MADE.get() - made).isEqualTo(7);
    }

    @Test
    void typesThatGainAreKnown() {
        for (String type : new String[] {"text/html", "application/json", "image/svg+xml",
            "application/problem+json", "application/wasm"}) {
            assertThat(Compression.isCompressible(type)).as(type).isTrue();
        }
        for (String type : new String[] {"", "image/png", "application/zip", "font/woff2",
            "application/octet-stream", "text/event-stream", "video/mp4"}) {
            assertThat(Compression.isCompressible(type)).as(type).isFalse();
        }
    }

    @OnEachBackend
    void headSaysWhatGetWouldOrNothing(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> switch (request.header("Case").orElse("")) {
            case "stated" -> HttpResponse.builder().header("Content-Type", "text/plain")
                    .header("Content-Length", "5000").header("ETag", "\"a\"").build();
            case "large" -> HttpResponse.text(TEXT.repeat(100)).withHeader("ETag", "\"a\"");
            default -> HttpResponse.text(TEXT).withHeader("ETag", "\"a\"");
        };
        try (HttpServer server = open(backend, Compression.create(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String form : new String[] {"whole", "large", "stated"}) {
                String[] lines = {"Accept-Encoding: gzip", "Case: " + form};
                Reply bare = peer.ask(get(lines).replace("GET", "HEAD"), true);
                assertThat(bare.has("ETag: W/\"a\"")).as(form).isTrue();
                assertThat(bare.has("Content-Encoding: gzip")).as(form).isTrue();
                assertThat(bare.has("Vary: Accept-Encoding")).as(form).isTrue();
                if (form.equals("whole")) {
                    String full = peer.write(get(lines)).readHead();
                    body(peer, full);
                    assertThat(bare.head()).isEqualTo(full);
                } else {
                    assertThat(bare.head()).as(form).doesNotContain("Content-Length");
                }
                bare = peer.ask(get("Case: " + form).replace("GET", "HEAD"), true);
                assertThat(bare.has("ETag: \"a\"")).as(form).isTrue();
                assertThat(bare.head()).as(form).contains("Content-Length")
                        .doesNotContain("Content-Encoding");
            }
        }
    }

    @OnEachBackend
    void aConditionIsAnsweredForWhatTheClientHas(NetOptions.Backend backend) throws Exception {
        HttpResponse unchanged = HttpResponse.status(304).withHeader("ETag", "\"a\"");
        try (HttpServer server = open(backend, Compression.create(), request -> unchanged);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String[] tags : new String[][] {
                {"W/\"a\"", "W/\"a\""}, {"\"b\",W/\"a\"", "W/\"a\""},
                {"\"a\"", "\"a\""}, {"W/\"b\"", "\"a\""}, {"*", "\"a\""},
                {"\"a\", W/\"a\"", "W/\"a\""}}) {
                Reply reply = peer.ask(get("Accept-Encoding: gzip", "If-None-Match: " + tags[0]));
                assertThat(reply.status()).isEqualTo(304);
                assertThat(reply.has("Vary: Accept-Encoding")).isTrue();
                assertThat(reply.has("ETag: " + tags[1])).as(tags[0]).isTrue();
            }
            Reply plain = peer.ask(get("If-None-Match: \"a\", W/\"a\""));
            assertThat(plain.has("ETag: \"a\"")).isTrue();
            assertThat(plain.has("Vary: Accept-Encoding")).isTrue();
        }
    }
}

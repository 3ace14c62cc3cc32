package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.TestPeer;
import io.gannet.http.HttpPeer.Reply;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How files are sent: whole or cut, in their place, and without a descriptor left behind. */
@Timeout(60)
class FileSendIT {
    private static final int LARGE = 16 << 20;

    @TempDir
    private Path root;

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    private String put(String name, int size) throws IOException {
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++) {
            content[i] = (byte) ('a' + (i + i / 1000) % 26);
        }
        Files.write(root.resolve(name), content);
        return new String(content, StandardCharsets.US_ASCII);
    }

    private Path sparse(String name, long size) throws IOException {
        Path file = root.resolve(name);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap("!".getBytes(StandardCharsets.US_ASCII)), size - 1);
        }
        return file;
    }

    /** How many descriptors of this process are in the folder. */
    private long descriptors() throws IOException {
        long count = 0;
        Path real = root.toRealPath();
        String[] fds = Objects.requireNonNull(Path.of("/proc/self/fd").toFile().list());
        for (String fd : fds) {
            try {
                Path target = Files.readSymbolicLink(Path.of("/proc/self/fd", fd));
                count += target.startsWith(real) ? 1 : 0;
            } catch (IOException e) {
                count += 0; /* closed meanwhile */
            }
        }
        return count;
    }

    /** Waits until no descriptor is left. */
    private void awaitNoDescriptor() throws IOException {
        long deadline = System.nanoTime() + 15_000_000_000L;
        while (descriptors() > 0) {
            assertThat(System.nanoTime()).as("descriptors are left").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @OnEachBackend
    void filesOfAllSizesArriveWhole(NetOptions.Backend backend) throws Exception {
        int[] sizes = {0, 1, 1000, FileBody.READ_MAX - 1, FileBody.READ_MAX, FileBody.READ_MAX + 1,
            32 * 1024, 64 * 1024 + 1, 1 << 20, 3_000_001};
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int size : sizes) {
                String text = put("f" + size, size);
                for (int i = 0; i < 3; i++) {
                    assertThat(peer.ask(HttpPeer.get("/f" + size)).body()).isEqualTo(text);
                }
                Reply head = peer.write("HEAD /f" + size + " HTTP/1.1\r\nHost: h\r\n\r\n")
                        .reply(true);
                assertThat(head.has("Content-Length: " + size)).isTrue();
            }
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void filesKeepTheirPlaceAmongResponses(NetOptions.Backend backend) throws Exception {
        String small = put("small", 5000);
        String large = put("large", 300_000);
        CompletableFuture<HttpResponse> slow = new CompletableFuture<>();
        HttpFiles files = HttpFiles.of(root);
        HttpHandler handler = request -> switch (request.path()) {
            case "/text" -> HttpResponse.text("text");
            case "/slow" -> HttpResponse.later(slow);
            default -> files.handle(request);
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            String range = "GET /large HTTP/1.1\r\nHost: h\r\nRange: bytes=100000-250000\r\n\r\n";
            String two = "GET /large HTTP/1.1\r\nHost: h\r\nRange: bytes=0-0,9000-9000\r\n\r\n";
            peer.write(HttpPeer.get("/small") + HttpPeer.get("/large") + HttpPeer.get("/text")
                    + range + HttpPeer.get("/no") + HttpPeer.get("/slow") + HttpPeer.get("/small")
                    + range + two + HttpPeer.get("/text"));
            assertThat(peer.reply().body()).isEqualTo(small);
            assertThat(peer.reply().body()).isEqualTo(large);
            assertThat(peer.reply().body()).isEqualTo("text");
            assertThat(peer.reply().body()).isEqualTo(large.substring(100_000, 250_001));
            assertThat(peer.reply().status()).isEqualTo(404);
            slow.complete(HttpResponse.file(root.resolve("large")));
            assertThat(peer.reply().body()).isEqualTo(large);
            assertThat(peer.reply().body()).isEqualTo(small);
            assertThat(peer.reply().body()).isEqualTo(large.substring(100_000, 250_001));
            assertThat(peer.reply().status()).isEqualTo(206);
            assertThat(peer.reply().body()).isEqualTo("text");
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void theConnectionEndsBehindAFileWhereItShould(NetOptions.Backend backend) throws Exception {
        String large = put("large", 300_000);
        try (HttpServer server = open(backend, HttpFiles.of(root))) {
            for (String head : new String[] {
                "GET /large HTTP/1.0\r\n\r\n",
                "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    Reply reply = peer.ask(head);
                    assertThat(reply.has("Connection: close")).isTrue();
                    assertThat(reply.body()).isEqualTo(large);
                    assertThat(peer.ending()).isEqualTo("end");
                }
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(peer.ask("GET /large HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                            .has("Connection: keep-alive")).isTrue();
                }
            }
        }
    }

    @OnEachBackend
    void aHugeFileTakesNoHeap(NetOptions.Backend backend) throws Exception {
        long size = (2L << 30) + (192 << 20);
        long from = (2L << 30) - (64 << 20);
        sparse("huge", size);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AtomicReference<Long> allocated = new AtomicReference<>(0L);
        HttpFiles files = HttpFiles.of(root);
        HttpHandler handler = request -> {
            if (request.path().equals("/mark")) {
                allocated.set(threads.getCurrentThreadAllocatedBytes());
                return HttpResponse.status(204);
            }
            return files.handle(request);
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(HttpPeer.get("/mark"));
            long before = allocated.get();
            String tail = "GET /huge HTTP/1.1\r\nHost: h\r\nRange: bytes=-2\r\n\r\n";
            assertThat(peer.ask(tail).body()).isEqualTo("\0!");
            String most = "GET /huge HTTP/1.1\r\nHost: h\r\nRange: bytes=" + from + "-\r\n\r\n";
            peer.write(most);
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) peer.readBytes(1)[0]);
            }
            String range = from + "-" + (size - 1) + "/" + size;
            assertThat(head).contains("Content-Range: bytes " + range + "\r\n");
            assertThat(head).contains("Content-Length: " + (size - from) + "\r\n");
            long count = from;
            while (count < size) {
                byte[] data = peer.readBytes((int) Math.min(size - count, 1 << 20));
                assertThat(data.length).isPositive();
                count += data.length;
                assertThat(data[data.length - 1]).isEqualTo((byte) (count == size ? '!' : 0));
            }
            peer.ask(HttpPeer.get("/mark"));
            assertThat(allocated.get() - before).isLessThan(4 << 20);
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void aFileThatShrinksWhileItIsSentCutsTheConnection(NetOptions.Backend backend)
            throws Exception {
        Path file = sparse("shrinks", 64 << 20);
        try (HttpServer server = open(backend, HttpFiles.of(root));
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write(HttpPeer.get("/shrinks"));
            assertThat(peer.readBytes(1)).hasSize(1);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(1 << 20);
            }
            assertThat(drain(peer)).isLessThan(64 << 20);
            awaitNoDescriptor();
        }
    }

    /** Reads until the end or a reset; returns how many bytes came. */
    private static int drain(TestPeer peer) {
        int count = 0;
        try {
            for (int more = 1; more > 0; count += more) {
                more = peer.readBytes(1 << 16).length;
            }
        } catch (IOException e) {
            return count;
        }
        return count;
    }

    /** What was checked is what is sent: the path is not looked at again. */
    @OnEachBackend
    void aFileThatIsReplacedMeanwhileIsSentAsItWas(NetOptions.Backend backend) throws Exception {
        String text = put("old", 100_000);
        HttpFiles files = HttpFiles.of(root);
        HttpHandler handler = request -> {
            HttpResponse response = files.handle(request);
            Files.delete(root.resolve("old"));
            put("old", 7);
            return response;
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/old")).body()).isEqualTo(text);
        }
    }

    @OnEachBackend
    void aSmallFileThatShrankBeforeItIsSentIsAnError(NetOptions.Backend backend) throws Exception {
        HttpFiles files = HttpFiles.of(root);
        HttpHandler handler = request -> {
            HttpResponse response = files.handle(request);
            Files.write(root.resolve("small"), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
            return response;
        };
        put("small", 1000);
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/no") + HttpPeer.get("/small"));
            assertThat(peer.reply().status()).isEqualTo(404);
            assertThat(peer.reply().status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/small")).status()).isEqualTo(200);
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void aClientThatGoesAwayLeavesNoDescriptor(NetOptions.Backend backend) throws Exception {
        sparse("large", LARGE);
        try (HttpServer server = open(backend, HttpFiles.of(root))) {
            for (boolean reset : new boolean[] {true, false}) {
                for (String range : new String[] {
                    "", "Range: bytes=0-5000000,6000000-9000000\r\n"}) {
                    try (TestPeer peer = TestPeer.narrow(server.port())) {
                        peer.write("GET /large HTTP/1.1\r\nHost: h\r\n" + range + "\r\n");
                        assertThat(peer.readBytes(1000)).hasSize(1000);
                        assertThat(descriptors()).isPositive();
                        if (reset) {
                            peer.reset();
                        }
                    }
                    awaitNoDescriptor();
                }
            }
        }
    }

    @OnEachBackend
    void aServerThatIsClosedLeavesNoDescriptor(NetOptions.Backend backend) throws Exception {
        sparse("large", LARGE);
        try (HttpServer server = open(backend, HttpFiles.of(root));
                TestPeer peer = TestPeer.narrow(server.port());
                TestPeer other = TestPeer.narrow(server.port())) {
            peer.write(HttpPeer.get("/large"));
            other.write(HttpPeer.get("/large"));
            assertThat(peer.readBytes(1000)).hasSize(1000);
            assertThat(other.readBytes(1000)).hasSize(1000);
            assertThat(descriptors()).isEqualTo(2);
            server.close();
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void aServerThatStopsFinishesItsFiles(NetOptions.Backend backend) throws Exception {
        sparse("large", LARGE);
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/large"));
            byte[] begin = peer.readBytes(1);
            CompletableFuture<Boolean> stopped =
                    Async.supply(() -> server.stop(Duration.ofSeconds(30)));
            assertThat(peer.reply(begin).body()).hasSize(LARGE);
            assertThat(peer.ending()).isEqualTo("end");
            assertThat(stopped.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void aSlowReaderHoldsBackWhatComesBehind(NetOptions.Backend backend) throws Exception {
        sparse("large", LARGE);
        HttpFiles files = HttpFiles.of(root);
        AtomicReference<Integer> calls = new AtomicReference<>(0);
        HttpHandler handler = request -> {
            calls.set(calls.get() + 1);
            return files.handle(request);
        };
        try (HttpServer server = open(backend, handler);
                HttpPeer peer = HttpPeer.narrow(server);
                HttpPeer other = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/large").repeat(20));
            assertThat(peer.readBytes(1)).hasSize(1);
            for (int i = 0; i < 50; i++) {
                other.ask(HttpPeer.get("/no"));
            }
            assertThat(calls.get()).isBetween(51, 52);
            assertThat(descriptors()).isBetween(1L, 2L);
            peer.reset();
            awaitNoDescriptor();
        }
    }

    @OnEachBackend
    void aFileOfAResponseThatIsNotSentIsClosed(NetOptions.Backend backend) throws Exception {
        put("file", 100_000);
        HttpFiles files = HttpFiles.of(root);
        AtomicReference<HttpResponse> kept = new AtomicReference<>();
        HttpHandler handler = request -> switch (request.path()) {
            case "/again" -> kept.get();
            case "/error" -> {
                files.handle(request);
                throw new HttpException(418, "changed my mind");
            }
            default -> {
                kept.set(files.handle(request));
                files.handle(request);
                yield request.query().isEmpty() ? HttpResponse.text("other") : kept.get();
            }
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/file")).body()).isEqualTo("other");
            assertThat(descriptors()).isZero();
            assertThat(peer.ask(HttpPeer.get("/again")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/file?x")).body()).hasSize(100_000);
            assertThat(peer.ask(HttpPeer.get("/again")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/no")).status()).isEqualTo(404);
            assertThat(descriptors()).isZero();
        }
    }

    @OnEachBackend
    void filesOpenedByOtherThreadsAreSentOrClosed(NetOptions.Backend backend) throws Exception {
        String text = put("file", 100_000);
        HttpFiles files = HttpFiles.of(root);
        CompletableFuture<HttpRequest> gone = new CompletableFuture<>();
        CompletableFuture<HttpResponse> late = new CompletableFuture<>();
        HttpHandler handler = request -> {
            if (request.query().equals("late")) {
                gone.complete(request);
                return HttpResponse.later(late);
            }
            return HttpResponse.later(Async.supply(() -> files.handle(request)));
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 5; i++) {
                assertThat(peer.ask(HttpPeer.get("/file")).body()).isEqualTo(text);
            }
            try (HttpPeer leaves = HttpPeer.connect(server)) {
                leaves.write(HttpPeer.get("/file?late"));
                HttpRequest request = gone.get(10, TimeUnit.SECONDS);
                leaves.reset();
                late.complete(files.handle(request));
                peer.ask(HttpPeer.get("/no"));
            }
            awaitNoDescriptor();
        }
    }

    /** As a filter does that compresses, but for what it makes of the bytes. */
    private static final class Same implements HttpCoder {
        @Override
        public ByteBuffer code(ByteBuffer data) {
            ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data);
            return copy.flip();
        }

        @Override
        public ByteBuffer end() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public void close() {}
    }

    @OnEachBackend
    void anErrorHasNothingOfTheFileThatIsNotSent(NetOptions.Backend backend) throws Exception {
        put("file", 1000);
        HttpHandler handler = request -> HttpResponse.file(root.resolve(request.query()))
                .withHeader("Cache-Control", "max-age=9").withHeader("ETag", "\"1\"");
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/?file")).has("Cache-Control: max-age=9")).isTrue();
            Reply missing = peer.ask(HttpPeer.get("/?no"));
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.head()).doesNotContain("Cache-Control").doesNotContain("ETag");
            Reply range = peer.ask("GET /?file HTTP/1.1\r\nHost: h\r\nRange: bytes=2000-\r\n\r\n");
            assertThat(range.status()).isEqualTo(416);
            assertThat(range.head()).doesNotContain("Cache-Control");
        }
    }

    @OnEachBackend
    void whatAPostIsAnsweredWithHasNoRangesAndNoConditions(NetOptions.Backend backend)
            throws Exception {
        put("file", 1000);
        HttpHandler handler = request -> HttpResponse.file(root.resolve("file"));
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            String conditions = "Range: bytes=0-1\r\nIf-None-Match: *\r\n";
            Reply reply = peer.ask("POST / HTTP/1.1\r\nHost: h\r\n" + conditions
                    + "Content-Length: 0\r\n\r\n");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.body()).hasSize(1000);
        }
    }

    @OnEachBackend
    void aFileOfAPromiseThatIsNeverKeptIsClosedWithItsConnection(NetOptions.Backend backend)
            throws Exception {
        put("file", 100_000);
        HttpFiles files = HttpFiles.of(root);
        CompletableFuture<HttpResponse> opened = new CompletableFuture<>();
        HttpHandler handler = request -> {
            opened.complete(files.handle(request));
            return HttpResponse.later(new CompletableFuture<>());
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/file"));
            opened.get(10, TimeUnit.SECONDS);
            assertThat(descriptors()).isEqualTo(1);
            peer.reset();
            awaitNoDescriptor();
        }
    }

    @Test
    void filesOfOtherFileSystemsAreRefusedAtOnce() throws Exception {
        URI archive = URI.create("jar:" + root.resolve("a.zip").toUri());
        try (FileSystem inside = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path file = inside.getPath("/file");
            assertThatIllegalArgumentException().isThrownBy(() -> HttpResponse.file(file));
        }
    }

    @OnEachBackend
    void aFileCanBeWrittenThroughAnotherProducer(NetOptions.Backend backend) throws Exception {
        String text = put("file", 3_000_000);
        HttpFiles files = HttpFiles.of(root);
        HttpHandler handler = request -> {
            HttpResponse response = request.query().isEmpty()
                    ? files.handle(request)
                    : HttpResponse.file(root.resolve(request.query()));
            return response.coded(Same::new).coded(Same::new);
        };
        try (HttpServer server = open(backend, handler);
                HttpPeer peer = HttpPeer.narrow(server)) {
            assertThat(peer.ask(HttpPeer.get("/file")).body()).isEqualTo(text);
            assertThat(peer.ask(HttpPeer.get("/?file")).body()).isEqualTo(text);
            String two = "GET /file HTTP/1.1\r\nHost: h\r\nRange: bytes=0-2,900000-1000000\r\n\r\n";
            assertThat(peer.ask(two).body()).contains("\r\nContent-Range: bytes 0-2/3000000\r\n\r\n"
                    + text.substring(0, 3) + "\r\n--")
                    .contains("\r\n\r\n" + text.substring(900_000, 1_000_001) + "\r\n--")
                    .endsWith("--\r\n");
            sparse("large", LARGE);
            peer.write(HttpPeer.get("/large"));
            assertThat(peer.readBytes(100)).hasSize(100);
            assertThat(descriptors()).isEqualTo(1);
            peer.reset();
            awaitNoDescriptor();
        }
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/?no")).status()).isEqualTo(404);
            assertThat(peer.ask(HttpPeer.get("/file")).body()).isEqualTo(text);
        }
    }

    @OnEachBackend
    void whatAResponseSaysOfRangesIsNotSaidTwice(NetOptions.Backend backend) throws Exception {
        put("a", 10);
        HttpHandler handler = request -> {
            HttpResponse file = HttpResponse.file(root.resolve("a"));
            String own = request.header("Own").orElse("");
            file = own.contains("R") ? file.withHeader("Accept-Ranges", "none") : file;
            file = own.contains("E") ? file.withHeader("ETag", "\"1\"") : file;
            file = own.contains("M")
                    ? file.withHeader("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT")
                    : file;
            return file;
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (String own : new String[] {"", "R", "E", "M", "R,E", "R,M", "E,M", "R,E,M"}) {
                String head = peer.ask(HttpPeer.head("GET / HTTP/1.1", "Host: h", "Own: " + own))
                        .head();
                for (String name : new String[] {"Accept-Ranges", "ETag", "Last-Modified"}) {
                    assertThat(head).as(own).containsOnlyOnce("\r\n" + name + ": ");
                }
                assertThat(head.contains("\r\nAccept-Ranges: none\r\n"))
                        .isEqualTo(own.contains("R"));
                assertThat(head.contains("\r\nETag: \"1\"\r\n")).isEqualTo(own.contains("E"));
                assertThat(head.contains("\r\nLast-Modified: Thu, 01 Jan 1970"))
                        .isEqualTo(own.contains("M"));
            }
        }
    }
}

package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.CapturedLog;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Forms of several parts over sockets, and the files that must not stay. */
@Timeout(30)
class HttpMultipartIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String TYPE = "multipart/form-data; boundary=XX";

    @TempDir
    Path dir;

    private HttpMultipartOptions.Builder limits() {
        return HttpMultipartOptions.builder().directory(dir).memoryMax(1000);
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    /** A server whose handler runs on workers and reads the body as it comes. */
    private static HttpServer streaming(HttpHandler handler) {
        return open(NetOptions.Backend.AUTO,
                HttpHandler.blocking(HttpStreamHandler.streaming(handler)));
    }

    private static String part(String disposition, String data) {
        return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + data
                + "\r\n";
    }

    private static String request(String type, String body) {
        return "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: " + type + "\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private static String form(String... parts) {
        return request(TYPE, String.join("", parts) + "--XX--\r\n");
    }

    private static String describe(HttpMultipart form) {
        StringBuilder text = new StringBuilder();
        for (HttpPart part : form.parts()) {
            text.append(part.name()).append('|').append(part.fileName().orElse("-")).append('|')
                    .append(part.contentType().orElse("-")).append('|').append(part.size())
                    .append(part.isInMemory() ? "" : " in a file").append('\n');
        }
        return text.toString();
    }

    /** The files of the directory that are open, with or without a name. */
    private List<Path> openFiles() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path fd : all.toList()) {
                try {
                    if (Files.readSymbolicLink(fd).startsWith(dir)) {
                        found.add(fd);
                    }
                } catch (IOException e) {
                    assertThat(fd).doesNotExist(); /* closed meanwhile */
                }
            }
        }
        return found;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(dir)) {
            return all.map(Path::toString).toList();
        }
    }

    private void awaitNoFiles() throws IOException {
        assertThat(names()).isEmpty();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!openFiles().isEmpty()) {
            assertThat(System.nanoTime()).as("files stay open").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @OnEachBackend
    void aFormThatWasCollectedStaysInMemory(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> {
            HttpMultipart form = request.multipart(limits().build());
            assertThat(request.multipart()).isSameAs(form);
            return HttpResponse.text(describe(form) + form.field("a").orElse("-")
                    + form.field("f").orElse("-") + form.field("none").orElse("-")
                    + form.parts("a").size() + form.part("f").orElseThrow().text().length());
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(form(part("name=a", "1"), part("name=a", "2"),
                    part("name=f; filename=\"x.txt\"\r\nContent-Type: Text/Plain;charset=utf-8",
                            "y".repeat(5000))));
            assertThat(reply.body()).isEqualTo(
                    "a|-|-|1\na|-|-|1\nf|x.txt|text/plain|5000\n1--25000");
        }
    }

    @OnEachBackend
    void longPartsOfAStreamedFormGoToFiles(NetOptions.Backend backend) throws Exception {
        BlockingQueue<HttpPart> parts = new LinkedBlockingQueue<>();
        byte[] data = new byte[3_000_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) ((i * 31) >> 3);
        }
        String text = new String(data, StandardCharsets.ISO_8859_1);
        HttpHandler handler = HttpHandler.blocking(HttpStreamHandler.streaming(request -> {
            HttpMultipart form = request.multipart(limits().build());
            assertThat(names()).isEmpty();
            assertThat(openFiles()).hasSize(1);
            assertThat(Files.getPosixFilePermissions(openFiles().get(0)))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            HttpPart part = form.part("f").orElseThrow();
            parts.add(part);
            boolean same = Arrays.equals(part.bytes(), data)
                    && Arrays.equals(part.stream().readAllBytes(), data);
            return HttpResponse.text(describe(form) + same);
        }));
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(form(part("name=a", "x".repeat(1000)),
                    part("name=f; filename=big", text))).body())
                    .isEqualTo("a|-|-|1000\nf|big|-|3000000 in a file\ntrue");
            awaitNoFiles();
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> parts.remove().stream().read());
        }
    }

    @Test
    void memoryIsLeftAtItsLimit() throws Exception {
        HttpHandler handler = request ->
                HttpResponse.text(describe(request.multipart(limits().build())));
        try (HttpServer server = streaming(handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (int more = -1; more <= 1; more++) {
                int size = 1000 + more;
                assertThat(peer.ask(form(part("name=a", "x".repeat(size)))).body())
                        .isEqualTo("a|-|-|" + size + (more > 0 ? " in a file\n" : "\n"));
            }
            awaitNoFiles();
        }
    }

    @Test
    void formsOverALimitAreRefusedWithoutATrace() throws Exception {
        String big = part("name=a", "x".repeat(2000));
        int total = big.length() + "--XX--\r\n".length();
        HttpHandler handler = request -> {
            HttpMultipartOptions.Builder limits = limits();
            switch (request.query()) {
                case "parts" -> limits.partsMax(2);
                case "part" -> limits.partMax(2000);
                case "total" -> limits.totalMax(total);
                default -> limits.headerBytesMax(64);
            }
            return HttpResponse.text("" + request.multipart(limits.build()).parts().size());
        };
        String small = part("name=a", "");
        for (boolean streamed : new boolean[] {true, false}) {
            try (HttpServer server = streamed ? streaming(handler)
                    : open(NetOptions.Backend.AUTO, handler)) {
                check(server, "parts", form(big, small), 200);
                check(server, "parts", form(big, small, small), 413);
                check(server, "part", form(big), 200);
                check(server, "part", form(part("name=a", "x".repeat(2001))), 413);
                check(server, "part", form(big, big), 200);
                check(server, "total", form(big), 200);
                check(server, "total", form(part("name=a", "x".repeat(2001))), 413);
                check(server, "header", form(part("name=a", "")), 200);
                check(server, "header", form(big, part("name=" + "a".repeat(40), "")), 413);
                check(server, "", form(big).replace("--XX--\r\n", "--XX\r\n\r\n"), 400);
                check(server, "", form(big).replace("boundary=XX", "boundary"), 415);
                check(server, "", form(big).replace("; boundary=XX", ""), 400);
                check(server, "", form(big).replace("form-data; b", "mixed; b"), 415);
                awaitNoFiles();
            }
        }
    }

    private static void check(HttpServer server, String query, String request, int status)
            throws Exception {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(request.replace("POST / ", "POST /?" + query + " "));
            assertThat(reply.status()).as(query + ": " + reply.body()).isEqualTo(status);
        }
    }

    @OnEachBackend
    void nothingStaysOfAnUploadThatIsCutOff(NetOptions.Backend backend) throws Exception {
        BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        HttpHandler handler = HttpHandler.blocking(HttpStreamHandler.streaming(request -> {
            try {
                return HttpResponse.text(describe(request.multipart(limits().build())));
            } catch (Throwable e) {
                failures.add(e);
                throw e;
            }
        }));
        try (HttpServer server = open(backend, handler)) {
            String whole = form(part("name=a", "x".repeat(500_000)));
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(whole.substring(0, 400_000));
                long end = System.nanoTime() + PATIENCE.toNanos();
                while (openFiles().isEmpty()) {
                    assertThat(System.nanoTime()).isLessThan(end);
                    Thread.onSpinWait();
                }
                peer.reset();
            }
            assertThat(failures.poll(10, TimeUnit.SECONDS)).hasMessage("the body is incomplete");
            awaitNoFiles();
        }
    }

    @Test
    void nothingStaysWhenTheHandlerFailsOrTheServerStops() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        HttpHandler handler = request -> {
            request.multipart(limits().build());
            assertThat(openFiles()).hasSize(1);
            if (request.query().isEmpty()) {
                throw new IllegalStateException("the handler fails");
            }
            reached.countDown();
            never.await();
            return HttpResponse.noContent();
        };
        String whole = form(part("name=a", "x".repeat(5000)));
        try (HttpServer server = streaming(handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(whole).status()).isEqualTo(500);
            awaitNoFiles();
            peer.write(whole.replace("POST / ", "POST /?wait "));
            assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
            server.close();
            awaitNoFiles();
        }
    }

    @Test
    void aStreamedFormCannotBeReadOnTheLoop() throws Exception {
        HttpHandler handler = HttpStreamHandler.streaming(
                request -> HttpResponse.text(describe(request.multipart())));
        try (HttpServer server = open(NetOptions.Backend.AUTO, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(form(part("name=a", "1")).replace("--XX--\r\n", ""));
            assertThat(peer.reply().status()).isEqualTo(500);
        }
    }

    @Test
    void aDirectoryThatCannotBeUsedIsTheProgramsFault() throws Exception {
        HttpMultipartOptions options = limits().directory(dir.resolve("missing")).build();
        HttpHandler handler = request ->
                HttpResponse.text(describe(request.multipart(options)));
        try (CapturedLog log = new CapturedLog();
                HttpServer server = streaming(handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(form(part("name=a", "x".repeat(2000)))).status()).isEqualTo(500);
            assertThat(log.next().getThrown()).hasMessageContaining("missing")
                    .hasMessageContaining("HttpMultipartOptions.directory chooses another");
        }
    }

    @Test
    void partsAreSavedUnderNewNamesOnly(@TempDir Path elsewhere) throws Exception {
        HttpHandler handler = request -> {
            HttpMultipart form = request.multipart(limits().build());
            for (HttpPart part : form.parts()) {
                Path target = elsewhere.resolve(part.name());
                part.saveTo(target);
                assertThatExceptionOfType(FileAlreadyExistsException.class)
                        .isThrownBy(() -> part.saveTo(target));
            }
            return HttpResponse.noContent();
        };
        try (HttpServer server = streaming(handler); HttpPeer peer = HttpPeer.connect(server)) {
            String big = "0123456789".repeat(20_000);
            assertThat(peer.ask(form(part("name=a", "1"), part("name=b", big))).status())
                    .isEqualTo(204);
            assertThat(elsewhere.resolve("a")).hasContent("1");
            assertThat(elsewhere.resolve("b")).hasContent(big);
        }
    }

    @Test
    void textsOfPartsAreReadInTheirCharset() throws Exception {
        HttpHandler handler = request -> {
            HttpMultipart form = request.multipart();
            return HttpResponse.text(form.field("a").orElse("-") + form.field("b").orElse("-"));
        };
        String latin = part("name=a\r\nContent-Type: text/plain; charset=iso-8859-1", "\u00e4");
        try (HttpServer server = open(NetOptions.Backend.AUTO, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(form(latin, part("name=b", "\u00c3\u00b6"))).body())
                    .isEqualTo("äö");
            assertThat(peer.ask(form(latin.replace("iso-8859-1", "x-none"))).status())
                    .isEqualTo(415);
        }
    }

    @Test
    void optionsAreChecked() {
        assertThat(HttpMultipartOptions.defaults().partsMax()).isEqualTo(100);
        assertThatIllegalArgumentException().isThrownBy(() -> limits().partsMax(0).build());
        assertThatIllegalArgumentException().isThrownBy(() -> limits().headerBytesMax(63).build());
        assertThatIllegalArgumentException().isThrownBy(() -> limits().partMax(-1).build());
        assertThatIllegalArgumentException().isThrownBy(() -> limits().totalMax(-1).build());
        assertThatIllegalArgumentException().isThrownBy(() -> limits().memoryMax(-1).build());
    }
}

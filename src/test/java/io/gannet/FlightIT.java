package io.gannet;

import static io.gannet.http.HttpHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.http.HttpStreamHandler;
import io.gannet.internal.Flight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder is told, and that it costs nothing where nobody records. */
@Timeout(60)
class FlightIT {
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final String EVENTS = "io.gannet.";
    /** Of what takes time; quick requests are not always quick on a busy machine. */
    private static final Duration SLOW = Duration.ofMillis(300);

    private static final String CHUNKED =
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    @TempDir
    Path folder;

    /** Options of a server whose watch looks often. */
    private static NetOptions.Builder options(NetOptions.Backend backend) {
        return Backends.server(backend).stallThreshold(Duration.ofMillis(400));
    }

    private static HttpOptions.Builder http(NetOptions.Backend backend) {
        return HttpOptions.builder().transport(options(backend).build());
    }

    private static Recording record(String... names) {
        Recording recording = new Recording();
        for (String name : names) {
            recording.enable(EVENTS + name);
        }
        recording.start();
        Soon.until(() -> Flight.isOn());
        return recording;
    }

    private List<RecordedEvent> stop(Recording recording, String name) throws IOException {
        try (recording) {
            recording.stop();
            Path file = Files.createTempFile(folder, "events", ".jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals(EVENTS + name))
                    .toList();
        }
    }

    private static void hold(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @OnEachBackend
    void aConnectionIsRecordedWithItsBytesAndItsEnd(NetOptions.Backend backend) throws Exception {
        List<RecordedEvent> events;
        String local;
        try (NetServer server = NetServer.open(options(backend).build(),
                (session, data) -> session.write(data))) {
            TestPeer early = TestPeer.connect(server.port());
            assertThat(early.exchange("x")).isEqualTo("x");
            Recording recording = record("Connection");
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("hello")).isEqualTo("hello");
            }
            Soon.until(() -> server.sessionCount() <= 1);
            early.close();
            Soon.until(() -> server.sessionCount() == 0);
            local = "/127.0.0.1:" + server.port();
            events = stop(recording, "Connection");
        }
        assertThat(events).hasSize(2);
        RecordedEvent seen = events.get(0);
        assertThat(seen.getLong("bytesReceived")).isEqualTo(5);
        assertThat(seen.getLong("bytesSent")).isEqualTo(5);
        assertThat(seen.getString("closedBy")).isEqualTo("PEER");
        assertThat(seen.getString("localAddress")).isEqualTo(local);
        assertThat(seen.getString("remoteAddress")).startsWith("/127.0.0.1:");
        assertThat(seen.getDuration()).isPositive();
        assertThat(events.get(1).getLong("bytesReceived")).isEqualTo(1);
    }

    /** What was open when a recording ended says nothing of who has its slot in the next. */
    @OnEachBackend
    void aConnectionHasTheTimesOfNoOther(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(options(backend).build(),
                (session, data) -> session.write(data))) {
            Recording recording = record("Connection");
            TestPeer before = TestPeer.connect(server.port());
            assertThat(before.exchange("x")).isEqualTo("x");
            assertThat(stop(recording, "Connection")).isEmpty();
            before.close();
            Soon.until(() -> server.sessionCount() == 0);
            TestPeer early = TestPeer.connect(server.port());
            assertThat(early.exchange("x")).isEqualTo("x");
            recording = record("Connection");
            early.close();
            Soon.until(() -> server.sessionCount() == 0);
            List<RecordedEvent> events = stop(recording, "Connection");
            assertThat(events).hasSize(1);
            assertThat(events.get(0).getDuration()).isZero();
        }
    }

    @OnEachBackend
    void aRecordingIsNoticedThoughNobodyLooksForStalls(NetOptions.Backend backend)
            throws Exception {
        NetOptions options =
                Backends.server(backend).stallThreshold(Duration.ZERO).build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            Soon.until(() -> !Flight.isOn());
            stop(record("Connection"), "Connection");
            assertThat(server.stop(LONG)).isTrue();
        }
    }

    @OnEachBackend
    void slowRequestsAreRecordedAndQuickOnesAreNot(NetOptions.Backend backend) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<RecordedEvent> events;
        HttpServer server = HttpServer.create(http(backend).workers(1)
                        .slowThreshold(SLOW).build())
                .get("/quick", request -> HttpResponse.text("x"))
                .get("/slow", blocking(request -> {
                    assertThat(never.await(600, TimeUnit.MILLISECONDS)).isFalse();
                    return HttpResponse.status(202);
                }));
        try (server; TestPeer peer = TestPeer.connect(server.start().port());
                TestPeer queued = TestPeer.connect(server.port())) {
            Recording recording = record();
            recording.enable(EVENTS + "SlowRequest").withThreshold(SLOW);
            peer.write("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(peer.read(12)).isEqualTo("HTTP/1.1 200");
            peer.write("GET /slow?secret=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            Soon.until(() -> server.stats().workers().busy() > 0);
            queued.write("GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            assertThat(queued.readAll()).startsWith("HTTP/1.1 202");
            assertThat(peer.readAll()).contains("HTTP/1.1 202");
            events = stop(recording, "SlowRequest");
            assertThat(server.stats().slow()).isEqualTo(2);
        }
        assertThat(events).hasSize(2);
        for (RecordedEvent event : events) {
            assertThat(event.getString("method")).isEqualTo("GET");
            assertThat(event.getString("path")).isEqualTo("/slow");
            assertThat(event.getInt("status")).isEqualTo(202);
            assertThat(event.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(590));
        }
        assertThat(events).anyMatch(event -> event.getDuration("queued")
                .compareTo(Duration.ofMillis(50)) > 0);
    }

    @OnEachBackend
    void aLoopThatIsHeldIsRecordedWithItsStack(NetOptions.Backend backend) throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        try (CapturedLog log = new CapturedLog();
                NetServer server = NetServer.open(options(backend).build(), (session, data) -> {
                    hold(until);
                    session.write(data);
                });
                TestPeer peer = TestPeer.connect(server.port())) {
            Recording recording = record("LoopStalled");
            assertThat(server.stats().stalls()).isZero();
            peer.write("x");
            assertThat(log.next().getMessage()).contains("held");
            until.countDown();
            assertThat(peer.read(1)).isEqualTo("x");
            assertThat(server.stats().stalls()).isEqualTo(1);
            List<RecordedEvent> events = stop(recording, "LoopStalled");
            assertThat(events).hasSize(1);
            assertThat(events.get(0).getString("loop")).contains("-loop-0");
            assertThat(events.get(0).getString("doing")).contains("FlightIT.hold");
        }
    }

    @OnEachBackend
    void limitsThatAreHitAreRecorded(NetOptions.Backend backend) throws Exception {
        String[] inputs = {
            "GET / HTTP/1.1\r\nHost: h\r\nX: " + "x".repeat(200) + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\n" + "X: x\r\n".repeat(4) + "\r\n",
            CHUNKED + "0\r\nX: " + "x".repeat(200) + "\r\n\r\n",
            CHUNKED + "0\r\n" + "X: x\r\n".repeat(4) + "\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
            CHUNKED + "b\r\nhello world\r\n",
            "GET\r\n\r\n"};
        List<RecordedEvent> events;
        try (HttpServer server = HttpServer.open(
                http(backend).headerBytesMax(100).headerCountMax(4).trailerBytesMax(100)
                        .trailerCountMax(3).bodyMax(10).build(),
                request -> HttpResponse.text("x"))) {
            Recording recording = record("LimitHit");
            for (String input : inputs) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    peer.write(input);
                    assertThat(peer.readAll()).startsWith("HTTP/1.1 4");
                }
            }
            events = stop(recording, "LimitHit");
        }
        assertThat(events).extracting(event -> event.getString("limit"))
                .containsExactly("headerBytesMax", "headerCountMax", "trailerBytesMax",
                        "trailerCountMax", "bodyMax", "bodyMax");
        /* JDK 17 loses texts of this length from its pool when one JVM records again. */
        assertThat(events.get(0).getString("what")).satisfiesAnyOf(
                what -> assertThat(what).isNull(),
                what -> assertThat(what).contains("header is longer"));
    }

    @OnEachBackend
    void theLimitOfABodyIsTheOneThatWasHit(NetOptions.Backend backend) throws Exception {
        String length = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 21\r\n\r\n";
        String chunks = CHUNKED + "15\r\n" + "x".repeat(21) + "\r\n";
        HttpHandler handler = HttpStreamHandler.streaming(
                request -> HttpResponse.later(new CompletableFuture<>()));
        for (int streamed : new int[] {20, 10}) {
            /* Only the core, which does not know what is streamed, lets more chunks come. */
            String expected = streamed == 20 ? "streamedBodyMax" : "bodyMax";
            try (HttpServer server = HttpServer.open(http(backend).bodyMax(30 - streamed)
                    .streamedBodyMax(streamed).build(), handler)) {
                Recording recording = record("LimitHit");
                for (String input : new String[] {length, chunks}) {
                    try (TestPeer peer = TestPeer.connect(server.port())) {
                        peer.write(input);
                        int limit = input.equals(length) ? streamed : 20;
                        assertThat(peer.readAll()).startsWith("HTTP/1.1 413")
                                .contains("longer than the limit of " + limit + " bytes");
                    }
                }
                assertThat(stop(recording, "LimitHit"))
                        .extracting(event -> event.getString("limit"))
                        .containsExactly("streamedBodyMax", expected);
            }
        }
    }

    @OnEachBackend
    void nothingIsToldOnceNobodyRecords(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(options(backend).build(), Recorder.echo())) {
            stop(record("Connection"), "Connection");
            assertThat(Flight.isOn()).isFalse();
            try (Recording again = new Recording()) {
                again.start();
                assertThat(Flight.isOn()).isTrue();
            }
            assertThat(Flight.isOn()).isFalse();
            assertThat(server.stop(LONG)).isTrue();
        }
    }

    @Test
    void aJvmWithoutARecorderMissesNothing() throws Exception {
        String options = "--limit-modules=java.base,java.logging";
        try (ChildJvm jvm = ChildJvm.launch(Program.class.getName(),
                Map.of("JDK_JAVA_OPTIONS", options), "40", "400")) {
            assertThat(jvm.readLine()).isEqualTo("false");
            assertThat(jvm.readLine()).isEqualTo("served");
            assertThat(jvm.exitCode()).isZero();
        }
    }

    @Test
    void theRecorderIsNotLoadedToServe() throws Exception {
        /* All classes are loaded where each is a file of its own, but then they do nothing. */
        Path begun = folder.resolve("begun.txt");
        String options = "-Xlog:class+init:file=" + begun;
        try (ChildJvm jvm = ChildJvm.launch(Program.class.getName(),
                Map.of("JDK_JAVA_OPTIONS", options), "60000", "0")) {
            assertThat(jvm.readLine()).isEqualTo("true");
            assertThat(jvm.readLine()).isEqualTo("served");
            assertThat(jvm.exitCode()).isZero();
        }
        List<String> lines = Files.readAllLines(begun).stream()
                .filter(line -> line.contains("Initializing '"))
                .map(line -> line.replace('/', '.'))
                .toList();
        assertThat(lines).anyMatch(line -> line.contains("'io.gannet.internal.Flight'"));
        assertThat(lines).noneMatch(line -> line.contains("'jdk.jfr.")
                || line.contains("FlightEvents") || line.contains("FlightConnections")
                || line.contains("LoopCounts"));
    }

    /** Serves itself for so many milliseconds. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            System.out.println(ModuleLayer.boot().findModule("jdk.jfr").isPresent());
            NetOptions transport = NetOptions.builder().loops(1).listen(Backends.loopback(0))
                    .stallThreshold(Duration.ofMillis(Long.parseLong(args[0]))).build();
            long end = System.nanoTime()
                    + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[1]));
            try (HttpServer server = HttpServer.open(
                    HttpOptions.builder().transport(transport).build(),
                    request -> HttpResponse.text("x"))) {
                do {
                    try (TestPeer peer = TestPeer.connect(server.port())) {
                        peer.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                        assertThat(peer.readAll()).startsWith("HTTP/1.1 200");
                    }
                } while (System.nanoTime() - end < 0);
                System.out.println("served");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

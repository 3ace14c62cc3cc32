package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What callbacks throw, and sessions that end inside their own callbacks. */
@Timeout(60)
class FailureIT {
    /** More than the buffers of the system take from a peer that reads nothing. */
    private static final int QUEUED = 4 << 20;
    private static final List<String> CALLBACKS =
            List.of("open", "recv", "send", "drain", "end", "error", "close", "execute", "timer");

    private static final List<Supplier<Throwable>> THROWABLES = List.of(
            () -> new IllegalStateException("on purpose"),
            () -> new AssertionError("on purpose"),
            () -> new StackOverflowError("on purpose"),
            () -> new OutOfMemoryError("on purpose"));

    static Stream<Arguments> throwing() {
        List<Arguments> all = new ArrayList<>();
        for (NetOptions.Backend backend : Backends.tested()) {
            for (String callback : CALLBACKS) {
                for (Supplier<Throwable> throwable : THROWABLES) {
                    all.add(Arguments.of(backend, callback, throwable.get()));
                }
            }
        }
        return all.stream();
    }

    static Stream<Arguments> ending() {
        List<Arguments> all = new ArrayList<>();
        for (NetOptions.Backend backend : Backends.tested()) {
            for (String callback : CALLBACKS) {
                for (String how : List.of("close", "abort", "both", "server")) {
                    all.add(Arguments.of(backend, callback, how));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("throwing")
    void whatACallbackThrowsEndsItsSessionAlone(NetOptions.Backend backend, String callback,
            Throwable thrown) throws Exception {
        AtomicInteger victims = new AtomicInteger(1);
        Recorder victim = provoke(new Recorder(), callback, session -> {
            victims.decrementAndGet();
            FailureIT.<RuntimeException>sneak(thrown);
        });
        Recorder witness = Recorder.echo();
        AtomicInteger sessions = new AtomicInteger();
        NetOptions options = Backends.server(backend).waterMarks(10, 1000).build();
        try (NetServer server = NetServer.open(options,
                () -> sessions.getAndIncrement() == 0 ? witness : victim);
                TestPeer bystander = TestPeer.connect(server.port())) {
            assertThat(bystander.exchange("before")).isEqualTo("before");
            provoked(server.port(), victim, callback);
            assertThat(bystander.exchange("after")).isEqualTo("after");
            WriteIT.barrier(witness.session());
            assertThat(victims).hasValueLessThan(1);
            if (!callback.equals("close")) {
                assertThat(victim.cause()).isEqualTo(NetCause.HANDLER);
            }
            if (!callback.equals("error")) {
                assertThat(victim.error()).isSameAs(thrown);
            }
            assertThat(victim.count("close")).isEqualTo(1);
            assertThat(witness.events()).doesNotContain("error", "close");
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("ending")
    void aSessionMayEndInEachOfItsCallbacks(NetOptions.Backend backend, String callback,
            String how) throws Exception {
        NetServer[] holder = new NetServer[1];
        Recorder victim = provoke(new Recorder(), callback, session -> {
            switch (how) {
                case "close" -> session.close();
                case "abort" -> session.abort();
                case "server" -> holder[0].close();
                default -> {
                    session.close();
                    session.abort();
                }
            }
        });
        NetOptions options = Backends.server(backend).waterMarks(10, 1000)
                .closeTimeout(java.time.Duration.ofMillis(100)).build();
        try (NetServer server = NetServer.create(options, victim)) {
            holder[0] = server;
            server.start();
            provoked(server.port(), victim, callback);
            if (!how.equals("server")) {
                WriteIT.barrier(victim.session());
            }
            server.close();
            assertThat(victim.count("close")).isEqualTo(1);
            assertThat(victim.events()).last().isEqualTo("close");
        }
    }

    /** Makes the named callback do something harmful. */
    private static Recorder provoke(Recorder recorder, String callback,
            Consumer<NetSession> harm) {
        return switch (callback) {
            case "open" -> recorder.atOpen(harm);
            case "recv" -> recorder.atRecv((session, data) -> harm.accept(session));
            case "send" -> recorder.atRecv((session, data) -> session.write("x")).atSend(harm);
            case "drain" -> recorder.atRecv((session, data) -> session.write(new byte[5000]))
                    .atDrain(harm);
            case "end" -> recorder.atEnd(harm);
            case "error" -> recorder.atRecv((session, data) -> {
                throw new IllegalArgumentException("the first failure");
            }).atError((session, error) -> harm.accept(session));
            case "close" -> recorder.atClose((session, cause) -> harm.accept(session));
            case "execute" -> recorder.atRecv((session, data) ->
                    session.execute(() -> harm.accept(session)));
            default -> recorder.atRecv((session, data) ->
                    session.schedule(java.time.Duration.ZERO, () -> harm.accept(session)));
        };
    }

    /** Brings a session to the named callback, and waits for its end. */
    private static void provoked(int port, Recorder victim, String callback) throws Exception {
        try (TestPeer peer = TestPeer.connect(port)) {
            drive(peer, victim, callback);
            victim.await("close");
        } catch (SocketException e) {
            /* The reset may come before java.net has seen that it is connected. */
            assertThat(callback).isEqualTo("open");
            victim.await("close");
        }
    }

    private static void drive(TestPeer peer, Recorder victim, String callback) throws Exception {
        switch (callback) {
            case "open" -> victim.await("open");
            case "end" -> peer.shutdownOutput();
            case "close" -> {
                victim.await("open");
                peer.close();
            }
            default -> peer.write("go");
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @OnEachBackend
    void aRealStackOverflowEndsItsSessionAlone(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atRecv((session, data) -> overflow(1));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("go");
            assertThat(recorder.error()).isInstanceOf(StackOverflowError.class);
            assertThat(recorder.cause()).isEqualTo(NetCause.HANDLER);
            assertThat(peer.ending()).isEqualTo("reset");
        }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int overflow(int depth) {
        return depth + overflow(depth + 1);
    }

    @OnEachBackend
    void aFactoryThatThrowsCostsOnlyItsConnection(NetOptions.Backend backend) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), () -> {
            int call = calls.incrementAndGet();
            if (call == 1) {
                throw new IllegalStateException("on purpose");
            }
            return call == 2 ? null : recorder;
        })) {
            for (int i = 0; i < 2; i++) {
                assertThat(TestPeer.endingOf(server.port())).isEqualTo("reset");
            }
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("third")).isEqualTo("third");
            }
        }
    }

    @OnEachBackend
    void aTaskThatFailsOnAClosedSessionIsNotToldToItsHandler(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder)) {
            TestPeer.connect(server.port()).close();
            recorder.await("close");
            CompletableFuture<Void> ran = new CompletableFuture<>();
            recorder.session().execute(() -> {
                ran.complete(null);
                throw new IllegalStateException("on purpose");
            });
            ran.get(15, TimeUnit.SECONDS);
            WriteIT.barrier(recorder.session());
            assertThat(recorder.events()).last().isEqualTo("close");
        }
    }

    @OnEachBackend
    void aWriteAfterTheCloseLosesNothingThatWasQueued(NetOptions.Backend backend)
            throws Exception {
        NetHandler careless = (session, data) -> {
            session.write(new byte[QUEUED]);
            session.write("goodbye");
            session.close();
            session.write("oops");
        };
        try (CapturedLog log = new CapturedLog();
                NetServer server = NetServer.open(Backends.server(backend).build(), careless);
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write("go");
            LogRecord entry = log.next();
            assertThat(entry.getLevel()).isEqualTo(Level.WARNING);
            assertThat(entry.getThrown()).hasMessageContaining("ECLOSED");
            byte[] all = peer.readAllBytes();
            assertThat(all).hasSize(QUEUED + 7);
            assertThat(new String(all, QUEUED, 7, StandardCharsets.US_ASCII)).isEqualTo("goodbye");
        }
    }

    @OnEachBackend
    void aTaskThatWritesAfterTheCloseLosesNothingThatWasQueued(NetOptions.Backend backend)
            throws Exception {
        Recorder careless = new Recorder().atRecv((session, data) -> {
            session.execute(() -> session.write("oops"));
            session.write(new byte[QUEUED]);
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), careless);
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write("go");
            assertThat(careless.error()).hasMessageContaining("ECLOSED");
            assertThat(peer.readAllBytes()).hasSize(QUEUED);
            peer.close();
            assertThat(careless.cause()).isEqualTo(NetCause.LOCAL);
        }
    }

    @OnEachBackend
    void anotherFailureAfterTheCloseStillEndsTheSessionAtOnce(NetOptions.Backend backend)
            throws Exception {
        Recorder failing = new Recorder().atRecv((session, data) -> {
            session.write(new byte[QUEUED]);
            session.close();
            throw new IllegalStateException("on purpose");
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), failing);
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write("go");
            assertThat(failing.cause()).isEqualTo(NetCause.HANDLER);
        }
    }

    @OnEachBackend
    void aNetExceptionOfACallbackIsAWarningToo(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).waterMarks(10, 100).writeLimit(1000).build();
        try (CapturedLog log = new CapturedLog();
                NetServer server = NetServer.open(options,
                        (session, data) -> session.write(new byte[1001]));
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("go");
            LogRecord entry = log.next();
            assertThat(entry.getLevel()).isEqualTo(Level.WARNING);
            assertThat(entry.getThrown()).hasMessageContaining("ENOBUFS");
            assertThat(peer.ending()).isEqualTo("reset");
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The life of a server. */
@Timeout(30)
class ServerIT {
    private static final Duration LONG = Duration.ofSeconds(15);

    @OnEachBackend
    void answersOnThePortTheSystemGave(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo());
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(server.port()).isPositive();
            assertThat(peer.exchange("hello")).isEqualTo("hello");
        }
    }

    @OnEachBackend
    void severalLoopsShareOnePort(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(3).build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            for (int i = 0; i < 30; i++) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    assertThat(peer.exchange("ping")).isEqualTo("ping");
                }
            }
        }
    }

    @OnEachBackend
    void aFactoryMakesAHandlerForEachSession(NetOptions.Backend backend) throws Exception {
        AtomicInteger made = new AtomicInteger();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), () -> {
            int own = made.incrementAndGet();
            return (session, data) -> session.write("handler " + own);
        });
                TestPeer one = TestPeer.connect(server.port());
                TestPeer two = TestPeer.connect(server.port())) {
            one.write("?");
            two.write("?");
            String both = one.read(9) + two.read(9);
            assertThat(both).isIn("handler 1handler 2", "handler 2handler 1");
        }
    }

    @Test
    void startingTwiceIsRefused() {
        try (NetServer server = open()) {
            assertThatIllegalStateException().isThrownBy(server::start)
                    .withMessageContaining("before");
        }
    }

    @Test
    void startingAfterCloseIsRefused() {
        NetServer server = NetServer.create(options(), new Recorder());
        server.close();
        assertThatIllegalStateException().isThrownBy(server::start);
    }

    @Test
    void thingsOfTheStartAreRefusedBeforeIt() {
        NetServer server = NetServer.create(options(), new Recorder());
        assertThatIllegalStateException().isThrownBy(server::port);
        assertThatIllegalStateException().isThrownBy(server::backend);
        assertThatIllegalStateException().isThrownBy(server::sessionCount);
        assertThatIllegalStateException().isThrownBy(server::join);
        assertThat(server.addresses()).isEmpty();
        assertThat(server.stop(Duration.ZERO)).isTrue();
    }

    @Test
    void aServerWithoutAddressIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetServer.create(NetOptions.builder().build(), new Recorder()))
                .withMessageContaining("no address");
    }

    @Test
    void closingTwiceIsHarmless() {
        NetServer server = open();
        server.close();
        assertThatCode(server::close).doesNotThrowAnyException();
    }

    @Test
    void stoppingTwiceIsHarmless() {
        NetServer server = open();
        assertThat(server.stop(LONG)).isTrue();
        assertThat(server.stop(LONG)).isTrue();
    }

    @Test
    void stoppingFromSeveralThreadsAtOnceEndsAllOfThem() throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[8 << 20]));
        NetServer server = NetServer.open(options(), recorder);
        try (TestPeer peer = TestPeer.narrow(server.port())) {
            recorder.await("open");
            CompletableFuture<Boolean> first =
                    Async.supply(() -> server.stop(Duration.ofMinutes(1)));
            CompletableFuture<Boolean> second =
                    Async.supply(() -> server.stop(Duration.ofMinutes(1)));
            assertThat(peer.readAllBytes()).hasSize(8 << 20);
            peer.close();
            assertThat(first.get(15, TimeUnit.SECONDS)).isTrue();
            assertThat(second.get(15, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void closeEndsAStopThatStillWaits() throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[8 << 20]));
        NetServer server = NetServer.open(options(), recorder);
        try (TestPeer peer = TestPeer.narrow(server.port())) {
            recorder.await("open");
            CompletableFuture<Boolean> stop =
                    Async.supply(() -> server.stop(Duration.ofMinutes(1)));
            assertThat(peer.readBytes(1)).hasSize(1);
            server.close();
            stop.get(15, TimeUnit.SECONDS);
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
        }
    }

    @Test
    void stoppingOnALoopThreadIsRefusedAndChangesNothing() throws Exception {
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        AtomicInteger calls = new AtomicInteger();
        NetServer[] holder = new NetServer[1];
        NetHandler handler = (session, data) -> {
            if (calls.incrementAndGet() == 1) {
                refusal.complete(catching(() -> holder[0].stop(LONG)));
            }
            session.write(data);
        };
        try (NetServer server = NetServer.create(options(), handler)) {
            holder[0] = server;
            server.start();
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("a")).isEqualTo("a");
                assertThat(refusal.get(15, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("loop thread");
                assertThat(peer.exchange("b")).isEqualTo("b");
            }
        }
    }

    @Test
    void joiningOnALoopThreadIsRefused() throws Exception {
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        NetServer[] holder = new NetServer[1];
        NetHandler handler = (session, data) -> refusal.complete(catching(() -> holder[0].join()));
        try (NetServer server = NetServer.create(options(), handler)) {
            holder[0] = server;
            server.start();
            try (TestPeer peer = TestPeer.connect(server.port())) {
                peer.write("a");
                assertThat(refusal.get(15, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @OnEachBackend
    void aHandlerMayCloseItsServer(NetOptions.Backend backend) throws Exception {
        NetServer[] holder = new NetServer[1];
        Recorder recorder = new Recorder().atRecv((session, data) -> holder[0].close());
        NetServer server =
                NetServer.create(Backends.server(backend).loops(2).build(), recorder);
        holder[0] = server;
        server.start();
        try (TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("close yourself");
            assertThat(peer.ending()).isIn("end", "reset");
            server.join();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(server.sessionCount()).isZero();
        }
    }

    @OnEachBackend
    void stopSendsWhatIsQueuedFirst(NetOptions.Backend backend) throws Exception {
        int size = 4 << 20;
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[size]));
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        try (TestPeer peer = TestPeer.narrow(server.port())) {
            recorder.await("open");
            CompletableFuture<Boolean> stop =
                    Async.supply(() -> server.stop(LONG));
            assertThat(peer.readAllBytes()).hasSize(size);
            peer.close();
            assertThat(stop.get(15, TimeUnit.SECONDS)).isTrue();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(recorder.count("send")).isEqualTo(1);
        }
    }

    @OnEachBackend
    void aServerThatDrainsSoonAcceptsNobody(NetOptions.Backend backend) throws Exception {
        AtomicInteger sessions = new AtomicInteger();
        Recorder recorder = new Recorder().atOpen(session -> {
            if (sessions.getAndIncrement() == 0) { /* the others only knock */
                session.write(new byte[16 << 20]);
            }
        });
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        int port = server.port();
        try (TestPeer peer = TestPeer.narrow(port)) {
            assertThat(peer.readBytes(1)).hasSize(1);
            CompletableFuture<Boolean> stop =
                    Async.supply(() -> server.stop(LONG));
            /* Whoever was about to connect when the stop came is still served. */
            Soon.until(() -> isRefused(port));
            Soon.until(() -> recorder.count("open") == server.stats().accepted());
            int opened = recorder.count("open");
            assertThat(isRefused(port)).isTrue();
            assertThat(recorder.count("open")).isEqualTo(opened);
            server.close();
            assertThat(stop).succeedsWithin(LONG);
        }
    }

    private static boolean isRefused(int port) {
        try (TestPeer peer = TestPeer.connect(port)) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @OnEachBackend
    void stopAbortsWhatIsLeftAfterTheGrace(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[16 << 20]));
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        try (TestPeer peer = TestPeer.narrow(server.port())) {
            recorder.await("open");
            assertThat(server.stop(Duration.ofMillis(100))).isFalse();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(recorder.count("close")).isEqualTo(1);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void aStoppedServerRefusesConnections(NetOptions.Backend backend) {
        NetOptions options = Backends.server(backend).loops(2).build();
        NetServer server = NetServer.open(options, new Recorder());
        int port = server.port();
        server.close();
        assertThat(catching(() -> TestPeer.connect(port).close()))
                .isInstanceOf(SocketException.class);
    }

    @OnEachBackend
    void stopWithoutSessionsIsQuick(NetOptions.Backend backend) {
        NetOptions options = Backends.server(backend).loops(2).build();
        NetServer server = NetServer.open(options, new Recorder());
        long before = System.nanoTime();
        assertThat(server.stop(Duration.ofSeconds(20))).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }

    @OnEachBackend
    void closeAbortsSessionsAndTellsThem(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        try (TestPeer one = TestPeer.connect(server.port());
                TestPeer two = TestPeer.connect(server.port())) {
            recorder.await("open", 2);
            assertThat(server.sessionCount()).isEqualTo(2);
            server.close();
            assertThat(recorder.count("close")).isEqualTo(2);
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(one.ending()).isIn("end", "reset");
            assertThat(two.ending()).isIn("end", "reset");
        }
    }

    @Test
    void joinReturnsWhenTheServerIsClosed() throws Exception {
        NetServer server = open();
        CountDownLatch joined = new CountDownLatch(1);
        Thread waiter = new Thread(() -> {
            if (catching(server::join) == null) {
                joined.countDown();
            }
        }, "joiner");
        waiter.start();
        server.close();
        assertThat(joined.await(15, TimeUnit.SECONDS)).isTrue();
        waiter.join();
    }

    @OnEachBackend
    void aHandlerThatBlocksDelaysCloseOnlyByItself(NetOptions.Backend backend) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            inside.countDown();
            assertThat(catching(() -> release.await(15, TimeUnit.SECONDS))).isNull();
        });
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        try (TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("x");
            assertThat(inside.await(15, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> close = Async.run(server::close);
            release.countDown();
            close.get(15, TimeUnit.SECONDS);
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
        }
    }

    @OnEachBackend
    void furtherConnectionsWaitWhileTheLoopIsFull(NetOptions.Backend backend) throws Exception {
        Recorder recorder = Recorder.echo();
        NetOptions options = Backends.server(backend).maxSessions(2).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer one = TestPeer.connect(server.port());
                TestPeer two = TestPeer.connect(server.port())) {
            assertThat(one.exchange("1")).isEqualTo("1");
            assertThat(two.exchange("2")).isEqualTo("2");
            try (TestPeer three = TestPeer.connect(server.port())) {
                three.write("3");
                assertThat(one.exchange("still")).isEqualTo("still");
                assertThat(server.sessionCount()).isEqualTo(2);
                one.close();
                assertThat(three.read(1)).isEqualTo("3");
            }
        }
    }

    private static NetOptions options() {
        return Backends.server(NetOptions.Backend.AUTO).build();
    }

    private static NetServer open() {
        return NetServer.open(options(), new Recorder());
    }

    private interface Action {
        void run() throws Exception;
    }

    private static Throwable catching(Action action) {
        try {
            action.run();
            return null;
        } catch (Exception e) {
            return e;
        }
    }

    @OnEachBackend
    void aBufferKeptForTooLongIsHarmlessAfterTheClose(NetOptions.Backend backend)
            throws Exception {
        CompletableFuture<ByteBuffer> kept = new CompletableFuture<>();
        NetHandler keeper = (session, data) -> kept.complete(data);
        try (NetServer server = NetServer.open(Backends.server(backend).build(), keeper);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("kept");
            assertThat(kept.get(15, TimeUnit.SECONDS).remaining()).isEqualTo(4);
        }
        assertThat(kept.get().get(0)).isEqualTo((byte) 'k');
    }
}

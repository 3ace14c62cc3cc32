package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How sessions end, and what is said of it. */
@Timeout(60)
class CloseIT {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path dir;

    @OnEachBackend
    void closeSendsWhatIsQueued(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write(new byte[4 * MIB]);
            session.close();
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(peer.readAllBytes()).hasSize(4 * MIB);
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(recorder.events()).containsExactly("open", "send", "close");
        }
    }

    @OnEachBackend
    void aPeerThatStillSendsReadsTheLastAnswer(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            session.write("enough");
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(new byte[MIB]);
            assertThat(peer.readAll()).isEqualTo("enough");
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(recorder.count("recv")).isEqualTo(1);
        }
    }

    @OnEachBackend
    void aClosedSessionWaitsForThePeerNoLongerThanAllowed(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = new Recorder().atOpen(NetSession::close);
        NetOptions options = Backends.server(backend).closeTimeout(Duration.ofMillis(50)).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void closeTimeoutZeroClosesAtOnce(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write("bye");
            session.close();
        });
        NetOptions options = Backends.server(backend).closeTimeout(Duration.ZERO).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(peer.ending()).isEqualTo("bye");
        }
    }

    @OnEachBackend
    void abortResetsAndDiscards(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            session.write(new byte[16 * MIB]);
            session.abort();
            session.abort();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("go");
            assertThat(peer.ending()).isEqualTo("reset");
            assertThat(recorder.cause()).isEqualTo(NetCause.ABORT);
            assertThat(recorder.events()).doesNotContain("send", "drain", "error");
        }
    }

    @OnEachBackend
    void abortCutsACloseShort(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write(new byte[16 * MIB]);
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            assertThat(peer.readBytes(1)).hasSize(1);
            session.abort();
            assertThat(recorder.cause()).isEqualTo(NetCause.ABORT);
        }
    }

    @OnEachBackend
    void aHalfClosedSessionStillReads(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write("all I have");
            session.shutdownOutput();
            session.shutdownOutput();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAll()).isEqualTo("all I have");
            assertThat(recorder.session().isOpen()).isFalse();
            peer.write("thanks");
            recorder.awaitText("thanks");
            recorder.session().pause();
            recorder.session().resume();
            peer.write("!");
            recorder.awaitText("thanks!");
            peer.close();
            recorder.await("end");
            assertThat(recorder.cause()).isEqualTo(NetCause.PEER);
        }
    }

    @OnEachBackend
    void aHalfClosingPeerGetsItsLateAnswer(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atEnd(session ->
                session.schedule(Duration.ofMillis(50), () -> {
                    session.write("late answer");
                    session.close();
                }));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("question");
            peer.shutdownOutput();
            assertThat(peer.readAll()).isEqualTo("late answer");
            assertThat(recorder.cause()).isEqualTo(NetCause.PEER);
            assertThat(recorder.text()).isEqualTo("question");
        }
    }

    @OnEachBackend
    void byDefaultTheEndOfThePeerIsAnsweredWithWhatIsQueued(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("echo and bye");
            peer.shutdownOutput();
            assertThat(peer.readAll()).isEqualTo("echo and bye");
            assertThat(recorder.cause()).isEqualTo(NetCause.PEER);
            assertThat(recorder.events().indexOf("end"))
                    .isGreaterThan(recorder.events().indexOf("recv"));
        }
    }

    @OnEachBackend
    void aResetOfThePeerIsAReset(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("x");
            recorder.await("recv");
            peer.reset();
            assertThat(recorder.cause()).isEqualTo(NetCause.RESET);
            assertThat(recorder.events()).doesNotContain("error");
        }
    }

    @OnEachBackend
    void aPeerThatLeavesWhileBytesAreQueuedIsAReset(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder()
                .atOpen(session -> session.write(new byte[16 * MIB]))
                .atEnd(session -> {});
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(peer.readBytes(1)).hasSize(1);
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.RESET);
            assertThat(recorder.count("send")).isZero();
            assertThat(recorder.session().queuedBytes()).isPositive();
        }
    }

    @OnEachBackend
    void writingToAPeerThatLeftIsAReset(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atEnd(session -> session.write("are you there?"));
        recorder.atSend(session -> session.write("still?"));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.RESET);
        }
    }

    @OnEachBackend
    void aSessionThatHearsNothingIsIdle(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options = idle(backend, NetOptions.Idle.READ, 100);
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(recorder.cause()).isEqualTo(NetCause.IDLE);
            assertThat(recorder.events()).containsExactly("open", "close");
            assertThat(peer.ending()).isIn("end", "reset");
        }
    }

    @OnEachBackend
    void writingDoesNotCountForTheReadTimeout(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> repeat(session, 20, 1000));
        try (NetServer server =
                        NetServer.open(idle(backend, NetOptions.Idle.READ, 150), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(recorder.cause()).isEqualTo(NetCause.IDLE);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void readingDoesNotCountForTheWriteTimeout(NetOptions.Backend backend) throws Exception {
        Recorder accepted = new Recorder();
        Recorder connected = new Recorder().atOpen(session -> repeat(session, 20, 1000));
        try (NetServer server =
                        NetServer.open(idle(backend, NetOptions.Idle.WRITE, 150), accepted);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            client.connect(Backends.loopback(server.port()), connected);
            assertThat(accepted.cause()).isEqualTo(NetCause.IDLE);
            assertThat(accepted.receivedCount()).isPositive();
        }
    }

    @OnEachBackend
    void aSessionInWhichNothingMovesIsIdle(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[16 * MIB]));
        try (NetServer server =
                        NetServer.open(idle(backend, NetOptions.Idle.BOTH, 150), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(recorder.cause()).isEqualTo(NetCause.IDLE);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void trafficInOneDirectionIsNotIdle(NetOptions.Backend backend) throws Exception {
        Recorder accepted = new Recorder();
        Recorder connected = new Recorder().atOpen(session -> repeat(session, 50, 24));
        NetOptions own = idle(backend, NetOptions.Idle.BOTH, 400);
        try (NetServer server = NetServer.open(own, accepted);
                NetClient client = NetClient.on(server, own)) {
            client.connect(Backends.loopback(server.port()), connected);
            assertThat(connected.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(accepted.receivedCount()).isEqualTo(24);
            assertThat(accepted.cause()).isEqualTo(NetCause.PEER);
        }
    }

    private static NetOptions idle(NetOptions.Backend backend, NetOptions.Idle mode, int millis) {
        return Backends.server(backend).idle(mode, Duration.ofMillis(millis)).build();
    }

    /** Writes a byte again and again, then closes. */
    private static void repeat(NetSession session, int millis, int times) {
        AtomicInteger left = new AtomicInteger(times);
        session.schedule(Duration.ofMillis(millis), new Runnable() {
            @Override
            public void run() {
                if (left.decrementAndGet() < 0) {
                    session.close();
                } else if (session.isOpen()) {
                    session.write("x");
                    session.schedule(Duration.ofMillis(millis), this);
                }
            }
        });
    }

    @OnEachBackend
    void addressesStayAfterTheClose(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder)) {
            SocketAddress remote;
            try (TestPeer peer = TestPeer.connect(server.port())) {
                remote = peer.localAddress();
            }
            recorder.await("close");
            NetSession session = recorder.session();
            assertThat(session.remoteAddress()).isEqualTo(remote);
            assertThat(session.localAddress()).isEqualTo(server.addresses().get(0));
            assertThat(session.toString()).contains("closed");
        }
    }

    @OnEachBackend
    void unixSessionsEndInOrderToo(NetOptions.Backend backend) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("end.sock"));
        Recorder recorder = Recorder.echo();
        NetOptions options = Backends.server(backend).listen(address).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(address)) {
            assertThat(server.addresses()).hasSize(1);
            peer.write("bye");
            peer.shutdownOutput();
            assertThat(peer.readAll()).isEqualTo("bye");
            assertThat(recorder.cause()).isEqualTo(NetCause.PEER);
        }
    }

    @OnEachBackend
    void everyCallOnAClosedSessionIsHarmless(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        try (TestPeer peer = TestPeer.connect(server.port())) {
            recorder.await("open");
            peer.close();
            recorder.await("close");
        }
        NetSession session = recorder.session();
        assertThatCode(() -> callAll(session)).doesNotThrowAnyException();
        CompletableFuture<Void> onLoop = new CompletableFuture<>();
        session.execute(() -> {
            callAll(session);
            onLoop.complete(null);
        });
        onLoop.get(15, TimeUnit.SECONDS);
        server.close();
        assertThatCode(() -> callAll(session)).doesNotThrowAnyException();
        assertThat(recorder.count("close")).isEqualTo(1);
        assertThat(recorder.events()).doesNotContain("error");
    }

    private static void callAll(NetSession session) {
        session.pause();
        session.resume();
        session.shutdownOutput();
        session.waterMarks(1, 2);
        session.close();
        session.abort();
        session.attach("x");
        assertThat(session.attachment()).isEqualTo("x");
        assertThat(session.queuedBytes()).isZero();
        assertThat(session.isOpen()).isFalse();
    }

    @OnEachBackend
    void aPausedSessionCanBeClosed(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(NetSession::pause);
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(new byte[100_000]);
            recorder.session().close();
            assertThat(peer.ending()).isEqualTo("end");
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(recorder.events()).containsExactly("open", "close");
        } catch (IOException e) {
            throw new AssertionError(recorder.events().toString(), e);
        }
    }
}

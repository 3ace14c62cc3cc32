package io.gannet;

import static io.gannet.NetHandler.blocking;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions in straight lines. */
@Timeout(30)
class BlockingSessionIT {
    private static final Duration SHORT = Duration.ofMillis(100);

    private static final NetBlockingHandler ECHO = session -> {
        ByteBuffer data = session.read();
        while (data.hasRemaining()) {
            session.write(data);
            data = session.read();
        }
    };

    private static NetServer open(NetOptions.Backend backend, NetBlockingHandler handler) {
        return NetServer.open(Backends.server(backend).build(), blocking(handler));
    }

    private static byte[] bytes(int count) {
        byte[] data = new byte[count];
        for (int i = 0; i < count; i++) {
            data[i] = (byte) (i * 31 + (i >> 10));
        }
        return data;
    }

    private static void write(TestPeer peer, byte[] data) {
        try {
            peer.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void take(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private static String code(NetBlockingHandler action, NetBlockingSession session)
            throws Exception {
        try {
            action.handle(session);
            return "none";
        } catch (NetException e) {
            return e.code() + " " + e.operation();
        }
    }

    @OnEachBackend
    void whatIsReadIsWhatWasSentAndTheEndIsSeen(NetOptions.Backend backend) throws Exception {
        byte[] data = bytes(3 << 20);
        try (NetServer server = open(backend, ECHO);
                TestPeer peer = TestPeer.connect(server.port())) {
            CompletableFuture<Void> sent = Async.run(() -> write(peer, data));
            assertThat(peer.readBytes(data.length)).isEqualTo(data);
            peer.shutdownOutput();
            assertThat(peer.ending()).isEqualTo("end");
            sent.get(10, TimeUnit.SECONDS);
        }
    }

    @OnEachBackend
    void aReadFillsWhatHasRoomAndLeavesTheRest(NetOptions.Backend backend) throws Exception {
        CompletableFuture<String> all = new CompletableFuture<>();
        NetBlockingHandler handler = session -> {
            assertThat(session.read(ByteBuffer.allocate(0))).isZero();
            ByteBuffer three = ByteBuffer.allocate(3);
            StringBuilder text = new StringBuilder();
            for (int count = session.read(three); count >= 0; count = session.read(three)) {
                assertThat(count).isBetween(1, 3).isEqualTo(three.position());
                text.append(new String(three.array(), 0, count, StandardCharsets.US_ASCII));
                three.clear();
            }
            assertThat(session.read(three)).isEqualTo(-1);
            assertThat(session.read().hasRemaining()).isFalse();
            all.complete(text.toString());
            session.write("bye");
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("abcdefgh");
            peer.shutdownOutput();
            assertThat(peer.readAll()).isEqualTo("bye");
            assertThat(all.get(10, TimeUnit.SECONDS)).isEqualTo("abcdefgh");
        }
    }

    @OnEachBackend
    void everySessionHasAThreadOfItsOwn(NetOptions.Backend backend) throws Exception {
        boolean virtual = Runtime.version().feature() >= 21;
        CountDownLatch all = new CountDownLatch(20);
        NetBlockingHandler handler = session -> {
            all.countDown();
            take(all);
            session.write(Thread.currentThread().toString().startsWith("VirtualThread") + " "
                    + Thread.currentThread().getName().startsWith("gannet-session-"));
        };
        try (NetServer server = open(backend, handler)) {
            List<TestPeer> peers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                peers.add(TestPeer.connect(server.port()));
            }
            for (TestPeer peer : peers) {
                assertThat(peer.readAll()).isEqualTo(virtual + " true");
                peer.close();
            }
        }
    }

    @OnEachBackend
    void whoDoesNotReadHoldsTheSenderBack(NetOptions.Backend backend) throws Exception {
        CompletableFuture<NetBlockingSession> lazy = new CompletableFuture<>();
        CountDownLatch go = new CountDownLatch(1);
        int total = 64 << 20;
        NetBlockingHandler handler = session -> {
            if (!lazy.complete(session)) {
                ECHO.handle(session);
                return;
            }
            take(go);
            long count = 0;
            ByteBuffer target = ByteBuffer.allocate(50_000);
            while (count < total) {
                assertThat(session.input().available()).isLessThan(1 << 20);
                target.clear();
                count += session.read(target);
            }
            session.write("all " + count);
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetBlockingSession session = lazy.get(10, TimeUnit.SECONDS);
            CompletableFuture<Void> sender = Async.run(() -> write(peer, new byte[total]));
            while (session.input().available() < 64 * 1024) {
                Thread.onSpinWait();
            }
            try (TestPeer clock = TestPeer.connect(server.port())) {
                for (int i = 0; i < 500; i++) { /* turns in which the loop could read on */
                    assertThat(clock.exchange("tick")).isEqualTo("tick");
                }
            }
            assertThat(session.input().available()).isLessThan(1 << 20);
            assertThat(sender).isNotDone();
            go.countDown();
            assertThat(peer.readAll()).isEqualTo("all " + total);
            sender.get(10, TimeUnit.SECONDS);
        }
    }

    @OnEachBackend
    void whoWritesTooMuchWaitsForRoom(NetOptions.Backend backend) throws Exception {
        byte[] data = bytes(32 << 20);
        CountDownLatch written = new CountDownLatch(1);
        CompletableFuture<String> timeout = new CompletableFuture<>();
        NetOptions options = Backends.server(backend).writeLimit(1 << 20).build();
        NetBlockingHandler handler = session -> {
            ByteBuffer buffer = ByteBuffer.wrap(data);
            session.writeTimeout(SHORT);
            timeout.complete(code(s -> s.write(buffer), session));
            session.writeTimeout(Duration.ZERO);
            session.write(buffer); /* from where it stopped */
            session.flush();
            written.countDown();
        };
        try (NetServer server = NetServer.open(options, blocking(handler));
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(timeout.get(10, TimeUnit.SECONDS)).isEqualTo("ETIMEDOUT write");
            assertThat(written.getCount()).isOne();
            assertThat(peer.readAllBytes()).isEqualTo(data);
            take(written);
        }
    }

    @OnEachBackend
    void aReadTimeoutIsToldAndTheSessionGoesOn(NetOptions.Backend backend) throws Exception {
        CompletableFuture<String> timeout = new CompletableFuture<>();
        NetBlockingHandler handler = session -> {
            session.readTimeout(SHORT);
            timeout.complete(code(NetBlockingSession::read, session));
            session.readTimeout(Duration.ZERO);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.readTimeout(Duration.ofNanos(-1)));
            ECHO.handle(session);
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(timeout.get(10, TimeUnit.SECONDS)).isEqualTo("ETIMEDOUT read");
            assertThat(peer.exchange("still here")).isEqualTo("still here");
        }
    }

    @OnEachBackend
    void anInterruptWakesWhoWaits(NetOptions.Backend backend) throws Exception {
        BlockingQueue<Object> told = new LinkedBlockingQueue<>();
        NetBlockingHandler handler = session -> {
            told.add(Thread.currentThread());
            told.add(code(NetBlockingSession::read, session));
            told.add(Thread.interrupted());
            ECHO.handle(session);
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            ((Thread) told.take()).interrupt();
            assertThat(told.take()).isEqualTo("EINTR read");
            assertThat(told.take()).isEqualTo(true);
            assertThat(peer.exchange("goes on")).isEqualTo("goes on");
        }
    }

    @OnEachBackend
    void theLossOfTheConnectionWakesWhoReadsOrWrites(NetOptions.Backend backend)
            throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        CountDownLatch begun = new CountDownLatch(2);
        NetBlockingHandler handler = session -> {
            boolean reads = session.read().get(0) == 'r';
            begun.countDown();
            told.add(code(s -> {
                while (reads) {
                    s.read();
                }
                while (true) {
                    s.write(new byte[1 << 16]);
                }
            }, session));
        };
        try (CapturedLog log = new CapturedLog();
                NetServer server = open(backend, handler);
                TestPeer reads = TestPeer.connect(server.port());
                TestPeer writes = TestPeer.narrow(server.port())) {
            reads.write("r");
            writes.write("w");
            take(begun);
            reads.reset();
            assertThat(told.take()).isEqualTo("ECONNRESET read");
            writes.reset();
            assertThat(told.take()).isIn("ECONNRESET write", "ECLOSED write");
        }
    }

    @OnEachBackend
    void aServerThatStopsWakesItsSessions(NetOptions.Backend backend) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<String> told = new CompletableFuture<>();
        NetServer server = open(backend, session -> {
            begun.countDown();
            told.complete(code(NetBlockingSession::read, session));
        });
        try (TestPeer peer = TestPeer.connect(server.port())) {
            take(begun);
            CompletableFuture<Boolean> stopped =
                    Async.supply(() -> server.stop(Duration.ofSeconds(10)));
            assertThat(peer.ending()).isEqualTo("end");
            peer.close();
            assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo("ECLOSED read");
        } finally {
            server.close();
        }
    }

    @OnEachBackend
    void closingFromAnotherThreadWakesWhoReads(NetOptions.Backend backend) throws Exception {
        BlockingQueue<NetBlockingSession> sessions = new LinkedBlockingQueue<>();
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        NetBlockingHandler handler = session -> {
            sessions.add(session);
            told.add(code(NetBlockingSession::read, session));
            told.add(code(s -> s.write("x"), session));
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetBlockingSession session = sessions.take();
            assertThat(session.isOpen()).isTrue();
            session.close();
            assertThat(told.take()).isEqualTo("ECLOSED read");
            assertThat(told.take()).isEqualTo("ECLOSED write");
            assertThat(session.isOpen()).isFalse();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    /** What the peer still sends must not cost it the answer. */
    @OnEachBackend
    void leavingSendsWhatWasWrittenAlsoWhenTheInputWasNotRead(NetOptions.Backend backend)
            throws Exception {
        CountDownLatch full = new CountDownLatch(1);
        NetBlockingHandler handler = session -> {
            while (session.input().available() < 64 * 1024) {
                Thread.onSpinWait();
            }
            full.countDown();
            session.write("bye");
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(bytes(200_000));
            take(full);
            assertThat(peer.readAll()).isEqualTo("bye");
        }
    }

    @OnEachBackend
    void whatThrowsIsLoggedAndAbortsItsSession(NetOptions.Backend backend) throws Exception {
        NetBlockingHandler handler = session -> {
            session.write("x");
            session.flush();
            session.read();
            throw new IOException("by the handler");
        };
        try (CapturedLog log = new CapturedLog();
                NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("y")).isEqualTo("x");
            assertThat(log.next().getThrown()).hasMessage("by the handler");
            assertThat(peer.ending()).isEqualTo("reset");
        }
    }

    @OnEachBackend
    void theOutputCanEndBeforeTheInput(NetOptions.Backend backend) throws Exception {
        CompletableFuture<String> rest = new CompletableFuture<>();
        NetBlockingHandler handler = session -> {
            session.write("last word");
            session.shutdownOutput();
            rest.complete(new String(session.input().readAllBytes(), StandardCharsets.UTF_8));
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAll()).isEqualTo("last word");
            peer.write("not yet");
            peer.shutdownOutput();
            assertThat(rest.get(10, TimeUnit.SECONDS)).isEqualTo("not yet");
        }
    }

    @OnEachBackend
    void theStreamsDoWhatStreamsDo(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        NetBlockingHandler handler = session -> {
            try (BufferedReader in = new BufferedReader(
                            new InputStreamReader(session.input(), StandardCharsets.UTF_8));
                    PrintWriter out = new PrintWriter(session.output(), true,
                            StandardCharsets.UTF_8)) {
                for (String line = in.readLine(); !line.equals("bye"); line = in.readLine()) {
                    out.println(line.length());
                }
                session.output().write('!');
            }
            try {
                failure.completeExceptionally(new AssertionError(session.input().read()));
            } catch (IOException e) {
                failure.complete(e);
            }
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("one\ntwo two\nbye\n");
            assertThat(peer.readAll()).isEqualTo("3\n7\n!");
            assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class)
                    .hasCauseInstanceOf(NetException.class);
        }
    }

    @OnEachBackend
    void aClientMayTalkInStraightLinesToo(NetOptions.Backend backend) throws Exception {
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (NetServer server = open(backend, ECHO);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            client.connect(Backends.loopback(server.port()), blocking(session -> {
                session.write(ByteBuffer.wrap(new byte[] {'h', 'e'}), ByteBuffer.wrap(
                        new byte[] {'l', 'l', 'o'}));
                session.shutdownOutput();
                heard.complete(new String(session.input().readAllBytes(),
                        StandardCharsets.UTF_8));
            }));
            assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
        }
    }

    @OnEachBackend
    void aFactoryMayGiveSuchHandlersToo(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(Backends.server(backend).build(),
                        () -> blocking(ECHO));
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("hello")).isEqualTo("hello");
        }
    }

    @OnEachBackend
    void theLoopMustNotWaitForItself(NetOptions.Backend backend) throws Exception {
        BlockingQueue<NetBlockingSession> sessions = new LinkedBlockingQueue<>();
        NetBlockingHandler handler = session -> {
            sessions.add(session);
            ECHO.handle(session);
        };
        try (NetServer server = open(backend, handler);
                TestPeer peer = TestPeer.connect(server.port());
                NetClient client = NetClient.on(server, Backends.client(backend).build())) {
            NetBlockingSession session = sessions.take();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            client.connect(Backends.loopback(server.port()), new Recorder().atOpen(onLoop -> {
                try {
                    session.read();
                    thrown.complete(new AssertionError("read"));
                } catch (RuntimeException e) {
                    thrown.complete(e);
                }
            }));
            assertThat(thrown.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("loop thread");
            assertThat(session.remoteAddress()).isEqualTo(peer.localAddress());
            assertThat(session.localAddress()).isEqualTo(Backends.loopback(server.port()));
            assertThat(session.id()).isPositive();
        }
    }

    /** Where there are no virtual threads, sessions beyond the limit wait for those before. */
    @OnEachBackend
    void moreSessionsThanThreadsAreServedAllTheSame(NetOptions.Backend backend) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        NetBlockingHandler handler = session -> {
            take(go);
            ECHO.handle(session);
        };
        try (NetServer server = open(backend, handler)) {
            List<TestPeer> peers = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                TestPeer peer = TestPeer.connect(server.port());
                peer.write("number " + i);
                peer.shutdownOutput();
                peers.add(peer);
            }
            go.countDown();
            for (int i = 0; i < 300; i++) {
                assertThat(peers.get(i).readAll()).isEqualTo("number " + i);
                peers.get(i).close();
            }
        }
    }

    @Test
    void aHandlerMustBeThere() {
        assertThatNullPointerException().isThrownBy(() -> blocking(null)).withMessage("handler");
        assertThatThrownBy(() -> blocking(ECHO).onRecv(null, ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @OnEachBackend
    void aWriteWaitsAlsoWhereTheLimitIsTheHighMark(NetOptions.Backend backend) throws Exception {
        CompletableFuture<String> written = new CompletableFuture<>();
        NetOptions options = Backends.server(backend).waterMarks(32 << 10, 128 << 10)
                .writeLimit(128 << 10).build();
        byte[] data = bytes(8 << 20);
        try (NetServer server = NetServer.open(options, blocking(session -> written.complete(
                        code(each -> each.write(data), session))));
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(Arrays.mismatch(peer.readBytes(data.length), data)).isNegative();
            assertThat(written.get(10, TimeUnit.SECONDS)).isEqualTo("none");
        }
    }
}

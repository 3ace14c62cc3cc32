package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Who is faster waits for who is slower: marks, limits, pause and resume. */
@Timeout(60)
class FlowIT {
    private static final int MIB = 1 << 20;

    @OnEachBackend
    void writeSaysWaitAboveTheHighMarkUntilOnDrain(NetOptions.Backend backend) throws Exception {
        CompletableFuture<List<Boolean>> answers = new CompletableFuture<>();
        CompletableFuture<Boolean> afterDrain = new CompletableFuture<>();
        Recorder recorder = new Recorder()
                .atOpen(session -> answers.complete(List.of(
                        session.write(new byte[1000]),
                        session.write(new byte[1000]),
                        session.write(new byte[4 * MIB]),
                        session.write("x"))))
                .atDrain(session -> afterDrain.complete(session.write("y")));
        NetOptions options = Backends.server(backend).waterMarks(1000, 2000).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(get(answers)).containsExactly(true, true, false, false);
            assertThat(recorder.count("drain")).isZero();
            assertThat(peer.readBytes(4 * MIB + 2002)).endsWith('x', 'y');
            assertThat(get(afterDrain)).isTrue();
            WriteIT.barrier(recorder.session());
            assertThat(recorder.count("drain")).isEqualTo(1);
        }
    }

    @OnEachBackend
    void aThreadThatIsToldToWaitAlwaysHearsOnDrain(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).waterMarks(50, 100).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            CompletableFuture<byte[]> reader = Async.supply(() -> {
                try {
                    return peer.readAllBytes();
                } catch (java.io.IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            int drains = 0;
            for (int i = 0; i < 5000; i++) {
                if (!session.write(new byte[60])) {
                    recorder.await("drain", ++drains);
                    drains = recorder.count("drain");
                }
            }
            session.close();
            assertThat(get(reader)).hasSize(300_000);
            assertThat(drains).isPositive();
        }
    }

    @OnEachBackend
    void marksCanBeMovedForOneSession(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            assertThatIllegalArgumentException().isThrownBy(() -> session.waterMarks(2, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> session.waterMarks(-1, 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.waterMarks(1, 64 * MIB + 1))
                    .withMessageContaining("the write limit of " + 64 * MIB);
            session.waterMarks(32 * MIB, 32 * MIB);
            WriteIT.barrier(session);
            assertThat(session.write(new byte[16 * MIB])).isTrue();
            session.waterMarks(1 * MIB, 2 * MIB);
            WriteIT.barrier(session);
            assertThat(session.write("x")).isFalse();
            assertThat(recorder.count("drain")).isZero();
            session.waterMarks(32 * MIB, 64 * MIB);
            recorder.await("drain");
            assertThat(session.write("y")).isTrue();
            assertThat(peer.readBytes(16 * MIB + 2)).endsWith('x', 'y');
        }
    }

    @OnEachBackend
    void aWriteBeyondTheLimitQueuesNothingAndTheSessionLives(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options =
                Backends.server(backend).waterMarks(10, 20).writeLimit(8 * MIB).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            ByteBuffer tooMuch = ByteBuffer.allocate(8 * MIB + 1);
            assertFull(() -> session.write(tooMuch));
            assertFull(() -> session.write(ByteBuffer.allocate(8 * MIB), ByteBuffer.allocate(1)));
            assertThat(tooMuch.position()).isZero();
            assertThat(session.write(new byte[8 * MIB])).isFalse();
            assertFull(() -> session.write(new byte[8 * MIB]));
            CompletableFuture<Throwable> onLoop = new CompletableFuture<>();
            session.execute(() -> onLoop.complete(catchThrowableOfType(
                    NetException.class, () -> session.write(new byte[8 * MIB]))));
            assertThat(get(onLoop)).hasMessageContaining("ENOBUFS");
            assertThat(session.isOpen()).isTrue();
            assertThat(peer.readBytes(8 * MIB)).hasSize(8 * MIB);
            recorder.await("send");
            session.write("lives");
            assertThat(peer.read(5)).isEqualTo("lives");
        }
    }

    private static void assertFull(Runnable write) {
        NetException e = catchThrowableOfType(NetException.class, write::run);
        assertThat(e.code()).isEqualTo("ENOBUFS");
        assertThat(e).hasMessageContaining(String.valueOf(8 * MIB));
    }

    @OnEachBackend
    void aLoopWithoutMemoryFailsTheSessionAndServesOthers(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = Recorder.echo();
        NetOptions options = Backends.server(backend).memoryLimit(4 * MIB).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer greedy = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            session.write(new byte[32 * MIB]);
            assertThat(recorder.cause()).isEqualTo(NetCause.FAILURE);
            assertThat(((NetException) recorder.error()).code()).isEqualTo("EMEMORY");
            assertThat(greedy.localAddress()).isNotNull();
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("others")).isEqualTo("others");
            }
        }
    }

    @OnEachBackend
    void aSessionWhoseAnswersAreNotReadStopsReading(NetOptions.Backend backend) throws Exception {
        AtomicInteger answered = new AtomicInteger();
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            answered.addAndGet(data.remaining());
            for (int i = 0; i < 64; i++) {
                session.write(data.duplicate());
            }
        });
        NetOptions options = Backends.server(backend).receiveBuffer(8192).build();
        int asked = 32 * MIB;
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            CompletableFuture<Void> writer = Async.run(() -> {
                try {
                    peer.write(new byte[asked]);
                } catch (java.io.IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            recorder.await("recv");
            NetSession session = recorder.session();
            CompletableFuture<Integer> later = new CompletableFuture<>();
            session.schedule(Duration.ofMillis(150), () -> later.complete(answered.get()));
            assertThat(get(later)).isLessThan(asked / 2);
            assertThat(session.queuedBytes()).isLessThan(64L << 20);
            session.abort();
            recorder.await("close");
            assertThat(writer).failsWithin(Duration.ofSeconds(15));
        }
    }

    @OnEachBackend
    void aSessionWithoutBackpressureReadsOn(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[16 * MIB]));
        NetOptions options = Backends.server(backend).readBackpressure(false).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write("heard all the same");
            recorder.awaitText("heard all the same");
        }
    }

    @OnEachBackend
    void readingGoesOnWhenTheQueueFell(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[16 * MIB]));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            peer.write("later");
            WriteIT.barrier(recorder.session());
            assertThat(recorder.text()).isEmpty();
            assertThat(peer.readBytes(16 * MIB)).hasSize(16 * MIB);
            recorder.awaitText("later");
            List<String> events = recorder.events();
            assertThat(events.indexOf("drain")).isLessThan(events.indexOf("recv"));
        }
    }

    @OnEachBackend
    void nothingIsHeardAfterAPauseOnTheLoop(NetOptions.Backend backend) throws Exception {
        byte[] sent = new byte[200_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) ((i * 31) >> 3);
        }
        CompletableFuture<Integer> meanwhile = new CompletableFuture<>();
        Recorder recorder = new Recorder();
        recorder.atRecv((session, data) -> {
            if (recorder.count("recv") == 1) {
                session.pause();
                session.schedule(Duration.ofMillis(100), () -> {
                    meanwhile.complete(recorder.count("recv"));
                    session.resume();
                });
            }
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(sent);
            peer.shutdownOutput();
            assertThat(get(meanwhile)).isEqualTo(1);
            recorder.await("end");
            assertThat(recorder.received()).isEqualTo(sent);
            assertThat(recorder.cause()).isEqualTo(NetCause.PEER);
        }
    }

    @OnEachBackend
    void aPauseOnTheLoopHoldsAtOnceAlsoBehindTheWritesOfOthers(NetOptions.Backend backend)
            throws Exception {
        byte[] sent = new byte[200_000];
        CountDownLatch arrived = new CountDownLatch(1);
        CompletableFuture<Integer> meanwhile = new CompletableFuture<>();
        Recorder recorder = new Recorder();
        recorder.atRecv((session, data) -> {
            if (recorder.count("recv") == 1) {
                Async.supply(() -> session.write("other")).join();
                session.pause();
                session.schedule(Duration.ofMillis(100), () -> {
                    meanwhile.complete(recorder.count("recv"));
                    session.resume();
                });
            }
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            recorder.session().execute(() -> {
                try {
                    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            peer.write(sent);
            peer.shutdownOutput();
            arrived.countDown(); /* so that one turn tells more than one piece */
            assertThat(get(meanwhile)).isEqualTo(1);
            assertThat(peer.read(5)).isEqualTo("other");
            recorder.await("end");
            assertThat(recorder.received()).isEqualTo(sent);
        }
    }

    @OnEachBackend
    void pausingInEveryOnRecvLosesAndReordersNothing(NetOptions.Backend backend)
            throws Exception {
        byte[] sent = new byte[3 * MIB];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) ((i * 17) >> 5);
        }
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            session.pause();
            session.execute(session::resume);
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write(sent);
            peer.shutdownOutput();
            recorder.await("end");
            assertThat(recorder.received()).isEqualTo(sent);
        }
    }

    @OnEachBackend
    void pauseAndResumeOfOtherThreadsTakeEffect(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            session.pause();
            session.pause();
            WriteIT.barrier(session);
            peer.write("held");
            session.write("proof that turns went by");
            assertThat(peer.read(24)).hasSize(24);
            WriteIT.barrier(session);
            assertThat(recorder.events()).doesNotContain("recv");
            session.resume();
            recorder.awaitText("held");
        }
    }

    @OnEachBackend
    void whatIsLeftInTheBufferIsNotToldAgain(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atRecv((session, data) -> data.get());
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("abc");
            recorder.awaitText("abc");
            peer.write("def");
            recorder.awaitText("abcdef");
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }
}

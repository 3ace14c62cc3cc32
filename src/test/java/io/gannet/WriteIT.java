package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** What is written arrives, whole and in order, and onSend tells. */
@Timeout(60)
class WriteIT {
    private static final int THREADS = 16;

    @OnEachBackend
    void everyKindOfWriteArrivesInOrder(NetOptions.Backend backend) throws Exception {
        byte[] array = "<array>".getBytes(StandardCharsets.US_ASCII);
        Recorder recorder = new Recorder().atOpen(session -> writeAllKinds(session, array));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAll()).isEqualTo(expected());
        }
    }

    @OnEachBackend
    void everyKindOfWriteFromAnotherThreadArrivesInOrder(NetOptions.Backend backend)
            throws Exception {
        byte[] array = "<array>".getBytes(StandardCharsets.US_ASCII);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            writeAllKinds(recorder.session(), array);
            Arrays.fill(array, (byte) 'x'); /* what was written was copied */
            assertThat(peer.readAll()).isEqualTo(expected());
        }
    }

    private static void writeAllKinds(NetSession session, byte[] array) {
        ByteBuffer heap = ByteBuffer.wrap("..<heap>..".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer direct = ByteBuffer.allocateDirect(8).put("<direct>".getBytes(
                StandardCharsets.US_ASCII)).flip();
        heap.position(2).limit(8);
        session.write(array);
        session.write(array, 1, 5);
        session.write("<täxt>");
        session.write(heap);
        session.write(direct.asReadOnlyBuffer());
        assertThat(heap.position()).isEqualTo(8);
        heap.position(2);
        session.write(heap, direct, heap.duplicate());
        assertThat(heap.remaining() + direct.remaining()).isZero();
        session.write(new byte[0]);
        session.write("");
        session.write(new ByteBuffer[0]);
        session.close();
    }

    private static String expected() {
        return "<array>array<täxt><heap><direct><heap><direct><heap>";
    }

    @OnEachBackend
    void largeBuffersOfEachKindArriveInOrder(NetOptions.Backend backend) throws Exception {
        int size = 40_000;
        byte[] backing = new byte[size + 20];
        for (int i = 0; i < backing.length; i++) {
            backing[i] = (byte) ('a' + i % 26);
        }
        ByteBuffer slice = ByteBuffer.wrap(backing, 7, size + 5).slice().position(5);
        ByteBuffer direct = ByteBuffer.allocateDirect(size).put(backing, 12, size).flip();
        List<ByteBuffer> kinds = List.of(slice, slice.asReadOnlyBuffer(), direct);
        Recorder recorder = new Recorder().atOpen(session -> {
            for (ByteBuffer kind : kinds) {
                session.write("<");
                session.write(kind);
                session.write(">");
            }
            session.close();
        });
        String each = "<" + new String(backing, 12, size, StandardCharsets.US_ASCII) + ">";
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAll()).isEqualTo(each.repeat(3));
            assertThat(kinds).noneMatch(ByteBuffer::hasRemaining);
        }
    }

    @OnEachBackend
    void aBufferGivenTwiceIsSentOnce(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            ByteBuffer twice = ByteBuffer.wrap(new byte[] {'1', '2'});
            session.execute(() -> session.write(twice, twice));
            assertThat(peer.read(2)).isEqualTo("12");
            recorder.await("send");
            assertThat(session.queuedBytes()).isZero();
            ByteBuffer again = ByteBuffer.wrap(new byte[] {'3', '4'});
            session.write(again, again);
            session.close();
            assertThat(peer.readAll()).isEqualTo("34");
            assertThatExceptionOfType(NetException.class)
                    .isThrownBy(() -> session.write(again.flip(), again));
            assertThat(again.position()).isZero();
        }
    }

    @OnEachBackend
    void surrogatesThatAreAloneBecomeQuestionMarks(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.write("a\ud800b"));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.read(3)).isEqualTo("a?b");
        }
    }

    @OnEachBackend
    void sixteenThreadsKeepTheOrderOfEach(NetOptions.Backend backend) throws Exception {
        int rounds = 2_000;
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                byte id = (byte) i;
                writers.add(Async.run(() -> writeRecords(session, id, rounds)));
            }
            byte[] all = peer.readBytes(THREADS * rounds * 8);
            for (CompletableFuture<Void> writer : writers) {
                writer.get(15, TimeUnit.SECONDS);
            }
            int[] next = new int[THREADS];
            ByteBuffer records = ByteBuffer.wrap(all);
            while (records.hasRemaining()) {
                int id = records.getInt();
                assertThat(records.getInt()).as("of thread %d", id).isEqualTo(next[id]++);
            }
            assertThat(next).containsOnly(rounds);
            session.close();
        }
    }

    /** A record is two parts, which no other thread's bytes may come between. */
    private static void writeRecords(NetSession session, byte id, int rounds) {
        for (int round = 0; round < rounds; round++) {
            ByteBuffer head = ByteBuffer.allocate(4).putInt(0, id);
            ByteBuffer body = ByteBuffer.allocateDirect(4).putInt(0, round);
            session.write(head, body);
        }
    }

    @OnEachBackend
    void theLoopThreadLinesUpBehindOtherThreads(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atRecv((session, data) -> {
            Async.run(() -> {
                for (int i = 0; i < 100; i++) {
                    session.write("a");
                }
            }).join();
            session.write("b");
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("go");
            assertThat(peer.readAll()).isEqualTo("a".repeat(100) + "b");
        }
    }

    @OnEachBackend
    void onSendIsToldOnceForOneBigWrite(NetOptions.Backend backend) throws Exception {
        int size = 8 << 20;
        Recorder recorder = new Recorder().atOpen(session -> session.write(new byte[size]));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            barrier(session);
            assertThat(recorder.count("send")).isZero();
            assertThat(session.queuedBytes()).isPositive();
            assertThat(peer.readBytes(size)).hasSize(size);
            recorder.await("send");
            assertThat(session.queuedBytes()).isZero();
            barrier(session);
            assertThat(recorder.count("send")).isEqualTo(1);
        }
    }

    @OnEachBackend
    void onSendIsToldOnceForTheManyWritesOfOneTurn(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> {
            for (int i = 0; i < 1000; i++) {
                session.write("line " + i + "\n");
            }
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            recorder.await("send");
            assertThat(peer.read(7)).isEqualTo("line 0\n");
            barrier(recorder.session());
            assertThat(recorder.count("send")).isEqualTo(1);
        }
    }

    @OnEachBackend
    void onSendIsToldOnceForEachTimeTheQueueEmpties(NetOptions.Backend backend) throws Exception {
        AtomicInteger left = new AtomicInteger(50);
        Recorder recorder = new Recorder()
                .atOpen(session -> session.write("0"))
                .atSend(session -> {
                    assertThat(session.queuedBytes()).isZero();
                    if (left.decrementAndGet() > 0) {
                        session.write("1");
                    } else {
                        session.close();
                    }
                });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAll()).hasSize(50);
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(recorder.count("send")).isEqualTo(50);
        }
    }

    @OnEachBackend
    void onSendIsToldForWritesOfOtherThreads(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            for (int i = 1; i <= 20; i++) {
                session.write("x");
                recorder.await("send", i);
                assertThat(session.queuedBytes()).isZero();
            }
            assertThat(peer.read(20)).hasSize(20);
            barrier(session);
            assertThat(recorder.count("send")).isEqualTo(20);
        }
    }

    @OnEachBackend
    void theEchoOfEachMessageIsToldOnce(NetOptions.Backend backend) throws Exception {
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            for (int i = 1; i <= 100; i++) {
                assertThat(peer.exchange("ping")).isEqualTo("ping");
                recorder.await("send", i);
                assertThat(recorder.count("send")).isEqualTo(i);
            }
        }
    }

    @OnEachBackend
    void writesOnAClosedSessionAreRefused(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            assertThat(session.isOpen()).isTrue();
            session.close();
            assertThat(session.isOpen()).isFalse();
            assertRefused(session);
            peer.close();
            recorder.await("close");
            assertRefused(session);
        }
        assertRefused(recorder.session());
    }

    private static void assertRefused(NetSession session) {
        ByteBuffer buffer = ByteBuffer.wrap(new byte[3]);
        for (Runnable write : List.<Runnable>of(
                () -> session.write("x"),
                () -> session.write(new byte[1]),
                () -> session.write(buffer),
                () -> session.write(buffer, buffer.duplicate()))) {
            NetException e = catchThrowableOfType(NetException.class, write::run);
            assertThat(e.code()).isEqualTo("ECLOSED");
            assertThat(e.operation()).isEqualTo("write");
        }
        assertThat(buffer.position()).isZero();
    }

    @OnEachBackend
    void aWriteIsEitherRefusedOrSentWhenAnotherThreadCloses(NetOptions.Backend backend)
            throws Exception {
        for (int round = 0; round < 30; round++) {
            Recorder recorder = new Recorder();
            try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                    TestPeer peer = TestPeer.connect(server.port())) {
                NetSession session = recorder.session();
                List<CompletableFuture<Integer>> writers = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    writers.add(Async.supply(() -> writeUntilRefused(session)));
                }
                assertThat(peer.readBytes(100)).hasSize(100);
                session.close();
                int accepted = 0;
                int arrived = 100 + peer.readAllBytes().length;
                for (CompletableFuture<Integer> writer : writers) {
                    accepted += writer.get(15, TimeUnit.SECONDS);
                }
                assertThat(arrived).isEqualTo(accepted);
            }
        }
    }

    private static int writeUntilRefused(NetSession session) {
        int accepted = 0;
        try {
            while (true) {
                session.write("x");
                accepted++;
            }
        } catch (NetException e) {
            assertThat(e.code()).isEqualTo("ECLOSED");
            return accepted;
        }
    }

    @OnEachBackend
    void partsOutsideAnArrayAreRefused(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            for (int[] part : new int[][] {{-1, 1}, {0, 4}, {3, 1}, {1, -1}}) {
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> session.write(new byte[3], part[0], part[1]));
            }
            session.write("fine");
            assertThat(peer.read(4)).isEqualTo("fine");
        }
    }

    /** Waits until the loop did what was asked of it so far, and a turn more. */
    static void barrier(NetSession session) {
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            session.execute(() -> done.complete(null));
            done.orTimeout(15, TimeUnit.SECONDS).join();
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Threads against loops: what is handed over, and what ends meanwhile. */
@Timeout(120)
class RaceIT {
    private static final boolean SOAK = Integer.getInteger("gannet.soak", 0) > 0;
    private static final int ROUNDS = SOAK ? 2_000 : 25;
    private static final int CYCLES = SOAK ? 1_000 : 200;
    private static final int PIECES_MAX = 3_000;
    private static final int THREADS = 4;

    @OnEachBackend
    @Timeout(900)
    void everyTaskThatIsTakenRunsOnceThoughTheLoopEnds(NetOptions.Backend backend)
            throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Recorder recorder = Recorder.echo();
            AtomicInteger taken = new AtomicInteger();
            AtomicInteger run = new AtomicInteger();
            NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("x")).isEqualTo("x");
                NetSession session = recorder.session();
                List<CompletableFuture<Void>> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    threads.add(Async.run(() -> {
                        try {
                            while (true) {
                                session.execute(run::incrementAndGet);
                                taken.incrementAndGet();
                            }
                        } catch (NetException e) {
                            assertThat(e.code()).isEqualTo("ECLOSED");
                        }
                    }));
                }
                int enough = new Random(round).nextInt(2_000);
                Soon.until(() -> taken.get() >= enough);
                server.close();
                for (CompletableFuture<Void> thread : threads) {
                    thread.get(15, TimeUnit.SECONDS);
                }
            }
            assertThat(run).as("round %d", round).hasValue(taken.get());
        }
    }

    /** Each piece is its writer, its number, and a rest that repeats the writer. */
    @OnEachBackend
    @Timeout(900)
    void piecesOfManyThreadsArriveWholeAndInTheirOrder(NetOptions.Backend backend)
            throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Recorder recorder = Recorder.echo();
            try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                    TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("x")).isEqualTo("x");
                NetSession session = recorder.session();
                AtomicInteger written = new AtomicInteger();
                List<CompletableFuture<Integer>> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    byte writer = (byte) i;
                    threads.add(Async.supply(() -> write(session, writer, written)));
                }
                int enough = new Random(round).nextInt(PIECES_MAX);
                CompletableFuture<Void> closer = Async.run(() -> {
                    Soon.until(() -> written.get() >= enough);
                    session.close();
                });
                int[] arrived = check(peer);
                closer.get(15, TimeUnit.SECONDS);
                for (int i = 0; i < THREADS; i++) {
                    int count = threads.get(i).get(15, TimeUnit.SECONDS);
                    assertThat(arrived[i]).as("round %d, writer %d", round, i)
                            .isLessThanOrEqualTo(count);
                }
            }
        }
    }

    /** Writes until the session is closed; returns how many pieces were taken. */
    private static int write(NetSession session, byte writer, AtomicInteger written) {
        Random random = new Random(writer);
        int count = 0;
        try {
            while (count < PIECES_MAX) {
                int length = 6 + random.nextInt(200);
                ByteBuffer piece = ByteBuffer.allocate(length);
                piece.put(writer).put((byte) length).putInt(count);
                while (piece.hasRemaining()) {
                    piece.put(writer);
                }
                session.write(piece.flip());
                count++;
                written.incrementAndGet();
            }
            return count;
        } catch (NetException e) {
            assertThat(e.code()).isIn("ECLOSED", "ENOBUFS");
            return count + 1; /* the last may have been taken by a session that closed then */
        }
    }

    /** Reads to the end; returns how many pieces came of each writer. */
    private static int[] check(TestPeer peer) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(peer.readAllBytes());
        int[] next = new int[THREADS];
        while (all.hasRemaining()) {
            byte writer = all.get();
            int length = all.get() & 0xff;
            boolean whole = all.getInt() == next[writer]++ && all.remaining() >= length - 6;
            for (int i = 6; i < length && whole; i++) {
                whole = all.get() == writer;
            }
            if (!whole) {
                throw new AssertionError("piece " + (next[writer] - 1) + " of writer " + writer);
            }
        }
        return next;
    }

    @OnEachBackend
    @Timeout(900)
    void startsAndStopsUnderLoadLeakNothing(NetOptions.Backend backend) throws Exception {
        Backends.server(backend); /* skips one that does not work here */
        Outcome outcome = Cycles.of(backend, CYCLES);
        assertThat(outcome.troubles()).isEmpty();
        assertThat(outcome.answered()).isPositive();
    }
}

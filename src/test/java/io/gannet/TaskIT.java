package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Tasks and timers on the loop. */
@Timeout(60)
class TaskIT {
    @OnEachBackend
    void tasksRunInOrderOnTheThreadOfTheCallbacks(NetOptions.Backend backend) throws Exception {
        CompletableFuture<Thread> loop = new CompletableFuture<>();
        Recorder recorder =
                new Recorder().atOpen(session -> loop.complete(Thread.currentThread()));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.localAddress()).isNotNull();
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch done = new CountDownLatch(5000);
            for (int i = 0; i < 5000; i++) {
                int number = i;
                recorder.session().execute(() -> {
                    order.add(number);
                    threads.add(Thread.currentThread());
                    done.countDown();
                });
            }
            assertThat(done.await(15, TimeUnit.SECONDS)).isTrue();
            assertThat(order).isSorted().hasSize(5000);
            assertThat(threads).containsOnly(loop.get(1, TimeUnit.SECONDS));
        }
    }

    @OnEachBackend
    void aTaskRunsAfterWhatWasAskedBefore(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            session.write("1");
            session.execute(() -> {
                session.write("2");
                session.close();
            });
            assertThat(peer.readAll()).isEqualTo("12");
        }
    }

    @OnEachBackend
    void aTaskMaySubmitTasksWithoutEndAndTheLoopStillServes(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            session.execute(new Runnable() {
                @Override
                public void run() {
                    if (session.isOpen()) {
                        session.execute(this);
                    }
                }
            });
            assertThat(peer.exchange("served")).isEqualTo("served");
        }
    }

    @OnEachBackend
    void aTaskRunsAlsoWhenTheSessionIsClosed(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
        TestPeer.connect(server.port()).close();
        recorder.await("close");
        CompletableFuture<String> ran = new CompletableFuture<>();
        recorder.session().execute(() -> ran.complete("ran"));
        assertThat(ran.get(15, TimeUnit.SECONDS)).isEqualTo("ran");
        server.close();
        NetException e = catchThrowableOfType(NetException.class,
                () -> recorder.session().execute(() -> {}));
        assertThat(e.code()).isEqualTo("ECLOSED");
        assertThat(e.operation()).isEqualTo("execute");
        assertThat(catchThrowableOfType(NetException.class,
                () -> recorder.session().schedule(Duration.ZERO, () -> {})).operation())
                .isEqualTo("schedule");
    }

    @OnEachBackend
    void tasksThatWereTakenRunAlthoughTheLoopEnds(NetOptions.Backend backend) throws Exception {
        for (int round = 0; round < 20; round++) {
            Recorder recorder = new Recorder();
            NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
            try (TestPeer peer = TestPeer.connect(server.port())) {
                NetSession session = recorder.session();
                AtomicInteger ran = new AtomicInteger();
                CompletableFuture<Integer> submitter =
                        Async.supply(() -> submitUntilRefused(session, ran));
                recorder.session().execute(server::close);
                int taken = submitter.get(15, TimeUnit.SECONDS);
                server.join();
                assertThat(ran).hasValue(taken);
                assertThat(peer.localAddress()).isNotNull();
            }
        }
    }

    private static int submitUntilRefused(NetSession session, AtomicInteger ran) {
        int taken = 0;
        try {
            while (true) {
                session.execute(ran::incrementAndGet);
                taken++;
            }
        } catch (NetException e) {
            assertThat(e.code()).isEqualTo("ECLOSED");
            return taken;
        }
    }

    @OnEachBackend
    void timersRunInTheOrderTheyAreDue(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch done = new CountDownLatch(4);
            for (int delay : new int[] {90, 0, 60, 30}) {
                long before = System.nanoTime();
                session.schedule(Duration.ofMillis(delay), () -> {
                    order.add(delay);
                    if (System.nanoTime() - before >= delay * 1_000_000L) {
                        done.countDown();
                    }
                });
            }
            assertThat(done.await(15, TimeUnit.SECONDS)).as("none is early").isTrue();
            assertThat(order).containsExactly(0, 30, 60, 90);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void thousandsOfTimersRunOrAreCancelledOnce(NetOptions.Backend backend) throws Exception {
        int count = 20_000;
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            Random random = new Random(42);
            AtomicInteger ran = new AtomicInteger();
            List<NetTimer> timers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                timers.add(session.schedule(Duration.ofMillis(random.nextInt(300)),
                        ran::incrementAndGet));
            }
            int cancelled = 0;
            for (int i = 0; i < count; i += 2) {
                cancelled += timers.get(i).cancel() ? 1 : 0;
            }
            CompletableFuture<Void> last = new CompletableFuture<>();
            session.schedule(Duration.ofMillis(400), () -> last.complete(null));
            last.get(15, TimeUnit.SECONDS);
            assertThat(ran.get() + cancelled).isEqualTo(count);
            assertThat(cancelled).isPositive();
            assertThat(timers).noneMatch(NetTimer::cancel);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void timersOfAClosedSessionDoNotRun(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        AtomicInteger ran = new AtomicInteger();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder)) {
            List<NetTimer> timers = new ArrayList<>();
            try (TestPeer peer = TestPeer.connect(server.port())) {
                NetSession session = recorder.session();
                for (int i = 0; i < 100; i++) {
                    timers.add(session.schedule(Duration.ofMillis(200), ran::incrementAndGet));
                }
                WriteIT.barrier(session);
                peer.reset();
            }
            recorder.await("close");
            timers.add(recorder.session().schedule(Duration.ZERO, ran::incrementAndGet));
            try (TestPeer other = TestPeer.connect(server.port())) {
                CompletableFuture<Void> later = new CompletableFuture<>();
                recorder.session(1).schedule(Duration.ofMillis(300), () -> later.complete(null));
                later.get(15, TimeUnit.SECONDS);
                assertThat(other.localAddress()).isNotNull();
            }
            assertThat(ran).hasValue(0);
            assertThat(timers).noneMatch(NetTimer::cancel);
        }
    }

    @OnEachBackend
    void aTimerMayCancelItselfAndOthers(NetOptions.Backend backend) throws Exception {
        CompletableFuture<List<Boolean>> answers = new CompletableFuture<>();
        AtomicInteger ran = new AtomicInteger();
        Recorder recorder = new Recorder().atOpen(session -> {
            NetTimer[] timers = new NetTimer[3];
            timers[0] = session.schedule(Duration.ofMillis(20), () -> answers.complete(List.of(
                    timers[0].cancel(), timers[1].cancel(), timers[1].cancel())));
            timers[1] = session.schedule(Duration.ofMillis(20), ran::incrementAndGet);
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(answers.get(15, TimeUnit.SECONDS)).containsExactly(false, true, false);
            WriteIT.barrier(recorder.session());
            assertThat(ran).hasValue(0);
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void oddDelaysAreHandled(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            assertThatIllegalArgumentException().isThrownBy(
                    () -> session.schedule(Duration.ofNanos(-1), () -> {}));
            NetTimer never = session.schedule(Duration.ofSeconds(Long.MAX_VALUE), () -> {});
            WriteIT.barrier(session);
            assertThat(never.cancel()).isTrue();
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    @OnEachBackend
    void aStaleSessionCannotTouchTheOneThatTookItsSlot(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(Backends.server(backend).maxSessions(1).build(),
                recorder)) {
            try (TestPeer first = TestPeer.connect(server.port())) {
                assertThat(first.exchange("first")).isEqualTo("first");
            }
            recorder.await("close");
            NetSession stale = recorder.session(0);
            try (TestPeer second = TestPeer.connect(server.port())) {
                assertThat(second.exchange("second")).isEqualTo("second");
                assertThat(recorder.session(1).id()).isNotEqualTo(stale.id());
                stale.close();
                stale.abort();
                stale.pause();
                stale.shutdownOutput();
                stale.execute(() -> {
                    stale.pause();
                    stale.close();
                    stale.abort();
                    stale.shutdownOutput();
                });
                assertThat(catchThrowableOfType(NetException.class,
                        () -> stale.write("not for you")).code()).isEqualTo("ECLOSED");
                WriteIT.barrier(recorder.session(1));
                assertThat(second.exchange("untouched")).isEqualTo("untouched");
                assertThat(recorder.session(1).isOpen()).isTrue();
            }
        }
    }
}

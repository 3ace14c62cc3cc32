package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Again and again, and all at once, without leaving anything behind. */
@Timeout(120)
class EnduranceIT {
    @TempDir
    private Path dir;

    @OnEachBackend
    void aHundredStartsAndStopsLeakNoDescriptorAndNoThread(NetOptions.Backend backend)
            throws Exception {
        startAndStop(backend); /* whatever is loaded once is loaded now */
        int descriptors = Resources.descriptors().size();
        for (int i = 0; i < 100; i++) {
            startAndStop(backend);
        }
        assertThat(Resources.threads()).isEmpty();
        assertThat(Resources.descriptors()).hasSize(descriptors);
    }

    private static void startAndStop(NetOptions.Backend backend) throws Exception {
        Recorder recorder = Recorder.echo();
        NetOptions options = Backends.server(backend).loops(2).build();
        NetServer server = NetServer.open(options, recorder);
        try (TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("x")).isEqualTo("x");
            if (server.port() % 2 == 0) {
                server.close();
            } else {
                peer.close();
                assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
            }
        }
    }

    @OnEachBackend
    void aStartThatFailsLeaksNothing(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(3).build();
        try (NetServer server = NetServer.open(options, new Recorder())) {
            NetOptions occupied = options.toBuilder()
                    .listen(Backends.loopback(0), Backends.loopback(server.port()))
                    .build();
            int descriptors = Resources.descriptors().size();
            for (int i = 0; i < 20; i++) {
                NetServer second = NetServer.create(occupied, new Recorder());
                try {
                    second.start();
                    throw new AssertionError("it started");
                } catch (NetException e) {
                    assertThat(e.code()).isEqualTo("EADDRINUSE");
                }
            }
            assertThat(Resources.descriptors()).hasSize(descriptors);
        }
    }

    @OnEachBackend
    void steadyTrafficAllocatesNothingOnTheHeap(NetOptions.Backend backend) throws Exception {
        int events = 100_000;
        CompletableFuture<Thread> loop = new CompletableFuture<>();
        AtomicInteger heard = new AtomicInteger();
        NetHandler echo = new NetHandler() {
            @Override
            public void onOpen(NetSession session) {
                loop.complete(Thread.currentThread());
            }

            @Override
            public void onRecv(NetSession session, ByteBuffer data) {
                heard.lazySet(heard.get() + 1);
                session.write(data);
            }
        };
        try (NetServer server = NetServer.open(Backends.server(backend).build(), echo);
                TestPeer peer = TestPeer.connect(server.port())) {
            long id = threadId(loop.get(15, TimeUnit.SECONDS));
            byte[] ping = new byte[64];
            pingPong(peer, ping, 30_000);
            long before = allocatedBytes(id);
            int heardBefore = heard.get();
            pingPong(peer, ping, events);
            long bytes = allocatedBytes(id) - before;
            assertThat(heard.get() - heardBefore).isGreaterThanOrEqualTo(events);
            assertThat(bytes).as("bytes allocated for %d events", events).isLessThan(events / 10);
        }
    }

    /** Through reflection: the module under test does not read that of the bean. */
    private static long allocatedBytes(long threadId) throws Exception {
        Object bean = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean").invoke(null);
        Method method = Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, threadId);
    }

    @SuppressWarnings("deprecation") /* threadId() is younger than JDK 17 */
    private static long threadId(Thread thread) {
        return thread.getId();
    }

    private static void pingPong(TestPeer peer, byte[] ping, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            peer.write(ping);
            if (peer.readBytes(ping.length).length != ping.length) {
                throw new AssertionError("the server ended");
            }
        }
    }

    @OnEachBackend
    @Timeout(60)
    void threadsThatDoEverythingAtOnceDoNoHarm(NetOptions.Backend backend) throws Exception {
        Path file = Files.write(dir.resolve("file"), new byte[10_000]);
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        Queue<CompletableFuture<Void>> tormentors = new ConcurrentLinkedQueue<>();
        Recorder witness = Recorder.echo();
        AtomicInteger sessions = new AtomicInteger();
        NetServer server = NetServer.open(
                Backends.server(backend).closeTimeout(Duration.ofMillis(50)).build(),
                () -> sessions.getAndIncrement() == 0
                        ? witness
                        : new Recorder().atOpen(session -> {
                            opened.incrementAndGet();
                            tormentors.add(maltreat(session, file, 1));
                            tormentors.add(maltreat(session, file, 2));
                        }).atClose((session, cause) -> closed.incrementAndGet()));
        try (TestPeer bystander = TestPeer.connect(server.port())) {
            assertThat(bystander.exchange("before")).isEqualTo("before");
            List<CompletableFuture<Void>> peers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                peers.add(Async.run(() -> connectOften(server.port())));
            }
            for (CompletableFuture<Void> peer : peers) {
                peer.get(50, TimeUnit.SECONDS);
            }
            assertThat(bystander.exchange("after")).isEqualTo("after");
        }
        server.stop(Duration.ofSeconds(10));
        for (CompletableFuture<Void> tormentor : tormentors) {
            tormentor.get(15, TimeUnit.SECONDS);
        }
        assertThat(closed).hasValue(opened.get());
        assertThat(opened.get()).isPositive();
    }

    private static void connectOften(int port) {
        for (int i = 0; i < 50; i++) {
            try (TestPeer peer = TestPeer.connect(port)) {
                peer.write(new byte[1000]);
                assertThat(peer.ending()).isNotNull();
            } catch (java.io.IOException e) {
                assertThat(e).isInstanceOf(java.net.SocketException.class); /* a reset */
            }
        }
    }

    /** A thread that does whatever a session offers, in random order, until somebody closes it. */
    private static CompletableFuture<Void> maltreat(NetSession session, Path file, int seed) {
        Random random = new Random(seed);
        return Async.run(() -> {
            try {
                while (session.isOpen()) {
                    somethingTo(session, file, random);
                }
            } catch (NetException e) {
                assertThat(e.code()).isIn("ECLOSED", "ENOBUFS");
            }
            session.abort();
        });
    }

    private static void somethingTo(NetSession session, Path file, Random random) {
        switch (random.nextInt(100)) {
            case 0 -> session.close();
            case 1 -> session.abort();
            case 2 -> session.shutdownOutput();
            case 3, 4, 5 -> session.write(file, 0, 1 + random.nextInt(10_000));
            case 6, 7, 8, 9 -> session.pause();
            case 10, 11, 12 -> session.schedule(Duration.ofNanos(random.nextInt(100_000)),
                    () -> session.write("timed"));
            case 13 -> session.waterMarks(random.nextInt(100), 100 + random.nextInt(100_000));
            case 14, 15 -> session.execute(() -> {
                if (session.isOpen()) {
                    session.resume();
                }
            });
            case 16, 17, 18, 19 -> session.resume();
            default -> session.write(new byte[random.nextInt(500)]);
        }
    }
}

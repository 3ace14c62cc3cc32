package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What loops count of sessions and bytes. */
@Timeout(30)
class NetStatsIT {
    private static final int SESSIONS = 20;

    @OnEachBackend
    void sessionsAndBytesAreCountedOnBothSides(NetOptions.Backend backend) throws Exception {
        NetServer server = NetServer.open(Backends.server(backend).loops(2).build(),
                (session, data) -> session.write(data));
        NetClient client = NetClient.create(Backends.client(backend).loops(2).build());
        try (server; client) {
            List<TestPeer> peers = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                peers.add(TestPeer.connect(server.port()));
                assertThat(peers.get(i).exchange("hello")).isEqualTo("hello");
            }
            NetSession session = client.connect("127.0.0.1", server.port(), (s, data) -> s.close())
                    .toCompletableFuture().get(10, TimeUnit.SECONDS);
            session.write(new byte[] {1, 2, 3});
            Soon.until(() -> client.stats().closed() > 0 && server.stats().closed() > 0);
            NetStats seen = server.stats();
            assertThat(seen.loops()).isEqualTo(2);
            assertThat(seen.accepted()).isEqualTo(SESSIONS + 1);
            assertThat(seen.open()).isEqualTo(SESSIONS);
            assertThat(seen.memoryUsed()).isPositive().isLessThanOrEqualTo(seen.memoryPeak());
            NetStats other = client.stats();
            assertThat(other.connected()).isEqualTo(1);
            assertThat(other.accepted()).isZero();
            assertThat(other.bytesSent()).isEqualTo(3);
            assertThat(other.bytesReceived()).isEqualTo(3);
            for (TestPeer peer : peers) {
                peer.close();
            }
        }
        NetStats end = server.stats();
        assertThat(end.accepted()).isEqualTo(SESSIONS + 1);
        assertThat(end.closed()).isEqualTo(SESSIONS + 1);
        assertThat(end.bytesReceived()).isEqualTo(5 * SESSIONS + 3);
        assertThat(end.bytesSent()).isEqualTo(5 * SESSIONS + 3);
        assertThat(client.stats().open()).isZero();
    }

    @OnEachBackend
    void aConnectThatFailsOpensNothing(NetOptions.Backend backend) throws Exception {
        NetServer gone = NetServer.open(Backends.server(backend).build(), Recorder.echo());
        int port = gone.port();
        gone.close();
        try (NetClient client = NetClient.create(Backends.client(backend).build())) {
            CompletableFuture<NetSession> failed =
                    client.connect("127.0.0.1", port, Recorder.echo()).toCompletableFuture();
            assertThat(failed).failsWithin(10, TimeUnit.SECONDS);
            assertThat(client.stats().connected()).isZero();
            assertThat(client.stats().closed()).isZero();
        }
    }

    @OnEachBackend
    void sessionsThatEndForBeingIdleAreCountedApart(NetOptions.Backend backend)
            throws Exception {
        NetOptions options = Backends.server(backend)
                .idle(NetOptions.Idle.BOTH, Duration.ofMillis(100)).build();
        try (NetServer server = NetServer.open(options, (session, data) -> session.close())) {
            for (int i = 0; i < 3; i++) {
                try (TestPeer silent = TestPeer.connect(server.port())) {
                    assertThat(silent.ending()).isEqualTo("end");
                }
            }
            try (TestPeer peer = TestPeer.connect(server.port())) {
                peer.write("x");
                assertThat(peer.ending()).isEqualTo("end");
            }
            Soon.until(() -> server.stats().closed() == 4);
            assertThat(server.stats().idleClosed()).isEqualTo(3);
        }
    }

    @OnEachBackend
    void eachTimeThatMemoryBecomesTightIsCounted(NetOptions.Backend backend) throws Exception {
        long limit = 4 << 20;
        byte[] large = new byte[(int) limit * 7 / 8];
        NetOptions options =
                Backends.server(backend).memoryLimit(limit).sendBuffer(4096).build();
        try (NetServer server = NetServer.open(options,
                        (session, data) -> session.write(large));
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(server.stats().memoryLimit()).isEqualTo(limit);
            for (int i = 1; i <= 3; i++) {
                int times = i;
                peer.write("x");
                Soon.until(() -> server.stats().memoryPauses() == times);
                Soon.until(() -> server.stats().memoryPeak() > limit / 2);
                assertThat(peer.readBytes(large.length)).hasSize(large.length);
                Soon.until(() -> server.stats().memoryUsed() < limit / 2);
                assertThat(server.stats().memoryPauses()).isEqualTo(times);
            }
        }
    }

    @OnEachBackend
    void countsMayBeReadWhileLoopsEnd(NetOptions.Backend backend) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        NetServer[] now = {NetServer.open(Backends.server(backend).build(), Recorder.echo())};
        CompletableFuture<Void> reader = Async.run(() -> {
            while (!over.get()) {
                NetStats stats = now[0].stats();
                assertThat(stats.open()).isBetween(0L, 1L);
                assertThat(stats.closed()).isLessThanOrEqualTo(stats.accepted());
            }
        });
        for (int i = 0; i < 20; i++) {
            NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo());
            now[0].close();
            now[0] = server;
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("x")).isEqualTo("x");
            }
        }
        over.set(true);
        reader.get();
        now[0].close();
    }

    @Test
    void thereAreNoCountsBeforeTheStart() {
        NetServer server = NetServer.create(NetOptions.port(0), Recorder.echo());
        assertThatIllegalStateException().isThrownBy(server::stats);
    }
}

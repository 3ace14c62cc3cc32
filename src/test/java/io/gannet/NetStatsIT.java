package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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

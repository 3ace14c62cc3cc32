package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a client in order. */
@Timeout(60)
class ClientStopIT {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int MIB = 1 << 20;

    private static NetSession connect(NetClient client, int port, NetHandler handler) {
        return client.connect("127.0.0.1", port, handler).toCompletableFuture()
                .orTimeout(15, TimeUnit.SECONDS).join();
    }

    @OnEachBackend
    void stopSendsWhatIsQueued(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (ServerSocket listening = new ServerSocket(0);
                NetClient client = NetClient.create(Backends.client(backend).loops(2).build())) {
            NetSession session = connect(client, listening.getLocalPort(), recorder);
            session.write(new byte[8 * MIB]);
            session.write("the end");
            session.close();
            CompletableFuture<Boolean> stopped = Async.supply(() -> client.stop(GRACE));
            try (TestPeer peer = TestPeer.of(listening.accept())) {
                assertThat(peer.readAllBytes()).hasSize(8 * MIB + 7);
            }
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
        }
    }

    @OnEachBackend
    void stopClosesWhatNobodyClosed(NetOptions.Backend backend) throws Exception {
        Recorder accepted = new Recorder();
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), accepted);
                NetClient client = NetClient.create(Backends.client(backend).loops(2).build())) {
            connect(client, server.port(), recorder).write("last words");
            assertThat(client.stop(GRACE)).isTrue();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            accepted.awaitText("last words");
            assertThat(accepted.cause()).isEqualTo(NetCause.PEER);
            assertThat(client.stop(GRACE)).isTrue();
        }
    }

    @OnEachBackend
    void whatIsLeftAfterTheGraceIsAborted(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (ServerSocket listening = new ServerSocket(0);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetSession session = connect(client, listening.getLocalPort(), recorder);
            session.write(new byte[32 * MIB]);
            assertThat(client.stop(Duration.ofMillis(50))).isFalse();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(session.isOpen()).isFalse();
            assertThat(client.stop(GRACE)).isFalse();
        }
    }

    @OnEachBackend
    void stopEndsOnlyTheSessionsOfAClientThatSharesLoops(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = new Recorder();
        Recorder other = new Recorder();
        NetOptions options = Backends.server(backend).loops(2).build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            NetClient client = NetClient.on(server, Backends.client(backend).build());
            NetClient second = NetClient.on(server, Backends.client(backend).build());
            connect(client, server.port(), recorder);
            NetSession kept = connect(second, server.port(), other);
            assertThat(client.stop(GRACE)).isTrue();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            kept.write("still here");
            other.awaitText("still here");
            assertThat(refusal(client.connect("127.0.0.1", server.port(), recorder)))
                    .isEqualTo("ECLOSED");
            assertThat(second.stop(GRACE)).isTrue();
            server.close();
            assertThat(second.stop(GRACE)).isTrue();
        }
    }

    @OnEachBackend
    void connectsUnderWayFail(NetOptions.Backend backend) throws Exception {
        try (Deaf deaf = new Deaf();
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            CompletionStage<NetSession> connect = client.connect(deaf.address(), new Recorder());
            assertThat(client.stop(GRACE)).isTrue();
            assertThat(refusal(connect)).isEqualTo("ECLOSED");
        }
    }

    @OnEachBackend
    void aCloseMeanwhileCutsAStopShort(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (ServerSocket listening = new ServerSocket(0);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetSession session = connect(client, listening.getLocalPort(), recorder);
            session.write(new byte[32 * MIB]);
            CompletableFuture<Boolean> stopped = Async.supply(() -> client.stop(GRACE));
            Soon.until(() -> !session.isOpen());
            client.close();
            assertThat(stopped.get(20, TimeUnit.SECONDS)).isFalse();
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
        }
    }

    @OnEachBackend
    void aLoopThreadMayNotWaitForItself(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(Backends.server(backend).build(), new Recorder());
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            CompletableFuture<Boolean> stopped = new CompletableFuture<>();
            connect(client, server.port(), new Recorder()).execute(() -> {
                try {
                    stopped.complete(client.stop(GRACE));
                } catch (RuntimeException e) {
                    stopped.completeExceptionally(e);
                }
            });
            assertThatIllegalStateException().isThrownBy(() -> {
                try {
                    stopped.orTimeout(15, TimeUnit.SECONDS).join();
                } catch (CompletionException e) {
                    throw e.getCause();
                }
            });
            assertThat(client.stop(GRACE)).isTrue();
        }
    }

    @Test
    void aGraceIsNotNegative() {
        Duration negative = Duration.ofSeconds(-1);
        try (NetClient client = NetClient.create();
                NetServer server = NetServer.open(NetOptions.port(0), new Recorder())) {
            assertThatIllegalArgumentException().isThrownBy(() -> client.stop(negative))
                    .withMessageContaining("PT-1S");
            assertThatIllegalArgumentException().isThrownBy(() -> server.stop(negative))
                    .withMessageContaining("PT-1S");
            assertThat(server.stop(Duration.ZERO)).isTrue();
            assertThat(client.stop(GRACE)).isTrue();
        }
    }

    private static String refusal(CompletionStage<NetSession> connect) {
        Throwable thrown = Assertions.catchThrowable(() -> connect.toCompletableFuture()
                .orTimeout(15, TimeUnit.SECONDS).join());
        return ((NetException) thrown.getCause()).code();
    }
}

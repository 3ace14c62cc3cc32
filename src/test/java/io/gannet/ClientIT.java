package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connecting. */
@Timeout(30)
class ClientIT {
    @TempDir
    private Path dir;

    @OnEachBackend
    void aConnectGivesTheSessionAfterItsOnOpen(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(session -> session.attach("opened"));
        try (NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo());
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetSession session = get(client.connect("127.0.0.1", server.port(), recorder));
            assertThat(session.attachment()).isEqualTo("opened");
            session.write("hello");
            recorder.awaitText("hello");
            assertThat(session.remoteAddress()).isEqualTo(Backends.loopback(server.port()));
        }
        assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
    }

    @OnEachBackend
    void aClientConnectsToUnixSockets(NetOptions.Backend backend) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("c.sock"));
        Recorder accepted = Recorder.echo();
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).listen(address).build();
        try (NetServer server = NetServer.open(options, accepted);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetSession session = get(client.connect(address, recorder));
            session.write("over a path");
            recorder.awaitText("over a path");
            assertThat(session.remoteAddress()).isEqualTo(address);
            assertThat(session.localAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(accepted.session().localAddress()).isEqualTo(address);
            assertThat(accepted.session().remoteAddress())
                    .isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(server.addresses()).containsExactly(address);
        }
    }

    @OnEachBackend
    void aNameIsResolved(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).port(0).build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            get(client.connect("localhost", server.port(), recorder)).write("named");
            recorder.awaitText("named");
        }
    }

    @OnEachBackend
    void aRefusedConnectFailsWithItsAddress(NetOptions.Backend backend) throws Exception {
        int port = unusedPort();
        Recorder recorder = new Recorder();
        try (NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetException e = failure(client.connect("127.0.0.1", port, recorder));
            assertThat(e.code()).isEqualTo("ECONNREFUSED");
            assertThat(e.operation()).isEqualTo("connect");
            assertThat(e).hasMessageContaining("127.0.0.1:" + port);
            assertThat(recorder.events()).isEmpty();
        }
    }

    @OnEachBackend
    void aMissingUnixSocketIsAnError(NetOptions.Backend backend) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("none.sock"));
        try (NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetException e = failure(client.connect(address, new Recorder()));
            assertThat(e.code()).isEqualTo("ENOENT");
            assertThat(e).hasMessageContaining("none.sock");
        }
    }

    @Test
    void aUnixPathThatIsTooLongIsAnError() throws Exception {
        UnixDomainSocketAddress address =
                UnixDomainSocketAddress.of(dir.resolve("x".repeat(108)));
        try (NetClient client = client()) {
            assertThat(failure(client.connect(address, new Recorder())).code())
                    .isEqualTo("EPATHLEN");
        }
    }

    @Test
    void aNameWithoutAddressIsAnError() throws Exception {
        try (NetClient client = client()) {
            NetException e = failure(client.connect("no.such.host.invalid", 1, new Recorder()));
            assertThat(e.code()).isEqualTo("EUNRESOLVED");
            assertThat(e).hasMessageContaining("no.such.host.invalid");
        }
    }

    @OnEachBackend
    void aConnectWithoutAnswerTimesOut(NetOptions.Backend backend) throws Exception {
        NetOptions options =
                Backends.client(backend).connectTimeout(Duration.ofMillis(200)).build();
        try (Deaf deaf = new Deaf(); NetClient client = NetClient.create(options)) {
            NetException e = failure(client.connect(deaf.address(), new Recorder()));
            assertThat(e.code()).isEqualTo("ECONNTIME");
            assertThat(e).hasMessageContaining("127.0.0.1");
        }
    }

    @OnEachBackend
    void closingTheClientFailsConnectsUnderWay(NetOptions.Backend backend) throws Exception {
        try (Deaf deaf = new Deaf()) {
            NetClient client = NetClient.create(Backends.client(backend).build());
            CompletionStage<NetSession> connect = client.connect(deaf.address(), new Recorder());
            client.close();
            assertThat(failure(connect).code()).isEqualTo("ECLOSED");
        }
    }

    @OnEachBackend
    void closingASharedClientFailsConnectsUnderWayAndEndsItsSessions(NetOptions.Backend backend)
            throws Exception {
        Recorder accepted = Recorder.echo();
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).loops(2).build();
        try (Deaf deaf = new Deaf(); NetServer server = NetServer.open(options, accepted)) {
            NetClient client = NetClient.on(server, Backends.client(backend).build());
            get(client.connect("127.0.0.1", server.port(), recorder));
            CompletionStage<NetSession> connect = client.connect(deaf.address(), new Recorder());
            client.close();
            assertThat(failure(connect).code()).isEqualTo("ECLOSED");
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
            assertThat(accepted.cause()).isEqualTo(NetCause.RESET);
            try (TestPeer peer = TestPeer.connect(server.port())) {
                assertThat(peer.exchange("server lives")).isEqualTo("server lives");
            }
        }
    }

    @OnEachBackend
    void aClientOnTheLoopsOfAServerProxies(NetOptions.Backend backend) throws Exception {
        try (NetServer target = NetServer.open(Backends.server(backend).build(), Recorder.echo())) {
            NetClient[] holder = new NetClient[1];
            Recorder front = new Recorder().atRecv((session, data) -> {
                byte[] copy = new byte[data.remaining()];
                data.get(copy);
                holder[0].connect("127.0.0.1", target.port(),
                        (upstream, answer) -> session.write(answer))
                        .thenAccept(upstream -> upstream.write(copy));
            });
            NetOptions options = Backends.server(backend).build();
            try (NetServer server = NetServer.open(options, front);
                    TestPeer peer = TestPeer.connect(server.port())) {
                holder[0] = NetClient.on(server, Backends.client(backend).build());
                assertThat(peer.exchange("through")).isEqualTo("through");
                peer.close();
                assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
            }
        }
    }

    @Test
    void connectingAfterCloseIsRefused() throws Exception {
        NetClient client = client();
        client.close();
        client.close();
        NetException e = failure(client.connect("127.0.0.1", 1, new Recorder()));
        assertThat(e.code()).isEqualTo("ECLOSED");
        assertThat(failure(client.connect("localhost", 1, new Recorder())).code())
                .isEqualTo("ECLOSED");
    }

    @Test
    void connectingOnAStoppedServerIsRefused() throws Exception {
        NetServer server =
                NetServer.open(Backends.server(NetOptions.Backend.AUTO).build(), new Recorder());
        NetClient client = NetClient.on(server, NetOptions.clientBuilder().build());
        server.close();
        NetException e = failure(client.connect("127.0.0.1", 1, new Recorder()));
        assertThat(e.code()).isEqualTo("ECLOSED");
        client.close();
    }

    @Test
    void aClientCannotShareTheLoopsOfAServerThatIsNotStarted() {
        NetServer server = NetServer.create(
                Backends.server(NetOptions.Backend.AUTO).build(), new Recorder());
        assertThatIllegalStateException().isThrownBy(
                () -> NetClient.on(server, NetOptions.clientBuilder().build()));
    }

    @OnEachBackend
    void aSessionEndedByItsOnOpenFailsTheConnect(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder().atOpen(NetSession::close);
        try (NetServer server = NetServer.open(Backends.server(backend).build(), new Recorder());
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            NetException e = failure(client.connect("127.0.0.1", server.port(), recorder));
            assertThat(e.code()).isEqualTo("ECLOSED");
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
        }
    }

    @OnEachBackend
    void manyConnectsAtOnceAllSucceed(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo());
                NetClient client =
                        NetClient.create(Backends.client(backend).loops(2).build())) {
            List<CompletionStage<NetSession>> connects = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                connects.add(client.connect(Backends.loopback(server.port()), recorder));
            }
            for (CompletionStage<NetSession> connect : connects) {
                get(connect).write("x");
            }
            recorder.awaitBytes(200);
        }
    }

    @OnEachBackend
    void aHandlerMayCloseItsClient(NetOptions.Backend backend) throws Exception {
        NetClient client = NetClient.create(Backends.client(backend).build());
        Recorder recorder = new Recorder().atRecv((session, data) -> client.close());
        try (NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo())) {
            get(client.connect(Backends.loopback(server.port()), recorder)).write("x");
            assertThat(recorder.cause()).isEqualTo(NetCause.STOP);
        }
        client.close();
    }

    @OnEachBackend
    void fastOpenFallsBackToAnOrdinaryConnect(NetOptions.Backend backend) throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).fastOpen(16).build();
        NetOptions own = Backends.client(backend).fastOpen(1).build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                NetClient client = NetClient.create(own)) {
            NetSession session = get(client.connect(Backends.loopback(server.port()), recorder));
            session.write("fast");
            recorder.awaitText("fast");
        }
    }

    private static NetClient client() {
        return NetClient.create(Backends.client(NetOptions.Backend.AUTO).build());
    }

    private static NetSession get(CompletionStage<NetSession> connect) throws Exception {
        return connect.toCompletableFuture().get(15, TimeUnit.SECONDS);
    }

    private static NetException failure(CompletionStage<NetSession> connect) throws Exception {
        try {
            NetSession session = get(connect);
            throw new AssertionError("connected: " + session);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(NetException.class);
            return (NetException) e.getCause();
        }
    }

    private static int unusedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}

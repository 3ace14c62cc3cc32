package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a server listens, and what stands in its way. */
@Timeout(30)
class ListenIT {
    @TempDir
    private Path dir;

    @OnEachBackend
    void oneServerListensOnSeveralAddresses(NetOptions.Backend backend) throws Exception {
        assumeV6();
        UnixDomainSocketAddress unix = UnixDomainSocketAddress.of(dir.resolve("all.sock"));
        NetOptions options = Backends.server(backend).loops(2)
                .listen(v4(0), v6(0), unix)
                .build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            assertThat(server.addresses()).hasSize(3);
            assertThat(server.port())
                    .isEqualTo(((InetSocketAddress) server.addresses().get(0)).getPort());
            for (var address : server.addresses()) {
                try (TestPeer peer = TestPeer.connect(address)) {
                    assertThat(peer.exchange("hello")).isEqualTo("hello");
                }
            }
        }
        assertThat(dir.resolve("all.sock")).doesNotExist();
    }

    @OnEachBackend
    void aLoopThatIsBusyLeavesConnectionsToTheOthers(NetOptions.Backend backend)
            throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        AtomicBoolean first = new AtomicBoolean(true);
        Recorder recorder = Recorder.echo().atOpen(session -> {
            if (first.getAndSet(false)) {
                release.join();
            }
        });
        List<TestPeer> peers = new ArrayList<>();
        try (NetServer server =
                NetServer.open(Backends.server(backend).loops(3).build(), recorder)) {
            for (int i = 0; i < 40; i++) {
                peers.add(TestPeer.connect(server.port()));
            }
            recorder.await("open", 2);
            release.complete(null);
            for (TestPeer peer : peers) {
                assertThat(peer.exchange("served")).isEqualTo("served");
            }
        } finally {
            release.complete(null);
            for (TestPeer peer : peers) {
                peer.close();
            }
        }
    }

    @OnEachBackend
    void loopsShareASocketWhereTheKernelDoesNotSpreadConnections(NetOptions.Backend backend)
            throws Exception {
        Path sockets = Path.of("/proc/self/net/tcp");
        Assumptions.assumeTrue(Files.isReadable(sockets), "needs " + sockets);
        NetOptions options = Backends.server(backend).loops(3).build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            String listening = String.format(":%04X 00000000:0000 0A", server.port());
            boolean spreads = backend != NetOptions.Backend.KQUEUE;
            assertThat(Files.readAllLines(sockets))
                    .filteredOn(line -> line.contains(listening))
                    .hasSize(spreads ? 3 : 1);
        }
    }

    @OnEachBackend
    void aWildcardIsBothVersionsOfIpByDefault(NetOptions.Backend backend) throws Exception {
        assumeV6();
        NetOptions options = Backends.server(backend).port(0).loops(2).build();
        Recorder recorder = Recorder.echo();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer old = TestPeer.connect(v4(server.port()));
                TestPeer young = TestPeer.connect(v6(server.port()))) {
            assertThat(old.exchange("4")).isEqualTo("4");
            assertThat(young.exchange("6")).isEqualTo("6");
        }
    }

    @OnEachBackend
    void peersOfADualStackSocketHaveTheirOwnKindOfAddress(NetOptions.Backend backend)
            throws Exception {
        Recorder recorder = new Recorder();
        NetOptions options = Backends.server(backend).port(0).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(v4(server.port()))) {
            InetSocketAddress remote = (InetSocketAddress) recorder.session().remoteAddress();
            assertThat(remote).isEqualTo(peer.localAddress());
            assertThat(remote.getAddress()).isInstanceOf(Inet4Address.class);
        }
    }

    @OnEachBackend
    void aWildcardOfVersionFourRefusesVersionSix(NetOptions.Backend backend) throws Exception {
        assumeV6();
        NetOptions options = Backends.server(backend).port(0).ip(NetOptions.Ip.V4).build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(v4(server.port()))) {
            assertThat(peer.exchange("4")).isEqualTo("4");
            Assertions.assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> TestPeer.connect(v6(server.port())));
        }
    }

    @OnEachBackend
    void aWildcardOfVersionSixRefusesVersionFour(NetOptions.Backend backend) throws Exception {
        assumeV6();
        NetOptions options = Backends.server(backend).port(0).ip(NetOptions.Ip.V6).build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(v6(server.port()))) {
            assertThat(peer.exchange("6")).isEqualTo("6");
            Assertions.assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> TestPeer.connect(v4(server.port())));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anOccupiedPortIsAnErrorAndLeavesNothingOpen(int loops) throws Exception {
        NetOptions.Builder options = Backends.server(NetOptions.Backend.AUTO).loops(loops);
        try (NetServer first = NetServer.open(options.build(), Recorder.echo())) {
            NetOptions same = options.listen(v4(0), v4(first.port())).build();
            NetServer second = NetServer.create(same, new Recorder());
            NetException e = catchThrowableOfType(NetException.class, second::start);
            assertThat(e.code()).isEqualTo("EADDRINUSE");
            assertThat(e.operation()).isEqualTo("listen");
            assertThat(e).hasMessageContaining(String.valueOf(first.port()));
            first.close();
            assertThat(second.start().port()).isPositive();
            second.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aPortOfAnotherProgramIsOccupied(int loops) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            NetOptions options = Backends.server(NetOptions.Backend.AUTO).loops(loops)
                    .sharePort(true)
                    .listen(v4(other.getLocalPort()))
                    .build();
            NetException e = failure(options);
            assertThat(e.code()).isEqualTo("EADDRINUSE");
        }
    }

    @OnEachBackend
    void serversThatBothSayItShareAPort(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(2).sharePort(true).build();
        try (NetServer first = NetServer.open(options, Recorder.echo())) {
            NetOptions same = options.toBuilder().listen(v4(first.port())).build();
            try (NetServer second = NetServer.open(same, Recorder.echo())) {
                assertThat(second.port()).isEqualTo(first.port());
                first.close();
                try (TestPeer peer = TestPeer.connect(second.port())) {
                    assertThat(peer.exchange("second")).isEqualTo("second");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anAddressOfAnotherMachineIsAnError(int loops) throws Exception {
        InetAddress foreign = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1});
        NetException e = failure(Backends.server(NetOptions.Backend.AUTO).loops(loops)
                .listen(new InetSocketAddress(foreign, 0)).build());
        assertThat(e.code()).isEqualTo("EADDRNOTAVAIL");
        assertThat(e).hasMessageContaining("192.0.2.1");
    }

    @Test
    void aNameWithoutAddressIsAnError() {
        NetException e = failure(Backends.server(NetOptions.Backend.AUTO)
                .listen(InetSocketAddress.createUnresolved("no.such.host.invalid", 0)).build());
        assertThat(e.code()).isEqualTo("EUNRESOLVED");
        assertThat(e).hasMessageContaining("no.such.host.invalid");
    }

    @Test
    void aUnixPathThatIsTooLongIsAnError() {
        Path path = dir.resolve("x".repeat(108));
        NetException e = failure(unix(path));
        assertThat(e.code()).isEqualTo("EPATHLEN");
        assertThat(e).hasMessageContaining("107").hasMessageContaining(path.toString());
    }

    @Test
    void aUnixPathMayBeAsLongAsTheSystemAllows() throws Exception {
        Path path = dir.resolve("x".repeat(107 - dir.toString().length() - 1));
        assertThat(path.toString()).hasSize(107);
        Recorder recorder = new Recorder(); /* java.net allows one byte less */
        try (NetServer server = NetServer.open(unix(path), Recorder.echo());
                NetClient client = NetClient.on(server, NetOptions.clientBuilder().build())) {
            client.connect(server.addresses().get(0), recorder)
                    .thenAccept(session -> session.write("long"));
            recorder.awaitText("long");
        }
    }

    @OnEachBackend
    void aStaleUnixSocketFileIsReplaced(NetOptions.Backend backend) throws Exception {
        Path path = dir.resolve("stale.sock");
        leaveStale(path);
        assertThat(path).exists();
        NetOptions options = Backends.server(backend).loops(2)
                .listen(UnixDomainSocketAddress.of(path)).build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(server.addresses().get(0))) {
            assertThat(peer.exchange("fresh")).isEqualTo("fresh");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void aFileThatIsNoSocketIsLeftUntouched() throws Exception {
        Path path = dir.resolve("precious.txt");
        Files.writeString(path, "keep me");
        NetException e = failure(unix(path));
        assertThat(e.code()).isEqualTo("ENOTSOCKET");
        assertThat(path).hasContent("keep me");
    }

    @Test
    void aUnixSocketThatIsServedIsOccupied() throws Exception {
        Path path = dir.resolve("served.sock");
        try (NetServer server = NetServer.open(unix(path), Recorder.echo())) {
            assertThat(failure(unix(path)).code()).isEqualTo("EADDRINUSE");
            try (TestPeer peer = TestPeer.connect(server.addresses().get(0))) {
                assertThat(peer.exchange("mine")).isEqualTo("mine");
            }
        }
    }

    @Test
    void aUnixSocketFileInAMissingDirectoryIsAnError() {
        assertThat(failure(unix(dir.resolve("missing/x.sock"))).code()).isEqualTo("ENOENT");
    }

    @Test
    void theUnixSocketFileOfASuccessorSurvivesTheClose() throws Exception {
        Path path = dir.resolve("handover.sock");
        try (NetServer old = NetServer.open(unix(path), new Recorder())) {
            Files.delete(path);
            try (NetServer successor = NetServer.open(unix(path), Recorder.echo())) {
                old.close();
                assertThat(path).exists();
                try (TestPeer peer = TestPeer.connect(successor.addresses().get(0))) {
                    assertThat(peer.exchange("new")).isEqualTo("new");
                }
            }
        }
    }

    @Test
    void aFailedStartRemovesTheUnixSocketFilesItMade() {
        Path path = dir.resolve("half.sock");
        NetException e = failure(Backends.server(NetOptions.Backend.AUTO)
                .listen(UnixDomainSocketAddress.of(path), unusable()).build());
        assertThat(e.code()).isEqualTo("EADDRNOTAVAIL");
        assertThat(path).doesNotExist();
    }

    @OnEachBackend
    void socketOptionsAreTaken(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).keepAlive(true).noDelay(false)
                .sendBuffer(64 * 1024).receiveBuffer(64 * 1024).backlog(5).fastOpen(16)
                .deferAccept(java.time.Duration.ofSeconds(1))
                .build();
        try (NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("tuned")).isEqualTo("tuned");
        }
    }

    private static InetSocketAddress unusable() {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 0);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static NetOptions unix(Path path) {
        return Backends.server(NetOptions.Backend.AUTO)
                .listen(UnixDomainSocketAddress.of(path)).build();
    }

    private static NetException failure(NetOptions options) {
        NetServer server = NetServer.create(options, new Recorder());
        return catchThrowableOfType(NetException.class, server::start);
    }

    private static void leaveStale(Path path) throws Exception {
        try (ServerSocketChannel channel =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(path));
        }
    }

    private static InetSocketAddress v4(int port) {
        return Backends.loopback(port);
    }

    private static InetSocketAddress v6(int port) {
        return new InetSocketAddress(v6Loopback(), port);
    }

    private static InetAddress v6Loopback() {
        try {
            byte[] one = new byte[16];
            one[15] = 1;
            return Inet6Address.getByAddress(one);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assumeV6() {
        try (ServerSocket socket = new ServerSocket(0, 1, v6Loopback())) {
            assertThat(socket.isBound()).isTrue();
        } catch (java.io.IOException e) {
            Assumptions.abort("this machine has no IPv6: " + e.getMessage());
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How many sessions a server may hold, in all and from one address, over all its loops. */
@Timeout(60)
class SessionLimitIT {
    @TempDir
    private Path dir;

    @OnEachBackend
    void anAddressHasAsManySessionsAsItMayOnAllLoops(NetOptions.Backend backend)
            throws Exception {
        NetOptions options = Backends.server(backend).loops(3).maxSessionsPerAddress(4).build();
        try (NetServer server = NetServer.open(options, Recorder::echo)) {
            List<TestPeer> peers = open(server, 4);
            try (TestPeer other = from("127.0.0.2", server.port())) {
                for (int i = 0; i < 10; i++) {
                    assertThat(isRefused(server)).isTrue();
                }
                assertThat(other.exchange("another")).isEqualTo("another");
            }
            assertThat(server.stats().crowded()).isEqualTo(10);
            for (TestPeer peer : peers) {
                assertThat(peer.exchange("still")).isEqualTo("still");
            }
            peers.remove(2).close();
            assertThat(exchangeSoon(server)).isEqualTo("again");
            for (TestPeer peer : peers) {
                peer.close();
            }
        }
    }

    @OnEachBackend
    void clientsOfAProxyAreCountedAndNotTheProxy(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(3).maxSessionsPerAddress(2)
                .proxyProtocol(List.of("127.0.0.0/8")).build();
        try (NetServer server = NetServer.open(options, Recorder::echo)) {
            List<TestPeer> peers = new ArrayList<>();
            for (int client = 1; client <= 3; client++) {
                for (int i = 0; i < 2; i++) {
                    TestPeer peer = TestPeer.connect(server.port());
                    peer.write(header(client));
                    assertThat(peer.exchange("in")).isEqualTo("in");
                    peers.add(peer);
                }
                try (TestPeer beyond = TestPeer.connect(server.port())) {
                    beyond.write(header(client));
                    assertThat(beyond.ending()).isEqualTo("reset");
                }
            }
            assertThat(server.stats().crowded()).isEqualTo(3);
            assertThat(server.stats().accepted()).isEqualTo(6);
            assertThat(server.sessionCount()).isEqualTo(6);
            for (TestPeer peer : peers) {
                assertThat(peer.exchange("still")).isEqualTo("still");
                peer.close();
            }
        }
    }

    private static String header(int client) {
        return "PROXY TCP4 192.0.2." + client + " 198.51.100.1 1000 443\r\n";
    }

    @OnEachBackend
    void aUnixSocketHasNoAddressToCount(NetOptions.Backend backend) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s"));
        NetOptions options = Backends.server(backend).maxSessionsPerAddress(1)
                .listen(address).build();
        try (NetServer server = NetServer.open(options, Recorder::echo);
                TestPeer first = TestPeer.connect(address);
                TestPeer second = TestPeer.connect(address)) {
            assertThat(first.exchange("one")).isEqualTo("one");
            assertThat(second.exchange("two")).isEqualTo("two");
            assertThat(server.stats().crowded()).isZero();
        }
    }

    @OnEachBackend
    void theLoopsOfAServerShareItsPlaces(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(3).maxSessions(5).build();
        try (NetServer server = NetServer.open(options, Recorder::echo)) {
            List<TestPeer> peers = open(server, 5);
            List<TestPeer> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                TestPeer peer = TestPeer.connect(server.port());
                peer.write("wait");
                waiting.add(peer);
            }
            assertThat(peers.get(0).exchange("still")).isEqualTo("still");
            assertThat(server.sessionCount()).isEqualTo(5);
            for (TestPeer peer : peers) {
                peer.close();
            }
            for (TestPeer peer : waiting) {
                assertThat(peer.read(4)).isEqualTo("wait");
                peer.close();
            }
        }
    }

    private static List<TestPeer> open(NetServer server, int count) throws IOException {
        List<TestPeer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TestPeer peer = TestPeer.connect(server.port());
            assertThat(peer.exchange("in")).isEqualTo("in");
            peers.add(peer);
        }
        return peers;
    }

    private static TestPeer from(String address, int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port,
                InetAddress.getByName(address), 0);
        socket.setSoTimeout(15_000);
        return TestPeer.of(socket);
    }

    /** Whether a connection is reset at once, maybe before it looks at anything. */
    private static boolean isRefused(NetServer server) throws IOException {
        try (TestPeer peer = TestPeer.connect(server.port())) {
            return peer.ending().equals("reset");
        } catch (SocketException e) {
            return true;
        }
    }

    /** The place is free when the server has heard of the end; a test has its time. */
    private static String exchangeSoon(NetServer server) throws IOException {
        for (int i = 0; i < 10_000; i++) {
            try (TestPeer peer = TestPeer.connect(server.port())) {
                String answer = peer.exchange("again");
                if (!answer.isEmpty()) {
                    return answer;
                }
            } catch (SocketException e) {
                assertThat(server.stats().crowded()).isPositive(); /* it was too early */
            }
        }
        return "never";
    }
}

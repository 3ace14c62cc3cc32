package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Backends;
import io.gannet.CapturedLog;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import io.gannet.OnEachBackend;
import io.gannet.TestPeer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers behind proxies that announce their clients by the PROXY protocol. */
@Timeout(30)
class ProxyHeaderIT {
    private static final String LINE = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
    private static final List<String> LOOPBACK = List.of("127.0.0.0/8");

    /** Tells its addresses first, then sends back what it gets. */
    private static final NetHandler TELLER = new NetHandler() {
        @Override
        public void onOpen(NetSession session) {
            session.write(addresses(session) + "\n");
        }

        @Override
        public void onRecv(NetSession session, ByteBuffer data) {
            session.write(data);
        }
    };

    private static final HttpHandler TELL = request -> HttpResponse.text(request.path() + " "
            + text(request.remoteAddress()) + " " + text(request.localAddress()) + " "
            + request.clientAddress() + " " + (text(request.peerAddress()).startsWith("127.0.0.1:")
                    ? "by the proxy" : text(request.peerAddress())));

    private static String addresses(NetSession session) {
        return text(session.remoteAddress()) + " " + text(session.localAddress()) + " "
                + text(session.peerAddress());
    }

    private static String text(Object address) {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : "<" + address + ">";
    }

    private static NetOptions.Builder behindProxies(NetOptions.Backend backend) {
        return Backends.server(backend).proxyProtocol(LOOPBACK);
    }

    private static HttpServer http(NetOptions options) {
        return HttpServer.open(HttpOptions.builder().transport(options).build(), TELL);
    }

    /** A header of version 2: what was said of it, addresses, TLVs. */
    private static byte[] binary(int command, int family, byte[] block) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBytes("\r\n\r\n\0\r\nQUIT\n");
            out.write(0x20 | command);
            out.write(family);
            out.writeShort(block.length);
            out.write(block);
        }
        return bytes.toByteArray();
    }

    private static byte[] v6Block() {
        ByteBuffer block = ByteBuffer.allocate(36 + 3 + 2);
        block.put(0, new byte[] {0x20, 1, 0xd, (byte) 0xb8}).put(15, (byte) 1);
        block.put(16, new byte[] {0x20, 1, 0xd, (byte) 0xb8}).put(31, (byte) 2);
        block.putShort(32, (short) 56324).putShort(34, (short) 443);
        return block.put(36, (byte) 1).putShort(37, (short) 2)
                .put(39, "h2".getBytes(StandardCharsets.US_ASCII)).array();
    }

    @OnEachBackend
    void aSessionHasTheAddressesOfItsClient(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(behindProxies(backend).build(), TELLER);
                TestPeer peer = TestPeer.connect(server.port())) {
            String expected = "192.0.2.1:56324 198.51.100.1:443 " + text(peer.localAddress())
                    + "\n";
            peer.write(LINE);
            assertThat(peer.read(expected.length())).isEqualTo(expected);
            assertThat(peer.exchange("hello")).isEqualTo("hello");
            assertThat(server.sessionCount()).isEqualTo(1);
        }
    }

    @OnEachBackend
    void aBinaryHeaderIsTheSame(NetOptions.Backend backend) throws Exception {
        try (NetServer server = NetServer.open(behindProxies(backend).build(), TELLER);
                TestPeer peer = TestPeer.connect(server.port())) {
            String expected = "2001:db8:0:0:0:0:0:1:56324 2001:db8:0:0:0:0:0:2:443 "
                    + text(peer.localAddress()) + "\nhello";
            peer.write(binary(1, 0x21, v6Block()));
            peer.write("hello");
            assertThat(peer.read(expected.length())).isEqualTo(expected);
        }
    }

    @OnEachBackend
    void aProxyThatSpeaksForItselfKeepsItsAddress(NetOptions.Backend backend) throws Exception {
        for (byte[] header : List.of(binary(0, 0, new byte[0]), binary(1, 0, new byte[9]),
                "PROXY UNKNOWN 1 2 3 4\r\n".getBytes(StandardCharsets.US_ASCII))) {
            try (NetServer server = NetServer.open(behindProxies(backend).build(), TELLER);
                    TestPeer peer = TestPeer.connect(server.port())) {
                String own = text(peer.localAddress());
                String expected = own + " 127.0.0.1:" + server.port() + " " + own + "\n";
                peer.write(header);
                assertThat(peer.read(expected.length())).isEqualTo(expected);
            }
        }
    }

    @OnEachBackend
    void andCountsAsItself(NetOptions.Backend backend) throws Exception {
        NetOptions options = behindProxies(backend).maxSessionsPerAddress(1).build();
        String itself = "PROXY UNKNOWN\r\n";
        try (HttpServer server = http(options);
                HttpPeer client = HttpPeer.connect(server);
                HttpPeer proxy = HttpPeer.connect(server);
                HttpPeer again = HttpPeer.connect(server)) {
            assertThat(client.ask(LINE + HttpPeer.get("/1")).body()).startsWith("/1 192.0.2.1:");
            assertThat(proxy.ask(itself + HttpPeer.get("/2")).body()).startsWith("/2 127.0.0.1:");
            again.write(itself);
            assertThat(again.ending()).isEqualTo("reset");
            assertThat(client.ask(HttpPeer.get("/3")).body()).startsWith("/3 192.0.2.1:");
            assertThat(server.stats().net().crowded()).isEqualTo(1);
        }
    }

    @OnEachBackend
    void theHeaderAndWhatFollowsMayBeCutAnywhere(NetOptions.Backend backend) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(binary(1, 0x21, v6Block()));
        all.writeBytes((HttpPeer.get("/1") + HttpPeer.get("/2")).getBytes(
                StandardCharsets.US_ASCII));
        byte[] bytes = all.toByteArray();
        String client = " [2001:db8::1]:56324 [2001:db8::2]:443 2001:db8::1 by the proxy";
        String expected = client.replace("[2001:db8::1]", "2001:db8:0:0:0:0:0:1")
                .replace("[2001:db8::2]", "2001:db8:0:0:0:0:0:2");
        try (HttpServer server = http(behindProxies(backend).build())) {
            for (int cut = 1; cut < bytes.length; cut += 3) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(new String(bytes, 0, cut, StandardCharsets.ISO_8859_1));
                    peer.write(new String(bytes, cut, bytes.length - cut,
                            StandardCharsets.ISO_8859_1));
                    assertThat(peer.reply().body()).isEqualTo("/1" + expected);
                    assertThat(peer.reply().body()).isEqualTo("/2" + expected);
                    assertThat(peer.ask(HttpPeer.get("/3")).body()).isEqualTo("/3" + expected);
                }
            }
        }
    }

    @OnEachBackend
    void theClientOfAProxyMayBeAProxyItself(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpOptions.builder().transport(behindProxies(backend).build())
                .trustedProxies(List.of("192.0.2.0/24")).build();
        try (HttpServer server = HttpServer.open(options, TELL);
                HttpPeer inside = HttpPeer.connect(server);
                HttpPeer outside = HttpPeer.connect(server)) {
            String request = HttpPeer.head("GET /x HTTP/1.1", "Host: h",
                    "X-Forwarded-For: 203.0.113.9");
            assertThat(inside.ask(LINE + request).body())
                    .isEqualTo("/x 192.0.2.1:56324 198.51.100.1:443 203.0.113.9 by the proxy");
            assertThat(outside.ask(LINE.replace("192.0.2.1", "192.0.3.1") + request).body())
                    .contains(" 192.0.3.1 by the proxy");
        }
    }

    @OnEachBackend
    void aConnectionWithoutACorrectHeaderOpensNoSession(NetOptions.Backend backend)
            throws Exception {
        List<String> bad = List.of(HttpPeer.get("/"), "\r\n" + HttpPeer.get("/"), "x",
                LINE.replace("56324", "056324"), LINE.replace("TCP4", "TCP6"),
                LINE.replace("\r", ""), " " + LINE, "PROXY UNKNOWN" + " ".repeat(200),
                "PUT / HTTP/1.1\r\n" + LINE);
        BlockingQueue<NetSession> opened = new LinkedBlockingQueue<>();
        NetHandler handler = new NetHandler() {
            @Override
            public void onOpen(NetSession session) {
                opened.add(session);
            }

            @Override
            public void onRecv(NetSession session, ByteBuffer data) {}
        };
        try (CapturedLog log = new CapturedLog();
                NetServer server = NetServer.open(behindProxies(backend).build(), handler)) {
            for (String text : bad) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    peer.write(text);
                    assertThat(peer.ending()).as(text).isIn("end", "reset");
                }
            }
            assertThat(opened).isEmpty();
            assertThat(server.sessionCount()).isZero();
            assertThat(log.next().getMessage()).startsWith("refused a connection to ")
                    .contains("/127.0.0.1:")
                    .endsWith(": no correct PROXY header (EPROXYHEADER)");
            assertThat(log.isEmpty()).as("once a minute is enough").isTrue();
            try (TestPeer peer = TestPeer.connect(server.port())) {
                peer.write(LINE);
                assertThat(opened.poll(10, TimeUnit.SECONDS)).isNotNull();
            }
        }
    }

    @OnEachBackend
    void whoIsNoTrustedProxyIsNotHeard(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend)
                .proxyProtocol(List.of("10.0.0.0/8", "127.0.0.2", "::/0", "unix")).build();
        try (CapturedLog log = new CapturedLog(); HttpServer server = http(options)) {
            for (String text : List.of(LINE + HttpPeer.get("/"), HttpPeer.get("/"), "")) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    peer.write(text);
                    assertThat(peer.ending()).isIn("end", "reset");
                } catch (SocketException e) {
                    assertThat(text).as("cut before it was written").isNotEmpty();
                }
            }
            assertThat(log.next().getMessage())
                    .endsWith(": not from a trusted proxy (EPROXYPEER)");
        }
    }

    @OnEachBackend
    void aHeaderHasAsLongAsAConnectMayTake(NetOptions.Backend backend) throws Exception {
        NetOptions options =
                behindProxies(backend).connectTimeout(Duration.ofMillis(200)).build();
        try (CapturedLog log = new CapturedLog(); HttpServer server = http(options);
                HttpPeer silent = HttpPeer.connect(server);
                HttpPeer slow = HttpPeer.connect(server);
                HttpPeer good = HttpPeer.connect(server)) {
            good.write(LINE);
            slow.write("PROXY TCP");
            assertThat(silent.ending()).isIn("end", "reset");
            assertThat(slow.ending()).isIn("end", "reset");
            assertThat(log.next().getMessage())
                    .endsWith(": the PROXY header did not come in time (EPROXYTIME)");
            /* Once it is there, the time for it is over. */
            assertThat(good.ask(HttpPeer.get("/late")).body()).startsWith("/late 192.0.2.1:");
        }
    }

    @OnEachBackend
    void whoConnectsToAUnixSocketMayBeAProxyToo(NetOptions.Backend backend, @TempDir Path dir)
            throws Exception {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(dir.resolve("s"));
        NetOptions options = Backends.server(backend).listen(path)
                .proxyProtocol(List.of("unix")).build();
        try (NetServer server = NetServer.open(options, TELLER)) {
            try (TestPeer peer = TestPeer.connect(path)) {
                String expected = "192.0.2.1:56324 198.51.100.1:443 <>\n";
                peer.write(LINE);
                assertThat(peer.read(expected.length())).isEqualTo(expected);
            }
            try (TestPeer peer = TestPeer.connect(path)) {
                String expected = "<> <" + path + "> <>\n";
                peer.write(binary(1, 0x31, new byte[216]));
                assertThat(peer.read(expected.length())).isEqualTo(expected);
            }
        }
    }

    @OnEachBackend
    void aUnixSocketOfAnotherMachineIsNobodyWeKnow(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpOptions.builder().transport(behindProxies(backend).build())
                .trustedProxies(List.of("unix")).build();
        try (HttpServer server = HttpServer.open(options, TELL);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(new String(binary(1, 0x31, new byte[216]), StandardCharsets.ISO_8859_1));
            assertThat(peer.ask(HttpPeer.head("GET /u HTTP/1.1", "Host: h",
                    "X-Forwarded-For: 192.0.2.1")).body())
                    .isEqualTo("/u <> <> unknown by the proxy");
        }
    }

    /** Whoever the proxy serves could else say for whom it asks. */
    @OnEachBackend
    void norIsOneThatALocalProxyAnnounced(NetOptions.Backend backend, @TempDir Path dir)
            throws Exception {
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(dir.resolve("s"));
        NetOptions transport = Backends.server(backend).listen(path)
                .proxyProtocol(List.of("unix")).build();
        HttpOptions options = HttpOptions.builder().transport(transport)
                .trustedProxies(List.of("unix")).build();
        try (HttpServer server = HttpServer.open(options, request ->
                        HttpResponse.text(request.clientAddress()));
                TestPeer peer = TestPeer.connect(path)) {
            assertThat(server.isReady()).isTrue();
            peer.write(binary(1, 0x31, new byte[216]));
            peer.write(HttpPeer.head("GET /u HTTP/1.1", "Host: h", "Connection: close",
                    "X-Forwarded-For: 192.0.2.1"));
            assertThat(peer.readAll()).endsWith("\r\n\r\nunknown");
        }
    }

    @OnEachBackend
    void whoNeverSaysWhomItStandsForKeepsNobodyFromStopping(NetOptions.Backend backend)
            throws Exception {
        List<TestPeer> peers = new ArrayList<>();
        NetServer server = NetServer.open(behindProxies(backend).build(), TELLER);
        try {
            for (int i = 0; i < 100; i++) {
                TestPeer peer = TestPeer.connect(server.port());
                peers.add(peer);
                peer.write(i % 2 == 0 ? "PROXY TCP" : "");
            }
            long begin = System.nanoTime();
            server.close();
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(5));
            for (TestPeer peer : peers) {
                assertThat(peer.ending()).isIn("end", "reset");
            }
        } finally {
            server.close();
            for (TestPeer peer : peers) {
                peer.close();
            }
        }
    }
}

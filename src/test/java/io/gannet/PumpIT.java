package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** Bodies that are much larger than the heap go through it, both ways at a time. */
@Timeout(300)
class PumpIT {
    private static final long SIZE = 1L << 30;
    private static final int PIECE = 1 << 16;

    @OnEachBackend
    @Timeout(120)
    void aGibibyteGoesThroughAPublisher(NetOptions.Backend backend) throws Exception {
        pump(backend, "/");
    }

    @OnEachBackend
    @Timeout(120)
    void aGibibyteGoesThroughAThread(NetOptions.Backend backend) throws Exception {
        pump(backend, "/threads");
    }

    private static void pump(NetOptions.Backend backend, String path) throws Exception {
        Backends.server(backend); /* skips what does not work here */
        Map<String, String> environment = Map.of("PORT", "0", "LOOPS", "1", "HOST", "127.0.0.1",
                "BACKEND", backend.name(), "JAVA_TOOL_OPTIONS", "-Xmx24m -XX:+UseSerialGC");
        try (ChildJvm server = ChildJvm.launch("io.gannet.examples.Pump", environment)) {
            String line = server.readLine();
            try (TestPeer peer =
                    TestPeer.connect(Integer.parseInt(line.substring(line.indexOf("on ") + 3)))) {
                peer.write("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + SIZE
                        + "\r\n\r\n");
                CompletableFuture<Void> sent = Async.supply(() -> {
                    for (long at = 0; at < SIZE; at += PIECE) {
                        peer.write(piece(at));
                    }
                    return null;
                });
                readHead(peer);
                readBody(peer);
                sent.get(10, TimeUnit.SECONDS);
                peer.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
                readHead(peer); /* the connection was kept */
            }
        }
    }

    /** What stands at a place: a piece that is lost, twice there or misplaced is noticed. */
    private static byte[] piece(long at) {
        byte[] piece = new byte[PIECE];
        for (int i = 0; i < PIECE; i += 1024) {
            long place = at + i;
            for (int k = 0; k < 8; k++) {
                piece[i + k] = (byte) (place >>> (8 * k));
            }
        }
        return piece;
    }

    private static void readHead(TestPeer peer) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append(peer.read(1));
        }
        assertThat(head).startsWith("HTTP/1.1 200 ").contains("Transfer-Encoding: chunked")
                .doesNotContain("Connection: close");
    }

    private static void readBody(TestPeer peer) throws IOException {
        byte[] gathered = new byte[PIECE];
        int filled = 0;
        long total = 0;
        for (int size = chunkSize(peer); size > 0; size = chunkSize(peer)) {
            int left = size;
            while (left > 0) {
                byte[] data = peer.readBytes(Math.min(left, PIECE - filled));
                System.arraycopy(data, 0, gathered, filled, data.length);
                filled += data.length;
                left -= data.length;
                total += data.length;
                if (filled == PIECE) {
                    assertThat(gathered).isEqualTo(piece(total - PIECE));
                    filled = 0;
                }
            }
            assertThat(peer.read(2)).isEqualTo("\r\n");
        }
        assertThat(peer.read(2)).isEqualTo("\r\n");
        assertThat(total).isEqualTo(SIZE);
    }

    private static int chunkSize(TestPeer peer) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            String next = peer.read(1);
            assertThat(next).as("after " + line).isNotEmpty();
            line.append(next);
        }
        return Integer.parseInt(line.substring(0, line.length() - 2), 16);
    }
}

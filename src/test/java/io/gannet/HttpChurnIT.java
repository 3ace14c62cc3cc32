package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/**
 * HTTP connections to another process that end in every way and at every place there is. With
 * {@code -Dgannet.soak=1000000} a million of them.
 */
@Timeout(120)
class HttpChurnIT {
    private static final int SOAK = Integer.getInteger("gannet.soak", 0);
    private static final int CONNECTIONS = SOAK > 0 ? SOAK : 6_000;
    private static final int CLIENTS = 6;
    private static final int WAYS = 15;
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String POST =
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    private static final String CHUNKED =
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab";

    @OnEachBackend
    @Timeout(7200)
    void connectionsThatEndAnywhereLeaveNothingBehind(NetOptions.Backend backend)
            throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, Duration.ofSeconds(10))) {
            int port = FireServer.port(jvm);
            churn(port, 1_000); /* whatever is made once, and kept in pools, is made now */
            State before = settled(port);
            churn(port, CONNECTIONS);
            State after = settled(port);
            assertThat(after.accepted - before.accepted).isEqualTo(CONNECTIONS + after.looks);
            assertThat(after.descriptors).isEqualTo(before.descriptors);
            assertThat(after.memory).isLessThanOrEqualTo(before.memory + (1 << 20));
            print(backend + ": " + CONNECTIONS + " connections; before " + before + ", after "
                    + after);
        }
    }

    private static void churn(int port, int connections) throws Exception {
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Async.run(() -> {
                int number;
                while ((number = next.getAndIncrement()) < connections) {
                    life(port, number % WAYS);
                }
            }));
        }
        for (CompletableFuture<Void> client : clients) {
            client.get(7000, TimeUnit.SECONDS);
        }
    }

    private static void life(int port, int way) {
        try (TestPeer peer = TestPeer.connect(port)) {
            switch (way / 3) {
                case 0 -> peer.write(GET.substring(0, 10)); /* in the head */
                case 1 -> peer.write(way % 2 == 0 ? POST + "a" : CHUNKED); /* in the body */
                case 2 -> { /* in the response */
                    peer.write("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
                    assertThat(peer.read(12)).isEqualTo("HTTP/1.1 200");
                }
                case 3 -> { /* between two requests */
                    peer.write(GET);
                    assertThat(peer.read(12)).isEqualTo("HTTP/1.1 200");
                }
                default -> peer.write("GET /slow/20 HTTP/1.1\r\nHost: h\r\n\r\n"); /* before it */
            }
            switch (way % 3) {
                case 0 -> peer.reset();
                case 1 -> {
                    peer.shutdownOutput();
                    assertThat(peer.ending()).isNotEqualTo("reset");
                }
                default -> peer.close();
            }
        } catch (IOException e) {
            throw new AssertionError("way " + way, e);
        }
    }

    /** What a server says of itself; {@code looks} connections were needed to learn it. */
    private record State(long connections, long descriptors, long accepted, long memory,
            int looks) {}

    /** The state once this connection is the only one. */
    private static State settled(int port) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        for (int looks = 1; System.nanoTime() < deadline; looks++) {
            try (TestPeer peer = TestPeer.connect(port)) {
                peer.write("GET /state HTTP/1.0\r\n\r\n");
                String reply = peer.readAll();
                String[] values = reply.substring(reply.indexOf("\r\n\r\n") + 4).split(" ", -1);
                if (values[0].equals("1")) {
                    return new State(1, Long.parseLong(values[1]), Long.parseLong(values[2]),
                            Long.parseLong(values[3]), looks);
                }
            }
        }
        throw new AssertionError("connections stay");
    }

    @SuppressWarnings("SystemOut")
    private static void print(String text) {
        System.out.println("churn: " + text);
    }
}

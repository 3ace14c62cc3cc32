package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Backends;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import io.gannet.internal.HeapAccount;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;

/** Responses in large arrays: how long they count, how often, and when there is no room. */
@Timeout(30)
class LargeBodyIT {
    private static final int LENGTH = 8 << 20;
    /** One fits, and not two. */
    private static final int LIMIT = 12 << 20;

    private final byte[] shared = new byte[LENGTH];
    private final CompletableFuture<HeapAccount> account = new CompletableFuture<>();

    /** The native memory, too, has no room for a second one. */
    private HttpServer open(NetOptions.Backend backend) {
        NetOptions transport = Backends.server(backend).memoryLimit(16 << 20).build();
        HttpOptions options = HttpOptions.builder().transport(transport).bodyMax(1000)
                .heapLimit(LIMIT).build();
        return HttpServer.open(options, request -> {
            account.complete(((Exchange) request).connection().session().heap());
            return switch (request.path()) {
                case "/shared" -> HttpResponse.bytes(shared);
                case "/huge" -> HttpResponse.bytes(new byte[2 * LIMIT]);
                case "/fresh" -> HttpResponse.bytes(new byte[LENGTH]);
                default -> HttpResponse.text("small");
            };
        });
    }

    /** Asks, and reads no more than the head. */
    private static HttpPeer begin(HttpServer server, String path) throws IOException {
        HttpPeer peer = HttpPeer.narrow(server);
        assertThat(peer.write(HttpPeer.get(path)).readHead()).startsWith("HTTP/1.1 200");
        return peer;
    }

    private long used() {
        return account.join().used();
    }

    /** Beside them the heads of their requests count, which are small. */
    private long arrays() {
        return used() / LENGTH;
    }

    @OnEachBackend
    void oneArrayCountsOnceUntilItsLastResponseEnds(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend)) {
            List<HttpPeer> peers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                peers.add(begin(server, "/shared"));
                assertThat(arrays()).isEqualTo(1);
            }
            assertThat(peers.get(0).readBytes(LENGTH)).hasSize(LENGTH);
            peers.get(1).reset();
            Soon.until(() -> server.stats().net().closed() == 1);
            assertThat(arrays()).isEqualTo(1);
            peers.get(2).reset();
            Soon.until(() -> server.stats().net().closed() == 2);
            assertThat(arrays()).isEqualTo(1);
            assertThat(peers.get(3).readBytes(LENGTH)).hasSize(LENGTH);
            Soon.until(() -> used() == 0);
            assertThat(peers.get(0).ask("HEAD /shared HTTP/1.1\r\nHost: h\r\n\r\n", true).status())
                    .isEqualTo(200);
            assertThat(used()).isZero();
            try (HttpPeer later = begin(server, "/shared")) { /* it was forgotten meanwhile */
                assertThat(arrays()).isEqualTo(1);
                assertThat(later.readBytes(LENGTH)).hasSize(LENGTH);
                Soon.until(() -> used() == 0);
            }
            for (HttpPeer peer : peers) {
                peer.close();
            }
        }
    }

    @OnEachBackend
    void anotherIsRefusedWhileThereIsNoRoomAndTheFirstIsAlwaysTaken(NetOptions.Backend backend)
            throws Exception {
        try (HttpServer server = open(backend); HttpPeer other = HttpPeer.connect(server)) {
            HttpPeer first = begin(server, "/huge");
            HttpPeer.Reply refused = other.ask(HttpPeer.get("/fresh"));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.has("Retry-After: 1")).isTrue();
            assertThat(refused.has("Connection: close")).isTrue();
            first.reset();
            Soon.until(() -> used() == 0);
            assertThat(server.stats().net().unserved()).isEqualTo(1);
            try (HttpPeer again = HttpPeer.connect(server)) {
                assertThat(again.ask(HttpPeer.get("/fresh")).body()).hasSize(LENGTH);
            }
        }
    }

    @OnEachBackend
    void aStopThatCutsOneGivesItBack(NetOptions.Backend backend) throws Exception {
        HttpServer server = open(backend);
        try (server; HttpPeer peer = begin(server, "/fresh")) {
            assertThat(arrays()).isEqualTo(1);
            assertThat(server.stop(Duration.ofMillis(300))).isFalse();
            assertThat(peer.ending()).isNotEmpty();
        }
        assertThat(used()).isZero();
    }
}

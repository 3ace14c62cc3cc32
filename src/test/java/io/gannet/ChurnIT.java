package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Thousands of connections that end in every way there is. */
@Timeout(120)
class ChurnIT {
    private static final int CONNECTIONS = 10_000;
    private static final int CLIENTS = 8;
    private static final int WAYS = 6;

    @OnEachBackend
    @Timeout(60)
    void tenThousandConnectionsOpenAndCloseOnceEach(NetOptions.Backend backend) throws Exception {
        Counter counter = new Counter();
        NetOptions options = Backends.server(backend).loops(2)
                .closeTimeout(Duration.ofMillis(500)).build();
        NetServer server = NetServer.open(options, counter);
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Async.run(() -> churn(server.port())));
        }
        for (CompletableFuture<Void> client : clients) {
            client.get(50, TimeUnit.SECONDS);
        }
        assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
        assertThat(counter.opened).hasValue(CONNECTIONS);
        assertThat(counter.closed).hasValue(CONNECTIONS);
        assertThat(counter.closedTwice).hasValue(0);
        assertThat(counter.errors).hasValue(0);
        assertThat(server.sessionCount()).isZero();
    }

    private static void churn(int port) {
        for (int i = 0; i < CONNECTIONS / CLIENTS; i++) {
            try (TestPeer peer = TestPeer.connect(port)) {
                oneLife(peer, i % WAYS);
            } catch (IOException e) {
                throw new IllegalStateException("connection " + i, e);
            }
        }
    }

    private static void oneLife(TestPeer peer, int way) throws IOException {
        switch (way) {
            case 0 -> assertThat(peer.exchange("e")).isEqualTo("e");
            case 1 -> {
                peer.write("c");
                assertThat(peer.readAll()).isEqualTo("c");
            }
            case 2 -> {
                peer.write("a");
                assertThat(peer.ending()).isEqualTo("reset");
            }
            case 3 -> {
                peer.write("half");
                peer.shutdownOutput();
                assertThat(peer.readAll()).isEqualTo("half");
            }
            case 4 -> {
                assertThat(peer.exchange("r")).isEqualTo("r");
                peer.reset();
            }
            default -> {
                peer.write("unread answer");
                try {
                    peer.write("more");
                } catch (SocketException e) {
                    throw new AssertionError("nobody resets here", e);
                }
            }
        }
    }

    private static final class Counter implements NetHandler {
        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();
        private final AtomicInteger closedTwice = new AtomicInteger();
        private final AtomicInteger errors = new AtomicInteger();
        private final Set<Long> ids = ConcurrentHashMap.newKeySet();

        @Override
        public void onOpen(NetSession session) {
            opened.incrementAndGet();
            ids.add(session.id());
        }

        @Override
        public void onRecv(NetSession session, ByteBuffer data) {
            byte command = data.get(data.position());
            if (command == 'a') {
                session.abort();
                return;
            }
            session.write(data);
            if (command == 'c') {
                session.close();
            }
        }

        @Override
        public void onClose(NetSession session, NetCause cause) {
            closed.incrementAndGet();
            if (!ids.remove(session.id())) {
                closedTwice.incrementAndGet();
            }
        }

        @Override
        public void onError(NetSession session, Throwable error) {
            errors.incrementAndGet();
        }
    }
}

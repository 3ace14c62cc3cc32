package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Timeout;

/** A gibibyte each way through one session, while both ends stop and go at random. */
@Timeout(120)
class TransferIT {
    private static final long TOTAL = 1L << 30;

    @OnEachBackend
    @Timeout(60)
    void aGibibyteBothWaysArrivesUnharmed(NetOptions.Backend backend) throws Exception {
        Pump accepted = new Pump(1);
        Pump connected = new Pump(2);
        try (NetServer server = NetServer.open(Backends.server(backend).build(), accepted);
                NetClient client = NetClient.create(Backends.client(backend).build())) {
            client.connect(Backends.loopback(server.port()), connected);
            assertThat(connected.result.get(55, TimeUnit.SECONDS)).isEqualTo(TOTAL);
            assertThat(accepted.result.get(55, TimeUnit.SECONDS)).isEqualTo(TOTAL);
            assertThat(connected.received.getValue()).isEqualTo(accepted.sent.getValue());
            assertThat(accepted.received.getValue()).isEqualTo(connected.sent.getValue());
        }
    }

    /** Writes a stream of its own and sums up the other's. Belongs to its loop. */
    private static final class Pump implements NetHandler {
        private final Random random;
        private final ByteBuffer block = ByteBuffer.allocateDirect(256 * 1024);
        private final CRC32C sent = new CRC32C();
        private final CRC32C received = new CRC32C();
        private final CompletableFuture<Long> result = new CompletableFuture<>();
        private long sentBytes;
        private long receivedBytes;
        private int pauses;

        Pump(long seed) {
            random = new Random(seed);
            for (int i = 0; i < block.capacity(); i += 8) {
                block.putLong(i, random.nextLong());
            }
        }

        @Override
        public void onOpen(NetSession session) {
            pump(session);
        }

        @Override
        public void onDrain(NetSession session) {
            pump(session);
        }

        private void pump(NetSession session) {
            boolean more = true;
            while (more && sentBytes < TOTAL) {
                int from = random.nextInt(block.capacity() / 2);
                int length = 1 + random.nextInt(block.capacity() / 2);
                length = (int) Math.min(length, TOTAL - sentBytes);
                block.limit(from + length).position(from);
                sent.update(block);
                block.position(from);
                sentBytes += length;
                more = session.write(block);
            }
            if (sentBytes == TOTAL) {
                sentBytes++; /* only once */
                session.shutdownOutput();
            }
        }

        @Override
        public void onRecv(NetSession session, ByteBuffer data) {
            receivedBytes += data.remaining();
            received.update(data);
            int dice = random.nextInt(2000);
            if (dice < 2) {
                session.pause();
                pauses++;
                session.schedule(Duration.ofNanos(random.nextInt(2_000_000)), session::resume);
            } else if (dice < 12) {
                session.pause();
                session.execute(session::resume);
            }
        }

        @Override
        public void onEnd(NetSession session) {
            session.execute(() -> result.complete(pauses > 0 ? receivedBytes : 0));
        }

        @Override
        public void onClose(NetSession session, NetCause cause) {
            result.complete(-1L);
        }

        @Override
        public void onError(NetSession session, Throwable error) {
            result.completeExceptionally(error);
        }
    }
}

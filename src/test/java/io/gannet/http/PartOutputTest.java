package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written to a part's file, and in how many calls. */
class PartOutputTest {
    /** A file that takes no more than so many bytes at once. */
    private static final class Taker implements WritableByteChannel {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final int most;
        int calls;

        Taker(int most) {
            this.most = most;
        }

        @Override
        public int write(ByteBuffer data) {
            byte[] bytes = new byte[Math.min(most, data.remaining())];
            data.get(bytes);
            taken.writeBytes(bytes);
            calls++;
            return bytes.length;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void smallPiecesAreWrittenTogether() throws IOException {
        PartOutput output = new PartOutput();
        Taker file = new Taker(Integer.MAX_VALUE);
        byte[] one = {7};
        for (int i = 0; i < 1 << 20; i++) {
            output.write(file, one, 0, 1);
        }
        output.flush(file);
        assertThat(file.taken.size()).isEqualTo(1 << 20);
        assertThat(file.calls).isEqualTo(64);
    }

    @Test
    void piecesOfAnySizeComeBackInOrderAndEachInItsFile() throws IOException {
        Random random = new Random(3);
        PartOutput output = new PartOutput();
        for (int part = 0; part < 50; part++) {
            Taker file = new Taker(1 + random.nextInt(20_000));
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (int i = random.nextInt(20); i > 0; i--) {
                byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 100 : 40_000)];
                random.nextBytes(bytes);
                int from = bytes.length / 3;
                output.write(file, bytes, from, bytes.length - from);
                expected.write(bytes, from, bytes.length - from);
            }
            output.flush(file);
            assertThat(file.taken.toByteArray()).isEqualTo(expected.toByteArray());
        }
    }

    @Test
    void nothingOfAPartThatFailedIsInTheNext() throws IOException {
        PartOutput output = new PartOutput();
        output.write(new Taker(1), new byte[] {1}, 0, 1);
        output.begin();
        Taker next = new Taker(1);
        output.write(next, new byte[] {2}, 0, 1);
        output.flush(next);
        assertThat(next.taken.toByteArray()).containsExactly(2);
    }
}

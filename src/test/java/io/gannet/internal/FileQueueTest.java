package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileQueueTest {
    @Test
    void aFileCountsFromItsReservationUntilItIsSent() {
        FileQueue queue = new FileQueue();
        queue.reserve(100);
        assertThat(queue.bytes()).isEqualTo(100);
        queue.add(50, 150);
        queue.sent(0, 50);
        assertThat(queue.bytes()).isEqualTo(100);
        queue.sent(50, 51);
        assertThat(queue.bytes()).isEqualTo(99);
        queue.sent(51, 200);
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void aFileThatWasNotTakenIsReleased() {
        FileQueue queue = new FileQueue();
        queue.reserve(7);
        queue.release(7);
        assertThat(queue.bytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void itCountsAsAModelOfSingleBytesDoes(long seed) {
        Random random = new Random(seed);
        FileQueue queue = new FileQueue();
        boolean[] isFile = new boolean[100_000];
        int end = 0;
        int sent = 0;
        while (end < isFile.length - 1000) {
            int length = 1 + random.nextInt(200);
            if (random.nextBoolean()) {
                queue.reserve(length);
                queue.add(end, end + length);
                java.util.Arrays.fill(isFile, end, end + length, true);
            }
            end += length;
            int now = Math.min(end, sent + random.nextInt(220));
            queue.sent(sent, now);
            sent = now;
            assertThat(queue.bytes()).isEqualTo(count(isFile, sent, end));
        }
    }

    private static long count(boolean[] isFile, int from, int to) {
        long count = 0;
        for (int i = from; i < to; i++) {
            count += isFile[i] ? 1 : 0;
        }
        return count;
    }
}

package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerHeapTest {
    @Test
    void anEmptyHeapHasNothingToWaitFor() {
        TimerHeap heap = new TimerHeap();
        assertThat(heap.isEmpty()).isTrue();
        assertThat(heap.waitMillis(0)).isEqualTo(-1);
        assertThat(heap.shift(Long.MAX_VALUE)).isNull();
    }

    @Test
    void theWaitIsRoundedUpSoThatNoTimerIsEarly() {
        TimerHeap heap = new TimerHeap();
        heap.add(timer(2_000_001));
        assertThat(heap.waitMillis(0)).isEqualTo(3);
        assertThat(heap.waitMillis(1_000_001)).isEqualTo(1);
        assertThat(heap.waitMillis(2_000_000)).isEqualTo(1);
        assertThat(heap.waitMillis(2_000_001)).isZero();
        assertThat(heap.waitMillis(9_000_000)).isZero();
        assertThat(heap.shift(2_000_000)).isNull();
        assertThat(heap.shift(2_000_001)).isNotNull();
    }

    @Test
    void aWaitBeyondTheIntRangeIsCut() {
        TimerHeap heap = new TimerHeap();
        heap.add(timer(Long.MAX_VALUE / 2));
        assertThat(heap.waitMillis(0)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void theClockMayOverflow() {
        TimerHeap heap = new TimerHeap();
        LoopTimer late = timer(Long.MIN_VALUE + 10);
        LoopTimer early = timer(Long.MAX_VALUE - 10);
        heap.add(late);
        heap.add(early);
        assertThat(heap.shift(Long.MAX_VALUE)).isSameAs(early);
        assertThat(heap.shift(Long.MAX_VALUE)).isNull();
        assertThat(heap.shift(Long.MIN_VALUE + 10)).isSameAs(late);
    }

    @Test
    void removingATimerThatIsNotThereIsHarmless() {
        TimerHeap heap = new TimerHeap();
        LoopTimer timer = timer(1);
        heap.remove(timer);
        heap.add(timer);
        heap.remove(timer);
        heap.remove(timer);
        assertThat(heap.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void itBehavesAsASortedListDoes(long seed) {
        Random random = new Random(seed);
        TimerHeap heap = new TimerHeap();
        List<LoopTimer> model = new ArrayList<>();
        long now = random.nextLong(); /* nanoTime may be anything */
        long start = now;
        Comparator<LoopTimer> byDue = Comparator.comparingLong(timer -> timer.dueNanos - start);
        for (int step = 0; step < 20_000; step++) {
            int dice = random.nextInt(10);
            if (dice < 5) {
                LoopTimer timer = timer(now + random.nextInt(5_000));
                heap.add(timer);
                model.add(timer);
            } else if (dice < 7 && !model.isEmpty()) {
                LoopTimer timer = model.remove(random.nextInt(model.size()));
                heap.remove(timer);
                assertThat(timer.place).isNegative();
            } else {
                now += random.nextInt(500);
                shiftAll(heap, model, now, byDue);
            }
            assertThat(heap.isEmpty()).isEqualTo(model.isEmpty());
        }
        shiftAll(heap, model, now + 10_000, byDue);
        assertThat(heap.isEmpty()).isTrue();
    }

    private static void shiftAll(TimerHeap heap, List<LoopTimer> model, long now,
            Comparator<LoopTimer> byDue) {
        model.sort(byDue);
        LoopTimer timer;
        while ((timer = heap.shift(now)) != null) {
            assertThat(timer.dueNanos).isEqualTo(model.get(0).dueNanos);
            assertThat(model.remove(timer)).isTrue();
        }
        if (!model.isEmpty()) {
            assertThat(model.get(0).dueNanos - now).isPositive();
        }
    }

    @SuppressWarnings("NullAway")
    private static LoopTimer timer(long due) {
        return new LoopTimer(null, due, () -> {});
    }
}

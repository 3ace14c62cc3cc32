package io.gannet.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a loop by the time they are due: a binary heap in which a timer knows its place, so
 * that one of thousands is dropped in O(log n) and leaves nothing behind. Loop thread only.
 */
final class TimerHeap {
    private LoopTimer[] timers = new LoopTimer[16];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    void add(LoopTimer timer) {
        if (count == timers.length) {
            timers = Arrays.copyOf(timers, count * 2);
        }
        rise(timer, count++);
    }

    /** Drops a timer; harmless when it is not here. */
    void remove(LoopTimer timer) {
        int place = timer.place;
        if (place < 0) {
            return;
        }
        timer.place = -1;
        LoopTimer last = timers[--count];
        timers[count] = null;
        if (place < count) {
            sink(last, place);
            if (last.place == place) {
                rise(last, place);
            }
        }
    }

    /** Takes out the earliest timer that is due, null when none is. */
    @Nullable LoopTimer shift(long nowNanos) {
        if (count == 0 || timers[0].dueNanos - nowNanos > 0) {
            return null;
        }
        LoopTimer first = timers[0];
        remove(first);
        return first;
    }

    /** Milliseconds until the earliest is due, rounded up; -1 when there is none. */
    int waitMillis(long nowNanos) {
        if (count == 0) {
            return -1;
        }
        long left = timers[0].dueNanos - nowNanos;
        return left <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (left + 999_999) / 1_000_000);
    }

    private void rise(LoopTimer timer, int from) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) / 2;
            if (timers[parent].dueNanos - timer.dueNanos <= 0) {
                break;
            }
            set(timers[parent], place);
            place = parent;
        }
        set(timer, place);
    }

    private void sink(LoopTimer timer, int from) {
        int place = from;
        while (2 * place + 1 < count) {
            int child = 2 * place + 1;
            if (child + 1 < count && timers[child + 1].dueNanos - timers[child].dueNanos < 0) {
                child++;
            }
            if (timer.dueNanos - timers[child].dueNanos <= 0) {
                break;
            }
            set(timers[child], place);
            place = child;
        }
        set(timer, place);
    }

    private void set(LoopTimer timer, int place) {
        timers[place] = timer;
        timer.place = place;
    }
}

package io.gannet.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What is left on a loop of an owner that stops, its listeners and sessions, and who waits for the
 * last of it. Belongs to the loop thread.
 */
final class LoopDrain {
    private final List<CountDownLatch> waiting = new ArrayList<>();
    private @Nullable Object owner;
    private int left;

    /** An owner stops; {@link #more} is then called for each thing it has. */
    void begin(Object stopping, CountDownLatch empty) {
        waiting.add(empty);
        owner = stopping;
        left = 0;
    }

    /** Whether it is this one's owner that stops. */
    boolean isOf(Endpoint endpoint) {
        return endpoint.isOf(owner);
    }

    void more() {
        left++;
    }

    /** Something of an endpoint is gone, maybe of the owner that stops. */
    void less(Endpoint endpoint) {
        if (endpoint.isOf(owner)) {
            left--;
            check();
        }
    }

    /** Tells who waits if nothing is left. */
    void check() {
        if (left == 0) {
            end();
        }
    }

    /** Tells who waits, whatever is left. */
    void end() {
        for (CountDownLatch latch : waiting) {
            latch.countDown();
        }
        waiting.clear();
    }
}

package io.gannet.internal;

import io.gannet.NetException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where one thread at a time waits for what the loop does. The loop never waits here: it changes
 * something, and then wakes who waits for that. No lock is held meanwhile, so a virtual thread
 * leaves its carrier.
 */
final class Waiter {
    private volatile @Nullable Thread thread;

    /** Any thread: something has changed. */
    void wake() {
        Thread waiting = thread;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /**
     * Waits until a condition holds.
     *
     * @param nanos how long, 0 for ever
     */
    void await(String operation, BooleanSupplier condition, long nanos) {
        long deadline = nanos == 0 ? 0 : System.nanoTime() + nanos;
        thread = Thread.currentThread();
        try {
            while (!condition.getAsBoolean()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw interrupted(operation);
                }
                if (nanos == 0) {
                    LockSupport.park(this);
                    continue;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new NetException("ETIMEDOUT", operation, "nothing happened in time");
                }
                LockSupport.parkNanos(this, left);
            }
        } finally {
            thread = null;
        }
    }

    static NetException interrupted(String operation) {
        return new NetException("EINTR", operation, "the thread was interrupted");
    }
}

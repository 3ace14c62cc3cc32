package io.gannet.http;

import io.gannet.internal.Log;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells of failures that come by the thousand while something is short, a few of them. Any thread.
 */
final class Shortage {
    private static final long NANOS = 10_000_000_000L;
    private static final AtomicLong NEXT = new AtomicLong(System.nanoTime());

    private Shortage() {}

    static void warn(String what, Throwable error) {
        long next = NEXT.get();
        long now = System.nanoTime();
        if (now - next >= 0 && NEXT.compareAndSet(next, now + NANOS)) {
            Log.warn(what + ", and maybe others for the same reason", error);
        }
    }
}

package io.gannet;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what will be so in a moment; a test that waits in vain fails instead of hanging. */
public final class Soon {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(15);

    private Soon() {}

    public static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("it is not so in time");
            }
            Thread.onSpinWait();
        }
    }
}

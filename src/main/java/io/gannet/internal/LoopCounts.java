package io.gannet.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads what loops count, in memory that they write meanwhile and that outlives them. Loaded by who
 * asks first. Any thread.
 */
final class LoopCounts {
    private static final VarHandle LONGS =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private LoopCounts() {}

    /** Adds 1 to a number. The loop thread, while it is in no turn. */
    static void add(ByteBuffer counts, int field) {
        int at = field * Long.BYTES;
        LONGS.setOpaque(counts, at, (long) LONGS.get(counts, at) + 1);
    }

    /**
     * One number, as it was lately.
     *
     * @param counts as {@link NativeLoop#counts} gives them
     * @param field one of {@code NativeLoop.COUNT_*}
     */
    static long read(ByteBuffer counts, int field) {
        return (long) LONGS.getOpaque(counts, field * Long.BYTES);
    }
}

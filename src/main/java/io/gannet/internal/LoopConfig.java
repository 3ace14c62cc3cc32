package io.gannet.internal;

import io.gannet.NetOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a loop is opened with; {@link NativeLoop#CONFIG_BYTES} tells of the form. */
final class LoopConfig {
    /** Takes 64 KiB with what frames them, so that they cost one receive and one event. */
    static final int RECEIVE_SIZE = 72 * 1024;
    private static final int RECEIVE_COUNT = 64;
    private static final int QUEUE_DEPTH = 1024;
    private static final int EVENTS = 8192;
    private static final int COMMAND_BYTES = 256 * 1024;

    private LoopConfig() {}

    /** {@code receiveSize} is that of a receive buffer. */
    static ByteBuffer of(NetOptions options, int receiveSize) {
        ByteBuffer config = ByteBuffer.allocateDirect(NativeLoop.CONFIG_BYTES)
                .order(ByteOrder.nativeOrder());
        long[] values = new long[NativeLoop.CONFIG_COMMAND_BYTES + 1];
        values[NativeLoop.CONFIG_BACKEND] = OptionCodes.of(options.backend());
        values[NativeLoop.CONFIG_REQUIRED] = options.required() ? 1 : 0;
        values[NativeLoop.CONFIG_DENIED] = Integer.getInteger("gannet.deny", 0);
        values[NativeLoop.CONFIG_RECV_SIZE] = receiveSize;
        values[NativeLoop.CONFIG_RECV_COUNT] = RECEIVE_COUNT;
        values[NativeLoop.CONFIG_QUEUE_DEPTH] = QUEUE_DEPTH;
        /* Listening sockets take places too. */
        values[NativeLoop.CONFIG_SESSIONS] = options.maxSessions() + (long) options.listen().size();
        values[NativeLoop.CONFIG_MEMORY] = options.memoryLimit();
        values[NativeLoop.CONFIG_EVENTS] = EVENTS;
        values[NativeLoop.CONFIG_COMMAND_BYTES] = COMMAND_BYTES;
        for (int i = 0; i < values.length; i++) {
            config.putLong(i * Long.BYTES, values[i]);
        }
        return config;
    }
}

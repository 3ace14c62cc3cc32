package io.gannet.internal;

import io.gannet.NetException;
import io.gannet.NetOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** What the core is told of a loop, and how it is opened. Any thread. */
final class LoopConfig {
    /** Takes 64 KiB with what frames them, so that they cost one receive and one event. */
    static final int RECEIVE_SIZE = 72 * 1024;
    private static final int RECEIVE_COUNT = 64;
    private static final int QUEUE_DEPTH = 1024;
    private static final int EVENTS = 8192;
    private static final int COMMAND_BYTES = 256 * 1024;

    private LoopConfig() {}

    static ByteBuffer of(NetOptions options, int receiveSize, long census) {
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
        config.putLong(NativeLoop.CONFIG_CENSUS * Long.BYTES, census);
        return config;
    }

    /** The name of the backend that the core was told to take. */
    private static String asked(ByteBuffer config) {
        long code = config.getLong(NativeLoop.CONFIG_BACKEND * Long.BYTES);
        for (NetOptions.Backend backend : NetOptions.Backend.values()) {
            if (OptionCodes.of(backend) == code) {
                return BackendReport.name(backend);
            }
        }
        return "unknown";
    }

    /** Opens the loop; what it fails with says what would help. */
    static NativeLoop open(ByteBuffer config, @Nullable HttpSettings http) {
        try {
            NativeLoop opened = new NativeLoop(config);
            if (http != null) {
                opened.http(http.toBuffer());
            }
            return opened;
        } catch (NetException e) {
            String step = NativeLoop.step(config);
            int error = (int) config.getLong(NativeLoop.CONFIG_OUT_ERROR * Long.BYTES);
            String what = step.equals("backend") ? "backend " + asked(config) : step;
            throw new NetException(e.code(), e.operation(), what + ": "
                    + NativeSocket.errorText(error) + "; " + BackendReport.remedy(step, error));
        }
    }
}

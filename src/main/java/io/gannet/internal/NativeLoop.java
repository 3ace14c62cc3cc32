package io.gannet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The natives of one loop. Belongs to the thread of the loop, except {@link #wake}.
 *
 * <p>The constants are shared with C, which sees them through the generated header.
 */
final class NativeLoop {
    /** Places in the configuration, an array of longs. */
    static final int CONFIG_BACKEND = 0;
    static final int CONFIG_REQUIRED = 1;
    static final int CONFIG_DENIED = 2;
    static final int CONFIG_RECV_SIZE = 3;
    static final int CONFIG_RECV_COUNT = 4;
    static final int CONFIG_QUEUE_DEPTH = 5;
    static final int CONFIG_SESSIONS = 6;
    static final int CONFIG_MEMORY = 7;
    static final int CONFIG_EVENTS = 8;
    static final int CONFIG_COMMAND_BYTES = 9;
    /** What a better backend was refused with, and the length of the step's name; from C. */
    static final int CONFIG_OUT_ERROR = 10;
    static final int CONFIG_OUT_STEP_LEN = 11;
    /** A census that the loop shares with others, 0 for none. */
    static final int CONFIG_CENSUS = 12;
    /** Where the step's name lies, in bytes, and how much room it has. */
    static final int CONFIG_STEP_AT = 128;
    static final int CONFIG_STEP_ROOM = 64;
    static final int CONFIG_BYTES = CONFIG_STEP_AT + CONFIG_STEP_ROOM;

    /** Which backend is asked for. */
    static final int BACKEND_AUTO = 0;
    static final int BACKEND_IO_URING = 1;
    static final int BACKEND_EPOLL = 2;
    static final int BACKEND_KQUEUE = 3;

    /** Which direction counts as idle. */
    static final int IDLE_OFF = 0;
    static final int IDLE_READ = 1;
    static final int IDLE_WRITE = 2;
    static final int IDLE_BOTH = 3;

    /** What turns the bytes of accepted sessions into events. */
    static final int STAGE_RAW = 0;
    static final int STAGE_HTTP = 1;

    /** Receive buffers beyond those the kernel picks, and the gap behind each, in bytes. */
    static final int RECEIVE_SPARE = 16;
    static final int RECEIVE_STAGGER = 192;

    /** A range of addresses that proxies have: offsets, and bytes of each. */
    static final int RANGE_FAMILY = 0;
    static final int RANGE_BITS = 1;
    static final int RANGE_IP = 2;
    static final int RANGE_BYTES = 32;

    /** The most bytes of an array that one call takes. */
    static final int SEND_MAX = 64 * 1024;

    /** Places of what the loop counts, an array of longs. */
    static final int COUNT_ACCEPTED = 0;
    static final int COUNT_CONNECTED = 1;
    static final int COUNT_CLOSED = 2;
    static final int COUNT_RECEIVED = 3;
    static final int COUNT_SENT = 4;
    static final int COUNT_PAUSES = 5;
    static final int COUNT_REFUSED = 6;
    static final int COUNT_MEMORY = 7;
    static final int COUNT_MEMORY_PEAK = 8;
    static final int COUNT_MEMORY_LIMIT = 9;
    static final int COUNT_REQUESTS = 10;
    static final int COUNT_BAD = 11;
    static final int COUNT_OVERDUE = 12;
    static final int COUNT_BAD_LARGE = 13;
    static final int COUNT_BAD_UNKNOWN = 14;
    static final int COUNT_OVERDUE_BODY = 15;
    static final int COUNT_IDLE = 16;
    static final int COUNT_TIGHT = 17;
    static final int COUNT_UNSERVED = 18;
    static final int COUNT_CROWDED = 19;
    static final int COUNT_TURNED_AWAY = 20;
    static final int COUNT_FIELDS = 21;

    /** How much of the loop's memory is used; told with the result of a poll or run, shifted. */
    static final int PRESSURE_TIGHT = 1;
    static final int PRESSURE_FULL = 2;
    static final int PRESSURE_SHIFT = 28;

    /** Where the event records begin is a multiple of this. */
    private static final int EVENTS_ALIGN = 64;
    /** Types of event records. */
    static final int EVENT_BYTES = 32;
    static final int EVENT_OPEN = 1;
    static final int EVENT_CONNECTED = 2;
    static final int EVENT_RECV = 4;
    static final int EVENT_END = 5;
    static final int EVENT_SENT = 6;
    static final int EVENT_CLOSED = 7;
    static final int EVENT_ACCEPT = 8;
    static final int EVENT_REQUEST = 9;
    static final int EVENT_BODY = 10;
    static final int EVENT_BAD = 11;
    static final int EVENT_OVERDUE = 12;
    static final int EVENT_REFUSED = 13;

    /** Types of command records. */
    static final int COMMAND_HEAD_BYTES = 16;
    static final int COMMAND_SEND = 1;
    static final int COMMAND_FILE = 2;
    static final int COMMAND_CLOSE = 3;
    static final int COMMAND_ABORT = 4;
    static final int COMMAND_SHUT = 5;
    static final int COMMAND_PAUSE = 6;
    static final int COMMAND_RESUME = 7;
    static final int COMMAND_HOLD = 8;
    static final int COMMAND_HOLD_END = 9;
    static final int COMMAND_UNLISTEN = 10;
    static final int COMMAND_BUSY = 11;
    static final int COMMAND_FREE = 12;
    static final int COMMAND_LEAVE = 13;
    static final int COMMAND_PATIENT = 14;
    static final int COMMAND_STRICT = 15;

    /** Bits of what a backend uses. */
    static final int FEATURE_DEFER_TASKRUN = 1;
    static final int FEATURE_COOP_TASKRUN = 2;
    static final int FEATURE_MULTISHOT_ACCEPT = 4;
    static final int FEATURE_MULTISHOT_RECV = 8;
    static final int FEATURE_BUFFER_RING = 16;
    static final int FEATURE_RING_FD = 32;
    static final int FEATURE_NO_IOWAIT = 64;
    static final int FEATURE_IO_URING = 128;

    /** Receive memory of loops that could not be closed: the kernel may still write there. */
    private static final List<ByteBuffer> LOST = new ArrayList<>();

    private final Object wakeLock = new Object();
    /**
     * Java's own memory, so that a view of it which somebody keeps for longer than allowed shows
     * old bytes, and not an address that is gone.
     */
    private final ByteBuffer receive;
    /**
     * The event records; Java's own too, so that a thread which copies a request of another one,
     * and is late, reads old bytes when the loop is gone.
     */
    private final ByteBuffer events;
    /** What the loop counts; Java's own too, so that it can be read when the loop is gone. */
    private final ByteBuffer counts;
    /** Asked for once, because others still ask when the loop is gone. */
    private final String backend;
    private long handle;
    private int features;
    /** How much of the memory was used lately. Belongs to the loop thread. */
    private int pressure;

    /**
     * Opens a loop.
     *
     * @param config read and filled in
     */
    NativeLoop(ByteBuffer config) {
        long size = config.getLong(CONFIG_RECV_SIZE * Long.BYTES) + RECEIVE_STAGGER;
        long count = config.getLong(CONFIG_RECV_COUNT * Long.BYTES) + RECEIVE_SPARE;
        receive = ByteBuffer.allocateDirect(Math.toIntExact(size * count));
        int records = (int) config.getLong(CONFIG_EVENTS * Long.BYTES) + 1;
        /* Both ends of the slice are aligned, inwards. */
        events = ByteBuffer.allocateDirect(records * EVENT_BYTES + 2 * EVENTS_ALIGN)
                .alignedSlice(EVENTS_ALIGN).order(ByteOrder.nativeOrder());
        counts = ByteBuffer.allocateDirect(COUNT_FIELDS * Long.BYTES)
                .order(ByteOrder.nativeOrder());
        long opened = open(config, receive, events, counts);
        if (opened < 0) {
            throw NativeErrors.failure((int) opened, "open loop", step(config));
        }
        handle = opened;
        backend = backend(opened);
    }

    /** The step at which a better backend failed, empty when none did. */
    static String step(ByteBuffer config) {
        byte[] text = new byte[(int) config.getLong(CONFIG_OUT_STEP_LEN * Long.BYTES)];
        config.get(CONFIG_STEP_AT, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /** Where event records lie after a poll, in native byte order; it is there for ever. */
    ByteBuffer events() {
        return events;
    }

    /** Where commands are put, in native byte order; until the loop is closed. */
    ByteBuffer commands() {
        return commands(handle).order(ByteOrder.nativeOrder());
    }

    /** What the loop counts, for {@link LoopCounts}; it is there for ever. Any thread. */
    ByteBuffer counts() {
        return counts;
    }

    /** The receive buffers, one view for each. */
    ByteBuffer[] receiveBuffers(int size) {
        int stride = size + RECEIVE_STAGGER;
        ByteBuffer[] buffers = new ByteBuffer[receive.capacity() / stride];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = receive.slice(i * stride, size);
        }
        return buffers;
    }

    /** One turn; returns the number of event records. */
    int poll(int commandBytes, int timeoutMs) {
        int told = poll(handle, commandBytes, timeoutMs);
        if (told < 0) {
            return NativeErrors.check(told, "poll");
        }
        pressure = told >>> PRESSURE_SHIFT;
        return told & (1 << PRESSURE_SHIFT) - 1;
    }

    /** Carries out commands without a turn. */
    void run(int commandBytes) {
        pressure = NativeErrors.check(run(handle, commandBytes), "run commands")
                >>> PRESSURE_SHIFT;
    }

    /** How much of the memory was used lately: 0 or one of {@code PRESSURE_*}. */
    int pressure() {
        return pressure;
    }

    /** Carries out commands without a turn, then queues a part of an array to be sent. */
    void send(int commandBytes, int slot, int gen, byte[] data, int offset, int length) {
        int told = send(handle, commandBytes, slot, gen, data, offset, length);
        pressure = NativeErrors.check(told, "run commands") >>> PRESSURE_SHIFT;
    }

    /** Sets up HTTP, once and before listening with it; see {@link NativeHttp#CONFIG_BYTES}. */
    void http(ByteBuffer config) {
        NativeErrors.check(http(handle, config), "configure HTTP");
    }

    /** Expects the headers of proxies, once and before listening; {@code RANGE_*} for each. */
    void proxy(ByteBuffer ranges, int count, int headerMs) {
        NativeErrors.check(proxy(handle, ranges, count, headerMs), "configure proxies");
    }

    /**
     * Listens on a descriptor that it takes; returns slot and generation, as {@link #slot} tells.
     */
    long listen(int fd, int stage, int idleMode, int idleMs, int closeMs) {
        long place = listen(handle, fd, stage, idleMode, idleMs, closeMs);
        return place < 0 ? NativeErrors.check((int) place, "listen") : place;
    }

    /** Connects as a {@link SocketParams} says; returns slot and generation, or a negative code. */
    long connect(ByteBuffer params, int timeoutMs) {
        return connect(handle, params, timeoutMs);
    }

    static int slot(long place) {
        return (int) place;
    }

    static int generation(long place) {
        return (int) (place >>> 32);
    }

    /** Whether a part of a head has arrived on an HTTP session, and its rest has not. */
    boolean isBegun(int slot, int gen) {
        return isBegun(handle, slot, gen);
    }

    /** {@code "io_uring"}, {@code "epoll"} or {@code "kqueue"}. Any thread. */
    String backend() {
        return backend;
    }

    /** Feature bits in use by now, or at last. Any thread. */
    int features() {
        synchronized (wakeLock) {
            if (handle != 0) {
                features = features(handle);
            }
            return features;
        }
    }

    /** Makes the present or next poll return; harmless after {@link #close}. Any thread. */
    void wake() {
        synchronized (wakeLock) {
            if (handle != 0) {
                NativeErrors.check(wake(handle), "wake");
            }
        }
    }

    /** Frees the loop; harmless when closed. */
    void close() {
        long closing;
        synchronized (wakeLock) {
            closing = handle;
            handle = 0;
        }
        int code = closing == 0 ? 0 : close(closing);
        if (code < 0) {
            synchronized (LOST) {
                LOST.add(receive);
            }
            NativeErrors.check(code, "close loop");
        }
    }

    /** The version the library was built for. */
    static native String version();

    /** Makes a census for the loops of a server; 0 for want of memory. */
    static native long newCensus(int sessionsMax, int perAddressMax);

    /** Gives a census back; loops that were opened with it keep it for as long as they need it. */
    static native void dropCensus(long census);

    /** Binds the calling thread to the n-th processor the process may use. */
    static native int pin(int n);

    private static native long open(ByteBuffer config, ByteBuffer receive, ByteBuffer events,
            ByteBuffer counts);

    private static native int close(long handle);

    private static native ByteBuffer commands(long handle);

    private static native int poll(long handle, int commandBytes, int timeoutMs);

    private static native int run(long handle, int commandBytes);

    private static native int send(long handle, int commandBytes, int slot, int gen, byte[] data,
            int offset, int length);

    private static native int wake(long handle);

    private static native boolean isBegun(long handle, int slot, int gen);

    private static native int http(long handle, ByteBuffer config);

    private static native int proxy(long handle, ByteBuffer ranges, int count, int headerMs);

    private static native long listen(
            long handle, int fd, int stage, int idleMode, int idleMs, int closeMs);

    private static native long connect(long handle, ByteBuffer params, int timeoutMs);

    private static native String backend(long handle);

    private static native int features(long handle);
}

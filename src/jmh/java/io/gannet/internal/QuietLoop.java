package io.gannet.internal;

import io.gannet.NetHandler;
import io.gannet.NetOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A loop without a socket, for benchmarks of what Java does between two turns. The benchmark writes
 * event records, as the core would leave them in the same native memory, and throws away the
 * commands that sessions write. Nothing here makes a system call but {@link #run}, once for a
 * thousand rounds.
 */
public final class QuietLoop implements AutoCloseable {
    /** How often {@link #run} does what it is given, so that handing it over costs nothing. */
    public static final int ROUNDS = 1000;
    /** How many sessions there are; a round usually has a record, or an answer, for each. */
    public static final int SESSIONS = 16;
    /** What a call of {@link #run} with one thing for each session comes to. */
    public static final int EACH = ROUNDS * SESSIONS;

    private static final int BYTES = NativeLoop.EVENT_BYTES;
    private static final int GENERATION = 1;
    private static final PackedAddress NOWHERE = new PackedAddress(0, 0, 0);

    private final LoopThread loop;
    private final Endpoint endpoint;
    /** A second loop that never turns: its memory takes the records and received bytes. */
    private final NativeLoop natives;
    private final EventReader reader;
    private final ByteBuffer events;
    private final ByteBuffer[] buffers;
    private final List<Session> sessions = new ArrayList<>();
    private int records;

    private QuietLoop(NetOptions options, @Nullable HttpSettings http, Endpoint endpoint) {
        NativeLoader.load();
        int size = http == null ? LoopConfig.RECEIVE_SIZE : http.receiveSize();
        this.endpoint = endpoint;
        this.loop = new LoopThread(options, http, "quiet", true, -1, 0);
        this.natives = LoopConfig.open(LoopConfig.of(options, size, 0), http);
        this.events = natives.events();
        this.buffers = natives.receiveBuffers(size);
        this.reader = new EventReader(loop, natives, size);
        loop.start();
        onLoop(this::openSessions);
    }

    /**
     * A loop whose sessions speak no protocol.
     *
     * @param handler hears of all of them
     * @return it, for {@link #close}
     */
    static QuietLoop raw(NetHandler handler) {
        NetOptions options = NetOptions.port(0);
        return new QuietLoop(options, null, new Endpoint(options, handler));
    }

    /**
     * A loop whose sessions speak HTTP.
     *
     * @param http what the core is told of it
     * @param handlers makes the one of each session
     * @return it, for {@link #close}
     */
    public static QuietLoop http(HttpSettings http, Supplier<HttpEvents> handlers) {
        NetOptions options = NetOptions.port(0);
        return new QuietLoop(options, http, new Endpoint(options, http, handlers));
    }

    private void openSessions() {
        SessionAddresses addresses = new SessionAddresses(NOWHERE, null, null, null);
        for (int slot = 0; slot < SESSIONS; slot++) {
            Session session = new Session(loop, endpoint, endpoint.handler(), slot, GENERATION,
                    addresses, NOWHERE);
            loop.entries()[slot] = session;
            sessions.add(session);
            session.opened();
        }
    }

    /**
     * One of the sessions.
     *
     * @param index from 0
     * @return always the same
     */
    public Session session(int index) {
        return sessions.get(index);
    }

    // ---- records for the next round ----

    private int record(int slot, int type) {
        int at = records++ * BYTES;
        for (int i = 0; i < BYTES; i += Long.BYTES) {
            events.putLong(at + i, 0);
        }
        events.putInt(at, slot).putInt(at + 4, GENERATION).put(at + 8, (byte) type);
        /* The one behind the last ends the walk. */
        events.put(records * BYTES + 8, (byte) 0);
        return at;
    }

    /** So many bytes arrived for a session; for one that is not there, the record is skipped. */
    void received(int slot, int length) {
        int at = record(slot, NativeLoop.EVENT_RECV);
        events.putInt(at + 16, slot % buffers.length).putInt(at + 20, length);
    }

    /** The kernel took so many bytes of a session. */
    void sent(int slot, long length) {
        events.putLong(record(slot, NativeLoop.EVENT_SENT) + 24, length);
    }

    /**
     * A request without a body arrived for a session.
     *
     * @param slot of the session
     * @param head a GET with a path and a query, as it was sent; its lines end with CRLF
     */
    public void request(int slot, String head) {
        buffers[slot].put(0, head.getBytes(StandardCharsets.ISO_8859_1));
        List<int[]> items = new ArrayList<>();
        int line = head.indexOf("\r\n") + 2;
        for (int end; (end = head.indexOf("\r\n", line)) > line; line = end + 2) {
            int colon = head.indexOf(": ", line);
            items.add(new int[] {line, colon - line, colon + 2, end - colon - 2});
        }
        int at = record(slot, NativeLoop.EVENT_REQUEST);
        events.put(at + 9, (byte) NativeHttp.LAST)
                .putShort(at + NativeHttp.EVENT_COUNT, (short) items.size())
                .putInt(at + 16, slot)
                .putInt(at + 20, head.length());
        requestLine(head, record(slot, 0));
        for (int i = 0; i < items.size(); i++) {
            if (i % 4 == 0) {
                record(0, 0);
            }
            for (int k = 0; k < 4; k++) {
                events.putShort(at + 2 * BYTES + i * NativeHttp.ITEM_BYTES + 2 * k,
                        (short) items.get(i)[k]);
            }
        }
    }

    private void requestLine(String head, int at) {
        int target = head.indexOf(' ') + 1;
        int end = head.indexOf(' ', target);
        int query = head.indexOf('?') + 1;
        events.putLong(at, 0);
        place(at + NativeHttp.RECORD_TARGET_AT, target, end);
        place(at + NativeHttp.RECORD_PATH_AT, target, query - 1);
        place(at + NativeHttp.RECORD_QUERY_AT, query, end);
        events.putShort(at + NativeHttp.RECORD_FLAGS,
                (short) (NativeHttp.FLAG_KEEP_ALIVE | NativeHttp.FLAG_HAS_HOST
                        | NativeHttp.FLAG_HAS_QUERY));
        events.put(at + NativeHttp.RECORD_METHOD_ID, (byte) 1);
        events.put(at + NativeHttp.RECORD_METHOD_LEN, (byte) (target - 1));
        events.put(at + NativeHttp.RECORD_VERSION_MINOR, (byte) 1);
    }

    private void place(int at, int from, int to) {
        events.putShort(at, (short) from).putShort(at + 2, (short) (to - from));
    }

    // ---- rounds ----

    /**
     * Does something {@link #ROUNDS} times on the loop's own thread, because sessions answer others
     * in another way, and waits for the end.
     *
     * @param round what to do
     */
    public void run(Runnable round) {
        onLoop(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                round.run();
            }
        });
    }

    private void onLoop(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.submit(() -> {
            try {
                task.run();
                loop.commands.take();
                done.complete(null);
            } catch (Throwable t) {
                done.completeExceptionally(t);
            }
        });
        done.join();
    }

    /** Tells all records, which stay, and throws the commands away that this led to. */
    void tell() {
        reader.tellAll(records);
        loop.commands.take();
    }

    /** Tells all records, and counts as sent what the sessions answered. */
    public void tellAndSend() {
        reader.tellAll(records);
        send();
    }

    /** Throws the commands away, and counts as sent what the sessions wrote. */
    public void send() {
        loop.commands.take();
        for (int i = 0; i < SESSIONS; i++) {
            Session session = sessions.get(i);
            session.sent(session.queuedBytes());
        }
    }

    @Override
    public void close() {
        onLoop(() -> {
            for (Session session : sessions) {
                loop.closed(session.slot, session.gen, 0, 0, 0);
            }
        });
        loop.terminate();
        natives.close();
    }
}

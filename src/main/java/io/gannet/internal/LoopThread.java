package io.gannet.internal;

import io.gannet.NetCause;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One loop and the thread that drives it: tasks of other threads, timers, one native turn,
 * handlers.
 *
 * <p>Any thread may {@link #submit}; everything else belongs to the loop thread, except where a
 * method says otherwise.
 */
final class LoopThread {
    /** Tasks run between two turns; more wait, so that they cannot starve the network. */
    private static final int TASKS_PER_TURN = 1024;
    private static final long END_NANOS = 2_000_000_000L;

    private static final AtomicIntegerFieldUpdater<LoopThread> TURN =
            AtomicIntegerFieldUpdater.newUpdater(LoopThread.class, "turn");

    final CommandWriter commands;
    /** What requests hold on the heap. */
    final HeapAccount heap;
    private final NativeLoop natives;
    private final EventReader reader;
    private final Thread thread;
    private final ByteBuffer config;
    private final int pinTo;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** True while the thread sleeps in a turn, or is about to, and nobody has woken it. */
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    final TimerHeap timers = new TimerHeap();
    /** By slot: a {@link Session}, {@link Accepting} or {@link ConnectAttempt}. */
    private @Nullable Object[] slots = new Object[64];
    /** Written by the loop thread alone. */
    private volatile int sessionCount;
    private volatile boolean terminating;
    private volatile boolean terminated;
    final LoopDrain drain = new LoopDrain(this);
    /** Written by the loop thread alone; {@link StallWatch} sees whether it moves. */
    private volatile int turn;
    /** How often it was held too long; {@link StallWatch} counts. */
    final AtomicInteger stalls = new AtomicInteger();
    /** What the sessions of this loop share, whatever they speak. */
    @Nullable Object shared;
    /** {@link FlightConnections}, which is not loaded before the flight recorder is on. */
    @Nullable Object flights;
    /** Never read; see {@link LoopGroup#keep}. */
    @Nullable Object kept;
    /** Shared by the sessions that are alike in it, as nearly all of a listener are. */
    private @Nullable SessionAddresses lastAccepted;

    /** How long the turn may wait, in milliseconds; -1 for ever. */
    private int timeout;

    /**
     * The steps of a turn, one after the other. Five classes meet at the one call in {@link #run},
     * so the JIT compiles each step by itself: when a connection comes after hours without one, the
     * code that opens it is compiled anew, and the code that moves bytes is not.
     */
    private final Step[] steps = {
        new Step() {
            @Override
            public int run() {
                runTasks();
                return 1;
            }
        },
        new Step() {
            @Override
            public int run() {
                timeout = runTimers();
                return 2;
            }
        },
        new Step() {
            @Override
            public int run() {
                poll();
                return 3;
            }
        },
        new Step() {
            @Override
            public int run() {
                reader.tellMoved();
                return 4;
            }
        },
        new Step() {
            @Override
            public int run() {
                return reader.tellOther() ? 3 : 0;
            }
        },
    };

    /** A part of a turn; returns which step is next. */
    private interface Step {
        int run();
    }

    /** A listening socket on this loop. */
    record Accepting(Listener listener, int slot, int gen) {
        Endpoint endpoint() {
            return listener.endpoint();
        }
    }

    LoopThread(NetOptions options, @Nullable HttpSettings http, String name, boolean daemon,
            int pinTo, long census) {
        int receiveSize = http == null ? LoopConfig.RECEIVE_SIZE : http.receiveSize();
        this.config = LoopConfig.of(options, receiveSize, census);
        this.natives = LoopConfig.open(config, http);
        if (!options.proxyProtocol().isEmpty()) {
            ProxyRanges.set(natives, options);
        }
        this.commands = new CommandWriter(natives);
        this.heap = new HeapAccount(http == null ? Long.MAX_VALUE : http.heapMax());
        this.reader = new EventReader(this, natives, receiveSize);
        this.pinTo = pinTo;
        this.thread = new Thread(name) {
            @Override
            public void run() {
                LoopThread.this.run();
            }
        };
        thread.setDaemon(daemon);
    }

    // ---- from any thread ----

    void start() {
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    boolean isAlive() {
        return !terminated;
    }

    int sessionCount() {
        return sessionCount;
    }

    /** One of {@code NativeLoop.COUNT_*}; also when the loop has ended. */
    long count(int field) {
        return LoopCounts.read(natives.counts(), field);
    }

    /** Hands a task to the loop, in order; false when the loop has ended and will not run it. */
    boolean submit(Runnable task) {
        if (terminated) {
            return false;
        }
        tasks.add(task);
        if (asleep.get() && asleep.compareAndSet(true, false)) {
            natives.wake();
        }
        /* The loop runs what it finds after it said that it ended, so one of the two sees the
         * task. */
        return !terminated || !tasks.remove(task);
    }

    /** Ends the loop soon: sessions are aborted and told. */
    void terminate() {
        terminating = true;
        if (asleep.compareAndSet(true, false)) {
            natives.wake();
        }
    }

    /** Frees a loop whose thread was never started. */
    void discard() {
        terminated = true;
        natives.close();
        ended.countDown();
    }

    CountDownLatch ended() {
        return ended;
    }

    /** How the backend was chosen; before the start, or on the loop. */
    BackendReport report() {
        return new BackendReport(natives.backend(), natives.features(), NativeLoop.step(config),
                (int) config.getLong(NativeLoop.CONFIG_OUT_ERROR * Long.BYTES));
    }

    // ---- the thread ----

    private void run() {
        try {
            if (pinTo >= 0) {
                NativeErrors.check(NativeLoop.pin(pinTo), "pin loop");
            }
        } catch (RuntimeException e) {
            Log.warn("loop thread " + thread.getName() + " runs on any processor", e);
        }
        try {
            int next = 0;
            do {
                next = steps[next].run();
            } while (next != 0 || !terminating); /* a turn that began is told to its end */
        } catch (Throwable t) {
            Log.warn("loop thread " + thread.getName() + " ends", t);
        }
        end();
    }

    private void poll() {
        if (timeout != 0) {
            asleep.set(true);
            if (!tasks.isEmpty() || terminating) {
                asleep.set(false);
                timeout = 0;
            }
        }
        int count = natives.poll(commands.take(), timeout);
        if (timeout != 0) {
            asleep.set(false);
        }
        TURN.lazySet(this, turn + 1);
        reader.begin(count);
    }

    /** Runs what was submitted, at most so many tasks; false when there was none. */
    private boolean runTasks() {
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                return i > 0;
            }
            try {
                task.run();
            } catch (Throwable t) {
                Log.warn("a task of " + thread.getName() + " failed", t);
            }
        }
        return true;
    }

    /** Runs what is due; returns how long the turn may wait, -1 for ever. */
    private int runTimers() {
        if (timers.isEmpty()) {
            return tasks.isEmpty() ? -1 : 0;
        }
        long now = System.nanoTime();
        LoopTimer timer;
        while ((timer = timers.shift(now)) != null) {
            timer.unlink();
            if (timer.take()) {
                timer.session.guard(timer.task());
            }
        }
        return tasks.isEmpty() ? timers.waitMillis(now) : 0;
    }

    /** Aborts what is left, waits for the core to say so, and frees the loop. */
    private void end() {
        terminating = true;
        try {
            long deadline = System.nanoTime() + END_NANOS;
            while (occupied() && System.nanoTime() - deadline < 0) {
                abortAll();
                reader.tellAll(natives.poll(commands.take(), 10));
                runTasks();
            }
        } catch (Throwable t) {
            Log.warn("loop thread " + thread.getName() + " could not end in order", t);
        }
        terminated = true;
        while (runTasks()) {
            /* Submitters that still saw the loop alive were promised that their tasks run. */
        }
        tellLeft();
        try {
            natives.close();
        } catch (Throwable t) {
            Log.warn("loop of " + thread.getName() + " could not be freed", t);
        }
        setSessionCount(0);
        StallWatch.remove(this);
        drain.end();
        ended.countDown();
    }

    /** Tells those whose end the core did not tell; the loop's memory is still there. */
    private void tellLeft() {
        abortAll();
        @Nullable Object[] left = slots;
        slots = new Object[0];
        for (Object entry : left) {
            if (entry instanceof Session session) {
                session.ended(0, 0, 0);
            } else if (entry instanceof ConnectAttempt attempt) {
                attempt.failed(0);
            }
        }
    }

    private boolean occupied() {
        for (Object entry : slots) {
            if (entry != null) {
                return true;
            }
        }
        return false;
    }

    private void abortAll() {
        for (int slot = 0; slot < slots.length; slot++) {
            Object entry = slots[slot];
            if (entry instanceof Session session) {
                session.abortNow(NetCause.STOP);
            } else if (entry instanceof ConnectAttempt attempt) {
                commands.plain(slot, attempt.gen(), NativeLoop.COMMAND_ABORT);
            } else if (entry instanceof Accepting accepting) {
                stopAccepting(accepting);
            }
        }
    }

    /** Whether it waits for something to do, or is about to. */
    boolean isAsleep() {
        return asleep.get();
    }

    /** Whether so much memory is used that who writes should write little. */
    boolean isTight() {
        return natives.pressure() != 0;
    }

    /** Whether new requests may have to be refused. */
    boolean isFull() {
        return natives.pressure() == NativeLoop.PRESSURE_FULL || heap.isFull();
    }

    /**
     * Whether one has, when {@link #isFull} says so: who took what was answered before and asks for
     * little is still served.
     */
    boolean refuses(HttpHead head, long queued) {
        int body = head.bodyLength();
        boolean full = natives.pressure() == NativeLoop.PRESSURE_FULL;
        return (full && (queued > 0 || HeapAccount.isLarge(body))) || heap.refuses(body);
    }

    /** Whether so many bytes would leave half of the memory that is left. */
    boolean hasRoom(long length) {
        long left = count(NativeLoop.COUNT_MEMORY_LIMIT) - count(NativeLoop.COUNT_MEMORY);
        return !isTight() && length < left / 4;
    }

    /** Counts a request that is refused for want of memory. */
    void unserved() {
        LoopCounts.add(natives.counts(), NativeLoop.COUNT_UNSERVED);
    }

    /** Counts turns, so that a session can tell what belongs to the present one. */
    int turn() {
        return turn;
    }

    String name() {
        return thread.getName();
    }

    /** What the thread does now. */
    StackTraceElement[] stack() {
        return thread.getStackTrace();
    }

    // ---- on the loop thread ----

    @Nullable Session session(int slot, int gen) {
        Object entry = slot < slots.length ? slots[slot] : null;
        return entry instanceof Session session && session.gen == gen ? session : null;
    }

    /** By slot: a {@link Session}, {@link Accepting}, {@link ConnectAttempt} or nothing. */
    @Nullable Object[] entries() {
        return slots;
    }

    /** Whether a session got a part of a head, and waits for its rest. */
    boolean isBegun(Session session) {
        return natives.isBegun(session.slot, session.gen);
    }

    private void put(int slot, Object entry) {
        if (slot >= slots.length) {
            slots = Arrays.copyOf(slots, Math.max(slot + 1, slots.length * 2));
        }
        slots[slot] = entry;
    }

    private void setSessionCount(int value) {
        sessionCount = value;
    }

    /** Starts to accept on a descriptor, which is taken. */
    void listen(Listener listener, int fd) {
        NetOptions options = listener.endpoint().options();
        int idleMs = OptionChecks.millis(options.idleTimeout());
        int closeMs = OptionChecks.millis(options.closeTimeout());
        long place;
        try {
            place = natives.listen(fd, stage(listener.endpoint()), OptionCodes.of(options.idle()),
                    idleMs, closeMs);
        } catch (NetException e) {
            NativeErrors.check(NativeSocket.close(fd), "close listening socket");
            throw e;
        }
        int slot = NativeLoop.slot(place);
        put(slot, new Accepting(listener, slot, NativeLoop.generation(place)));
    }

    private static int stage(Endpoint endpoint) {
        return endpoint.http() == null ? NativeLoop.STAGE_RAW : NativeLoop.STAGE_HTTP;
    }

    private void stopAccepting(Accepting accepting) {
        commands.plain(accepting.slot, accepting.gen, NativeLoop.COMMAND_UNLISTEN);
        slots[accepting.slot] = null;
    }

    /** Aborts the sessions of an owner. */
    void abort(Object owner) {
        for (Object entry : slots) {
            if (entry instanceof Session session && session.endpoint.isOf(owner)) {
                session.abortNow(NetCause.STOP);
            } else if (entry instanceof ConnectAttempt attempt && attempt.endpoint().isOf(owner)) {
                attempt.cancel();
            }
        }
    }

    /** Whether the loop ends, and nothing should be begun on it. */
    boolean isEnding() {
        return terminating;
    }

    /** Starts to connect; CONNECTED or CLOSED follows unless it returns a negative code. */
    int connect(ConnectAttempt attempt, ByteBuffer params, int timeoutMs) {
        long place = natives.connect(params, timeoutMs);
        if (place < 0) {
            return (int) place;
        }
        attempt.placed(NativeLoop.slot(place), NativeLoop.generation(place));
        put(NativeLoop.slot(place), attempt);
        return 0;
    }

    /** {@code peer} is the proxy through which the connection came, null without one. */
    void accepted(int listenerSlot, int slot, int gen, PackedAddress local, PackedAddress remote,
            @Nullable PackedAddress peer) {
        if (!(slots[listenerSlot] instanceof Accepting accepting)) {
            commands.plain(slot, gen, NativeLoop.COMMAND_ABORT); /* it came after the stop */
            return;
        }
        Listener listener = accepting.listener;
        SessionAddresses addresses = lastAccepted;
        if (peer != null) {
            addresses = new SessionAddresses(local, listener.address(), null, peer);
        } else if (addresses == null || !addresses.isOf(local, listener.address())) {
            addresses = new SessionAddresses(local, listener.address(), null, null);
            lastAccepted = addresses;
        }
        open(listener.endpoint(), slot, gen, addresses, remote);
    }

    private @Nullable Session open(Endpoint endpoint, int slot, int gen,
            SessionAddresses addresses, PackedAddress remote) {
        NetHandler handler;
        try {
            handler = endpoint.handler();
        } catch (Throwable t) {
            Log.warn("no handler for the session from " + addresses.remoteAddress(remote), t);
            commands.plain(slot, gen, NativeLoop.COMMAND_ABORT);
            return null;
        }
        Session session = new Session(this, endpoint, handler, slot, gen, addresses, remote);
        put(slot, session);
        setSessionCount(sessionCount + 1);
        if (Flight.isOn()) {
            FlightConnections.of(this).opened(session);
        }
        session.opened();
        drain.opened(session);
        return session;
    }

    void connected(int slot, int gen, PackedAddress local, PackedAddress remote) {
        if (slots[slot] instanceof ConnectAttempt attempt && attempt.gen() == gen) {
            slots[slot] = null;
            SessionAddresses addresses = new SessionAddresses(local, null, attempt.address(), null);
            attempt.connected(open(attempt.endpoint(), slot, gen, addresses, remote));
        }
    }

    void closed(int slot, int gen, int code, long received, long sent) {
        Object entry = slot < slots.length ? slots[slot] : null;
        if (entry instanceof Session session && session.gen == gen) {
            slots[slot] = null;
            try {
                session.ended(code, received, sent);
            } finally {
                setSessionCount(sessionCount - 1);
                drain.less(session.endpoint);
            }
        } else if (entry instanceof ConnectAttempt attempt && attempt.gen() == gen) {
            slots[slot] = null;
            attempt.failed(code);
        }
    }

    void accepting(int slot, int code, boolean fatal) {
        if (!(slots[slot] instanceof Accepting accepting)) {
            return;
        }
        if (fatal) {
            slots[slot] = null;
        }
        if (!fatal || code != 0) {
            accepting.listener.report(code, fatal);
        }
        if (fatal) {
            drain.less(accepting.endpoint());
        }
    }

    void refused(int slot, int code, PackedAddress peer) {
        if (slots[slot] instanceof Accepting accepting) {
            accepting.listener.refused(code, peer);
        }
    }

    /** Something of the library itself failed on an event: that session ends, the loop lives. */
    void broken(int slot, int gen, Throwable t) {
        Log.warn("an event of " + thread.getName() + " failed", t);
        commands.plain(slot, gen, NativeLoop.COMMAND_ABORT);
    }

    /** Drops a timer that was cancelled. Any thread. */
    void forget(LoopTimer timer) {
        if (isCurrent()) {
            timers.remove(timer);
            timer.unlink();
        } else {
            submit(() -> forget(timer));
        }
    }
}

package io.gannet.internal;

import io.gannet.NetCause;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetSession;
import io.gannet.NetTimer;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A session as handlers see it: its callbacks, reading, timers and end. What it writes is in
 * {@link SessionWriter}, and so is how other threads hand over what they ask for.
 *
 * <p>State without a word on threads belongs to the loop thread.
 */
public final class Session extends SessionWriter implements NetSession {
    private static final AtomicLong IDS = new AtomicLong();
    private final NetHandler handler;
    private final SessionAddresses addresses;
    private final PackedAddress remote;
    private final long id = IDS.incrementAndGet();
    private volatile @Nullable Object attachment;
    /** The first of its timers. */
    @Nullable LoopTimer timers;
    private @Nullable NetCause cause;
    private int heldTurn = -1;
    /** Pauses of this thread that line up behind what others asked before. */
    private int pausing;
    private boolean paused;
    private boolean backpressured;
    private boolean peerEnded;
    private boolean aborted;
    private boolean gone;

    Session(LoopThread loop, Endpoint endpoint, NetHandler handler, int slot, int gen,
            SessionAddresses addresses, PackedAddress remote) {
        super(loop, endpoint, slot, gen);
        this.handler = handler;
        this.addresses = addresses;
        this.remote = remote;
    }

    // ---- closing and reading ----

    @Override
    public void close() {
        open = false;
        closeInOrder(null);
    }

    /** The owner stops: who speaks a protocol finishes what is under way, others close. */
    void stop() {
        if (cause == null && handler instanceof HttpEvents http) {
            try {
                http.onStop();
            } catch (Throwable t) {
                failed(t);
            }
        } else {
            closeForStop();
        }
    }

    /** It was accepted while the owner stops: it may ask once. */
    void stopLate() {
        if (handler instanceof HttpEvents) {
            stop();
        }
    }

    /**
     * The owner stops, and who has nothing to do by now ends. Who is in the middle of a head is
     * awaited: the answer to it, or to its being late, is the last one.
     */
    void endIdle() {
        if (cause == null && handler instanceof HttpEvents http) {
            if (loop.isBegun(this)) {
                return;
            }
            try {
                http.onIdleEnd();
            } catch (Throwable t) {
                failed(t);
            }
        } else {
            closeForStop();
        }
    }

    /** Closes in order because the owner stops. */
    public void closeForStop() {
        open = false;
        closeInOrder(NetCause.STOP);
    }

    // ---- for HTTP, on the loop thread ----

    /**
     * Tells whether it was aborted before all was sent.
     *
     * @return true from the abort on, when there was something left
     */
    public boolean isCut() {
        return aborted && queuedBytes() > 0;
    }

    /**
     * Suspends the idle timeout, or lets it run again.
     *
     * @param busy whether a request is with a handler
     */
    public void busy(boolean busy) {
        command(busy ? NativeLoop.COMMAND_BUSY : NativeLoop.COMMAND_FREE);
    }

    /**
     * Says what keeps a body that is being received from being overdue.
     *
     * @param patient true for any byte, false for some thousands, or its end
     */
    public void patient(boolean patient) {
        command(patient ? NativeLoop.COMMAND_PATIENT : NativeLoop.COMMAND_STRICT);
    }

    /**
     * Tells whether the caller is the loop thread. Any thread.
     *
     * @return true if so
     */
    public boolean isOnLoop() {
        return loop.isCurrent();
    }

    /**
     * Counts the turns of the loop.
     *
     * @return another number in each turn
     */
    public int turn() {
        return loop.turn();
    }

    /**
     * What the sessions of this loop share.
     *
     * @return null before it was given
     */
    public @Nullable Object shared() {
        return loop.shared;
    }

    /**
     * Lets the sessions of this loop share an object.
     *
     * @param value for all of them
     */
    public void share(Object value) {
        loop.shared = value;
    }

    /**
     * What the requests of this loop hold on the heap.
     *
     * @return the same for all sessions of a loop
     */
    public HeapAccount heap() {
        return loop.heap;
    }

    /**
     * Counts a request that is refused for want of memory.
     */
    public void unserved() {
        loop.unserved();
    }

    void request(HttpHead head, boolean last) {
        if (cause != null) {
            return;
        }
        if (loop.isFull() && loop.refuses(head, queuedBytes())) {
            loop.unserved();
            bad(503, NativeHttp.REASON_NO_MEMORY, head.isHead());
            return;
        }
        try {
            ((HttpEvents) handler).onRequest(head, last);
        } catch (Throwable t) {
            failed(t);
        }
    }

    void body(ByteBuffer data, boolean last, HttpFields trailers) {
        if (cause != null) {
            return;
        }
        try {
            ((HttpEvents) handler).onBody(data, last, trailers);
        } catch (Throwable t) {
            failed(t);
        }
    }

    void bad(int status, int reason, boolean head) {
        if (Flight.isOn()) {
            Flight.bad(status, reason);
        }
        if (cause != null) {
            return;
        }
        try {
            ((HttpEvents) handler).onBad(status, reason, head);
        } catch (Throwable t) {
            failed(t);
        }
    }

    void overdue(boolean inBody, boolean head) {
        if (cause != null) {
            return;
        }
        try {
            ((HttpEvents) handler).onOverdue(inBody, head);
        } catch (Throwable t) {
            failed(t);
        }
    }

    @Override
    public void abort() {
        open = false;
        if (loop.isCurrent()) {
            abortNow(NetCause.ABORT);
        } else {
            enqueue(() -> abortNow(NetCause.ABORT));
        }
    }

    @Override
    public void shutdownOutput() {
        open = false;
        if (!isQuiet()) {
            enqueue(this::shutdownOutput);
        } else if (!sealed) {
            sealed = true;
            command(NativeLoop.COMMAND_SHUT);
        }
    }

    @Override
    public void pause() {
        if (direct()) {
            pauseNow();
        } else if (loop.isCurrent()) {
            pausing++;
            enqueue(this::pauseInTurn);
        } else {
            enqueue(this::pauseNow);
        }
    }

    @Override
    public void resume() {
        if (!direct()) {
            enqueue(this::resumeNow);
        } else {
            resumeNow();
        }
    }

    @Override
    public void waterMarks(int low, int high) {
        if (low < 0 || high < low) {
            throw new IllegalArgumentException("marks are " + low + " and " + high);
        }
        if (high > endpoint.options().writeLimit()) {
            throw new IllegalArgumentException("the high mark is " + high
                    + ", above the write limit of " + endpoint.options().writeLimit());
        }
        if (!direct()) {
            enqueue(() -> setMarks(low, high));
        } else {
            setMarks(low, high);
        }
    }

    /** {@code why} is null unless the owner stops. */
    private void closeInOrder(@Nullable NetCause why) {
        if (!isQuiet()) {
            enqueue(() -> closeInOrder(why));
        } else if (cause == null && !gone) {
            sealed = true;
            cause = why != null ? why : peerEnded ? NetCause.PEER : NetCause.LOCAL;
            command(why == null ? NativeLoop.COMMAND_CLOSE : NativeLoop.COMMAND_LEAVE);
        } else if (why != null && !gone) {
            command(NativeLoop.COMMAND_LEAVE);
        }
    }

    void abortNow(NetCause why) {
        if (!aborted && !gone) {
            open = false;
            sealed = true;
            aborted = true;
            cause = why;
            command(NativeLoop.COMMAND_ABORT);
        }
    }

    private void pauseInTurn() {
        pausing--;
        pauseNow();
    }

    private void pauseNow() {
        if (!paused) {
            paused = true;
            if (!backpressured) {
                command(NativeLoop.COMMAND_PAUSE);
            }
        }
    }

    private void resumeNow() {
        if (paused) {
            paused = false;
            if (!backpressured) {
                command(NativeLoop.COMMAND_RESUME);
            }
        }
    }

    private void setMarks(int low, int high) {
        marks(low, high);
        drained();
    }

    @Override
    void passedMark() {
        if (endpoint.options().readBackpressure() && !backpressured) {
            backpressured = true;
            if (!paused) {
                command(NativeLoop.COMMAND_PAUSE);
            }
        }
    }

    // ---- what the loop tells ----

    void opened() {
        try {
            handler.onOpen(this);
        } catch (Throwable t) {
            failed(t);
        }
    }

    void received(ByteBuffer data, int buffer) {
        if (cause != null) {
            return;
        }
        if (isHeld()) {
            heldTurn = loop.turn();
            loop.commands.hold(slot, gen, buffer, data.remaining());
            return;
        }
        try {
            handler.onRecv(this, data);
        } catch (Throwable t) {
            failed(t);
        }
    }

    /** Whether what arrived must wait. */
    private boolean isHeld() {
        return paused || backpressured || pausing > 0 || heldTurn == loop.turn();
    }

    void ended() {
        if (cause != null) {
            return;
        }
        if (isHeld()) {
            command(NativeLoop.COMMAND_HOLD_END);
            return;
        }
        peerEnded = true;
        try {
            handler.onEnd(this);
        } catch (Throwable t) {
            failed(t);
        }
    }

    void sent(long bytes) {
        taken(bytes);
        drained();
        if (isEmpty() && !aborted) {
            try {
                handler.onSend(this);
            } catch (Throwable t) {
                failed(t);
            }
        }
    }

    /** Below the low mark again: go on reading and tell. */
    private void drained() {
        if (!fellBelowMark()) {
            return;
        }
        if (backpressured) {
            backpressured = false;
            if (!paused) {
                command(NativeLoop.COMMAND_RESUME);
            }
        }
        if (cause != null) {
            return;
        }
        try {
            handler.onDrain(this);
        } catch (Throwable t) {
            failed(t);
        }
    }

    boolean isGone() {
        return gone;
    }

    /** The last thing that happens; so many bytes came and went. */
    void ended(int code, long received, long sent) {
        open = false;
        sealed = true;
        gone = true;
        for (LoopTimer timer = timers; timer != null; timer = timers) {
            timer.cancel();
            timer.unlink();
        }
        NetCause why = Causes.of(cause, code);
        if (Flight.isOn()) {
            FlightConnections.of(loop).closed(this, why, code, received, sent);
        }
        if (why == NetCause.FAILURE) {
            tellError(NativeErrors.failure(code, NativeErrors.SESSION, ""));
        }
        try {
            handler.onClose(this, why);
        } catch (Throwable t) {
            tellError(t);
        }
    }

    /**
     * A callback threw: tell the handler, and end the session with a reset. One that closes already
     * goes on with that when all that failed was to ask more of it: what was queued is whole.
     */
    private void failed(Throwable t) {
        if (gone) {
            Log.warn("a task of session " + id + ", which is closed, failed", t);
            return;
        }
        boolean closing = cause != null && !aborted;
        tellError(t);
        if (!closing || !isRefusal(t)) {
            abortNow(NetCause.HANDLER);
        }
    }

    private static boolean isRefusal(Throwable t) {
        return t instanceof NetException e && e.code().equals(CLOSED);
    }

    private void tellError(Throwable error) {
        try {
            handler.onError(this, error);
        } catch (Throwable again) {
            if (again != error) {
                again.addSuppressed(error);
            }
            Log.warn("onError of session " + id + " threw", again);
        }
    }

    /** Runs a task of this session's; what it throws is the session's failure. */
    void guard(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            failed(t);
        }
    }

    // ---- tasks ----

    @Override
    public void execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        if (!loop.submit(() -> guard(task))) {
            throw closed("execute");
        }
    }

    @Override
    public NetTimer schedule(Duration delay, Runnable task) {
        Objects.requireNonNull(task, "task");
        if (delay.isNegative()) {
            throw new IllegalArgumentException("delay is negative: " + delay);
        }
        long nanos = delay.compareTo(Duration.ofDays(365)) > 0
                ? Duration.ofDays(365).toNanos()
                : delay.toNanos();
        LoopTimer timer = new LoopTimer(this, System.nanoTime() + nanos, task);
        if (loop.isCurrent()) {
            timer.link();
        } else if (!loop.submit(timer::link)) {
            throw closed("schedule");
        }
        return timer;
    }

    // ---- what it is ----

    @Override
    public long id() {
        return id;
    }

    @Override
    public @Nullable Object attachment() {
        return attachment;
    }

    @Override
    public void attach(@Nullable Object value) {
        attachment = value;
    }

    @Override
    public SocketAddress localAddress() {
        return addresses.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return addresses.remoteAddress(remote);
    }

    /**
     * Whether a proxy said whose addresses these are, so that the system knows nothing of them.
     *
     * @return true when {@link #peerAddress} is that of the proxy
     */
    public boolean isAnnounced() {
        return addresses.peer() != null;
    }

    @Override
    public SocketAddress peerAddress() {
        return addresses.peerAddress(remote);
    }

    @Override
    public String toString() {
        return "NetSession[" + id + ", " + remoteAddress() + (isOpen() ? "]" : ", closed]");
    }
}

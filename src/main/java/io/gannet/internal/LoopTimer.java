package io.gannet.internal;

import io.gannet.NetTimer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** A task of a session, due at a time; lives in the loop's {@link TimerHeap}. */
public final class LoopTimer implements NetTimer {
    private static final AtomicIntegerFieldUpdater<LoopTimer> STATE =
            AtomicIntegerFieldUpdater.newUpdater(LoopTimer.class, "state");
    private static final int WAITING = 0;
    private static final int TAKEN = 1;

    final Session session;
    final long dueNanos;
    /** Index in the heap, negative when it is not there. Loop thread only. */
    int place = -1;
    /** Neighbours in the session's list. Loop thread only. */
    @Nullable LoopTimer previous;
    @Nullable LoopTimer next;
    private final Runnable task;
    private volatile int state = WAITING;

    LoopTimer(Session session, long dueNanos, Runnable task) {
        this.session = session;
        this.dueNanos = dueNanos;
        this.task = task;
    }

    @Override
    public boolean cancel() {
        if (!take()) {
            return false;
        }
        session.loop.forget(this);
        return true;
    }

    /** Whether the caller is the one who decides over the task: it is run or cancelled once. */
    boolean take() {
        return STATE.compareAndSet(this, WAITING, TAKEN);
    }

    boolean isTaken() {
        return state == TAKEN;
    }

    Runnable task() {
        return task;
    }

    /** Enters the heap and the session's list, unless it was cancelled or the session is gone. */
    void link() {
        if (session.isGone()) {
            take();
        }
        if (isTaken()) {
            return;
        }
        session.loop.timers.add(this);
        next = session.timers;
        if (next != null) {
            next.previous = this;
        }
        session.timers = this;
    }

    /** Leaves the session's list; harmless when it is not there. */
    void unlink() {
        if (previous != null) {
            previous.next = next;
        } else if (session.timers == this) {
            session.timers = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        previous = null;
        next = null;
    }
}

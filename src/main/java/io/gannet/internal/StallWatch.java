package io.gannet.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the loops of this JVM, on one thread that exists only while there are some: what
 * holds a loop for too long is reported once, with its stack, and so it is noticed when the flight
 * recorder starts. A loop that sleeps or makes turns pays nothing for it.
 *
 * <p>It looks several times within the threshold, and a pause of the whole JVM counts as one such
 * step only, so that nobody is blamed for it.
 */
final class StallWatch {
    /** Looks within the threshold of a loop. */
    private static final int LOOKS = 4;
    private static final long LEAST_NANOS = 1_000_000;
    /** How often the flight recorder is looked for beside loops that nobody asked to look after. */
    private static final long RECORDER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Object LOCK = new Object();
    /** Guarded by the lock, as all of them. */
    private static final List<Watched> LOOPS = new ArrayList<>();
    private static @Nullable Thread watcher;

    private StallWatch() {}

    /** One loop, as it was when it was last looked at. Guarded by the lock. */
    private static final class Watched {
        final LoopThread loop;
        /** Zero when it may be held for as long as it likes. */
        final long thresholdNanos;
        private int turn;
        private long heldNanos;
        private boolean reported;

        Watched(LoopThread loop, long thresholdNanos) {
            this.loop = loop;
            this.thresholdNanos = thresholdNanos;
            this.turn = loop.turn();
        }

        long stepNanos() {
            return thresholdNanos == 0
                    ? RECORDER_NANOS
                    : Math.max(LEAST_NANOS, thresholdNanos / LOOKS);
        }

        /** Whether the loop has now been held for as long as the threshold. */
        boolean look(long nanos) {
            if (thresholdNanos == 0) {
                return false;
            }
            int now = loop.turn();
            if (now != turn || loop.isAsleep()) {
                turn = now;
                heldNanos = 0;
                reported = false;
                return false;
            }
            heldNanos += Math.min(nanos, stepNanos());
            boolean due = !reported && heldNanos >= thresholdNanos;
            reported |= due;
            return due;
        }
    }

    /** Begins to look after a loop, which runs. */
    static void add(LoopThread loop, long thresholdNanos) {
        synchronized (LOCK) {
            if (!loop.isAlive()) {
                return;
            }
            LOOPS.add(new Watched(loop, thresholdNanos));
            if (watcher == null) {
                start();
            } else {
                LOCK.notifyAll(); /* this one may have to be looked at sooner */
            }
        }
    }

    private static void start() {
        Thread thread = new Thread("gannet-watch") {
            @Override
            public void run() {
                watch();
            }
        };
        thread.setDaemon(true);
        try {
            thread.start();
            watcher = thread;
        } catch (Throwable t) {
            Log.warn("nobody looks after the loops", t); /* they run without as well */
        }
    }

    /** The loop has ended. Harmless when it was not looked after. */
    static void remove(LoopThread loop) {
        synchronized (LOCK) {
            for (int i = LOOPS.size() - 1; i >= 0; i--) {
                if (LOOPS.get(i).loop == loop) {
                    LOOPS.remove(i);
                }
            }
            if (LOOPS.isEmpty()) {
                LOCK.notifyAll();
            }
        }
    }

    private static void watch() {
        List<Watched> held = new ArrayList<>();
        while (next(held)) {
            Flight.look();
            for (int i = 0; i < held.size(); i++) {
                report(held.get(i).loop, held.get(i).thresholdNanos);
            }
            held.clear();
        }
        Flight.leave();
    }

    /** Waits, and finds who has just been held for too long; false when there is nobody left. */
    private static boolean next(List<Watched> held) {
        synchronized (LOCK) {
            long step = step();
            long begun = System.nanoTime();
            try {
                if (step > 0) {
                    TimeUnit.NANOSECONDS.timedWait(LOCK, step);
                }
            } catch (InterruptedException e) {
                return true; /* by nobody of ours */
            }
            if (LOOPS.isEmpty()) {
                watcher = null;
                return false;
            }
            long nanos = System.nanoTime() - begun;
            /* By index, here and beside: nothing is allocated while nothing happens. */
            for (int i = 0; i < LOOPS.size(); i++) {
                Watched each = LOOPS.get(i);
                if (each.look(nanos)) {
                    held.add(each);
                }
            }
            return true;
        }
    }

    private static long step() {
        long least = 0;
        for (int i = 0; i < LOOPS.size(); i++) {
            long each = LOOPS.get(i).stepNanos();
            least = least == 0 ? each : Math.min(least, each);
        }
        return least;
    }

    private static void report(LoopThread loop, long nanos) {
        StackTraceElement[] stack = loop.stack();
        if (stack.length == 0 || stack[0].getClassName().equals(NativeLoop.class.getName())) {
            return; /* it has just ended, or waits for the network */
        }
        loop.stalls.incrementAndGet();
        if (Flight.isOn()) {
            FlightEvents.stalled(loop.name(), nanos, stack);
        }
        Log.warn(loop.name() + " was held for " + TimeUnit.NANOSECONDS.toMillis(nanos)
                + " ms, and all its connections wait; a handler that takes time belongs on another"
                + " thread", where(stack));
    }

    /** A loop should have ended, and has not. */
    static void reportHeld(LoopThread loop) {
        Log.warn(loop.name() + " does not end: a handler holds it", where(loop.stack()));
    }

    private static Exception where(StackTraceElement[] stack) {
        Exception where = new Exception("what it does now");
        where.setStackTrace(stack);
        return where;
    }
}

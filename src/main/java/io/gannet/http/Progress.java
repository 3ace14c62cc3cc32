package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is noted of a request that somebody watches, or whose handler takes time: when it came, how
 * long its handler lets wait, and who hears of its end. The others have none of it.
 */
final class Progress {
    private final long cameNanos;
    /** When a worker began with it, 0 before. */
    private volatile long workedNanos;
    /** Since when the handler lets wait. Loop thread. */
    long sinceNanos;
    /** The handler promised a response. Loop thread. */
    boolean awaited;
    /** What is answered is not the handler's. Set by the loop thread. */
    volatile boolean overruled;
    /** Guarded by this. */
    private List<Consumer<? super HttpOutcome>> actions = List.of();
    /** Set once, by the loop thread. */
    private volatile @Nullable HttpOutcome outcome;

    Progress(long cameNanos) {
        this.cameNanos = cameNanos;
    }

    /** How long ago it came. */
    long ageNanos() {
        return System.nanoTime() - cameNanos;
    }

    /** The thread on which a handler that blocks works on it, null if there is none. */
    synchronized @Nullable Thread worker() {
        for (Consumer<? super HttpOutcome> action : actions) {
            Thread thread = Workers.threadOf(action);
            if (thread != null) {
                return thread;
            }
        }
        return null;
    }

    /**
     * Whether it is too late for the handler to answer: that may be so only once it promised. Any
     * thread.
     */
    static boolean isDecided(Exchange exchange) {
        Progress progress = exchange.progress();
        return progress != null && (progress.overruled || progress.outcome != null);
    }

    /** Whether a worker is at it, which always comes to an end of its own. Any thread. */
    static boolean isWorkedOn(Exchange exchange) {
        Progress progress = exchange.progress();
        return progress != null && progress.worker() != null;
    }

    // ---- loop thread, of requests that may have none ----

    /** Another response than the handler's was chosen. */
    static void overrule(Exchange exchange) {
        Progress progress = exchange.progress();
        if (progress != null) {
            progress.overruled = true;
        }
    }

    /** The response of a request was handed over: tells who watches, and ends the view. */
    static void conclude(Exchange exchange, @Nullable HttpResponse response) {
        Progress progress = exchange.progress();
        if (progress != null && response != null) {
            BodyStream out = exchange.out;
            long bytes = out != null ? out.written()
                    : exchange.isHead() ? 0
                    : response.producer != null ? response.streamLength
                    : response.body.length;
            progress.tell(exchange, response.status, bytes, true);
        }
        exchange.release();
    }

    /** There will be no more of a response than there is: tells who watches. */
    static void abandon(Exchange exchange) {
        Progress progress = exchange.progress();
        if (progress == null) {
            return;
        }
        BodyStream out = exchange.out;
        HttpResponse response = exchange.response;
        if (out == null || response == null) {
            progress.tell(exchange, 0, 0, false);
        } else {
            progress.tell(exchange, response.status, out.written(), out.isFinished());
        }
    }

    /** A worker begins with the request. */
    void working() {
        workedNanos = System.nanoTime();
    }

    /** How long the request waited for a worker, 0 when it did not get one. Any thread. */
    long queueNanos() {
        long worked = workedNanos;
        return worked == 0 ? 0 : worked - cameNanos;
    }

    // ---- telling ----

    /** Any thread. */
    void add(Exchange exchange, Consumer<? super HttpOutcome> action) {
        HttpOutcome over;
        synchronized (this) {
            over = outcome;
            if (over == null) {
                if (actions.isEmpty()) {
                    actions = new ArrayList<>(2);
                }
                actions.add(action);
                return;
            }
        }
        tellLate(exchange, action, over);
    }

    /** The connection broke before somebody wanted to hear of it. */
    private static void tellLate(Exchange exchange, Consumer<? super HttpOutcome> action,
            HttpOutcome over) {
        try {
            exchange.connection().session().execute(() -> tell(exchange, action, over));
        } catch (NetException e) {
            tell(exchange, action, over); /* there is no loop any more */
        }
    }

    /** Tells everybody, once. Loop thread. */
    void tell(Exchange exchange, int status, long bodyBytes, boolean complete) {
        List<Consumer<? super HttpOutcome>> told;
        HttpOutcome now;
        synchronized (this) {
            if (outcome != null) {
                return;
            }
            now = new HttpOutcome(status, bodyBytes, complete && !overruled,
                    System.nanoTime() - cameNanos);
            outcome = now;
            told = actions;
            actions = List.of();
        }
        for (Consumer<? super HttpOutcome> action : told) {
            tell(exchange, action, now);
        }
    }

    private static void tell(Exchange exchange, Consumer<? super HttpOutcome> action,
            HttpOutcome outcome) {
        try {
            action.accept(outcome);
        } catch (Throwable t) {
            Log.warn("what " + exchange.describe() + " called when it was done failed", t);
        }
    }
}

package io.gannet.http;

import io.gannet.internal.Log;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Answers for the handlers of a connection that promised a response and do not give it in time. One
 * timer serves all requests of the connection: it is set for the one that is due first, and looks
 * around when it runs. Loop thread.
 */
final class HandlerTimer implements Runnable {
    private final Connection connection;
    private final Duration timeout;
    private final long nanos;
    private boolean set;

    HandlerTimer(Connection connection, Duration timeout) {
        this.connection = connection;
        this.timeout = timeout;
        this.nanos = timeout.toNanos();
    }

    /** A handler promised a response that is not there. */
    static void await(Connection connection, Exchange exchange) {
        Progress progress = exchange.watch();
        if (!progress.awaited) {
            progress.awaited = true;
            begin(connection, progress);
        }
    }

    /** The body that a handler takes is complete: from now on it is the handler that lets wait. */
    static void awaitAgain(Connection connection, Exchange exchange) {
        Progress progress = exchange.progress();
        if (progress != null && progress.awaited) {
            begin(connection, progress);
        }
    }

    private static void begin(Connection connection, Progress progress) {
        Duration timeout = connection.service().options.handlerTimeout();
        if (timeout.isZero()) {
            return;
        }
        progress.sinceNanos = System.nanoTime();
        HandlerTimer timer = connection.timer;
        if (timer == null) {
            timer = new HandlerTimer(connection, timeout);
            connection.timer = timer;
        }
        if (!timer.set) { /* else it is set for one that is due earlier */
            timer.set(timer.nanos);
        }
    }

    private void set(long delay) {
        set = true;
        connection.session().schedule(Duration.ofNanos(delay), this);
    }

    @Override
    public void run() {
        set = false;
        long now = System.nanoTime();
        long next = Long.MAX_VALUE;
        @Nullable Exchange overdue = null;
        for (Exchange each = connection.first; each != null; each = each.next) {
            Progress progress = each.progress();
            if (progress == null || !progress.awaited || each.response != null
                    || isTaken(each)) {
                continue;
            }
            long left = progress.sinceNanos + nanos - now;
            if (left > 0) {
                next = Math.min(next, left);
            } else {
                Log.warn(each.describe() + " was not answered within " + timeout.toMillis()
                        + " ms");
                LoopShare.of(connection.session(), connection.service()).counts.late();
                progress.overruled = true;
                each.response = response();
                overdue = overdue == null ? each : overdue;
            }
        }
        if (next < Long.MAX_VALUE) {
            set(next);
        }
        if (overdue != null) {
            connection.pump();
            tell(overdue);
        }
    }

    /** Whether the handler of a request takes its body, which is not complete. */
    private boolean isTaken(Exchange exchange) {
        return connection.receiving == exchange && exchange.upload != null
                && exchange.upload.isTaken();
    }

    /** Tells those whose answer still waits for others before it. */
    private static void tell(Exchange from) {
        for (Exchange each = from; each != null; each = each.next) {
            Progress progress = each.progress();
            HttpResponse response = each.response;
            if (progress != null && progress.overruled && response != null) {
                progress.tell(each, response.status, 0, false);
            }
        }
    }

    private static HttpResponse response() {
        return HttpResponse.builder()
                .status(503)
                .header("Content-Type", "text/plain; charset=utf-8")
                .body("503 Service Unavailable: the answer took too long\n")
                .build();
    }
}

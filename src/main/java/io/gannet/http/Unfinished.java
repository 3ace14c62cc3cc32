package io.gannet.http;

import io.gannet.internal.Log;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Names in the log the requests that a stop cut off when its grace was over. Any thread. */
final class Unfinished {
    /** There may be very many, all for one reason. */
    private static final int NAMED_MAX = 100;

    private final AtomicInteger named = new AtomicInteger();

    /** The requests of a connection, from the first whose response is not complete. Its loop. */
    void report(@Nullable Exchange first) {
        for (Exchange each = first; each != null; each = each.next) {
            int before = named.getAndIncrement();
            if (before == NAMED_MAX) {
                Log.warn("more requests were cut off by the stop");
            }
            if (before >= NAMED_MAX) {
                return;
            }
            name(each);
        }
    }

    private static void name(Exchange exchange) {
        Progress progress = exchange.progress();
        String text = exchange.describe() + " was cut off by the stop";
        if (progress != null) {
            text += " after " + TimeUnit.NANOSECONDS.toMillis(progress.ageNanos()) + " ms";
        }
        if (exchange.out != null) {
            Log.warn(text + ", " + exchange.out.written() + " bytes into the body of its response");
            return;
        }
        Thread worker = progress == null ? null : progress.worker();
        if (worker == null) {
            Log.warn(text + (exchange.dispatched ? ": its handler has not answered"
                    : ": its handler was not called"));
            return;
        }
        Exception where = new Exception("what " + worker.getName() + " does now");
        where.setStackTrace(worker.getStackTrace());
        Log.warn(text + ": its handler has not answered", where);
    }
}

package io.gannet.http;

import io.gannet.internal.Log;
import io.gannet.internal.Session;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Names in the log the requests that a stop cut off when its grace was over. Any thread. */
final class Unfinished {
    /** There may be very many, all for one reason. */
    private static final int NAMED_MAX = 100;

    private final AtomicInteger named = new AtomicInteger();

    /**
     * The requests of a connection, from the first whose response is not complete; when all are,
     * the client may still not have taken the last responses. Its loop.
     */
    void report(@Nullable Exchange first, Session session) {
        for (Exchange each = first; each != null; each = each.next) {
            if (!isNamed()) {
                return;
            }
            name(each);
        }
        if (first == null && session.isCut() && isNamed()) {
            Log.warn("the last " + session.queuedBytes() + " bytes of what was answered to "
                    + session.remoteAddress() + " were cut off by the stop");
        }
    }

    /** Whether one more is named. */
    private boolean isNamed() {
        int before = named.getAndIncrement();
        if (before == NAMED_MAX) {
            Log.warn("more requests were cut off by the stop");
        }
        return before < NAMED_MAX;
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
        if (exchange.response != null) {
            Log.warn(text + ": its response waited for those before it");
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

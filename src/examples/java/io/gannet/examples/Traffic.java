package io.gannet.examples;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOutcome;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts requests and how long they take, but for streams, which last as long as somebody listens.
 * Times are kept in buckets that are an eighth of a power of
 * two wide, so the figures are right within some ten percent and cost no memory.
 */
final class Traffic implements HttpFilter {
    private static final int STEPS = 8;

    private final LongAdder total = new LongAdder();
    private final AtomicLongArray buckets = new AtomicLongArray(Long.SIZE * STEPS);

    /**
     * What happened since it was asked for last.
     *
     * @param rate how many requests ended
     * @param total how many ever did
     * @param median half of the requests took less, in nanoseconds
     * @param slow 99 of 100 took less
     * @param connections how many are open
     */
    record Figures(long rate, long total, long median, long slow, int connections) {}

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        HttpResponse response = next.handle(request);
        if (!response.isStreamed()) {
            request.onDone(this::count);
        }
        return response;
    }

    private void count(HttpOutcome outcome) {
        total.increment();
        buckets.incrementAndGet(bucket(Math.max(1, outcome.nanos())));
    }

    /** Takes the figures, and begins anew. One thread. */
    Figures take(int connections) {
        long[] counts = new long[buckets.length()];
        long rate = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = buckets.getAndSet(i, 0);
            rate += counts[i];
        }
        return new Figures(rate, total.sum(), below(counts, rate * 0.5), below(counts, rate * 0.99),
                connections);
    }

    /** The time under which so many requests stayed. */
    private static long below(long[] counts, double wanted) {
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen > 0 && seen >= wanted) {
                return end(i);
            }
        }
        return 0;
    }

    private static int bucket(long nanos) {
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        int step = (int) ((nanos << 3 >>> power) & (STEPS - 1));
        return power * STEPS + step;
    }

    /** Where a bucket ends. */
    private static long end(int bucket) {
        int power = bucket / STEPS;
        return (1L << power) * (STEPS + 1 + bucket % STEPS) / STEPS;
    }
}

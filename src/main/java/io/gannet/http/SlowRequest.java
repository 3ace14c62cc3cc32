package io.gannet.http;

import io.gannet.internal.Flight;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds out whether a request is slow, for who counts that or records it. Loop thread. */
final class SlowRequest implements Consumer<HttpOutcome> {
    private final Exchange exchange;
    private final Progress progress;
    private final HttpCounts counts;
    private final long slowNanos;
    private final @Nullable Object event;

    private SlowRequest(Exchange exchange, Progress progress, HttpCounts counts, long slowNanos,
            @Nullable Object event) {
        this.exchange = exchange;
        this.progress = progress;
        this.counts = counts;
        this.slowNanos = slowNanos;
        this.event = event;
    }

    /** Begins to, if anybody wants to know. */
    static void watch(Exchange exchange, Service service, HttpCounts counts) {
        Object event = Flight.isOn() ? Flight.beginRequest() : null;
        if (event != null || service.slowNanos > 0) {
            Progress progress = exchange.watch();
            progress.add(exchange,
                    new SlowRequest(exchange, progress, counts, service.slowNanos, event));
        }
    }

    @Override
    public void accept(HttpOutcome outcome) {
        if (slowNanos > 0 && outcome.nanos() >= slowNanos) {
            counts.slow();
        }
        if (event != null && Flight.endRequest(event)) {
            Flight.slow(event, exchange.method(), exchange.path(), outcome.status(),
                    progress.queueNanos());
        }
    }
}

package io.gannet.micrometer;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOutcome;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Measures how long requests take, from the head to the end of the response, in the timer {@code
 * gannet.http.duration} with the tags {@code method}, {@code route} (as it was written, {@code
 * none} where there is no route) and {@code status} (as {@code 2xx}, {@code none} when there was no
 * response). None of them has more values than the program has routes, whatever clients send.
 *
 * <p>Unlike {@link GannetMetrics} it costs something for each request. Runs where the handlers
 * behind it do, does not block, and serves any number of servers.
 */
public final class RequestTimer implements HttpFilter {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH",
            "DELETE", "CONNECT", "OPTIONS", "TRACE");

    private final Meter.MeterProvider<Timer> timers;

    private RequestTimer(Meter.MeterProvider<Timer> timers) {
        this.timers = timers;
    }

    /**
     * A filter that measures all requests it stands in front of.
     *
     * @param registry gets the timers
     * @return the filter
     */
    @SuppressWarnings("exports") /* who calls this has Micrometer */
    public static RequestTimer of(MeterRegistry registry) {
        return new RequestTimer(Timer.builder("gannet.http.duration")
                .description("from the head of a request to the end of its response")
                .withRegistry(Objects.requireNonNull(registry, "registry")));
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        request.onDone(new Measured(timers, request));
        return next.handle(request);
    }

    /** One request. */
    private record Measured(Meter.MeterProvider<Timer> timers, HttpRequest request, String method)
            implements Consumer<HttpOutcome> {

        Measured(Meter.MeterProvider<Timer> timers, HttpRequest request) {
            this(timers, request, METHODS.contains(request.method()) ? request.method() : "OTHER");
        }

        @Override
        public void accept(HttpOutcome outcome) {
            int status = outcome.status();
            timers.withTags("method", method, "route", route(),
                    "status", status == 0 ? "none" : status / 100 + "xx")
                    .record(outcome.nanos(), TimeUnit.NANOSECONDS);
        }

        private String route() {
            try {
                return request.route().isEmpty() ? "none" : request.route();
            } catch (IllegalStateException e) {
                return "none"; /* it broke off before this was asked */
            }
        }
    }
}

package io.gannet.http;

import io.gannet.internal.Log;
import io.gannet.internal.OptionChecks;
import io.gannet.internal.web.LogText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Handlers that tell whether a server lives, and whether it should be sent requests, for whoever
 * restarts it or spreads the load.
 *
 * <pre>{@code
 * HttpHealth health = HttpHealth.of(server).check("database", () -> database.isValid(1));
 * server.get("/health", health.live()).get("/ready", health.ready());
 * }</pre>
 *
 * <p>The answers are JSON: 200 with {@code {"status":"UP"}}, or 503 with {@code "DOWN"}; those of
 * {@link #ready} name each check too. The handlers may be served by another server than the one
 * they tell of, on a port that clients do not reach. Thread safe; immutable.
 */
public final class HttpHealth {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final HttpServer server;
    private final Duration timeout;
    private final List<Check> checks;

    private HttpHealth(HttpServer server, Duration timeout, List<Check> checks) {
        this.server = server;
        this.timeout = timeout;
        this.checks = checks;
    }

    /**
     * Tells of a server, without further checks.
     *
     * @param server the one that is told of; may not be started yet
     * @return what has the handlers
     */
    public static HttpHealth of(HttpServer server) {
        return new HttpHealth(Objects.requireNonNull(server, "server"), TIMEOUT, List.of());
    }

    /**
     * The same, and one thing more that has to work for the server to be ready. A check runs on a
     * worker of the server that is asked, and may block; it is not begun anew while it runs, so
     * that one which hangs holds one worker and no more. What it throws counts as false, and is
     * logged when it is new.
     *
     * @param name names it in the answer; not empty
     * @param check true when all is well
     * @return the new one
     * @throws IllegalArgumentException when the name is empty or there is such a check already
     */
    public HttpHealth check(String name, Callable<Boolean> check) {
        List<Check> more = new ArrayList<>(checks);
        for (Check each : checks) {
            if (each.name.equals(name)) {
                throw new IllegalArgumentException("there is a check " + name + " already");
            }
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the check has no name");
        }
        more.add(new Check(name, Objects.requireNonNull(check, "check")));
        return new HttpHealth(server, timeout, List.copyOf(more));
    }

    /**
     * The same with another time for the checks: one that takes longer counts as false. Default 2
     * seconds.
     *
     * @param value positive, and no more milliseconds than an int holds
     * @return the new one
     * @throws IllegalArgumentException when it is not
     */
    public HttpHealth timeout(Duration value) {
        OptionChecks.time("timeout", value);
        if (value.isZero()) {
            throw new IllegalArgumentException("timeout is " + value + ", must be positive");
        }
        return new HttpHealth(server, value, checks);
    }

    /**
     * Answers 200 as long as the loops of the server that is asked run: a server that does not
     * answer this has to be restarted.
     *
     * @return a handler that does not block
     */
    public HttpHandler live() {
        return new HttpHandler() {
            @Override
            public HttpResponse handle(HttpRequest request) {
                return answer(true, "");
            }
        };
    }

    /**
     * Answers 200 when {@link HttpServer#isReady} and all checks say so, else 503: from the begin
     * of a stop, for as long as {@link HttpOptions.Builder#drainDelay} says, the server answers
     * everything else as before and this with 503.
     *
     * @return a handler that does not block
     */
    public HttpHandler ready() {
        List<Check> own = new ArrayList<>();
        for (Check each : checks) {
            own.add(new Check(each.name, each.check));
        }
        return new HttpHandler() {
            @Override
            public HttpResponse handle(HttpRequest request) {
                if (own.isEmpty() || !server.isReady()) {
                    return answer(server.isReady(), "");
                }
                return run(own, (Exchange) request);
            }
        };
    }

    private HttpResponse run(List<Check> run, Exchange exchange) {
        Workers workers = exchange.connection().service().workers;
        List<CompletableFuture<Boolean>> results = new ArrayList<>();
        for (Check each : run) {
            results.add(each.begin(workers, timeout.toNanos()));
        }
        CompletableFuture<?>[] all = results.toArray(new CompletableFuture<?>[0]);
        return HttpResponse.later(
                CompletableFuture.allOf(all).thenApply(done -> answer(run, results)));
    }

    private HttpResponse answer(List<Check> run, List<CompletableFuture<Boolean>> results) {
        boolean up = server.isReady();
        StringBuilder text = new StringBuilder(",\"checks\":{");
        for (int i = 0; i < results.size(); i++) {
            boolean good = results.get(i).join();
            up &= good;
            text.append(i == 0 ? "" : ",");
            LogText.json(text, run.get(i).name);
            text.append(good ? ":\"UP\"" : ":\"DOWN\"");
        }
        return answer(up, text.append('}').toString());
    }

    private static HttpResponse answer(boolean up, String more) {
        String text = "{\"status\":\"" + (up ? "UP" : "DOWN") + "\"" + more + "}";
        return HttpResponse.builder()
                .status(up ? 200 : 503)
                .header("Content-Type", "application/json")
                .header("Cache-Control", "no-store")
                .body(text.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    /** One check, which runs once at a time, whoever asks. */
    private static final class Check {
        final String name;
        private final Callable<Boolean> check;
        /** The run that is under way, or waits for a worker; guarded by this, as the next. */
        private @Nullable Run current;
        private boolean failing;

        Check(String name, Callable<Boolean> check) {
            this.name = name;
            this.check = check;
        }

        /**
         * What the run says that is under way, or begins now, and false when the time is over.
         *
         * @return the caller's own; once it is complete, the run knows nothing of it
         */
        synchronized CompletableFuture<Boolean> begin(Workers workers, long nanos) {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            Run run = current;
            if (run == null || run.isDropped()) {
                Run next = new Run(workers);
                if (!workers.execute(next)) {
                    result.complete(false);
                    return result;
                }
                run = next;
                current = next;
            }
            Run asked = run;
            asked.askers.add(result);
            return result.completeOnTimeout(false, nanos, TimeUnit.NANOSECONDS)
                    .whenComplete((good, error) -> forget(asked, result));
        }

        private synchronized void forget(Run run, CompletableFuture<Boolean> result) {
            run.askers.removeIf(each -> each == result);
        }

        /** One run of it. */
        private final class Run implements Runnable {
            private final Workers workers;
            /** Who waits for it; guarded by the check, as the next. */
            final List<CompletableFuture<Boolean>> askers = new ArrayList<>();
            private boolean begun;

            Run(Workers workers) {
                this.workers = workers;
            }

            /** Its server stopped while it waited for a worker: maybe it will never get one. */
            boolean isDropped() {
                return !begun && workers.isStopped();
            }

            @Override
            public void run() {
                synchronized (Check.this) {
                    if (current != this) {
                        return; /* another took its place */
                    }
                    begun = true;
                }
                boolean good = false;
                @Nullable Throwable failure = null;
                try {
                    good = check.call();
                } catch (Throwable t) {
                    failure = t;
                }
                end(good, failure);
            }

            private void end(boolean good, @Nullable Throwable failure) {
                List<CompletableFuture<Boolean>> told;
                boolean isNew;
                synchronized (Check.this) {
                    current = null;
                    isNew = failure != null && !failing;
                    failing = failure != null;
                    told = List.copyOf(askers);
                }
                if (isNew) {
                    Log.warn("the check " + name + " failed", failure);
                }
                for (CompletableFuture<Boolean> each : told) {
                    each.complete(good);
                }
            }
        }
    }
}

package io.gannet.examples;

import static io.gannet.http.HttpHandler.blocking;

import io.gannet.http.HttpHealth;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.micrometer.GannetMetrics;
import io.gannet.micrometer.RequestTimer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;

/**
 * A server that can be watched: {@code /metrics} is what Prometheus reads, {@code /health} says
 * that the server lives, and {@code /ready} whether it should be sent requests. When the process is
 * told to end, {@code /ready} says so two seconds before the port closes.
 */
public final class Metrics {
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private Metrics() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        HttpOptions options = Settings.http().toBuilder()
                .shutdownHook(Duration.ofSeconds(10))
                .drainDelay(Duration.ofSeconds(2))
                .slowThreshold(Duration.ofMillis(100))
                .build();
        HttpServer server = HttpServer.create(options);
        HttpHealth health = HttpHealth.of(server)
                .check("memory", () -> Runtime.getRuntime().freeMemory() > 0);
        try (GannetMetrics metrics = GannetMetrics.of(server)) {
            metrics.bindTo(registry);
            Settings.serve(server.filter(RequestTimer.of(registry))
                    .get("/hello/{name}", request ->
                            HttpResponse.text("Hello, " + request.pathParam("name") + "!\n"))
                    .get("/health", health.live())
                    .get("/ready", health.ready())
                    .get("/metrics", blocking(request -> HttpResponse.text(registry.scrape())
                            .withHeader("Content-Type", TYPE))));
        }
    }
}

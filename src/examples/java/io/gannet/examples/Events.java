package io.gannet.examples;

import io.gannet.http.HttpEvent;
import io.gannet.http.HttpEventStream;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that pages listen to: {@code GET /} is such a page, {@code GET /clock} the events. */
public final class Events {
    private static final String PAGE = """
            <!doctype html>
            <meta charset="utf-8">
            <title>What time is it?</title>
            <h1 id="clock">…</h1>
            <script>
              const clock = document.getElementById('clock');
              new EventSource('/clock').addEventListener('tick', event => {
                clock.textContent = event.data;
              });
            </script>
            """;

    private final Set<HttpEventStream> listeners = ConcurrentHashMap.newKeySet();
    private final AtomicLong ticks = new AtomicLong();

    private Events() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        Events events = new Events();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        ScheduledFuture<?> ticking =
                timer.scheduleAtFixedRate(events::tick, 0, 1, TimeUnit.SECONDS);
        try {
            Settings.serve(HttpServer.create(Settings.http())
                    .get("/", request -> HttpResponse.html(PAGE))
                    .get("/clock", request -> HttpResponse.events(events::listen)));
        } finally {
            ticking.cancel(false);
            timer.shutdown();
        }
    }

    private void listen(HttpEventStream stream) {
        listeners.add(stream);
        stream.onClose(() -> listeners.remove(stream));
        stream.send(now());
    }

    /** A client that is slow misses ticks, which is as well: only the last one counts. */
    private void tick() {
        ticks.incrementAndGet();
        for (HttpEventStream stream : listeners) {
            stream.send(now());
        }
    }

    private HttpEvent now() {
        LocalTime time = LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
        return HttpEvent.of(time.toString())
                .withEvent("tick")
                .withId(ticks.toString());
    }
}

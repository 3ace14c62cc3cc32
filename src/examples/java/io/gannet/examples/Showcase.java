package io.gannet.examples;

import static io.gannet.http.HttpHandler.async;
import static io.gannet.http.HttpHandler.blocking;
import static io.gannet.http.HttpStreamHandler.streaming;

import io.gannet.NetBackend;
import io.gannet.http.HttpEvent;
import io.gannet.http.HttpEventStream;
import io.gannet.http.HttpException;
import io.gannet.http.HttpFiles;
import io.gannet.http.HttpHeaders;
import io.gannet.http.HttpPart;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.http.JsonCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A bit of everything, with a page at {@code /live} that shows the server at work. Tools that check
 * servers know its routes.
 */
public final class Showcase {
    private static final int SLOW_MS_MAX = 60_000;
    private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");

    /** What {@code /json} answers. */
    record Message(String message) {}

    /** A file or field that was uploaded. */
    record Part(String name, String filename, long size) {}

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Set<HttpEventStream> viewers = ConcurrentHashMap.newKeySet();
    private final Traffic traffic = new Traffic();
    private final HttpServer server;

    private Showcase() throws IOException {
        String page = page();
        server = HttpServer.create(Settings.http())
                .filter(traffic)
                .get("/", request -> HELLO)
                .get("/json", request -> HttpResponse.json(new Message("Hello, World!")))
                .get("/users/{id}", request -> HttpResponse.text(request.pathParam("id")))
                .get("/query", request -> HttpResponse.text(request.queryParam("x")
                        .orElseThrow(() -> new HttpException(400, "the query has no x"))))
                .get("/headers", Showcase::headers)
                .post("/echo", streaming(request ->
                        HttpResponse.publisher(type(request), request.publisher())))
                .get("/stream", Showcase::stream)
                .get("/slow", async(this::slow))
                .post("/upload", blocking(streaming(Showcase::upload)))
                .get("/sse", request -> HttpResponse.events(this::count))
                .get("/live", request -> HttpResponse.html(page))
                .get("/stats", request -> HttpResponse.events(this::watch))
                .mount("/static", HttpFiles.of(Path.of(Settings.text("STATIC_DIR", "."))));
    }

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Showcase showcase = new Showcase();
        ScheduledFuture<?> showing =
                showcase.timer.scheduleAtFixedRate(showcase::show, 1, 1, TimeUnit.SECONDS);
        try {
            Settings.serve(showcase.server);
        } finally {
            showing.cancel(false);
            showcase.timer.shutdown();
        }
    }

    private static String page() throws IOException {
        try (InputStream in = Showcase.class.getResourceAsStream("showcase.html")) {
            if (in == null) {
                throw new IOException("showcase.html does not lie beside the class");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String type(HttpRequest request) {
        return request.contentType().orElse("application/octet-stream");
    }

    private static HttpResponse headers(HttpRequest request) {
        HttpHeaders headers = request.headers();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            text.append(headers.name(i)).append(": ").append(headers.value(i)).append('\n');
        }
        return HttpResponse.text(text.toString());
    }

    /** So few bytes that there is no need to wait for a slow client. */
    private static HttpResponse stream(HttpRequest request) {
        return HttpResponse.builder()
                .header("Content-Type", "text/plain; charset=utf-8")
                .stream(body -> {
                    for (int i = 1; i <= 100; i++) {
                        body.write(("chunk " + i + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                    body.end();
                })
                .build();
    }

    /** The loop goes on meanwhile: a timer answers. */
    private CompletionStage<HttpResponse> slow(HttpRequest request) {
        int ms = Settings.number(request.queryParam("ms").orElse("1000"), SLOW_MS_MAX)
                .orElseThrow(() -> new HttpException(400, "ms must be 0 to " + SLOW_MS_MAX));
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        ScheduledFuture<?> due = timer.schedule(
                () -> answer.complete(HttpResponse.text("after " + ms + " ms\n")),
                ms, TimeUnit.MILLISECONDS);
        request.onDone(outcome -> due.cancel(false)); /* the client may not wait so long */
        return answer;
    }

    /** Long files go to temporary files on their way, and are gone when this was answered. */
    private static HttpResponse upload(HttpRequest request) {
        List<Part> parts = new ArrayList<>();
        for (HttpPart part : request.multipart().parts()) {
            parts.add(new Part(part.name(), part.fileName().orElse(""), part.size()));
        }
        return HttpResponse.json(parts);
    }

    /** One event at once, then one a second; who comes back goes on where it stopped. */
    private void count(HttpEventStream stream) {
        int last = Settings.number(stream.lastEventId(), Integer.MAX_VALUE - 1).orElse(0);
        int[] next = {last + 1};
        ScheduledFuture<?> ticking = timer.scheduleAtFixedRate(() -> {
            if (stream.send(HttpEvent.of("tick " + next[0]).withId("" + next[0]))) {
                next[0]++;
            }
        }, 0, 1, TimeUnit.SECONDS);
        stream.onClose(() -> ticking.cancel(false));
    }

    private void watch(HttpEventStream stream) {
        NetBackend backend = server.backend();
        viewers.add(stream);
        stream.onClose(() -> viewers.remove(stream));
        stream.send(HttpEvent.of(backend.name() + ": " + backend.cause()).withEvent("server"));
    }

    private void show() {
        Traffic.Figures figures = traffic.take(server.connectionCount());
        String json = new String(JsonCodec.standard().encode(figures), StandardCharsets.UTF_8);
        for (HttpEventStream viewer : viewers) {
            viewer.send(HttpEvent.of(json).withEvent("stats"));
        }
    }
}

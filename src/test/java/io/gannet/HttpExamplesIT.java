package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP examples do what their comments say, for a client that is not ours. */
@Timeout(60)
class HttpExamplesIT {
    private static final String LISTENING = "listening on ";

    private final HttpClient client = HttpClient.newHttpClient();
    private String base = "";

    @Test
    void theCounterIsSharedByAllRequests() throws Exception {
        try (ChildJvm counter = start("Counter", Map.of())) {
            assertThat(ask("GET", "/", "").body()).isEqualTo("0\n");
            assertThat(ask("POST", "/", "").body()).isEqualTo("1\n");
            assertThat(ask("POST", "/", "").body()).isEqualTo("2\n");
            assertThat(ask("DELETE", "/", "").statusCode()).isEqualTo(204);
            assertThat(ask("GET", "/", "").body()).isEqualTo("0\n");
            assertThat(ask("PUT", "/", "").statusCode()).isEqualTo(405);
            assertThat(counter.isAlive()).isTrue();
        }
    }

    @Test
    void theTodoListCanBeReadAndChanged() throws Exception {
        try (ChildJvm todo = start("Todo", Map.of())) {
            assertThat(ask("GET", "/todos", "").body()).isEqualTo("[]");
            HttpResponse<String> added = ask("POST", "/todos", "{\"title\":\" feed \"}");
            assertThat(added.statusCode()).isEqualTo(201);
            assertThat(added.headers().firstValue("Location")).contains("/todos/1");
            assertThat(added.body()).isEqualTo("{\"id\":1,\"title\":\"feed\",\"done\":false}");
            assertThat(ask("PUT", "/todos/1", "{\"title\":\"feed\",\"done\":true}").body())
                    .contains("\"done\":true");
            assertThat(ask("GET", "/todos?done=false", "").body()).isEqualTo("[]");
            assertThat(ask("GET", "/todos?done=true", "").body()).contains("\"id\":1");
            assertThat(ask("DELETE", "/todos/1", "").statusCode()).isEqualTo(204);
            assertThat(ask("DELETE", "/todos/1", "").statusCode()).isEqualTo(404);
            assertThat(todo.isAlive()).isTrue();
        }
    }

    @Test
    void theTodoListSaysWhatIsWrong() throws Exception {
        try (ChildJvm todo = start("Todo", Map.of())) {
            assertThat(ask("POST", "/todos", "{\"title\":\"\"}").statusCode()).isEqualTo(422);
            assertThat(ask("POST", "/todos", "{}").body()).contains("title must have");
            assertThat(ask("POST", "/todos", "{\"title\":").statusCode()).isEqualTo(400);
            assertThat(ask("POST", "/todos", "{\n \"title\": x}").body()).contains("line 2");
            assertThat(ask("GET", "/todos?done=maybe", "").statusCode()).isEqualTo(400);
            assertThat(ask("GET", "/todos/x", "").body()).startsWith("{\"error\":");
            HttpResponse<String> wrongMethod = ask("PATCH", "/todos", "");
            assertThat(wrongMethod.statusCode()).isEqualTo(405);
            assertThat(wrongMethod.body()).startsWith("{\"error\":");
            assertThat(wrongMethod.headers().firstValue("Content-Type"))
                    .contains("application/json");
            assertThat(wrongMethod.headers().firstValue("Allow")).contains(
                    "GET, HEAD, OPTIONS, POST");
            assertThat(todo.isAlive()).isTrue();
        }
    }

    @Test
    void filesServesItsFolderAndNothingElse(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("index.html"), "<h1>index</h1>");
        Files.writeString(folder.resolve(".secret"), "secret");
        try (ChildJvm files = start("Files", Map.of("STATIC_DIR", folder.toString()))) {
            HttpResponse<String> index = ask("GET", "/", "");
            assertThat(index.body()).isEqualTo("<h1>index</h1>");
            assertThat(index.headers().firstValue("Content-Type")).contains(
                    "text/html; charset=utf-8");
            assertThat(ask("GET", "/.secret", "").statusCode()).isEqualTo(404);
            assertThat(ask("GET", "/%2e%2e/etc/passwd", "").statusCode()).isEqualTo(404);
            assertThat(files.isAlive()).isTrue();
        }
    }

    @Test
    void eventsTickToWhoeverListens() throws Exception {
        try (ChildJvm events = start("Events", Map.of())) {
            assertThat(ask("GET", "/", "").body()).contains("EventSource('/clock')");
            HttpResponse<InputStream> clock = client.send(request("GET", "/clock", ""),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(clock.headers().firstValue("Content-Type")).contains("text/event-stream");
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(clock.body(), StandardCharsets.UTF_8))) {
                int ticks = 0;
                for (String line = lines.readLine(); line != null && ticks < 3;
                        line = lines.readLine()) {
                    ticks += line.matches("data: [0-9]{2}:[0-9]{2}(:[0-9]{2})?") ? 1 : 0;
                }
                assertThat(ticks).isEqualTo(3);
            }
            assertThat(events.isAlive()).isTrue();
        }
    }

    @Test
    void theShowcaseAnswersWhatToolsAsk(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("a.txt"), "static");
        try (ChildJvm showcase = start("Showcase", Map.of("STATIC_DIR", folder.toString()))) {
            assertThat(ask("GET", "/", "").body()).isEqualTo("Hello, World!");
            assertThat(ask("GET", "/json", "").body())
                    .isEqualTo("{\"message\":\"Hello, World!\"}");
            assertThat(ask("GET", "/users/a%2Fb%20c", "").body()).isEqualTo("a/b c");
            assertThat(ask("GET", "/query?x=1%2B1+2", "").body()).isEqualTo("1+1 2");
            assertThat(ask("GET", "/query", "").statusCode()).isEqualTo(400);
            assertThat(ask("GET", "/headers", "").body()).contains("Host: 127.0.0.1:");
            assertThat(ask("POST", "/echo", "x".repeat(1 << 21)).body()).hasSize(1 << 21);
            assertThat(ask("GET", "/stream", "").body()).startsWith("chunk 1\n")
                    .endsWith("chunk 100\n");
            assertThat(ask("GET", "/slow?ms=20", "").body()).isEqualTo("after 20 ms\n");
            assertThat(ask("GET", "/static/a.txt", "").body()).isEqualTo("static");
            assertThat(upload("--b\r\nContent-Disposition: form-data; name=\"f\"; "
                    + "filename=\"n.txt\"\r\n\r\nabc\r\n--b--\r\n"))
                    .isEqualTo("[{\"name\":\"f\",\"filename\":\"n.txt\",\"size\":3}]");
            assertThat(showcase.isAlive()).isTrue();
        }
    }

    private String upload(String body) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(base + "/upload"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void aServerThatIsWatchedTellsWhatItCounts() throws Exception {
        try (ChildJvm metrics = start("Metrics", Map.of())) {
            assertThat(ask("GET", "/hello/gannet", "").body()).isEqualTo("Hello, gannet!\n");
            assertThat(ask("GET", "/health", "").statusCode()).isEqualTo(200);
            assertThat(ask("GET", "/ready", "").body()).contains("\"memory\":\"UP\"");
            HttpResponse<String> text = ask("GET", "/metrics", "");
            assertThat(text.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/plain; version=0.0.4");
            assertThat(text.body())
                    .contains("gannet_http_responses_total{method=\"GET\",status=\"2xx\"} 3.0")
                    .contains("route=\"/hello/{name}\"")
                    .contains("gannet_memory_used_bytes");
            assertThat(metrics.isAlive()).isTrue();
        }
    }

    private HttpResponse<String> ask(String method, String path, String body) throws Exception {
        return client.send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private ChildJvm start(String example, Map<String, String> more) throws IOException {
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(Map.of("PORT", "0", "LOOPS", "2", "HOST", "127.0.0.1"));
        ChildJvm jvm = ChildJvm.example(example.toLowerCase(Locale.ROOT), environment);
        String line = jvm.readLine();
        assertThat(line).startsWith(LISTENING);
        base = "http://127.0.0.1:" + line.substring(LISTENING.length());
        return jvm;
    }
}

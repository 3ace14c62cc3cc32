package io.gannet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A headless Chromium that shows one page, driven through its debugging protocol. */
final class Browser implements AutoCloseable, WebSocket.Listener {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome");
    private static final String DEVTOOLS = "DevTools listening on ";
    private static final int PATIENCE_SECONDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path profile;
    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();
    private int lastId;
    private String session = "";

    private Browser(String program) throws IOException {
        profile = Files.createTempDirectory("gannet-browser");
        process = new ProcessBuilder(program, "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
                "--user-data-dir=" + profile, "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        socket = HttpClient.newHttpClient().newWebSocketBuilder()
                .buildAsync(URI.create(devtools()), this).join();
    }

    /** The browser of this machine, if it has one that we know. */
    static Optional<String> installed() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** Starts it and opens a page. */
    static Browser open(String program, String url) throws Exception {
        Browser browser = new Browser(program);
        String target = browser.call("Target.createTarget",
                JSON.createObjectNode().put("url", url)).path("targetId").asText();
        browser.session = browser.call("Target.attachToTarget",
                JSON.createObjectNode().put("targetId", target).put("flatten", true))
                .path("sessionId").asText();
        return browser;
    }

    /** Evaluates an expression in the page. */
    String evaluate(String expression) throws Exception {
        JsonNode result = call("Runtime.evaluate", JSON.createObjectNode()
                .put("expression", "String(" + expression + ")").put("returnByValue", true));
        if (result.has("exceptionDetails")) {
            return "failed: " + result.path("exceptionDetails");
        }
        return result.path("result").path("value").asText();
    }

    /** Evaluates until the answer matches; the answer, or the last one when none does in time. */
    String await(String expression, String pattern) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        String seen = evaluate(expression);
        while (!seen.matches(pattern) && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(100); /* a page cannot be waited for in another way */
            seen = evaluate(expression);
        }
        return seen;
    }

    private String devtools() throws IOException {
        BufferedReader errors = new BufferedReader(
                new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            if (line.startsWith(DEVTOOLS)) {
                Thread reader = new Thread(() -> errors.lines().forEach(later -> { }));
                reader.setDaemon(true);
                reader.start(); /* else it stands still once the pipe is full */
                return line.substring(DEVTOOLS.length());
            }
            said.append(line).append('\n');
        }
        return Assumptions.abort("the browser does not start here: " + said);
    }

    private JsonNode call(String method, ObjectNode params) throws Exception {
        int id = ++lastId;
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", params);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(JSON.writeValueAsString(message), true).join();
        while (true) {
            String text = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (text == null) {
                throw new IOException("the browser does not answer to " + method);
            }
            JsonNode answer = JSON.readTree(text);
            if (answer.path("id").asInt() == id) {
                if (answer.has("error")) {
                    throw new IOException(method + ": " + answer.path("error"));
                }
                return answer.path("result");
            }
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            messages.add(partial.toString());
            partial.setLength(0);
        }
        return WebSocket.Listener.super.onText(from, data, last);
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}

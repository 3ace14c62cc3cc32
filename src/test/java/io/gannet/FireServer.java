package io.gannet;

import static io.gannet.http.HttpHandler.async;
import static io.gannet.http.HttpHandler.blocking;

import io.gannet.http.HttpOptions;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server in a process of its own, to be attacked and stopped from outside. */
final class FireServer {
    /** The status of one that was asked to exit. */
    static final int EXIT = 3;

    private static final byte[] BIG = new byte[300_000];

    private FireServer() {}

    /** Starts one; its first line is its port. */
    static ChildJvm launch(NetOptions.Backend backend, int port, Duration grace)
            throws IOException {
        return launch(backend, port, grace, Map.of(), List.of("-Xmx256m"));
    }

    /** The same in an environment, with options for the JVM. */
    static ChildJvm launch(NetOptions.Backend backend, int port, Duration grace,
            Map<String, String> environment, List<String> options) throws IOException {
        return ChildJvm.launch(options, FireServer.class.getName(), environment, backend.name(),
                Integer.toString(port), Long.toString(grace.toMillis()));
    }

    /** The port of a server that was launched. */
    static int port(ChildJvm jvm) throws IOException {
        return Integer.parseInt(jvm.readUntil("port ").substring("port ".length()));
    }

    /** The backend, the port or 0, and the grace in milliseconds. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws InterruptedException {
        NetOptions transport = NetOptions.builder()
                .backend(NetOptions.Backend.valueOf(arguments[0]))
                .loops(2)
                .listen(Backends.loopback(Integer.parseInt(arguments[1])))
                .sharePort(true)
                .build();
        HttpServer server = server(HttpOptions.builder()
                .transport(transport)
                .shutdownHook(Duration.ofMillis(Long.parseLong(arguments[2])))
                .build());
        server.start();
        System.out.println("port " + server.port());
        server.join();
    }

    private static HttpServer server(HttpOptions options) {
        HttpServer server = HttpServer.create(options);
        return server
                .get("/", request -> HttpResponse.text("Hello, World!"))
                .get("/pid", request -> HttpResponse.text("" + ProcessHandle.current().pid()))
                .get("/big", request -> HttpResponse.bytes(BIG))
                .get("/slow/{ms}", async(FireServer::slow))
                .get("/exit/{ms}", async(FireServer::exit))
                .get("/block/{ms}", blocking(FireServer::block))
                .get("/never", async(request -> new CompletableFuture<>()))
                .get("/hang", blocking(FireServer::hang))
                .get("/hold/{ms}", FireServer::block)
                .get("/stream", request -> HttpResponse.writer("text/plain", out -> {
                    for (int i = 0; i < 10; i++) {
                        out.write(BIG, 0, 1000);
                        out.flush();
                        Thread.sleep(10);
                    }
                }))
                .get("/fill", blocking(request -> fill()))
                .get("/deep", request -> HttpResponse.text("" + deep(0)))
                .post("/echo", request -> HttpResponse.bytes(request.bytes()))
                .get("/state", request -> HttpResponse.text(state(server)));
    }

    private static CompletableFuture<HttpResponse> slow(HttpRequest request) {
        return CompletableFuture.supplyAsync(() -> HttpResponse.text("slow"),
                CompletableFuture.delayedExecutor(number(request), TimeUnit.MILLISECONDS));
    }

    /** Answers while the JVM ends. */
    private static CompletableFuture<HttpResponse> exit(HttpRequest request) {
        new Thread(() -> System.exit(EXIT)).start();
        return slow(request);
    }

    private static HttpResponse block(HttpRequest request) throws InterruptedException {
        Thread.sleep(number(request));
        return HttpResponse.text("slow");
    }

    private static HttpResponse hang(HttpRequest request) {
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                never.await();
            } catch (InterruptedException e) {
                never.getCount(); /* bad code does not care */
            }
        }
    }

    /** Takes all memory there is, and is surprised that there is no more. */
    private static HttpResponse fill() {
        Object all = "";
        while (all != null) {
            all = new Object[] {all, new byte[16 * 1024]};
        }
        return HttpResponse.text("so much");
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int deep(int depth) {
        return deep(depth + 1) + 1;
    }

    private static int number(HttpRequest request) {
        return Integer.parseInt(request.pathParam("ms"));
    }

    /** Connections, descriptors, connections so far, native memory. */
    private static String state(HttpServer server) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            NetStats net = server.stats().net();
            return server.connectionCount() + " " + descriptors.count() + " " + net.accepted()
                    + " " + net.memoryUsed();
        }
    }
}

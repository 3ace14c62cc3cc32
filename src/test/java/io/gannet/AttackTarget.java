package io.gannet;

import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.http.HttpStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The server that is attacked, in a JVM of its own: backend, bytes of native memory for a loop, and
 * a folder for the file that it serves, which who starts it deletes: it is ended by force.
 */
final class AttackTarget {
    static final int LARGE = 10 << 20;
    /** What it makes in its folder. */
    static final String FILE = "file.txt";
    /** How long a client may stand still. */
    static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final byte[] SHARED = new byte[LARGE];

    private AttackTarget() {}

    public static void main(String[] arguments) throws Exception {
        /* Later there may be no descriptors left to set up a logger with. */
        System.getLogger("io.gannet").log(System.Logger.Level.WARNING, "the target starts");
        NetOptions transport = NetOptions.builder()
                .backend(NetOptions.Backend.valueOf(arguments[0])).required(true).loops(1)
                .listen(Backends.loopback(0)).memoryLimit(Long.parseLong(arguments[1]))
                .closeTimeout(Duration.ofMillis(200)).build();
        HttpServer server = HttpServer.create(HttpOptions.builder().transport(transport)
                .headTimeout(PATIENCE).bodyTimeout(PATIENCE).sendTimeout(PATIENCE)
                .handlerTimeout(PATIENCE)
                .streamedBodyMax(1L << 40).build());
        Path file = Files.writeString(Path.of(arguments[2]).resolve(FILE), "file");
        server.get("/", request -> HttpResponse.text("hello"))
                .get("/shared", request -> HttpResponse.bytes(SHARED))
                .get("/fresh", request -> HttpResponse.bytes(new byte[LARGE]))
                .get("/medium", request -> HttpResponse.bytes(new byte[4096]))
                .post("/later", request -> HttpResponse.later(new CompletableFuture<>()))
                .get("/file", request -> HttpResponse.file(file))
                .get("/figures", request -> HttpResponse.text(figures(server)))
                .get("/stats", request -> HttpResponse.text(server.stats().net() + ","))
                .post("/collect", request -> HttpResponse.text(request.length() + " bytes"))
                .post("/slow", HttpStreamHandler.streaming(
                        HttpHandler.blocking(AttackTarget::readSlowly)))
                .start();
        awaitClasses();
        say("port " + server.port());
    }

    /** What an error needs is loaded behind the start, by descriptors: nobody attacks before. */
    private static void awaitClasses() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("gannet-log")) {
                thread.join();
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }

    /** Used heap after a collection, sessions, peak of native memory, requests not served. */
    private static String figures(HttpServer server) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        NetStats net = server.stats().net();
        return (runtime.totalMemory() - runtime.freeMemory()) + " " + net.open() + " "
                + net.memoryPeak() + " " + net.unserved() + " " + net.turnedAway();
    }

    /** Takes a body more slowly than it can come. */
    private static HttpResponse readSlowly(HttpRequest request) throws IOException {
        byte[] buffer = new byte[256 * 1024];
        long sum = 0;
        try (InputStream in = request.bodyStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sum += n;
                if (sum / (16 << 20) > (sum - n) / (16 << 20)) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        }
        return HttpResponse.text(sum + " bytes");
    }
}

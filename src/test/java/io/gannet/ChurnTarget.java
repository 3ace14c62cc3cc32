package io.gannet;

import static io.gannet.http.HttpHandler.async;

import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.http.HttpStats;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** The server whose connections come and go, in a JVM of its own; counts what it is asked. */
final class ChurnTarget {
    private static final byte[] BIG = new byte[300_000];

    /** Calls of handlers, how many of those were told the end, had begun to answer, were whole. */
    private static final LongAdder HANDLED = new LongAdder();
    private static final LongAdder DONE = new LongAdder();
    private static final LongAdder BEGUN = new LongAdder();
    private static final LongAdder COMPLETE = new LongAdder();

    private ChurnTarget() {}

    /** The backend. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws InterruptedException {
        NetOptions transport = NetOptions.builder()
                .backend(NetOptions.Backend.valueOf(arguments[0])).required(true).loops(2)
                .listen(Backends.loopback(0)).build();
        HttpServer server = HttpServer.create(HttpOptions.builder().transport(transport).build());
        server.get("/", counted(request -> HttpResponse.text("Hello, World!")))
                .get("/big", counted(request -> HttpResponse.bytes(BIG)))
                .get("/slow", counted(async(request -> CompletableFuture.supplyAsync(
                        () -> HttpResponse.text("slow"),
                        CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)))))
                .post("/echo", counted(request -> HttpResponse.bytes(request.bytes())))
                .get("/state", request -> HttpResponse.text(state(server)))
                .start();
        System.out.println("port " + server.port());
        server.join();
    }

    private static HttpHandler counted(HttpHandler handler) {
        return request -> {
            HANDLED.increment();
            request.onDone(outcome -> {
                BEGUN.add(outcome.status() > 0 ? 1 : 0);
                COMPLETE.add(outcome.complete() ? 1 : 0);
                DONE.increment();
            });
            return handler.handle(request);
        };
    }

    private static String state(HttpServer server) throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        HttpStats http = server.stats();
        NetStats net = http.net();
        StringBuilder text = new StringBuilder();
        add(text, "heap", runtime.totalMemory() - runtime.freeMemory());
        add(text, "descriptors", Resources.descriptors().size()); /* the JVM opens others */
        add(text, "connections", server.connectionCount());
        add(text, "accepted", net.accepted());
        add(text, "closed", net.closed());
        add(text, "idle", net.idleClosed());
        add(text, "refused", net.refused() + net.crowded() + net.turnedAway());
        add(text, "native", net.memoryUsed());
        add(text, "peak", net.memoryPeak());
        add(text, "unserved", net.unserved());
        add(text, "requests", http.requests());
        add(text, "flying", http.inFlight());
        add(text, "responses", http.responseCount());
        add(text, "malformed", http.bad().malformed());
        add(text, "bad", http.bad().tooLarge() + http.bad().unknown());
        HttpStats.Timeouts late = http.timeouts();
        add(text, "lateHead", late.head());
        add(text, "lateBody", late.body());
        add(text, "late", late.idle() + late.handler());
        add(text, "handled", HANDLED.sum());
        add(text, "done", DONE.sum());
        add(text, "begun", BEGUN.sum());
        add(text, "complete", COMPLETE.sum());
        return text.toString();
    }

    private static void add(StringBuilder text, String name, long value) {
        text.append(name).append(' ').append(value).append('\n');
    }
}

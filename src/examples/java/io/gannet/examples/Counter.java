package io.gannet.examples;

import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One number that all requests share: GET reads it, POST adds one, DELETE sets it back. Handlers
 * run on several threads when there are several loops, so what they share has to bear that.
 */
public final class Counter {
    private final AtomicLong count = new AtomicLong();

    private Counter() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        Counter counter = new Counter();
        Settings.serve(HttpServer.create(Settings.http())
                .get("/", request -> say(counter.count.get()))
                .post("/", request -> say(counter.count.incrementAndGet()))
                .delete("/", request -> {
                    counter.count.set(0);
                    return HttpResponse.noContent();
                }));
    }

    private static HttpResponse say(long count) {
        return HttpResponse.text(count + "\n");
    }
}

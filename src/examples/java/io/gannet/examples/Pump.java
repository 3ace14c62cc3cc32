package io.gannet.examples;

import static io.gannet.http.HttpStreamHandler.streaming;

import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.io.InputStream;

/**
 * Sends back what is posted while it arrives, in constant memory whatever its size: without a
 * thread of its own, or to {@code /threads} with one that reads and writes.
 */
public final class Pump {
    private static final String TYPE = "application/octet-stream";

    private Pump() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        HttpOptions options = HttpOptions.builder().transport(Settings.server()).build();
        try (HttpServer server = HttpServer.open(options, streaming(request -> {
            if (!request.path().equals("/threads")) {
                return HttpResponse.publisher(TYPE, request.publisher());
            }
            return HttpResponse.writer(TYPE, out -> {
                try (InputStream in = request.bodyStream()) {
                    in.transferTo(out);
                }
            });
        }))) {
            System.out.println("listening on " + server.port());
            server.join();
        }
    }
}

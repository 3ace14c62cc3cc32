package io.gannet.probe;

import io.gannet.NetOptions;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.internal.Flight;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Serves HTTP with a shutdown hook while a recording runs, in a class loader of its own. */
public final class HookProbe {
    private static final Duration LONG = Duration.ofSeconds(15);

    private HookProbe() {}

    /** The body that the server sent. */
    public static String serve(String text) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpOptions options = HttpOptions.builder()
                .transport(NetOptions.builder().listen(any).loops(1).build())
                .shutdownHook(LONG)
                .build();
        try (HttpServer server = HttpServer.open(options, request -> HttpResponse.text(text));
                Socket socket = new Socket(any.getAddress(), server.port())) {
            socket.setSoTimeout((int) LONG.toMillis());
            await(() -> Flight.isOn() && handlesSignals());
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(),
                    StandardCharsets.UTF_8);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        } finally {
            await(() -> !Flight.isOn());
        }
    }

    /** Once the thread that sees to it is done. */
    private static boolean handlesSignals() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("gannet-signals"));
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("it is not so in time");
            }
            Thread.onSpinWait();
        }
    }
}

package io.gannet.examples;

import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** What the examples take from the environment: PORT, HOST, BACKEND and LOOPS. */
final class Settings {
    private Settings() {}

    /** Where to listen, and how. */
    static NetOptions server() {
        String host = text("HOST", "");
        int port = number("PORT", 2826, 65535);
        return common(NetOptions.builder())
                .loops(number("LOOPS", 0, 1024))
                .listen(host.isEmpty()
                        ? new InetSocketAddress(port)
                        : new InetSocketAddress(host, port))
                .build();
    }

    /** How to connect. */
    static NetOptions client() {
        return common(NetOptions.clientBuilder()).build();
    }

    private static NetOptions.Builder common(NetOptions.Builder options) {
        String backend = text("BACKEND", "auto");
        for (NetOptions.Backend known : NetOptions.Backend.values()) {
            if (known.name().equalsIgnoreCase(backend)) {
                return options.backend(known);
            }
        }
        throw wrong("BACKEND is " + backend + ", must be auto, io_uring, epoll or kqueue");
    }

    /** Where to listen, and how, for HTTP. */
    static HttpOptions http() {
        return HttpOptions.builder()
                .transport(server())
                .shutdownHook(Duration.ofSeconds(10))
                .build();
    }

    /** Starts a server, says that it can be used now, and waits until the process is ended. */
    static void serve(HttpServer server) throws InterruptedException {
        try (server) {
            server.start();
            System.out.println("listening on " + server.port());
            server.join();
        } catch (NetException e) {
            throw wrong(e.getMessage());
        }
    }

    static int port() {
        return number("PORT", 2826, 65535);
    }

    static String text(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static int number(String name, int otherwise, int most) {
        return number(name, text(name, Integer.toString(otherwise)), most);
    }

    /** A number that somebody typed. */
    static int number(String name, String text, int most) {
        return number(text, most).orElseThrow(
                () -> wrong(name + " is " + text + ", must be a number from 0 to " + most));
    }

    /** A number that anybody may have sent. */
    static OptionalInt number(String text, int most) {
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > most) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(text));
    }

    /** Starts a server and says that it can be used now, or ends the program with the reason. */
    static NetServer open(NetHandler handler) {
        return start(NetServer.create(server(), handler));
    }

    /** The same with a handler for each session. */
    static NetServer open(Supplier<? extends NetHandler> handlers) {
        return start(NetServer.create(server(), handlers));
    }

    private static NetServer start(NetServer server) {
        try {
            server.start();
        } catch (NetException e) {
            throw wrong(e.getMessage());
        }
        System.out.println("listening on " + server.port());
        return server;
    }

    /** Ends the program with one line instead of a stack; returns for the compiler's sake. */
    static IllegalStateException wrong(String reason) {
        System.err.println(reason);
        System.exit(2);
        return new IllegalStateException(reason);
    }
}

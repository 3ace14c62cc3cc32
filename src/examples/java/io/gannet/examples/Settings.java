package io.gannet.examples;

import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import java.net.InetSocketAddress;
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
        try {
            int value = Integer.parseInt(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(name + " is " + text + ", must be a number");
        }
        throw wrong(name + " is " + text + ", must be 0 to " + most);
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

package io.gannet.examples;

import io.gannet.NetOptions;
import io.gannet.NetServer;
import java.net.InetSocketAddress;
import java.util.Locale;

/** What the examples take from the environment: PORT, HOST, BACKEND and LOOPS. */
final class Settings {
    private Settings() {}

    /** Where to listen, and how. */
    static NetOptions server() {
        return server(NetOptions.builder());
    }

    /** The same on top of other options. */
    static NetOptions server(NetOptions.Builder options) {
        return common(options)
                .loops(number("LOOPS", 0))
                .listen(new InetSocketAddress(text("HOST", "0.0.0.0"), port()))
                .build();
    }

    /** How to connect. */
    static NetOptions client() {
        return common(NetOptions.clientBuilder()).build();
    }

    private static NetOptions.Builder common(NetOptions.Builder options) {
        String backend = text("BACKEND", "auto").toUpperCase(Locale.ROOT);
        return options.backend(NetOptions.Backend.valueOf(backend));
    }

    static int port() {
        return number("PORT", 2826);
    }

    static String text(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static int number(String name, int otherwise) {
        return Integer.parseInt(text(name, Integer.toString(otherwise)));
    }

    /** Says that a server can be used now. */
    static void ready(NetServer server) {
        System.out.println("listening on " + server.port());
    }
}

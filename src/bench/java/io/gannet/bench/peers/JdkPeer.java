package io.gannet.bench.peers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** The server that comes with the JDK, or what takes its place: a system property says so. */
public final class JdkPeer {
    private JdkPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args "virtual" to answer on virtual threads, else on the one thread of the server
     */
    public static void main(String[] args) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(Answers.HOST, Answers.port()), 4096);
        server.setExecutor(args.length > 0 ? virtualThreads() : Runnable::run);
        server.createContext("/", JdkPeer::handle);
        server.start();
    }

    /** Only JDKs that have them are asked for them. */
    private static Executor virtualThreads() {
        try {
            return (Executor) Executors.class.getMethod("newVirtualThreadPerTaskExecutor")
                    .invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK has no virtual threads", e);
        }
    }

    private static void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/")) {
            send(exchange, Answers.TEXT_TYPE, Answers.hello());
        } else if (path.equals("/json")) {
            send(exchange, Answers.JSON_TYPE, Answers.json());
        } else if (path.startsWith(Answers.USERS)) {
            send(exchange, Answers.TEXT_TYPE, Answers.user(path));
        } else {
            send(exchange, Answers.BYTES_TYPE, exchange.getRequestBody().readAllBytes());
        }
    }

    private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Server", "jdk");
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}

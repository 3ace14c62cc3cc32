package io.gannet.bench.peers;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.nio.ByteBuffer;
import org.xnio.Options;

/** Undertow, on its I/O threads alone. */
public final class UndertowPeer {
    private UndertowPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Undertow.builder().addHttpListener(Answers.port(), Answers.HOST)
                .setIoThreads(Answers.threads()).setWorkerThreads(1)
                .setSocketOption(Options.BACKLOG, 4096)
                .setSocketOption(Options.TCP_NODELAY, true)
                .setServerOption(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
                .setHandler(UndertowPeer::handle).build().start();
    }

    private static void handle(HttpServerExchange exchange) {
        String path = exchange.getRequestPath();
        if (path.equals("/")) {
            send(exchange, Answers.TEXT_TYPE, Answers.hello());
        } else if (path.equals("/json")) {
            send(exchange, Answers.JSON_TYPE, Answers.json());
        } else if (path.startsWith(Answers.USERS)) {
            send(exchange, Answers.TEXT_TYPE, Answers.user(path));
        } else {
            exchange.getRequestReceiver().receiveFullBytes(
                    (same, body) -> send(same, Answers.BYTES_TYPE, body));
        }
    }

    private static void send(HttpServerExchange exchange, String type, byte[] body) {
        exchange.getResponseHeaders().put(Headers.SERVER, "undertow")
                .put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(ByteBuffer.wrap(body));
    }
}

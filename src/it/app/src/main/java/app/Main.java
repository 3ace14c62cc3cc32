package app;

import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Answers one HTTP request and echoes one message, both its own, and prints what came of it. */
public final class Main {
    private static final int TIMEOUT_MS = 15_000;

    private Main() {}

    /**
     * Prints one line, such as {@code 200 hello, echo, module app}, and ends.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException {
        String response = http();
        System.out.println(response.substring(9, 12)
                + ' ' + response.substring(response.indexOf("\r\n\r\n") + 4)
                + ", " + echo()
                + ", module " + NetServer.class.getModule().getName()
                + " for " + Main.class.getModule().getName());
    }

    private static String http() throws IOException {
        try (HttpServer server = HttpServer.create()
                .get("/{word}", request -> HttpResponse.text(request.pathParam("word")))
                .listen(0)) {
            return talk(server.port(), "GET /hello HTTP/1.1\r\nHost: h\r\n"
                    + "Connection: close\r\n\r\n");
        }
    }

    private static String echo() throws IOException {
        try (NetServer server = NetServer.open(NetOptions.port(0),
                (NetSession session, ByteBuffer data) -> session.write(data))) {
            return talk(server.port(), "echo");
        }
    }

    /** Sends, says that this was all, and reads to the end. */
    private static String talk(int port, String text) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    TIMEOUT_MS);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

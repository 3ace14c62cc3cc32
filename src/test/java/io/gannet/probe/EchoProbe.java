package io.gannet.probe;

import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Serves an echo, in a JVM or class loader of its own; needs nothing but Gannet. */
public final class EchoProbe {
    private static final int TIMEOUT_MS = 15_000;

    private EchoProbe() {}

    /** What the server sent back. */
    public static String serve(String text) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        byte[] sent = text.getBytes(StandardCharsets.UTF_8);
        try (NetServer server = NetServer.open(
                        NetOptions.builder().listen(any).loops(1).build(),
                        (NetSession session, ByteBuffer data) -> session.write(data));
                Socket socket = new Socket(any.getAddress(), server.port())) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(sent);
            return new String(socket.getInputStream().readNBytes(sent.length),
                    StandardCharsets.UTF_8);
        }
    }

    public static void main(String[] arguments) throws IOException {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%n");
        System.out.println(serve("echo") + ", module " + NetServer.class.getModule().getName());
    }
}

package io.gannet.internal;

import io.gannet.NetBackend;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Tries a backend as a server would use it: opens a loop, and has it echo a few bytes over the
 * loopback address, because some features prove themselves only when they are used.
 *
 * @param backend what was chosen; without a name when nothing could be opened
 * @param echo empty when the bytes came back, else what happened to them
 */
record BackendProbe(NetBackend backend, String echo) {
    private static final int TIMEOUT_MS = 5000;

    static BackendProbe of(NetOptions.Backend backend) {
        NetOptions options = NetOptions.builder()
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .loops(1)
                .backend(backend)
                .required(backend != NetOptions.Backend.AUTO)
                .build();
        try (NetServer server = NetServer.open(options, new Echo())) {
            String echo = echo(server.port());
            return new BackendProbe(server.backend(), echo);
        } catch (NetException e) {
            return new BackendProbe(new NetBackend("", reason(e), List.of()), "");
        }
    }

    private static String reason(NetException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains(BackendReport.FOREIGN)) {
            return BackendReport.FOREIGN;
        }
        String operation = e.operation() + ": ";
        return message.startsWith(operation) ? message.substring(operation.length()) : message;
    }

    boolean works() {
        return !backend.name().isEmpty();
    }

    private static final class Echo implements NetHandler {
        @Override
        public void onRecv(NetSession session, ByteBuffer data) {
            session.write(data);
        }
    }

    private static String echo(int port) {
        byte[] sent = {'g', 'a', 'n', 'n', 'e', 't'};
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(sent);
            int count = socket.getInputStream().readNBytes(sent.length).length;
            return count == sent.length ? "" : "the connection ended";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}

package io.gannet.http;

import io.gannet.Backends;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a front end and a server and remembers what passes. */
final class RecordingRelay implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket();
    private final int target;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    /** What passed on one connection, each byte as one character. */
    static final class Connection {
        private final Socket front;
        private final Socket back;
        private final ByteArrayOutputStream toBack = new ByteArrayOutputStream();
        private final ByteArrayOutputStream toFront = new ByteArrayOutputStream();

        Connection(Socket front, Socket back) {
            this.front = front;
            this.back = back;
        }

        String toBack() {
            return toBack.toString(StandardCharsets.ISO_8859_1);
        }

        String toFront() {
            return toFront.toString(StandardCharsets.ISO_8859_1);
        }

        private void start() throws IOException {
            front.setTcpNoDelay(true);
            back.setTcpNoDelay(true);
            begin(() -> pass(front, back, toBack));
            begin(() -> pass(back, front, toFront));
        }

        /** ByteArrayOutputStream is synchronized, so that a copy may be taken at any time. */
        private void pass(Socket from, Socket to, ByteArrayOutputStream memory) {
            byte[] data = new byte[16 * 1024];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int len = in.read(data); len >= 0; len = in.read(data)) {
                    memory.write(data, 0, len);
                    out.write(data, 0, len);
                }
                to.shutdownOutput();
            } catch (IOException e) {
                close();
            }
        }

        private void close() {
            try (front; back) {
                front.setSoLinger(true, 0);
            } catch (IOException e) {
                /* It is closed already. */
                return;
            }
        }
    }

    RecordingRelay(int target) throws IOException {
        this.target = target;
        listening.bind(Backends.loopback(0), 1000);
        begin(this::accept);
    }

    private static void begin(Runnable task) {
        Thread thread = new Thread(task, "test-relay");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listening.getLocalPort();
    }

    List<Connection> connections() {
        return connections;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket front = listening.accept();
                Connection connection =
                        new Connection(front, new Socket(listening.getInetAddress(), target));
                connections.add(connection);
                connection.start();
            } catch (IOException e) {
                /* The connection was gone already, or it ends here. */
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Connection connection : connections) {
            connection.close();
        }
    }
}

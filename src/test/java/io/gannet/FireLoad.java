package io.gannet;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Well-behaved clients that send requests without a pause, from several threads. They honour {@code
 * Connection: close}, and ask again on a new connection only where a client may: when a connection
 * that served before ends without a byte of the response.
 */
final class FireLoad {
    private static final int TIMEOUT_MS = 15_000;
    /** The kernel asks again for a connection after this time. */
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int port;
    private final List<CompletableFuture<Void>> clients = new ArrayList<>();
    private volatile boolean over;
    /** When the server began to stop, the last time; 0 when it never did. */
    private volatile long stopBegun;
    final AtomicInteger answered = new AtomicInteger();
    /** Answers that said that they were the last of their connection. */
    final AtomicInteger last = new AtomicInteger();
    /** Requests that met the end of an idle connection. */
    final AtomicInteger again = new AtomicInteger();
    /** Connections that nobody accepted. */
    final AtomicInteger refused = new AtomicInteger();
    /** Connections that had to be asked for twice. */
    final AtomicInteger slowConnects = new AtomicInteger();
    /** Requests that were neither answered nor may be asked again; what happened. */
    final List<String> lost = Collections.synchronizedList(new ArrayList<>());

    FireLoad(int port) {
        this.port = port;
    }

    /** Clients that ask for a path, so many requests on each connection at most. */
    FireLoad add(int count, String path, int perConnection) {
        for (int i = 0; i < count; i++) {
            clients.add(Async.run(() -> run(path, perConnection)));
        }
        return this;
    }

    /**
     * The server is told to stop next: what was written by now has arrived, and must be answered.
     */
    void stopping() {
        stopBegun = System.nanoTime() | 1;
    }

    /** No new connections; waits for those under way. */
    void end() throws Exception {
        over = true;
        for (CompletableFuture<Void> client : clients) {
            client.get(30, TimeUnit.SECONDS);
        }
    }

    /** Waits for so many answers. */
    FireLoad await(int count) {
        int goal = answered.get() + count;
        Soon.until(() -> answered.get() >= goal);
        return this;
    }

    private void run(String path, int perConnection) {
        while (!over) {
            try (Socket socket = new Socket()) {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(TIMEOUT_MS);
                long begun = System.nanoTime();
                try {
                    socket.connect(Backends.loopback(port), TIMEOUT_MS);
                    if (System.nanoTime() - begun > SECOND_NANOS) {
                        slowConnects.incrementAndGet();
                    }
                } catch (ConnectException e) {
                    refused.incrementAndGet();
                    return;
                }
                use(socket, path, perConnection);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void use(Socket socket, String path, int perConnection) {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < perConnection && !over; i++) {
            Answer answer = new Answer();
            String failure = "";
            long written = Long.MAX_VALUE;
            try {
                socket.getOutputStream().write(request);
                written = System.nanoTime();
                answer.read(socket.getInputStream());
            } catch (IOException e) {
                failure = e.toString();
            }
            if (answer.complete) {
                answered.incrementAndGet();
            } else if (i > 0 && answer.seen == 0 && !arrivedBeforeStop(written)) {
                again.incrementAndGet();
                return;
            } else {
                lost.add(path + ": request " + i + ", " + answer.seen + " bytes, " + failure);
                return;
            }
            if (answer.last) {
                last.incrementAndGet();
                return;
            }
        }
    }

    private boolean arrivedBeforeStop(long written) {
        long begun = stopBegun;
        return begun != 0 && written != Long.MAX_VALUE && written - begun < 0;
    }

    /** What one request got. */
    private static final class Answer {
        private int seen;
        private boolean complete;
        private boolean last;

        void read(InputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
                head.append((char) next(in));
            }
            String text = head.toString();
            last = text.contains("Connection: close\r\n");
            int at = text.indexOf("Content-Length: ");
            if (at >= 0) {
                int from = at + "Content-Length: ".length();
                skip(in, Integer.parseInt(text.substring(from, text.indexOf('\r', from))));
            } else {
                readChunks(in);
            }
            complete = text.startsWith("HTTP/1.1 200 ");
        }

        private void readChunks(InputStream in) throws IOException {
            while (true) {
                StringBuilder line = new StringBuilder();
                while (line.length() < 2 || line.charAt(line.length() - 1) != '\n') {
                    line.append((char) next(in));
                }
                int size = Integer.parseInt(line.toString().trim(), 16);
                skip(in, size + 2);
                if (size == 0) {
                    return;
                }
            }
        }

        private void skip(InputStream in, int count) throws IOException {
            int got = in.readNBytes(count).length;
            seen += got;
            if (got < count) {
                throw new IOException("the end");
            }
        }

        private int next(InputStream in) throws IOException {
            int b = in.read();
            if (b < 0) {
                throw new IOException("the end");
            }
            seen++;
            return b;
        }
    }
}

package io.gannet;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Asks as well-behaved clients do, on one connection and on new ones, while others attack. */
final class CleanClient implements AutoCloseable {
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String POST =
            "POST /collect HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde";
    private static final int NEW_EVERY = 4;

    private final int port;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final CompletableFuture<Void> thread;
    private volatile boolean stopped;
    private volatile String why = "";

    CleanClient(int port) {
        this.port = port;
        this.thread = Async.run(this::run);
    }

    private void run() {
        while (!stopped) {
            try (TestPeer kept = TestPeer.connect(port)) {
                for (int i = 0; !stopped; i++) {
                    ask(kept, i % 2 == 0);
                    if (i % NEW_EVERY == 0) {
                        askAnew(i % 3 == 0);
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }
            } catch (IOException | RuntimeException | AssertionError e) {
                lost.incrementAndGet();
                why = e.toString();
            }
        }
    }

    private void askAnew(boolean get) throws IOException {
        try (TestPeer peer = TestPeer.connect(port)) {
            ask(peer, get);
        }
    }

    private void ask(TestPeer peer, boolean get) throws IOException {
        peer.write(get ? GET : POST);
        String wanted = get ? "hello" : "5 bytes";
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            byte[] more = peer.readBytes(1);
            if (more.length == 0) {
                throw new IOException("end behind " + head);
            }
            head.append((char) more[0]);
        }
        String body = head.indexOf("HTTP/1.1 200 ") == 0 ? peer.read(wanted.length()) : "";
        if (!body.equals(wanted)) {
            throw new IOException("answered with " + head + body);
        }
        answered.incrementAndGet();
    }

    int answered() {
        return answered.get();
    }

    int lost() {
        return lost.get();
    }

    /** What the last request was lost by. */
    String why() {
        return why;
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        try {
            thread.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}

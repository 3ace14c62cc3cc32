package io.gannet.examples;

import io.gannet.NetCause;
import io.gannet.NetClient;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetSession;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;

/** Prints what a poet recites, and ends when the poet does. */
public final class LyricsReader implements NetHandler {
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile NetCause cause = NetCause.FAILURE;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private LyricsReader() {}

    /**
     * Reads one recital from HOST and PORT.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        LyricsReader reader = new LyricsReader();
        try (NetClient client = NetClient.create(Settings.client())) {
            String host = Settings.text("HOST", "127.0.0.1");
            client.connect(host, Settings.port(), reader).toCompletableFuture().join();
            reader.ended.await();
            if (reader.cause != NetCause.PEER) {
                throw Settings.wrong("the poem was cut: " + reader.cause);
            }
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof NetException failure)) {
                throw e;
            }
            throw Settings.wrong(failure.getMessage());
        }
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        out.writeBytes(bytes);
    }

    @Override
    public void onClose(NetSession session, NetCause cause) {
        this.cause = cause;
        ended.countDown();
    }
}

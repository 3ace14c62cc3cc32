package io.gannet;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Many connections of one thread, which never waits for any of them. */
final class Attacker implements AutoCloseable {
    private static final int NARROW = 4096;

    private final int port;
    private final List<SocketChannel> channels = new ArrayList<>();
    private int opened;
    private final ByteBuffer sink = ByteBuffer.allocateDirect(256 * 1024);

    Attacker(int port) {
        this.port = port;
    }

    /** Opens connections that begin with a text; {@code narrow} ones let the kernel keep little. */
    void open(int count, String text, boolean narrow) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open();
            channels.add(channel);
            opened++;
            if (narrow) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, NARROW);
            }
            channel.connect(Backends.loopback(port));
            channel.configureBlocking(false);
            send(channel, bytes(text));
        }
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends what there is room for on every connection; drops those that the server ended. */
    long sendAll(ByteBuffer data) {
        long sent = 0;
        for (SocketChannel channel : List.copyOf(channels)) {
            sent += send(channel, data.duplicate());
        }
        return sent;
    }

    private int send(SocketChannel channel, ByteBuffer data) {
        try {
            return channel.write(data);
        } catch (IOException e) {
            drop(channel);
            return 0;
        }
    }

    /** Reads what has come on every connection, and forgets it. */
    long readAll() {
        long read = 0;
        for (SocketChannel channel : List.copyOf(channels)) {
            try {
                sink.clear();
                int count = channel.read(sink);
                read += Math.max(0, count);
                if (count < 0) {
                    drop(channel);
                }
            } catch (IOException e) {
                drop(channel);
            }
        }
        return read;
    }

    private void drop(SocketChannel channel) {
        channels.remove(channel);
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return port;
    }

    /** How many there have been. */
    int opened() {
        return opened;
    }

    int size() {
        return channels.size();
    }

    @Override
    public void close() {
        while (!channels.isEmpty()) {
            drop(channels.get(channels.size() - 1));
        }
    }
}

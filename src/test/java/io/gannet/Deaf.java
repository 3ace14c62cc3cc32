package io.gannet;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A listener whose backlog is full, so that the kernel answers nobody any more. */
final class Deaf implements AutoCloseable {
    private final ServerSocket socket =
            new ServerSocket(0, 1, Backends.loopback(0).getAddress());
    private final List<SocketChannel> fillers = new ArrayList<>();

    Deaf() throws Exception {
        for (int i = 0; i < 4; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(address());
            fillers.add(channel);
        }
    }

    InetSocketAddress address() {
        return Backends.loopback(socket.getLocalPort());
    }

    @Override
    public void close() throws Exception {
        for (SocketChannel channel : fillers) {
            channel.close();
        }
        socket.close();
    }
}

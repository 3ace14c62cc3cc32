package io.gannet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The other end of a connection: blocking, plain java.net, every wait bounded. */
public final class TestPeer implements AutoCloseable {
    private static final int TIMEOUT_MS = 15_000;

    private final Socket socket;
    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    private TestPeer(Socket socket, SocketChannel channel, InputStream in, OutputStream out) {
        this.socket = socket;
        this.channel = channel;
        this.in = in;
        this.out = out;
    }

    public static TestPeer connect(int port) throws IOException {
        return connect(Backends.loopback(port));
    }

    public static TestPeer connect(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            SocketChannel channel = SocketChannel.open(address);
            return new TestPeer(null, channel, Channels.newInputStream(channel),
                    Channels.newOutputStream(channel));
        }
        return connect(address, 0);
    }

    /** A peer whose kernel takes few bytes that it does not read. */
    public static TestPeer narrow(int port) throws IOException {
        return connect(Backends.loopback(port), 4096);
    }

    private static TestPeer connect(SocketAddress address, int window) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        if (window > 0) {
            socket.setReceiveBufferSize(window);
        }
        socket.connect(address, TIMEOUT_MS);
        return of(socket);
    }

    public static TestPeer of(Socket socket) throws IOException {
        return new TestPeer(socket, null, socket.getInputStream(), socket.getOutputStream());
    }

    /** How a connection ends that the other side may cut before it is known here. */
    public static String endingOf(int port) throws IOException {
        try (TestPeer peer = connect(port)) {
            return peer.ending();
        } catch (SocketException e) {
            return "reset";
        }
    }

    public SocketAddress localAddress() {
        return socket.getLocalSocketAddress();
    }

    public SocketAddress remoteAddress() {
        return socket.getRemoteSocketAddress();
    }

    public void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    public void write(byte[] data) throws IOException {
        out.write(data);
        out.flush();
    }

    /** Reads exactly so many bytes, or fewer when the other side ended. */
    public byte[] readBytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    public String read(int count) throws IOException {
        return new String(in.readNBytes(count), StandardCharsets.UTF_8);
    }

    /** Writes, and reads as many bytes. */
    public String exchange(String text) throws IOException {
        write(text);
        return read(text.getBytes(StandardCharsets.UTF_8).length);
    }

    public byte[] readAllBytes() throws IOException {
        return in.readAllBytes();
    }

    public String readAll() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** How the other side ends the connection: "end", "reset", or the bytes it still sent. */
    public String ending() throws IOException {
        try {
            String text = readAll();
            return text.isEmpty() ? "end" : text;
        } catch (SocketException e) {
            return "reset";
        }
    }

    public void shutdownOutput() throws IOException {
        if (socket != null) {
            socket.shutdownOutput();
        } else {
            channel.shutdownOutput();
        }
    }

    /** Closes with a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
        } else {
            channel.close();
        }
    }
}

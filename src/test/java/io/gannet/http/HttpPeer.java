package io.gannet.http;

import io.gannet.Backends;
import io.gannet.NetOptions;
import io.gannet.TestPeer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A client that writes what a test says and reads responses by the letter of RFC 9112. */
final class HttpPeer implements AutoCloseable {
    private final TestPeer peer;

    private HttpPeer(TestPeer peer) {
        this.peer = peer;
    }

    /** What a server answered; trailers and chunk sizes are checked and dropped. */
    record Reply(int status, String head, String body) {
        boolean has(String line) {
            return head.contains("\r\n" + line + "\r\n");
        }
    }

    static HttpOptions.Builder options(NetOptions.Backend backend) {
        return HttpOptions.builder().transport(Backends.server(backend).build());
    }

    static HttpPeer connect(HttpServer server) throws IOException {
        return new HttpPeer(TestPeer.connect(server.port()));
    }

    static HttpPeer narrow(HttpServer server) throws IOException {
        return new HttpPeer(TestPeer.narrow(server.port()));
    }

    /** Lines of a head, the empty one at the end added. */
    static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    HttpPeer write(String text) throws IOException {
        peer.write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Writes and reads one response. */
    Reply ask(String text) throws IOException {
        return write(text).reply();
    }

    /** Writes and reads one response; {@code bare} when its request is HEAD. */
    Reply ask(String text, boolean bare) throws IOException {
        return write(text).reply(bare);
    }

    /** Reads a head alone. */
    String readHead() throws IOException {
        return head();
    }

    /** Reads one chunk, the empty one at the end with what follows it. */
    String chunk() throws IOException {
        return new String(chunkBytes(), StandardCharsets.UTF_8);
    }

    /** Reads one chunk, the empty one at the end with what follows it. */
    byte[] chunkBytes() throws IOException {
        int size = Integer.parseInt(line(), 16);
        byte[] data = peer.readBytes(size);
        if (data.length < size || !line().isEmpty()) {
            throw new EOFException("a chunk is cut");
        }
        return data;
    }

    Reply reply() throws IOException {
        return reply(false);
    }

    /** Reads the rest of a response that began with these bytes. */
    Reply reply(byte[] begin) throws IOException {
        return reply(new String(begin, StandardCharsets.ISO_8859_1) + head(), false);
    }

    /** Reads one response; {@code bare} when its request was HEAD. */
    Reply reply(boolean bare) throws IOException {
        return reply(head(), bare);
    }

    private Reply reply(String head, boolean bare) throws IOException {
        int status = Integer.parseInt(head.substring(9, 12));
        if (bare || status < 200 || status == 204 || status == 304) {
            return new Reply(status, head, "");
        }
        int at = head.indexOf("\r\nContent-Length: ");
        if (at >= 0) {
            int length = Integer.parseInt(
                    head.substring(at + 18, head.indexOf("\r\n", at + 18)));
            String body = peer.read(length);
            if (body.getBytes(StandardCharsets.UTF_8).length != length) {
                throw new EOFException("the body has " + body.length() + " of " + length);
            }
            return new Reply(status, head, body);
        }
        if (head.contains("\r\nTransfer-Encoding: chunked\r\n")) {
            return new Reply(status, head, chunks());
        }
        return new Reply(status, head, peer.readAll());
    }

    private String chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] data = chunkBytes();
        while (data.length > 0) {
            body.writeBytes(data);
            data = chunkBytes();
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < 2 || line.charAt(line.length() - 2) != '\r'
                || line.charAt(line.length() - 1) != '\n') {
            byte[] next = peer.readBytes(1);
            if (next.length == 0) {
                throw new EOFException("end behind " + line);
            }
            line.append((char) (next[0] & 0xff));
        }
        return line.substring(0, line.length() - 2);
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        String line;
        do {
            line = line();
            head.append(line).append("\r\n");
        } while (!line.isEmpty());
        return head.toString();
    }

    /** Reads one byte at a time is slow; this is for much. */
    byte[] readBytes(int count) throws IOException {
        return peer.readBytes(count);
    }

    /** The port the server sees. */
    int port() {
        return ((InetSocketAddress) peer.localAddress()).getPort();
    }

    /** How the server ends the connection: "end", "reset", or what it still sent. */
    String ending() throws IOException {
        return peer.ending();
    }

    void shutdownOutput() throws IOException {
        peer.shutdownOutput();
    }

    void reset() throws IOException {
        peer.reset();
    }

    @Override
    public void close() throws IOException {
        peer.close();
    }
}

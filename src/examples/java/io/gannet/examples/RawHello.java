package io.gannet.examples;

import io.gannet.NetHandler;
import io.gannet.NetServer;
import io.gannet.NetSession;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Answers every blank line with a fixed HTTP response: the least a server can do, and so the
 * subject for measuring what the library itself costs. It is no HTTP server: it reads nothing but
 * line ends.
 */
public final class RawHello implements NetHandler {
    private static final byte[] RESPONSE =
            """
            HTTP/1.1 200 OK\r
            Server: gannet\r
            Date: Thu, 01 Jan 1970 00:00:00 GMT\r
            Content-Type: text/plain\r
            Content-Length: 13\r
            \r
            Hello, World!""".getBytes(StandardCharsets.US_ASCII);

    /** How many bytes of the blank line the input so far ended with. */
    private int matched;

    private RawHello() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        try (NetServer server = Settings.open(RawHello::new)) {
            server.join();
        }
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        int limit = data.limit();
        int at = data.position();
        /* A blank line that began in the piece before. */
        while (matched > 0 && at < limit) {
            step(session, data.get(at++));
        }
        /* Of four neighbours one is the last of a blank line only if it is a CR or LF. */
        while (limit - at >= 4) {
            byte fourth = data.get(at + 3);
            if (fourth > '\r' || (fourth != '\r' && fourth != '\n')) {
                at += 4;
            } else if (fourth == '\n' && data.getInt(at) == 0x0d0a0d0a) {
                session.write(RESPONSE);
                at += 4;
            } else {
                at++;
            }
        }
        while (at < limit) {
            step(session, data.get(at++));
        }
    }

    /** Takes one byte at a time, where the input was cut. */
    private void step(NetSession session, byte next) {
        boolean expected = next == ((matched & 1) == 0 ? '\r' : '\n');
        matched = expected ? matched + 1 : next == '\r' ? 1 : 0;
        if (matched == 4) {
            matched = 0;
            session.write(RESPONSE);
        }
    }
}

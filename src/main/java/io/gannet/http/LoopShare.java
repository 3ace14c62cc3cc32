package io.gannet.http;

import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of a loop share: the Date, and the encoder of responses. Belongs to the loop
 * thread.
 */
final class LoopShare {
    private static final byte[] DATE = Lines.ascii("Date: ");
    private static final byte[] LENGTH = Lines.ascii("Content-Length: ");
    private static final byte[] CHUNKED = Lines.ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CONTINUE = Lines.ascii("HTTP/1.1 100 Continue\r\n\r\n");
    private static final byte[] CLOSE = Lines.ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = Lines.ascii("Connection: keep-alive\r\n");
    /** The longest response that is kept in bytes. */
    private static final int ENCODED_MAX = 8 * 1024;

    final HttpCounts counts;
    private final byte[] server;
    private final ByteBuffer memory;
    private final byte[] date = new byte[HttpDate.LENGTH];
    private long dateSecond = Long.MIN_VALUE;
    private int dateTurn = -1;
    private byte[] head = new byte[1024];
    private int at;

    private LoopShare(Service service, ByteBuffer memory) {
        this.counts = service.counts.add();
        this.server = service.server;
        this.memory = memory;
    }

    static LoopShare of(Session session, Service service) {
        if (session.shared() instanceof LoopShare share) {
            return share;
        }
        LoopShare made = new LoopShare(service, session.memory());
        session.share(made);
        return made;
    }

    /** Sends a response whose body is there, in the way most go: kept alive, HTTP/1.1, no HEAD. */
    void sendPlain(Session session, HttpResponse answer, Exchange to) {
        HttpResponse response = answer;
        HttpResponse.Encoded encoded = response.encoded;
        if (encoded != null && encoded.server == server) {
            counts.response(to.method, response.status);
            sendEncoded(session, response, encoded);
            return;
        }
        if (response.lacksBody()) {
            response = Service.withoutBody();
        }
        counts.response(to.method, response.status);
        head(session, response, false, response.body.length, null);
        if (response.sent && at + response.body.length <= ENCODED_MAX && !response.ownDate) {
            byte[] bytes = Arrays.copyOf(head, at + response.body.length);
            System.arraycopy(response.body, 0, bytes, at, response.body.length);
            int dateAt = StatusLines.of(response.status).length + DATE.length;
            response.encoded = new HttpResponse.Encoded(bytes, server, dateSecond, dateAt);
        }
        response.sent = true;
        session.append(head, 0, at);
        session.append(response.body, 0, response.body.length);
    }

    private void sendEncoded(Session session, HttpResponse response, HttpResponse.Encoded encoded) {
        byte[] date = date(session);
        byte[] bytes = encoded.second == dateSecond
                ? encoded.bytes
                : dateAnew(response, encoded, date);
        int place = session.reserve(bytes.length);
        if (place >= 0) {
            memory.put(place, bytes, 0, bytes.length);
            session.commit(bytes.length);
        }
    }

    /** Once a second: others may be sending the bytes that are there. */
    private byte[] dateAnew(HttpResponse response, HttpResponse.Encoded encoded, byte[] date) {
        byte[] bytes = encoded.bytes.clone();
        System.arraycopy(date, 0, bytes, encoded.dateAt, HttpDate.LENGTH);
        response.encoded =
                new HttpResponse.Encoded(bytes, server, dateSecond, encoded.dateAt);
        return bytes;
    }

    /** Tells a client that waits for it to send the body. */
    static void sendContinue(Session session, Exchange to) {
        if (to.wantsContinue) {
            to.wantsContinue = false;
            session.append(CONTINUE, 0, CONTINUE.length);
        }
    }

    /** Sends a response whose body is there, in all other ways. */
    void send(Session session, HttpResponse answer, Exchange to, boolean close) {
        HttpResponse response = !to.isHead() && answer.lacksBody()
                ? Service.withoutBody()
                : answer;
        counts.response(to.method, response.status);
        int length = response.body.length;
        boolean unsaid = length == 0 && to.isHead(); /* RFC 9110 §8.6: GET may have a body */
        head(session, response, false, unsaid ? HttpResponse.UNKNOWN : length,
                connection(to, close));
        session.append(head, 0, at);
        if (!to.isHead()) {
            session.append(response.body, 0, response.body.length);
        }
    }

    /** Sends the head of a streamed response. */
    void sendHead(Session session, HttpResponse response, Exchange to, boolean close) {
        boolean chunked = response.streamLength == HttpResponse.UNKNOWN && !to.isOld();
        counts.response(to.method, response.status);
        head(session, response, chunked, response.streamLength, connection(to, close));
        session.append(head, 0, at);
    }

    /**
     * Sends a response whose body is a file.
     *
     * @throws RuntimeException when it cannot, and nothing was sent
     */
    void sendFile(Session session, HttpResponse response, FileBody body, Exchange to,
            boolean close) {
        head(session, response, false, body.length(), connection(to, close));
        if (to.isHead()) {
            body.close();
            session.append(head, 0, at);
        } else {
            body.send(session, head, at);
        }
        counts.response(to.method, response.status);
    }

    private static byte @Nullable [] connection(
            Exchange to, boolean close) {
        return close ? CLOSE : to.isOld() ? KEEP_ALIVE : null;
    }

    /** Puts a head together; {@code length} is that of the body, negative if unknown. */
    private void head(Session session, HttpResponse response, boolean chunked, long length,
            byte @Nullable [] connection) {
        int room = response.lines.length + server.length + 256;
        if (head.length < room) {
            head = new byte[room];
        }
        at = 0;
        put(StatusLines.of(response.status));
        if (!response.ownDate) {
            put(DATE);
            put(date(session));
            crlf();
        }
        if (!response.ownServer) {
            put(server);
        }
        put(response.lines);
        if (chunked) {
            put(CHUNKED);
        } else if (response.streamLength >= 0) {
            length(response.streamLength);
        } else if (length >= 0 && !HttpResponse.isBodiless(response.status)) {
            length(length);
        }
        if (connection != null) {
            put(connection);
        }
        crlf();
    }

    private void length(long value) {
        put(LENGTH);
        number(value);
        crlf();
    }

    private void put(byte[] bytes) {
        System.arraycopy(bytes, 0, head, at, bytes.length);
        at += bytes.length;
    }

    private void crlf() {
        head[at++] = '\r';
        head[at++] = '\n';
    }

    private void number(long value) {
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = digits - 1; i >= 0; i--) {
            head[at + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        at += digits;
    }

    /** The Date, looked at once a turn and written once a second. */
    private byte[] date(Session session) {
        if (session.turn() != dateTurn) {
            dateTurn = session.turn();
            long second = System.currentTimeMillis() / 1000;
            if (second != dateSecond) {
                dateSecond = second;
                HttpDate.write(second, date);
            }
        }
        return date;
    }
}

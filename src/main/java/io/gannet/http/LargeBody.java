package io.gannet.http;

import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A body that lies in one array and is too large to be queued at once: it is queued in pieces, as
 * the client takes them, through a coder or as it is, and not at all while the memory of the loop
 * is tight. The array is counted as long as it is held for that. Belongs to the loop thread.
 */
final class LargeBody implements HttpProducer, Runnable {
    /** A body up to this size is queued at once. */
    private static final int WHOLE_MAX = 64 * 1024;
    /** How long to wait before the memory is looked at again. */
    private static final Duration REST = Duration.ofMillis(20);

    private final Session session;
    private final byte[] bytes;
    private int at;
    private @Nullable Body out;
    private boolean resting;
    private boolean over;

    private LargeBody(Session session, byte[] bytes) {
        this.session = session;
        this.bytes = bytes;
    }

    static boolean is(HttpResponse response) {
        return response.body.length > WHOLE_MAX;
    }

    /** The same response, in pieces if it is large; refused when there is no room for that. */
    static HttpResponse opened(Exchange exchange, HttpResponse response) {
        if (response.producer != null || !is(response) || exchange.isHead()) {
            return response;
        }
        Session session = exchange.connection().session();
        LargeBody body = held(session, response.body);
        if (body == null) {
            return session.hasRoom(response.body.length) ? response : refused(session);
        }
        HttpResponseBuilder builder = new HttpResponseBuilder(response);
        builder.body = Lines.NONE;
        builder.producer = body;
        builder.streamLength = response.body.length;
        return new HttpResponse(builder);
    }

    /** Writes an array in pieces, and holds it until then; null when there is no room for it. */
    static @Nullable LargeBody held(Session session, byte[] bytes) {
        return session.heap().hold(bytes) ? new LargeBody(session, bytes) : null;
    }

    static HttpResponse refused(Session session) {
        session.unserved();
        return Service.noMemory();
    }

    @Override
    public void produce(HttpBody body) {
        out = (Body) body;
        body.onReady(this);
        run();
    }

    @Override
    public void run() {
        Body body = out;
        if (over || body == null) {
            return;
        }
        if (!body.isOpen()) {
            drop();
            return;
        }
        boolean written = false;
        try {
            write(body);
            written = true;
        } finally {
            if (!written) {
                drop();
            }
        }
        if (at == bytes.length) {
            drop();
            body.end();
        }
    }

    private void write(Body body) {
        boolean more = true;
        while (more && at < bytes.length) {
            if (session.isTight()) {
                rest(body);
                return;
            }
            int length = Math.min(Body.PIECE, bytes.length - at);
            more = body.writeToMark(ByteBuffer.wrap(bytes, at, length));
            at += length;
        }
    }

    private void rest(Body body) {
        if (!resting) {
            resting = true;
            body.schedule(REST, new Runnable() {
                @Override
                public void run() {
                    resting = false;
                    LargeBody.this.run();
                }
            });
        }
    }

    private void drop() {
        over = true;
        session.heap().drop(bytes);
    }
}

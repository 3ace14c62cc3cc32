package io.gannet.http;

import io.gannet.NetException;
import io.gannet.NetTimer;
import io.gannet.internal.Session;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A body in front of another one: what is written goes through a coder. The lock is held for one
 * piece at a time, so that a loop which hears that the client has gone does not wait for long.
 */
final class CodedBody extends Body implements Runnable {
    /** A body up to this size is coded when the response is made, a larger one while it is sent. */
    private static final int WHOLE_MAX = 256 * 1024;

    private final Body inner;
    private final Supplier<? extends HttpCoder> coders;
    /** Guarded by this. */
    private @Nullable HttpCoder coder;
    /** Nothing more is coded. Guarded by this. */
    private boolean over;
    private volatile @Nullable Runnable ready;

    private CodedBody(Body inner, Supplier<? extends HttpCoder> coders) {
        this.inner = inner;
        this.coders = coders;
    }

    /** The same response with a coded body; one without a body as it is. */
    static HttpResponse code(HttpResponse response, Supplier<? extends HttpCoder> coders) {
        HttpProducer producer = response.producer;
        if (producer == null && response.body.length == 0) {
            return response;
        }
        HttpResponseBuilder builder =
                new HttpResponseBuilder(response).remove("Content-Length");
        if (producer != null) {
            return builder.stream(new Producer(producer, coders)).build();
        }
        if (response.body.length > WHOLE_MAX) {
            return builder.stream(new Producer(new Bytes(response.body), coders)).build();
        }
        return builder.body(whole(response.body, coders)).build();
    }

    private static byte[] whole(byte[] body, Supplier<? extends HttpCoder> coders) {
        ByteArrayOutputStream coded = new ByteArrayOutputStream(Math.max(64, body.length / 2));
        try (HttpCoder coder = coders.get()) {
            for (int at = 0; at < body.length; at += PIECE) {
                put(coded, coder.code(
                        ByteBuffer.wrap(body, at, Math.min(PIECE, body.length - at)).slice()));
            }
            put(coded, coder.end());
        }
        return coded.toByteArray();
    }

    private static void put(ByteArrayOutputStream to, ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        to.writeBytes(bytes);
    }

    /** Whether a producer writes on a worker, behind however many coders. */
    static boolean isOnWorker(HttpProducer producer) {
        HttpProducer source = producer instanceof Producer coded ? coded.first() : producer;
        return source instanceof WriterBody;
    }

    // ---- the body ----

    @Override
    public boolean write(ByteBuffer data) {
        return write(data, true);
    }

    @Override
    boolean writeToMark(ByteBuffer data) {
        return write(data, false);
    }

    private boolean write(ByteBuffer data, boolean limited) {
        boolean more = true;
        int end = data.limit();
        do {
            data.limit(Math.min(end, data.position() + PIECE));
            try {
                more = writePiece(data, limited);
            } finally {
                data.limit(end);
            }
        } while (data.hasRemaining());
        return more;
    }

    private synchronized boolean writePiece(ByteBuffer data, boolean limited) {
        if (over || !data.hasRemaining()) {
            return inner.write(ByteBuffer.allocate(0)); /* which knows what is wrong, if anything */
        }
        ByteBuffer coded = coder().code(data);
        try {
            return limited ? inner.write(coded) : inner.writeToMark(coded);
        } catch (NetException e) {
            inner.abort(); /* what is lost here would be missing in the middle */
            throw e;
        }
    }

    private HttpCoder coder() {
        if (coder == null) {
            coder = coders.get();
        }
        return coder;
    }

    @Override
    public boolean write(byte[] data) {
        return write(ByteBuffer.wrap(data));
    }

    @Override
    public void end() {
        synchronized (this) {
            if (over) {
                return;
            }
            try {
                inner.writeToMark(coder().end()); /* who ends cannot wait */
            } catch (NetException e) {
                inner.abort(); /* it is gone */
                return;
            } finally {
                finish();
            }
        }
        inner.end();
    }

    @Override
    public void abort() {
        inner.abort();
        finish();
    }

    private synchronized void finish() {
        over = true;
        HttpCoder used = coder;
        if (used != null) {
            coder = null;
            used.close();
        }
    }

    @Override
    public void onReady(Runnable action) {
        ready = Objects.requireNonNull(action, "action");
    }

    /** The queue is short again, or the connection is gone. */
    @Override
    public void run() {
        if (!inner.isOpen()) {
            finish();
        }
        Runnable action = ready;
        if (action != null) {
            action.run();
        }
    }

    // ---- as the inner one ----

    @Override
    boolean isOpen() {
        return inner.isOpen();
    }

    @Override
    boolean isOnLoop() {
        return inner.isOnLoop();
    }

    @Override
    void execute(Runnable task) {
        inner.execute(task);
    }

    @Override
    NetTimer schedule(Duration delay, Runnable task) {
        return inner.schedule(delay, task);
    }

    @Override
    void onStop(Runnable action) {
        inner.onStop(action);
    }

    @Override
    Exchange request() {
        return inner.request();
    }

    /** Opens a source that may fail, while another answer is still possible. */
    static HttpResponse opened(Exchange exchange, HttpResponse response) {
        if (!(response.producer instanceof Producer coded)) {
            return response;
        }
        HttpProducer source = coded.first();
        if (source instanceof NamedFile file) {
            return opened(exchange, response, coded, file);
        }
        if (source instanceof Bytes array && !exchange.isHead()) {
            Session session = exchange.connection().session();
            LargeBody body = LargeBody.held(session, array.bytes);
            return body == null ? LargeBody.refused(session) : over(response, coded, body);
        }
        return response;
    }

    private static HttpResponse opened(Exchange exchange, HttpResponse response, Producer coded,
            NamedFile file) {
        try {
            FileBody body = file.whole();
            if (body == null) {
                return FileAnswer.without(response, 404);
            }
            exchange.own(body);
            return over(response, coded, body);
        } catch (RuntimeException e) {
            return Service.failed(exchange, e);
        }
    }

    private static HttpResponse over(HttpResponse response, Producer coded, HttpProducer source) {
        HttpResponseBuilder builder = new HttpResponseBuilder(response);
        builder.producer = coded.over(source);
        return new HttpResponse(builder);
    }

    /** Lets another producer write through a coder. */
    private static final class Producer implements HttpProducer {
        private final HttpProducer source;
        private final Supplier<? extends HttpCoder> coders;

        Producer(HttpProducer source, Supplier<? extends HttpCoder> coders) {
            this.source = source;
            this.coders = coders;
        }

        /** What is behind this and further coders. */
        HttpProducer first() {
            HttpProducer each = source;
            while (each instanceof Producer next) {
                each = next.source;
            }
            return each;
        }

        /** The same coders over another source. */
        Producer over(HttpProducer other) {
            return new Producer(source instanceof Producer next ? next.over(other) : other, coders);
        }

        @Override
        public void produce(HttpBody body) throws Exception {
            CodedBody coded = new CodedBody((Body) body, coders);
            body.onReady(coded);
            source.produce(coded);
        }
    }

    /** An array that is coded while it is sent; {@link #opened} puts its writer in its place. */
    private static final class Bytes implements HttpProducer {
        final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public void produce(HttpBody body) {
            throw new IllegalStateException("the array is held before anything is sent");
        }
    }
}

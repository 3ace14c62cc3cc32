package io.gannet.http;

import io.gannet.NetException;
import io.gannet.NetTimer;
import io.gannet.internal.Log;
import io.gannet.internal.web.EventText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes events into a body, and a comment when there are none for a while. */
final class EventWriter implements HttpEventStream {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final Duration LONGEST = Duration.ofDays(365);

    private final Body body;
    private final String lastEventId;
    /** The client is slow; the loop tells when it has caught up. Guarded by this. */
    private boolean waits;
    /** Guarded by this. */
    private boolean closed;
    /** A larger one is refused; the others are, too, while the client is behind. */
    private final long eventMax;
    /** Guarded by this. */
    private @Nullable Runnable closeAction;
    private volatile @Nullable Runnable readyAction;
    /** When something was written last. */
    private volatile long wroteNanos = System.nanoTime();
    /** Belongs to the loop thread. */
    private @Nullable NetTimer timer;
    /** Belongs to the loop thread. */
    private long everyNanos;

    private EventWriter(Body body) {
        this.body = body;
        this.eventMax = body.request().connection().service().options.transport().writeLimit();
        /* Browsers send it in UTF-8. */
        byte[] id = body.request().header("Last-Event-ID").orElse("")
                .getBytes(StandardCharsets.ISO_8859_1);
        this.lastEventId = new String(id, StandardCharsets.UTF_8);
    }

    /** The body that lets a handler send events, each time the response is sent. */
    static HttpProducer producer(Consumer<? super HttpEventStream> handler) {
        Objects.requireNonNull(handler, "handler");
        return new HttpProducer() {
            @Override
            public void produce(HttpBody body) {
                EventWriter writer = new EventWriter((Body) body);
                writer.open();
                handler.accept(writer);
            }
        };
    }

    private void open() {
        body.onReady(this::ready);
        body.onStop(this::close);
        beatEvery(HEARTBEAT);
    }

    @Override
    public boolean send(String data) {
        return write(EventText.event("", "", data, 0));
    }

    @Override
    public boolean send(HttpEvent event) {
        return write(EventText.event(
                event.id(), event.event(), event.data(), event.retry().toMillis()));
    }

    @Override
    public boolean comment(String text) {
        return write(EventText.comment(text));
    }

    private synchronized boolean write(byte[] bytes) {
        if (closed || waits) {
            return false;
        }
        try {
            ByteBuffer event = ByteBuffer.wrap(bytes);
            waits = !(bytes.length > eventMax ? body.write(event) : body.writeToMark(event));
        } catch (NetException e) {
            if (body.isOpen()) {
                throw e;
            }
            return false;
        }
        wroteNanos = System.nanoTime();
        return true;
    }

    @Override
    public String lastEventId() {
        return lastEventId;
    }

    @Override
    public boolean isOpen() {
        synchronized (this) {
            return !closed && body.isOpen();
        }
    }

    @Override
    public void onReady(Runnable action) {
        readyAction = Objects.requireNonNull(action, "action");
    }

    @Override
    public void onClose(Runnable action) {
        Objects.requireNonNull(action, "action");
        synchronized (this) {
            if (!closed) {
                closeAction = action;
                return;
            }
        }
        onLoop(action);
    }

    @Override
    public void close() {
        if (finish()) {
            body.end();
        }
    }

    /** Nothing more is sent; false when that was so before. */
    private boolean finish() {
        Runnable action;
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            action = closeAction;
            closeAction = null;
        }
        onLoop(() -> {
            cancelTimer();
            if (action != null) {
                action.run();
            }
        });
        return true;
    }

    /** When the loop has ended, the caller is as good as any. */
    private void onLoop(Runnable task) {
        if (!body.isOnLoop()) {
            try {
                body.execute(() -> guard(task));
                return;
            } catch (NetException e) {
                guard(task);
                return;
            }
        }
        guard(task);
    }

    private static void guard(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            Log.warn("the end of an event stream failed", t);
        }
    }

    @Override
    public void heartbeat(Duration every) {
        if (every.isNegative()) {
            throw new IllegalArgumentException("every is negative: " + every);
        }
        try {
            body.execute(() -> beatEvery(every));
        } catch (NetException e) {
            return; /* the loop has ended */
        }
    }

    // ---- loop thread ----

    /** The client has caught up, or has gone. */
    private void ready() {
        if (!body.isOpen()) {
            finish();
            return;
        }
        synchronized (this) {
            waits = false;
        }
        Runnable action = readyAction;
        if (action != null) {
            action.run();
        }
    }

    private void beatEvery(Duration every) {
        cancelTimer();
        if (isOpen() && !every.isZero()) {
            everyNanos = (every.compareTo(LONGEST) > 0 ? LONGEST : every).toNanos();
            timer = body.schedule(Duration.ofNanos(everyNanos), this::beat);
        }
    }

    private void beat() {
        timer = null;
        if (!isOpen()) {
            return;
        }
        long left = everyNanos - (System.nanoTime() - wroteNanos);
        if (left <= 0) {
            comment(""); /* a client that is slow needs none */
            left = everyNanos;
        }
        timer = body.schedule(Duration.ofNanos(left), this::beat);
    }

    private void cancelTimer() {
        NetTimer waiting = timer;
        if (waiting != null) {
            timer = null;
            waiting.cancel();
        }
    }
}

package io.gannet.http;

import io.gannet.internal.Log;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

/** A body that is written on a worker. */
final class WriterBody implements HttpProducer {
    private final HttpWriter action;

    WriterBody(HttpWriter action) {
        this.action = Objects.requireNonNull(action, "action");
    }

    /**
     * Begins to write, before the head is sent: a worker's bytes come behind what the loop sends in
     * this turn.
     *
     * @throws RejectedExecutionException when no worker will ever do it; nothing was begun
     */
    @Override
    public void produce(HttpBody target) {
        Body body = (Body) target;
        Exchange exchange = body.request();
        BodyOutput out = new BodyOutput(body);
        out.open();
        Runnable task = new Runnable() {
            @Override
            public void run() {
                write(exchange, body, out);
            }
        };
        if (!exchange.connection().service().workers.execute(exchange, task)) {
            throw new RejectedExecutionException("every worker is busy");
        }
    }

    private void write(Exchange exchange, Body body, BodyOutput out) {
        try {
            action.write(out);
            out.close();
        } catch (Throwable t) {
            if (body.isOpen()) {
                Log.warn(exchange.describe() + " failed in its response", t);
            }
            out.abort();
        }
    }
}

package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.Log;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A body that a publisher gives; subscribes each time the response is sent. */
final class PublisherBody implements HttpProducer {
    /** How many items may be asked for and not written. */
    static final int WINDOW = 4;

    private final Flow.Publisher<ByteBuffer> source;

    PublisherBody(Flow.Publisher<ByteBuffer> source) {
        this.source = Objects.requireNonNull(source, "publisher");
    }

    @Override
    public void produce(HttpBody body) {
        Sender sender = new Sender((Body) body);
        body.onReady(sender);
        source.subscribe(sender);
    }

    /**
     * Writes the items of one subscription while the queue is short, and asks for as many as it
     * wrote. Called by the publisher's thread and, when the queue is short again, by the loop. What
     * others do in turn is called without the lock.
     */
    private static final class Sender implements Flow.Subscriber<ByteBuffer>, Runnable {
        private final Body body;
        private final ArrayDeque<ByteBuffer> items = new ArrayDeque<>();
        private Flow.@Nullable Subscription subscription;
        /** Items that were written since more were asked for. */
        private int owed;
        /** More is being asked for: who publishes at once must not recurse through us. */
        private boolean asking;
        /** The queue is long; the loop will tell when it is short again. */
        private boolean waits;
        private boolean complete;
        /** Nothing more is written, and nothing more is heard. */
        private boolean done;

        Sender(Body body) {
            this.body = body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            Objects.requireNonNull(given, "subscription");
            boolean wanted;
            synchronized (this) {
                wanted = !done && subscription == null;
                if (wanted) {
                    subscription = given;
                    owed = WINDOW;
                }
            }
            if (wanted) {
                ask();
            } else {
                given.cancel(); /* the client is gone, or there is one already */
            }
        }

        @Override
        public void onNext(ByteBuffer item) {
            Objects.requireNonNull(item, "item");
            boolean greedy;
            synchronized (this) {
                if (done) {
                    return;
                }
                greedy = items.size() >= WINDOW;
                items.add(item.duplicate()); /* others may have it too */
            }
            if (greedy) {
                fail(new IllegalStateException("more items came than were asked for"), true);
            } else {
                drain();
            }
        }

        @Override
        public void onError(Throwable error) {
            fail(Objects.requireNonNull(error, "error"), false);
        }

        @Override
        public void onComplete() {
            synchronized (this) {
                complete = true;
            }
            drain();
        }

        /** The queue is short again, or the connection is gone. */
        @Override
        public void run() {
            if (!body.isOpen()) {
                stop(true);
                return;
            }
            synchronized (this) {
                waits = false;
            }
            drain();
        }

        private void drain() {
            try {
                if (writeAll()) {
                    body.end();
                    return;
                }
            } catch (NetException e) {
                stop(true);
                body.abort(); /* it is gone */
                return;
            } catch (Throwable t) { /* of a coder; who publishes can do nothing about it */
                stop(true);
                Log.warn(body.request().describe() + " failed in its response", t);
                body.abort();
                return;
            }
            ask();
        }

        /** Writes what may be written; true when that was the last of all. */
        private synchronized boolean writeAll() {
            while (!done && !waits && !items.isEmpty()) {
                ByteBuffer item = items.element();
                int end = item.limit();
                item.limit(Math.min(end, item.position() + Body.PIECE));
                try {
                    waits = !body.writeToMark(item);
                } finally {
                    item.limit(end);
                }
                if (!item.hasRemaining()) {
                    items.remove();
                    owed++;
                }
            }
            boolean last = !done && complete && items.isEmpty();
            done |= last;
            return last;
        }

        private void ask() {
            while (true) {
                Flow.Subscription asked;
                int count;
                synchronized (this) {
                    asked = subscription;
                    count = owed;
                    if (asked == null || count == 0 || asking || waits || done || complete) {
                        return;
                    }
                    owed = 0;
                    asking = true;
                }
                try {
                    asked.request(count);
                } finally {
                    synchronized (this) {
                        asking = false;
                    }
                }
            }
        }

        /** The body cannot be completed. */
        private void fail(Throwable error, boolean cancels) {
            if (stop(cancels)) {
                Log.warn(body.request().describe() + " failed in its response", error);
                body.abort();
            }
        }

        /** Hears and writes no more; false when that was so before. */
        private boolean stop(boolean cancels) {
            Flow.Subscription asked;
            synchronized (this) {
                if (done) {
                    return false;
                }
                done = true;
                items.clear();
                asked = subscription;
            }
            if (asked != null && cancels) {
                asked.cancel();
            }
            return true;
        }
    }
}

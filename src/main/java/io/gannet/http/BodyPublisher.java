package io.gannet.http;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The body of a request as a publisher for one subscriber: what is not asked for is not read from
 * the client. Everything is signalled by the connection's loop thread.
 */
final class BodyPublisher implements Flow.Publisher<ByteBuffer> {
    private final Exchange exchange;
    private final Upload upload;
    private final AtomicBoolean taken = new AtomicBoolean();

    BodyPublisher(Exchange exchange, Upload upload) {
        this.exchange = exchange;
        this.upload = upload;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        Subscribed subscribed = new Subscribed(exchange, upload, subscriber);
        if (!taken.compareAndSet(false, true)) {
            subscribed.refuse(new IllegalStateException("a body is published once"));
            return;
        }
        subscriber.onSubscribe(subscribed);
        subscribed.start();
    }

    /** One subscription. */
    static final class Subscribed implements Flow.Subscription, BodyReceiver {
        private final Exchange exchange;
        private final Upload upload;
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        /** Items that may be signalled; {@link Long#MAX_VALUE} stays as it is. */
        private final AtomicLong demand = new AtomicLong();
        /** The upload is paused, and whoever asks for more resumes it. */
        private final AtomicBoolean held = new AtomicBoolean();
        /** Nothing more is signalled. */
        private volatile boolean done;

        Subscribed(Exchange exchange, Upload upload,
                Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.exchange = exchange;
            this.upload = upload;
            this.subscriber = subscriber;
        }

        void refuse(Throwable why) {
            done = true;
            subscriber.onSubscribe(this);
            subscriber.onError(why);
        }

        /** Waits for the first demand, in a place where it hears of failures already. */
        void start() {
            try {
                exchange.head();
                upload.start(this, true);
                await();
            } catch (IllegalStateException | NetException e) {
                end(e); /* the request is over, or its body is somebody else's */
            }
        }

        /** The upload is paused. Looks again, for whoever asked in between resumed nothing. */
        private void await() {
            held.set(true);
            if (demand.get() > 0) {
                goOn();
            }
        }

        private void goOn() {
            if (held.compareAndSet(true, false)) {
                upload.pause(false);
            }
        }

        private void end(Throwable error) {
            if (!done) {
                done = true;
                subscriber.onError(error);
            }
        }

        // ---- what the subscriber asks for: any thread ----

        @Override
        public void request(long count) {
            if (done) {
                return;
            }
            try {
                if (count <= 0) {
                    upload.execute(() -> end(
                            new IllegalArgumentException("asked for " + count + " items")));
                } else {
                    demand.accumulateAndGet(count, Subscribed::sum);
                    goOn();
                }
            } catch (NetException e) {
                done = true; /* the loop has ended, and tells nobody anything */
            }
        }

        private static long sum(long one, long other) {
            long sum = one + other;
            return sum < 0 ? Long.MAX_VALUE : sum;
        }

        @Override
        public void cancel() {
            boolean was = done;
            done = true;
            try {
                if (!was) {
                    upload.pause(true);
                }
            } catch (NetException e) {
                return; /* the loop has ended */
            }
        }

        // ---- what the upload tells: loop thread ----

        @Override
        public void onData(ByteBuffer data) {
            if (done) {
                return;
            }
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            if (demand.get() != Long.MAX_VALUE) {
                demand.decrementAndGet();
            }
            try {
                subscriber.onNext(ByteBuffer.wrap(copy));
            } catch (Throwable t) {
                done = true;
                throw t;
            }
            if (demand.get() == 0 && !done) {
                upload.pause(true);
                await();
            }
        }

        @Override
        public void onEnd(HttpHeaders trailers) {
            if (!done) {
                done = true;
                subscriber.onComplete();
            }
        }

        @Override
        public void onFailure(NetException cause) {
            end(cause);
        }
    }
}

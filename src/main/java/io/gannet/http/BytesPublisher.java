package io.gannet.http;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** Publishes a body that is there: one item, or none when it is empty, to any subscriber. */
final class BytesPublisher implements Flow.Publisher<ByteBuffer> {
    private final byte[] bytes;

    BytesPublisher(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        Once once = new Once(bytes, subscriber);
        subscriber.onSubscribe(once);
        if (bytes.length == 0 && once.take()) {
            subscriber.onComplete();
        }
    }

    private static final class Once implements Flow.Subscription {
        private final byte[] bytes;
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final AtomicBoolean taken = new AtomicBoolean();
        private volatile boolean cancelled;

        Once(byte[] bytes, Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.bytes = bytes;
            this.subscriber = subscriber;
        }

        boolean take() {
            return taken.compareAndSet(false, true);
        }

        @Override
        public void request(long count) {
            if (!take()) {
                return;
            }
            if (count <= 0) {
                subscriber.onError(
                        new IllegalArgumentException("asked for " + count + " items"));
                return;
            }
            if (bytes.length > 0) {
                subscriber.onNext(ByteBuffer.wrap(bytes).asReadOnlyBuffer());
            }
            if (!cancelled) {
                subscriber.onComplete();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            taken.set(true);
        }
    }
}

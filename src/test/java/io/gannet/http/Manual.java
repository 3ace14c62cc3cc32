package io.gannet.http;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Publishes one buffer many times, at once when it is asked and without a thread; notes what it was
 * asked for. For one subscriber.
 */
final class Manual implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
    final AtomicInteger published = new AtomicInteger();
    /** The most items that were asked for and not given. */
    final AtomicLong mostAsked = new AtomicLong();
    final CountDownLatch cancelled = new CountDownLatch(1);
    /** How often {@code request} was inside itself. */
    volatile int deepest;
    /** Gives an error in place of this item. */
    volatile int failsAt = -1;
    /** Gives nothing. */
    volatile boolean silent;
    private final ByteBuffer item;
    private final int count;
    private final AtomicLong asked = new AtomicLong();
    private volatile int depth;
    private volatile Flow.Subscriber<? super ByteBuffer> subscriber;

    Manual(byte[] item, int count) {
        this(ByteBuffer.wrap(item), count);
    }

    Manual(ByteBuffer item, int count) {
        this.item = item;
        this.count = count;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> given) {
        subscriber = given;
        given.onSubscribe(this);
    }

    @Override
    public synchronized void request(long more) {
        long now = asked.addAndGet(more);
        mostAsked.accumulateAndGet(now, Math::max);
        depth++;
        deepest = Math.max(deepest, depth);
        while (!silent && cancelled.getCount() > 0 && asked.get() > 0 && published.get() < count) {
            asked.decrementAndGet();
            if (published.incrementAndGet() == failsAt) {
                subscriber.onError(new IllegalStateException("failed"));
                break;
            }
            subscriber.onNext(item);
            if (published.get() == count) {
                subscriber.onComplete();
            }
        }
        depth--;
    }

    @Override
    public void cancel() {
        cancelled.countDown();
    }
}

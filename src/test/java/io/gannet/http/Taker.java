package io.gannet.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A subscriber that keeps what it hears, and asks for nothing by itself. */
final class Taker implements Flow.Subscriber<ByteBuffer> {
    final BlockingQueue<String> items = new LinkedBlockingQueue<>();
    /** How it ended: "complete", or the error. */
    final CompletableFuture<String> done = new CompletableFuture<>();
    volatile Flow.Subscription subscription;

    String next() throws InterruptedException {
        return items.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
    }

    @Override
    public void onNext(ByteBuffer item) {
        items.add(StandardCharsets.UTF_8.decode(item).toString());
    }

    @Override
    public void onError(Throwable error) {
        done.complete(error.toString());
    }

    @Override
    public void onComplete() {
        done.complete("complete");
    }
}

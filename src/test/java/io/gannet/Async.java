package io.gannet;

import java.util.concurrent.CompletableFuture;

/** Runs what races on threads of their own: on a small machine the common pool has one thread. */
public final class Async {
    private Async() {}

    /** What to compute. */
    public interface Task<T> {
        T call() throws Exception;
    }

    public static CompletableFuture<Void> run(Runnable task) {
        return supply(() -> {
            task.run();
            return null;
        });
    }

    public static <T> CompletableFuture<T> supply(Task<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable t) {
                result.completeExceptionally(t);
            }
        }, "test-async");
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}

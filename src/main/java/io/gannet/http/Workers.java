package io.gannet.http;

import io.gannet.internal.Flight;
import io.gannet.internal.Log;
import io.gannet.internal.WorkerPool;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a server that may block, bounded in number and in what waits for them. There are
 * none before the first call. Any thread.
 */
final class Workers {
    private final HttpOptions options;
    private @Nullable WorkerPool pool;
    private boolean stopped;
    private final AtomicLong refused = new AtomicLong();

    Workers(HttpOptions options) {
        this.options = options;
    }

    /**
     * Computes a response on a worker, which is interrupted when nobody waits for it any more.
     *
     * @return the promise of it
     * @throws HttpException 503 when there is no room
     */
    HttpResponse call(Exchange exchange, Callable<HttpResponse> task) {
        CompletableFuture<HttpResponse> result = new CompletableFuture<>();
        if (!start(exchange, new Task<>(task, result))) {
            throw busy();
        }
        return HttpResponse.later(result);
    }

    /**
     * Runs a task for a request on a worker, which is interrupted when the request ends before its
     * response is complete. What it throws is logged.
     *
     * @return false when there is no room
     */
    boolean execute(Exchange exchange, Runnable task) {
        Callable<Boolean> call = new Callable<>() {
            @Override
            public Boolean call() {
                task.run();
                return true;
            }
        };
        return start(exchange, new Task<>(call, null));
    }

    /**
     * Runs a task for nobody in particular on a worker.
     *
     * @return false when there is no room
     */
    boolean execute(Runnable task) {
        WorkerPool workers = pool();
        boolean taken = workers != null && workers.execute(task);
        if (!taken) {
            refuse();
        }
        return taken;
    }

    /** Whether tasks are refused for ever; those that wait may be dropped then. */
    synchronized boolean isStopped() {
        return stopped;
    }

    private void refuse() {
        refused.incrementAndGet();
        Flight.limit("workerQueueMax", "every worker is busy");
    }

    private boolean start(Exchange exchange, Task<?> task) {
        WorkerPool workers = pool();
        task.progress = exchange.progress();
        if (workers == null || !workers.execute(task)) {
            refuse();
            return false;
        }
        exchange.watch().add(exchange, task);
        return true;
    }

    private synchronized @Nullable WorkerPool pool() {
        if (pool == null && !stopped) {
            int threads = options.workers() > 0
                    ? options.workers()
                    : Math.max(16, 8 * Runtime.getRuntime().availableProcessors());
            pool = new WorkerPool("worker", threads, options.workerQueueMax(),
                    options.virtualThreads());
        }
        return pool;
    }

    HttpStats.Workers stats() {
        WorkerPool workers;
        synchronized (this) {
            workers = pool;
        }
        int taken = workers == null ? 0 : workers.taken();
        int waiting = workers == null ? 0 : workers.waiting();
        return new HttpStats.Workers(Math.max(0, taken - waiting), waiting, refused.get());
    }

    /** Lets the tasks finish, and interrupts and drops what is left when the time is over. */
    void stop(long nanos) {
        WorkerPool stopping;
        synchronized (this) {
            stopped = true;
            stopping = pool;
        }
        if (stopping != null) {
            stopping.stop(nanos);
        }
    }

    /** Who works now on what hears of the end of a request, null if that is no task. */
    static @Nullable Thread threadOf(Consumer<? super HttpOutcome> action) {
        return action instanceof Task<?> task ? task.thread() : null;
    }

    /** What is answered when there is no room. */
    static HttpException busy() {
        return Service.quick(503, "every worker is busy");
    }

    /**
     * A call that a worker makes, and which hears how its request ended. The thread is interrupted
     * only while it makes the call: both happen under the lock of the task.
     */
    private static final class Task<T> implements Runnable, Consumer<HttpOutcome> {
        private final @Nullable CompletableFuture<T> result;
        /** Null once the call ended, or will not be made. Guarded by this. */
        private @Nullable Callable<T> call;
        /** Who makes the call. Guarded by this. */
        private @Nullable Thread thread;
        /** Of a request that somebody watches. Set before the task is handed over. */
        @Nullable Progress progress;

        Task(Callable<T> call, @Nullable CompletableFuture<T> result) {
            this.call = call;
            this.result = result;
        }

        @Override
        public void run() {
            Callable<T> made = begin();
            if (made == null) {
                return;
            }
            @Nullable T value = null;
            @Nullable Throwable error = null;
            try {
                value = made.call();
            } catch (Throwable t) {
                error = t;
            }
            boolean wanted = end();
            if (result == null) {
                if (error != null && wanted) {
                    Log.warn("a task of a request failed", error);
                }
            } else if (error != null) {
                result.completeExceptionally(error);
            } else {
                result.complete(value);
            }
        }

        synchronized @Nullable Thread thread() {
            return thread;
        }

        private synchronized @Nullable Callable<T> begin() {
            if (call != null) {
                thread = Thread.currentThread();
                if (progress != null) {
                    progress.working();
                }
            }
            return call;
        }

        /** Nobody interrupts this thread from here on; says whether nobody did. */
        private synchronized boolean end() {
            thread = null;
            boolean wanted = call != null;
            call = null;
            Thread.interrupted();
            return wanted;
        }

        @Override
        public void accept(HttpOutcome outcome) {
            if (outcome.complete()) {
                return;
            }
            boolean waits;
            synchronized (this) {
                waits = call != null && thread == null;
                call = null;
                if (thread != null) {
                    thread.interrupt();
                }
            }
            if (waits && result != null) {
                result.cancel(false);
            }
        }
    }
}

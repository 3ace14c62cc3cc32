package io.gannet.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads for tasks that block: a bounded number of platform threads with a bounded queue, or a
 * virtual thread for each task, as many at a time as the other would have running and waiting.
 * Nothing is started before the first task. Any thread.
 */
public final class WorkerPool {
    private static final AtomicInteger POOLS = new AtomicInteger();
    private static final long KEEP_SECONDS = 30;

    private final String prefix;
    private final int threads;
    private static final String NOT_VIRTUAL = "virtual threads need JDK 21 or newer; what blocks"
            + " runs on pools of platform threads";

    private final boolean virtual;
    /** Tasks that may still be taken. */
    private final Semaphore room;
    private final int roomMax;
    /** Virtual threads that run, to be interrupted in the end. */
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Starter starter;
    private volatile boolean stopped;

    /** Begins a task on a thread; one of two ways. */
    private interface Starter {
        void start(Runnable task);

        /** Whether every task has a thread. */
        boolean isUnbounded();

        /** Takes no more tasks, and drops or interrupts what it has if told so. */
        void stop(boolean now);
    }

    /**
     * A pool without threads.
     *
     * @param what the threads are named after it
     * @param threads how many tasks may run at a time
     * @param waitingMax how many more may wait for a thread
     * @param virtual whether every task has a virtual thread of its own, if the JVM can
     */
    public WorkerPool(String what, int threads, int waitingMax, boolean virtual) {
        this.prefix = "gannet-" + what + "-" + POOLS.incrementAndGet() + "-";
        this.threads = threads;
        this.virtual = virtual;
        this.roomMax = (int) Math.min(Integer.MAX_VALUE, (long) threads + waitingMax);
        this.room = new Semaphore(roomMax);
    }

    /**
     * Runs a task on a thread that may block. What it throws is logged.
     *
     * @param task the task
     * @return false if there is no room, or no thread to be had, or the pool was stopped
     */
    public boolean execute(Runnable task) {
        if (stopped || !room.tryAcquire()) {
            return false;
        }
        boolean taken = false;
        try {
            starter().start(new Runnable() {
                @Override
                public void run() {
                    WorkerPool.this.run(task);
                }
            });
            taken = true;
        } catch (Throwable t) {
            /* There is no memory for another thread, or the pool was stopped meanwhile. */
            if (!stopped) {
                Log.warn("no thread for a task that blocks", t);
            }
        } finally {
            if (!taken) {
                room.release();
            }
        }
        return taken;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            Log.warn("a task of " + Thread.currentThread().getName() + " failed", t);
        } finally {
            room.release();
        }
    }

    /**
     * Warns, once in the life of the JVM, when virtual threads were asked for and it has none.
     */
    public static void warnUnlessVirtual() {
        if (VirtualThreads.factory("") == null) {
            Log.once(System.Logger.Level.WARNING, NOT_VIRTUAL);
        }
    }

    private Starter starter() {
        Starter now = starter;
        return now != null ? now : create();
    }

    private synchronized Starter create() {
        Starter now = starter;
        if (now == null) {
            ThreadFactory factory = virtual ? VirtualThreads.factory(prefix) : null;
            if (virtual && factory == null) {
                Log.once(System.Logger.Level.INFO, NOT_VIRTUAL);
            }
            now = factory == null ? platform() : virtual(factory);
            starter = now;
        }
        return now;
    }

    private Starter platform() {
        AtomicInteger next = new AtomicInteger();
        ThreadFactory factory = new ThreadFactory() {
            @Override
            public Thread newThread(Runnable task) {
                Thread thread = new Thread(task, prefix + next.getAndIncrement());
                thread.setDaemon(true); /* it is the loops that keep the JVM alive */
                return thread;
            }
        };
        ThreadPoolExecutor executor = new ThreadPoolExecutor(threads, threads, KEEP_SECONDS,
                TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        executor.allowCoreThreadTimeOut(true);
        return new Starter() {
            @Override
            public void start(Runnable task) {
                executor.execute(task);
            }

            @Override
            public boolean isUnbounded() {
                return false;
            }

            @Override
            public void stop(boolean now) {
                if (now) {
                    shutdownNow(executor);
                } else {
                    executor.shutdown();
                }
            }
        };
    }

    /** Tasks that nobody began take their room with them. */
    private void shutdownNow(ExecutorService executor) {
        room.release(executor.shutdownNow().size());
    }

    private Starter virtual(ThreadFactory factory) {
        return new Starter() {
            @Override
            public void start(Runnable task) {
                Thread thread = factory.newThread(() -> {
                    try {
                        task.run();
                    } finally {
                        running.remove(Thread.currentThread());
                    }
                });
                running.add(thread);
                thread.start();
            }

            @Override
            public boolean isUnbounded() {
                return true;
            }

            @Override
            public void stop(boolean now) {
                if (now) {
                    for (Thread thread : running) {
                        thread.interrupt();
                    }
                }
            }
        };
    }

    /**
     * Tasks that were taken and have not ended, as of now.
     *
     * @return how many
     */
    public int taken() {
        return roomMax - room.availablePermits();
    }

    /**
     * Those of them that wait for a thread, as of now.
     *
     * @return none with virtual threads
     */
    public int waiting() {
        Starter now = starter;
        return now == null || now.isUnbounded() ? 0 : Math.max(0, taken() - threads);
    }

    /**
     * Takes no more tasks, lets those that were taken finish, and interrupts and drops what is left
     * when the time is over, or when the caller is interrupted; then it waits no longer.
     * Idempotent.
     *
     * @param nanos how long the tasks may take
     * @return true if every task finished by itself
     */
    public boolean stop(long nanos) {
        stopped = true;
        Starter stopping;
        synchronized (this) {
            stopping = starter;
        }
        if (stopping == null) {
            return true;
        }
        stopping.stop(false);
        if (awaitIdle(nanos)) {
            return true;
        }
        stopping.stop(true);
        return false;
    }

    /** Whether all tasks finished in time. */
    private boolean awaitIdle(long nanos) {
        try {
            if (room.tryAcquire(roomMax, nanos, TimeUnit.NANOSECONDS)) {
                room.release(roomMax);
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}

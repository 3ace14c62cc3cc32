package io.gannet.internal;

import io.gannet.NetBackend;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.NetStats;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The loops of a server or client. Any thread. */
public final class LoopGroup {
    private static final AtomicInteger GROUPS = new AtomicInteger();

    private final LoopThread[] loops;
    private final NetOptions.Backend asked;
    private final long stallNanos;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * Opens the loops; their threads are not started yet.
     *
     * @param options how many and which
     * @param daemon whether the JVM may end while they run
     */
    public LoopGroup(NetOptions options, boolean daemon) {
        this(options, null, daemon, 0);
    }

    /**
     * Opens the loops of a server, which may speak HTTP.
     *
     * @param options how many and which
     * @param http null for raw sessions alone
     */
    static LoopGroup ofServer(NetOptions options, @Nullable HttpSettings http) {
        NativeLoader.load();
        int perAddress = options.maxSessionsPerAddress();
        if (perAddress == 0 && options.loops() == 1) {
            return new LoopGroup(options, http, false, 0);
        }
        long census = NativeLoop.newCensus(options.maxSessions(), perAddress);
        if (census == 0) {
            throw new NetException("ENOMEM", "open loop", "no memory to count sessions");
        }
        try {
            return new LoopGroup(options, http, false, census);
        } finally {
            NativeLoop.dropCensus(census);
        }
    }

    private LoopGroup(NetOptions options, @Nullable HttpSettings http, boolean daemon,
            long census) {
        NativeLoader.load();
        int count = options.loops() > 0
                ? options.loops()
                : Runtime.getRuntime().availableProcessors();
        int group = GROUPS.incrementAndGet();
        loops = new LoopThread[count];
        try {
            for (int i = 0; i < count; i++) {
                String name = "gannet-" + group + "-loop-" + i;
                loops[i] = new LoopThread(options, http, name, daemon,
                        options.pinLoops() ? i : -1, census);
            }
        } catch (RuntimeException | Error e) {
            for (LoopThread loop : loops) {
                if (loop != null) {
                    loop.discard();
                }
            }
            throw e;
        }
        asked = options.backend();
        stallNanos = options.stallThreshold().toNanos();
    }

    /** Starts the threads, or none; the loops are gone if it fails. */
    public void start() {
        int started = 0;
        try {
            for (LoopThread loop : loops) {
                loop.start();
                started++;
            }
        } finally {
            for (int i = 0; i < loops.length && started < loops.length; i++) {
                if (i < started) {
                    loops[i].terminate();
                } else {
                    loops[i].discard();
                }
            }
        }
        afterStart(loops[0].report());
    }

    /**
     * Does what can wait, on a thread of its own: the first record of a logger costs as much as the
     * start itself.
     */
    private void afterStart(BackendReport report) {
        Thread thread = new Thread("gannet-log") {
            @Override
            public void run() {
                for (LoopThread loop : loops) {
                    StallWatch.add(loop, stallNanos);
                }
                Log.started(report, asked);
            }
        };
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Keeps an object from being collected for as long as the loops run: a program may drop a
     * server that serves, and meters that refer to it weakly must still find it.
     *
     * @param owner the server or client that the loops belong to
     */
    public void keep(Object owner) {
        for (LoopThread loop : loops) {
            loop.kept = owner;
        }
    }

    /** Frees loops that were never started. */
    public void discard() {
        for (LoopThread loop : loops) {
            loop.discard();
        }
    }

    /**
     * How the loops talk to the kernel.
     *
     * @return the backend and why it was chosen
     */
    public NetBackend backend() {
        return loops[0].report().toBackend(asked);
    }

    int size() {
        return loops.length;
    }

    /**
     * Whether the kernel spreads connections over sockets that listen on one port. The systems with
     * kqueue let several sockets do that, and give every connection to one of them.
     */
    boolean spreads() {
        return !loops[0].report().name().equals("kqueue");
    }

    LoopThread loop(int index) {
        return loops[index];
    }

    LoopThread next() {
        return loops[Math.floorMod(next.getAndIncrement(), loops.length)];
    }

    /**
     * Sessions on all loops.
     *
     * @return how many there are now
     */
    public int sessionCount() {
        int sum = 0;
        for (LoopThread loop : loops) {
            sum += loop.sessionCount();
        }
        return sum;
    }

    private long count(int field) {
        long sum = 0;
        for (LoopThread loop : loops) {
            sum += loop.count(field);
        }
        return sum;
    }

    private long stalls() {
        long sum = 0;
        for (LoopThread loop : loops) {
            sum += loop.stalls.get();
        }
        return sum;
    }

    /**
     * What the loops have counted; also when they have ended.
     *
     * @return a snapshot
     */
    public NetStats stats() {
        /* What closes was open before: in this order there are never fewer opened than closed. */
        long closed = count(NativeLoop.COUNT_CLOSED);
        return new NetStats(loops.length, count(NativeLoop.COUNT_ACCEPTED),
                count(NativeLoop.COUNT_CONNECTED), closed, count(NativeLoop.COUNT_IDLE),
                count(NativeLoop.COUNT_REFUSED), count(NativeLoop.COUNT_PAUSES),
                count(NativeLoop.COUNT_RECEIVED), count(NativeLoop.COUNT_SENT),
                count(NativeLoop.COUNT_MEMORY), count(NativeLoop.COUNT_MEMORY_PEAK),
                count(NativeLoop.COUNT_MEMORY_LIMIT), stalls(),
                count(NativeLoop.COUNT_TIGHT), count(NativeLoop.COUNT_UNSERVED),
                count(NativeLoop.COUNT_CROWDED), count(NativeLoop.COUNT_TURNED_AWAY));
    }

    /**
     * Requests whose heads were read; see {@link NetStats} for what a snapshot is.
     *
     * @return how many
     */
    public long requests() {
        return count(NativeLoop.COUNT_REQUESTS);
    }

    /**
     * Input that was refused because it was no HTTP, was too large, or is not known here.
     *
     * @return how much of each, in this order
     */
    public long[] bad() {
        long large = count(NativeLoop.COUNT_BAD_LARGE);
        long unknown = count(NativeLoop.COUNT_BAD_UNKNOWN);
        long all = count(NativeLoop.COUNT_BAD);
        return new long[] {Math.max(0, all - large - unknown), large, unknown};
    }

    /**
     * Heads and bodies that did not come in time.
     *
     * @return how many of each, in this order
     */
    public long[] overdue() {
        long body = count(NativeLoop.COUNT_OVERDUE_BODY);
        return new long[] {Math.max(0, count(NativeLoop.COUNT_OVERDUE) - body), body};
    }

    /**
     * Tells whether the caller runs on one of the loops and so must not wait for them.
     *
     * @return true on a loop thread
     */
    public boolean isCurrent() {
        for (LoopThread loop : loops) {
            if (loop.isCurrent()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Closes what belongs to a server in order, and waits until nothing is left.
     *
     * @param owner whose listeners and sessions to close
     * @param nanos how long to wait
     * @return false if some were left when the time was over
     */
    boolean drainServer(Object owner, long nanos) {
        return new ServerDrain(loops, owner, nanos).run();
    }

    /**
     * Closes what belongs to a client in order, and waits until nothing is left.
     *
     * @param owner whose sessions to close
     * @param nanos how long to wait
     * @return false if some were left when the time was over, or the loops ended meanwhile
     */
    public boolean drainClient(Object owner, long nanos) {
        return new ClientDrain(loops, owner, nanos).run();
    }

    /**
     * Aborts what belongs to an owner.
     *
     * @param owner whose sessions to abort
     */
    public void abort(Object owner) {
        for (LoopThread loop : loops) {
            loop.submit(() -> loop.abort(owner));
        }
    }

    /** Ends the loops soon: what is left is aborted and told. */
    public void terminate() {
        for (LoopThread loop : loops) {
            loop.terminate();
        }
    }

    /** Says of the loops that do not end what holds them. */
    void reportHeld() {
        for (LoopThread loop : loops) {
            if (loop.ended().getCount() > 0) {
                StallWatch.reportHeld(loop);
            }
        }
    }

    /**
     * Waits until all loops have ended.
     *
     * @throws InterruptedException when the caller is interrupted
     */
    public void join() throws InterruptedException {
        for (LoopThread loop : loops) {
            loop.ended().await();
        }
    }

    /**
     * Waits until all loops have ended, through interrupts, which are kept for later.
     *
     * @param nanos how long to wait
     * @return false if some had not when the time was over
     */
    public boolean await(long nanos) {
        long deadline = System.nanoTime() + nanos;
        for (LoopThread loop : loops) {
            if (!await(loop.ended(), deadline)) {
                return false;
            }
        }
        return true;
    }

    static boolean await(CountDownLatch latch, long deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return latch.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

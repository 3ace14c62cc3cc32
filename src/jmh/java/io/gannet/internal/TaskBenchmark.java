package io.gannet.internal;

import io.gannet.NetOptions;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it takes other threads to have something done by a loop: each offers tasks which do nothing,
 * the loop runs them, and after so many the thread waits for the last. The figure is the time of
 * one thread for one task, with its share of waking the loop and of waiting; with several threads
 * the loop runs as many tasks in that time. What is allocated is the
 * node of the queue, and in a round trip what the thread waits with.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TaskBenchmark {
    private static final int BURST = 256;

    private final LoopThread loop = start();

    /** For JMH. */
    public TaskBenchmark() {}

    private static LoopThread start() {
        NativeLoader.load();
        LoopThread loop = new LoopThread(NetOptions.port(0), null, "tasks", true, -1, 0);
        loop.start();
        return loop;
    }

    /** Ends the loop. */
    @TearDown(Level.Trial)
    public void close() {
        loop.terminate();
    }

    /** What each thread has of its own. */
    @State(Scope.Thread)
    public static class Offering {
        private final Semaphore done = new Semaphore(0);
        private final Runnable last = done::release;

        /** For JMH. */
        public Offering() {}

        private void burst(LoopThread loop) {
            for (int i = 1; i < BURST; i++) {
                loop.submit(Offering::nothing);
            }
            loop.submit(last);
            done.acquireUninterruptibly();
        }

        private static void nothing() {}

        private void alone(LoopThread loop) {
            loop.submit(last);
            done.acquireUninterruptibly();
        }
    }

    /** One task and the way back: the loop sleeps, is woken, and wakes the thread. */
    @Benchmark
    @Threads(1)
    public void roundTrip(Offering offering) {
        offering.alone(loop);
    }

    /** Bursts of one thread. */
    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(BURST)
    public void oneThread(Offering offering) {
        offering.burst(loop);
    }

    /** Bursts of four threads at once. */
    @Benchmark
    @Threads(4)
    @OperationsPerInvocation(BURST)
    public void fourThreads(Offering offering) {
        offering.burst(loop);
    }
}

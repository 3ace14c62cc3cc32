package io.gannet.internal;

import io.gannet.NetSession;
import java.nio.ByteBuffer;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What Java adds to one event of a raw session: from its record in native memory to the handler. A
 * turn has one event, or one with its answer, for each of 16 sessions. The figures are for one
 * session's part of the turn; nothing may be allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventBenchmark {
    private static final int LENGTH = 64;
    /** Beyond all slots that the loop ever used. */
    private static final int GONE = 5000;

    private final QuietLoop skipping = QuietLoop.raw(EventBenchmark::ignore);
    private final QuietLoop receiving = QuietLoop.raw(EventBenchmark::ignore);
    private final QuietLoop echoing = QuietLoop.raw(NetSession::write);

    /** For JMH. */
    public EventBenchmark() {}

    private static void ignore(NetSession session, ByteBuffer data) {}

    /** Writes the records, which every turn tells again. */
    @Setup
    public void write() {
        for (int slot = 0; slot < QuietLoop.SESSIONS; slot++) {
            skipping.received(GONE + slot, LENGTH);
            receiving.received(slot, LENGTH);
            echoing.received(slot, LENGTH);
            echoing.sent(slot, LENGTH);
        }
    }

    /** Ends the loops. */
    @TearDown(Level.Trial)
    public void close() {
        skipping.close();
        receiving.close();
        echoing.close();
    }

    /** The walk alone: received bytes of sessions that are gone. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void skip() {
        skipping.run(skipping::tell);
    }

    /** Received bytes, and a handler that does nothing with them. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void receive() {
        receiving.run(receiving::tell);
    }

    /** Received bytes, 64 of them that the handler writes back, and the word that they are sent. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void echo() {
        echoing.run(echoing::tell);
    }
}

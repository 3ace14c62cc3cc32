package io.gannet.http;

import io.gannet.internal.QuietLoop;
import io.gannet.internal.Session;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it takes to answer: status line, headers and body into the memory that the core reads, one
 * response to each of 16 connections in a turn. The figures are for one response. Where a response
 * is made anew, as by most handlers, making it is in the figure, and so is what that allocates;
 * one that is kept was encoded before and allocates nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ResponseBenchmark {
    private static final byte[] JSON =
            "{\"message\":\"Hello, World!\",\"numbers\":[1,2,3,5,8,13,21,34]}"
                    .getBytes(StandardCharsets.UTF_8);

    private final Service service = new Service(HttpOptions.port(0), request -> newText());
    private final QuietLoop loop =
            QuietLoop.http(service.settings(), () -> new Connection(service));
    private final Exchange request = new Exchange(new Connection(service), false);
    private final HttpResponse keptText = newText();
    private final HttpResponse keptJson = newJson();

    /** For JMH. */
    public ResponseBenchmark() {}

    private static HttpResponse newText() {
        return HttpResponse.text("Hello, World!");
    }

    private static HttpResponse newJson() {
        return HttpResponse.builder()
                .header("Content-Type", "application/json")
                .header("Cache-Control", "private, max-age=60")
                .header("ETag", "\"5d41402abc4b2a76\"")
                .header("Vary", "Accept-Encoding")
                .header("X-Content-Type-Options", "nosniff")
                .body(JSON)
                .build();
    }

    private void answer(Supplier<HttpResponse> responses) {
        loop.run(() -> {
            for (int i = 0; i < QuietLoop.SESSIONS; i++) {
                Session session = loop.session(i);
                LoopShare.of(session, service).sendPlain(session, responses.get(), request);
            }
            loop.send();
        });
    }

    /** Ends the loop. */
    @TearDown(Level.Trial)
    public void close() {
        loop.close();
    }

    /** A short text, made anew. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void text() {
        answer(ResponseBenchmark::newText);
    }

    /** The same text, kept. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void textKept() {
        answer(() -> keptText);
    }

    /** Bytes of JSON with five headers, made anew. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void json() {
        answer(ResponseBenchmark::newJson);
    }

    /** The same JSON, kept. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void jsonKept() {
        answer(() -> keptJson);
    }
}

package io.gannet.http;

import io.gannet.internal.QuietLoop;
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
 * What a handler pays for what it reads of a request, which lies in native memory with eight
 * headers. Each of 16 connections has a request of its own in every turn, so that no text can be
 * shared. {@link #nothing} is all that Java does for a request whose handler reads nothing; every
 * other figure has that in it, and the difference is the price of what is read. The 80 bytes of an
 * {@link Exchange} are missing where the compiler finds out that nobody keeps it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestBenchmark {
    private static final HttpResponse DONE = HttpResponse.text("Hello, World!");

    private final QuietLoop nothing = loop(request -> 0);
    private final QuietLoop path = loop(request -> request.path().length());
    private final QuietLoop header =
            loop(request -> request.header("accept-language").orElseThrow().length());
    private final QuietLoop noHeader =
            loop(request -> request.header("X-Request-Id").isPresent() ? 1 : 0);
    private final QuietLoop queryParam =
            loop(request -> request.queryParam("page").orElseThrow().length());

    /** For JMH. */
    public RequestBenchmark() {}

    /** What a handler reads of a request. */
    private interface Reading {
        int read(HttpRequest request);
    }

    private static QuietLoop loop(Reading reading) {
        Service service = new Service(HttpOptions.port(0), request -> {
            if (reading.read(request) == Integer.MAX_VALUE) {
                throw new IllegalStateException("so that it has to be read");
            }
            return DONE;
        });
        return QuietLoop.http(service.settings(), () -> new Connection(service));
    }

    /** Writes the requests, which every turn tells again. */
    @Setup
    public void write() {
        for (int i = 0; i < QuietLoop.SESSIONS; i++) {
            String head = "GET /users/" + (1000 + i) + "/orders?sort=price&page=" + (10 + i)
                    + " HTTP/1.1\r\n"
                    + "Host: www.shop.example\r\n"
                    + "Connection: keep-alive\r\n"
                    + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n"
                    + "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
                    + "Accept-Encoding: gzip, deflate, br\r\n"
                    + "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\n"
                    + "Referer: https://www.shop.example/\r\n"
                    + "Cookie: session=5d41402abc4b2a76b9719d911017c592\r\n"
                    + "\r\n";
            nothing.request(i, head);
            path.request(i, head);
            header.request(i, head);
            noHeader.request(i, head);
            queryParam.request(i, head);
        }
    }

    /** Ends the loops. */
    @TearDown(Level.Trial)
    public void close() {
        nothing.close();
        path.close();
        header.close();
        noHeader.close();
        queryParam.close();
    }

    /** A request that is answered with a kept response and never looked at. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void nothing() {
        nothing.run(nothing::tellAndSend);
    }

    /** The path. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void path() {
        path.run(path::tellAndSend);
    }

    /** The sixth header, by a name in lower case. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void header() {
        header.run(header::tellAndSend);
    }

    /** A header that is not there. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void noHeader() {
        noHeader.run(noHeader::tellAndSend);
    }

    /** The second parameter of the query, all of which is decoded for it. */
    @Benchmark
    @OperationsPerInvocation(QuietLoop.EACH)
    public void queryParam() {
        queryParam.run(queryParam::tellAndSend);
    }
}

package io.gannet.http;

import static io.gannet.http.HttpHandler.async;
import static io.gannet.http.HttpHandler.blocking;
import static io.gannet.http.HttpPeer.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gannet.Backends;
import io.gannet.CapturedLog;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Handlers that fail in every way there is: their loop lives, and serves everybody else. */
@Timeout(60)
class FaultIT {
    private static final List<String> PLACES = List.of("handler", "async", "later", "later-twice",
            "blocking", "filter", "after", "error-handler", "streams", "receiver", "null",
            "null-later", "null-stage");
    private static final List<String> FAULTS =
            List.of("exception", "checked", "error", "deep", "memory");

    static Stream<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (NetOptions.Backend backend : Backends.tested()) {
            for (String place : PLACES) {
                for (String fault : place.startsWith("null") ? List.of("") : FAULTS) {
                    all.add(Arguments.of(backend, place, fault));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("faults")
    void aFaultIsOneAnswerAndOneRecord(NetOptions.Backend backend, String place, String fault)
            throws Exception {
        try (CapturedLog log = new CapturedLog();
                HttpServer server = server(backend);
                HttpPeer witness = HttpPeer.connect(server);
                HttpPeer victim = HttpPeer.connect(server)) {
            assertThat(witness.ask(get("/")).body()).isEqualTo("well");
            String path = "/" + place + "?" + fault;
            HttpPeer.Reply reply = victim.ask(place.equals("receiver")
                    ? HttpPeer.post(path, "body")
                    : get(path));
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.body()).doesNotContain("on purpose");
            assertThat(witness.ask(get("/")).body()).isEqualTo("well");
            if (!place.equals("receiver") && !place.equals("streams")) { /* else it is closed */
                assertThat(victim.ask(get("/")).body()).isEqualTo("well");
            }
            LogRecord entry = log.next();
            assertThat(entry.getMessage()).contains(path + " HTTP/1.1 failed");
            assertThat(entry.getThrown()).isNotNull();
            assertThat(log.isEmpty()).isTrue();
        }
    }

    private static HttpServer server(NetOptions.Backend backend) {
        return HttpServer.create(HttpPeer.options(backend).build())
                .get("/", request -> HttpResponse.text("well"))
                .get("/handler", request -> fail(request.query()))
                .get("/async", async(request -> {
                    fail(request.query());
                    return new CompletableFuture<>();
                }))
                .get("/later", request -> HttpResponse.later(later(request.query())))
                .get("/later-twice", request -> HttpResponse.later(
                        CompletableFuture.completedFuture(
                                HttpResponse.later(later(request.query())))))
                .get("/blocking", blocking(request -> fail(request.query())))
                .get("/filter", request -> HttpResponse.text("not reached"),
                        HttpFilter.before(request -> fail(request.query())))
                .get("/after", request -> HttpResponse.text("not reached"),
                        HttpFilter.after((request, response) -> fail(request.query())))
                .get("/error-handler", request -> {
                    throw new ArithmeticException("for the error handler");
                })
                .error(ArithmeticException.class, (request, error) -> fail(request.query()))
                .get("/streams", new HttpStreamHandler() {
                    @Override
                    public boolean streams(HttpRequest head) {
                        FaultIT.<RuntimeException>sneak(head.query());
                        return true;
                    }

                    @Override
                    public HttpResponse handle(HttpRequest request) {
                        return HttpResponse.text("not reached");
                    }
                })
                .post("/receiver", new HttpStreamHandler() {
                    @Override
                    public boolean streams(HttpRequest head) {
                        return true;
                    }

                    @Override
                    public HttpResponse handle(HttpRequest request) {
                        request.stream(new HttpReceiver() {
                            @Override
                            public void onData(ByteBuffer data) throws Exception {
                                fail(request.query());
                            }

                            @Override
                            public void onEnd(HttpHeaders trailers) {}
                        });
                        return HttpResponse.later(new CompletableFuture<>());
                    }
                })
                .get("/null", request -> null)
                .get("/null-later", request ->
                        HttpResponse.later(CompletableFuture.completedFuture(null)))
                .get("/null-stage", async(request -> null))
                .start();
    }

    private static CompletableFuture<HttpResponse> later(String fault) {
        return CompletableFuture.supplyAsync(() -> FaultIT.<RuntimeException>sneak(fault));
    }

    @SuppressWarnings("TypeParameterUnusedInFormals")
    private static <E extends Exception> HttpResponse sneak(String fault) throws E {
        try {
            return fail(fault);
        } catch (Exception e) {
            @SuppressWarnings("unchecked")
            E sneaked = (E) e;
            throw sneaked;
        }
    }

    private static HttpResponse fail(String fault) throws Exception {
        switch (fault) {
            case "exception" -> throw new IllegalStateException("on purpose");
            case "checked" -> throw new IOException("on purpose");
            case "error" -> throw new AssertionError("on purpose");
            case "deep" -> throw new IllegalStateException("too shallow " + deep(0));
            default -> throw new OutOfMemoryError("on purpose");
        }
    }

    /** A real overflow of the stack. */
    @SuppressWarnings("InfiniteRecursion")
    private static int deep(int depth) {
        return deep(depth + 1) + 1;
    }

    @OnEachBackend
    void aBodyThatFailsHalfWayNeverLooksComplete(NetOptions.Backend backend) throws Exception {
        byte[] part = "a part".getBytes(StandardCharsets.US_ASCII);
        CompletableFuture<Void> gone = new CompletableFuture<>();
        HttpServer created = HttpServer.create(HttpPeer.options(backend).build())
                .get("/", request -> HttpResponse.text("well"))
                .get("/writer", request -> HttpResponse.writer("text/plain", out -> {
                    out.write(part);
                    out.flush();
                    fail("exception");
                }))
                .get("/publisher", request -> {
                    Manual source = new Manual(part, 10);
                    source.failsAt = 3;
                    return HttpResponse.publisher(source);
                })
                .get("/throws", request -> stream(-1, body -> {
                    body.write(part);
                    fail("error");
                }))
                .get("/short", request -> stream(100, body -> {
                    body.write(part);
                    body.end();
                }))
                .get("/long", request -> stream(7, body -> {
                    body.write(part);
                    body.write(part);
                }))
                .get("/aborts", request -> stream(-1, body -> {
                    body.write(part);
                    body.abort();
                }))
                .get("/later", request -> stream(-1, body -> {
                    body.write(part);
                    CompletableFuture<Void> unused = gone.thenRunAsync(body::abort);
                    assertThat(unused).isNotNull();
                }));
        try (CapturedLog log = new CapturedLog(); HttpServer server = created.start();
                HttpPeer witness = HttpPeer.connect(server)) {
            for (String path : List.of("writer", "publisher", "throws", "short", "long", "aborts",
                    "later")) {
                for (String version : List.of("1.1", "1.0")) {
                    try (HttpPeer victim = HttpPeer.connect(server)) {
                        victim.write("GET /" + path + " HTTP/" + version
                                + "\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
                        gone.complete(null);
                        String end = ending(victim);
                        assertThat(end).as(path + " " + version).isNotEqualTo("complete");
                    }
                    assertThat(witness.ask(get("/")).body()).isEqualTo("well");
                }
                if (!path.equals("aborts") && !path.equals("later")) {
                    assertThat(log.next().getMessage()).as(path).contains("GET /" + path);
                    assertThat(log.next().getMessage()).as(path).contains("GET /" + path);
                }
            }
            assertThat(log.isEmpty()).isTrue();
        }
    }

    private static HttpResponse stream(long length, HttpProducer producer) {
        HttpResponseBuilder builder = HttpResponse.builder();
        return (length < 0 ? builder.stream(producer) : builder.stream(length, producer)).build();
    }

    /** A response that is complete by its framing, "reset", or what is wrong with it. */
    private static String ending(HttpPeer victim) {
        try {
            victim.reply();
            return "complete";
        } catch (IOException e) {
            return e.toString();
        }
    }

    @OnEachBackend
    void whoAnswersTwiceIsHeardOnce(NetOptions.Backend backend) throws Exception {
        BlockingQueue<CompletableFuture<HttpResponse>> promises = new LinkedBlockingQueue<>();
        CompletableFuture<Throwable> late = new CompletableFuture<>();
        HttpServer created = HttpServer.create(HttpPeer.options(backend).build())
                .get("/", request -> HttpResponse.text("well"))
                .get("/promise", async(request -> {
                    CompletableFuture<HttpResponse> promise = new CompletableFuture<>();
                    promises.add(promise);
                    return promise;
                }))
                .get("/body", request -> stream(-1, body -> {
                    body.write("once".getBytes(StandardCharsets.US_ASCII));
                    body.end();
                    body.end();
                    try {
                        body.write("twice".getBytes(StandardCharsets.US_ASCII));
                    } catch (IllegalStateException e) {
                        late.complete(e);
                    }
                }));
        try (CapturedLog log = new CapturedLog(); HttpServer server = created.start();
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(get("/promise") + get("/"));
            CompletableFuture<HttpResponse> promise = promises.poll(15, TimeUnit.SECONDS);
            promise.complete(HttpResponse.text("first"));
            assertThat(peer.reply().body()).isEqualTo("first");
            promise.complete(HttpResponse.text("second"));
            promise.obtrudeValue(HttpResponse.text("third"));
            promise.obtrudeException(new IllegalStateException("fourth"));
            assertThat(peer.reply().body()).isEqualTo("well");
            assertThat(peer.ask(get("/body")).body()).isEqualTo("once");
            assertThat(peer.ask(get("/")).body()).isEqualTo("well");
            assertThat(late.get(15, TimeUnit.SECONDS)).hasMessageContaining("ended");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void anAnswerToNobodyIsDropped(NetOptions.Backend backend) throws Exception {
        BlockingQueue<CompletableFuture<HttpResponse>> promises = new LinkedBlockingQueue<>();
        BlockingQueue<HttpBody> bodies = new LinkedBlockingQueue<>();
        CountDownLatch done = new CountDownLatch(2);
        HttpServer created = HttpServer.create(HttpPeer.options(backend).build())
                .get("/", request -> HttpResponse.text("well"))
                .get("/promise", request -> {
                    request.onDone(outcome -> done.countDown());
                    CompletableFuture<HttpResponse> promise = new CompletableFuture<>();
                    promises.add(promise);
                    return HttpResponse.later(promise);
                })
                .get("/body", request -> {
                    request.onDone(outcome -> done.countDown());
                    return stream(-1, bodies::add);
                });
        try (CapturedLog log = new CapturedLog(); HttpServer server = created.start();
                HttpPeer witness = HttpPeer.connect(server)) {
            for (String path : List.of("/promise", "/body")) {
                try (HttpPeer victim = HttpPeer.connect(server)) {
                    victim.write(get(path));
                    if (path.equals("/body")) {
                        victim.readHead();
                    } else {
                        promises.add(promises.poll(15, TimeUnit.SECONDS));
                    }
                    victim.reset();
                }
            }
            assertThat(done.await(15, TimeUnit.SECONDS)).isTrue();
            promises.poll(15, TimeUnit.SECONDS).complete(HttpResponse.text("nobody"));
            HttpBody body = bodies.poll(15, TimeUnit.SECONDS);
            assertThatThrownBy(() -> body.write(new byte[10])).hasMessageContaining("ECLOSED");
            body.end();
            assertThat(witness.ask(get("/")).body()).isEqualTo("well");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void aHandlerThatNeverAnswersHoldsNobody(NetOptions.Backend backend) throws Exception {
        HttpServer created = HttpServer.create(HttpPeer.options(backend)
                .handlerTimeout(Duration.ofMillis(200)).build())
                .get("/", request -> HttpResponse.text("well"))
                .get("/never", async(request -> new CompletableFuture<>()));
        try (CapturedLog log = new CapturedLog(); HttpServer server = created.start();
                HttpPeer victim = HttpPeer.connect(server);
                HttpPeer witness = HttpPeer.connect(server)) {
            victim.write(get("/never") + get("/"));
            assertThat(witness.ask(get("/")).body()).isEqualTo("well");
            assertThat(victim.reply().status()).isEqualTo(503);
            assertThat(victim.reply().body()).isEqualTo("well");
            assertThat(log.next().getMessage()).contains("GET /never HTTP/1.1 was not answered");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void otherLoopsGoOnWhileOneIsHeld(NetOptions.Backend backend) throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        HttpServer created = HttpServer.create(HttpOptions.builder()
                .transport(Backends.server(backend).loops(2)
                        .stallThreshold(Duration.ofMillis(100)).build()).build())
                .get("/", request -> HttpResponse.text(Thread.currentThread().getName()))
                .get("/hold", request -> {
                    end.await(30, TimeUnit.SECONDS);
                    return HttpResponse.text("held");
                });
        try (CapturedLog log = new CapturedLog(); HttpServer server = created.start();
                HttpPeer victim = HttpPeer.connect(server)) {
            String held = victim.ask(get("/")).body();
            HttpPeer witness = HttpPeer.connect(server);
            while (witness.ask(get("/")).body().equals(held)) {
                witness.close();
                witness = HttpPeer.connect(server);
            }
            victim.write(get("/hold"));
            LogRecord entry = log.next();
            assertThat(entry.getMessage()).contains(held).contains("held");
            assertThat(entry.getThrown().getStackTrace()).anySatisfy(frame ->
                    assertThat(frame.getClassName()).startsWith("io.gannet.http.FaultIT"));
            assertThat(witness.ask(get("/")).body()).isNotEqualTo(held);
            end.countDown();
            assertThat(victim.reply().body()).isEqualTo("held");
            witness.close();
        }
    }
}

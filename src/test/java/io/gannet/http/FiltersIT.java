package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.AccessLog;
import io.gannet.http.filter.BasicAuth;
import io.gannet.http.filter.BodyLimit;
import io.gannet.http.filter.Cors;
import io.gannet.http.filter.RequestId;
import io.gannet.http.filter.SecurityHeaders;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The usual filters in front of handlers, over real connections. */
@Timeout(30)
class FiltersIT {
    /** The first filter is outermost. */
    private static HttpHandler chain(HttpHandler handler, HttpFilter... filters) {
        HttpHandler chain = handler;
        for (int i = filters.length - 1; i >= 0; i--) {
            HttpFilter filter = filters[i];
            HttpHandler next = chain;
            chain = request -> filter.filter(request, next);
        }
        return chain;
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler,
            HttpFilter... filters) {
        return HttpServer.open(HttpPeer.options(backend).build(), chain(handler, filters));
    }

    private static String get(String... lines) {
        return ask("GET", lines);
    }

    private static String ask(String method, String... lines) {
        StringBuilder head = new StringBuilder(method + " /a HTTP/1.1\r\nHost: h\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** Plain, or as a promise: filters must treat both alike. */
    private static HttpHandler hello(boolean later) {
        HttpResponse hello = HttpResponse.text("hello");
        return request -> later
                ? HttpResponse.later(CompletableFuture.supplyAsync(() -> hello))
                : hello;
    }

    // ---- CORS ----

    @OnEachBackend
    void anOriginThatMayReadIsTold(NetOptions.Backend backend) throws Exception {
        Cors cors = Cors.builder().origins("https://a.example", "http://localhost:81")
                .methods("GET", "PUT").headers("X-One", "Content-Type").exposed("X-Request-Id")
                .credentials(true).maxAge(Duration.ofMinutes(2)).build();
        for (boolean later : new boolean[] {false, true}) {
            try (HttpServer server = open(backend, hello(later), cors);
                    HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask(get("Origin: https://a.example"));
                assertThat(reply.body()).isEqualTo("hello");
                assertThat(reply.has("Access-Control-Allow-Origin: https://a.example")).isTrue();
                assertThat(reply.has("Access-Control-Allow-Credentials: true")).isTrue();
                assertThat(reply.has("Access-Control-Expose-Headers: X-Request-Id")).isTrue();
                assertThat(reply.has("Vary: Origin")).isTrue();
                reply = peer.ask(ask("OPTIONS", "Origin: http://localhost:81",
                        "Access-Control-Request-Method: PUT"));
                assertThat(reply.status()).isEqualTo(204);
                assertThat(reply.has("Access-Control-Allow-Origin: http://localhost:81")).isTrue();
                assertThat(reply.has("Access-Control-Allow-Methods: GET, PUT")).isTrue();
                assertThat(reply.has("Access-Control-Allow-Headers: X-One, Content-Type")).isTrue();
                assertThat(reply.has("Access-Control-Max-Age: 120")).isTrue();
                assertThat(reply.has("Vary: Origin")).isTrue();
            }
        }
    }

    @OnEachBackend
    void whatIsAskedForInSeveralLinesIsAllowedInOne(NetOptions.Backend backend) throws Exception {
        Cors cors = Cors.builder().anyOrigin().headers("*").build();
        try (HttpServer server = open(backend, hello(false), cors);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String[] lines : new String[][] {{"x-a", ""}, {"", "x-a"}, {"x-a", "x-b"}}) {
                Reply reply = peer.ask(ask("OPTIONS", "Origin: https://a.example",
                        "Access-Control-Request-Method: GET",
                        "Access-Control-Request-Headers: " + lines[0],
                        "Access-Control-Request-Headers: " + lines[1]));
                assertThat(reply.status()).isEqualTo(204);
                assertThat(reply.has("Access-Control-Allow-Headers: "
                        + (lines[1].equals("x-b") ? "x-a, x-b" : "x-a"))).isTrue();
            }
        }
    }

    @OnEachBackend
    void anOriginThatMayNotReadIsToldNothing(NetOptions.Backend backend) throws Exception {
        HttpFilter[] filters = {Cors.origins("https://a.example"),
            Cors.builder().origins(origin -> origin.endsWith(".a.example")).build()};
        for (HttpFilter cors : filters) {
            try (HttpServer server = open(backend, hello(false), cors);
                    HttpPeer peer = HttpPeer.connect(server)) {
                for (String origin : new String[] {"https://b.example", "null", "http://a.example",
                    "https://a.example:444", "https://a.example.b.example", "https://A.example",
                    "https://a.example/", "*", "https://a.example, https://b.example"}) {
                    Reply reply = peer.ask(get("Origin: " + origin));
                    assertThat(reply.head()).doesNotContain("Access-Control");
                    assertThat(reply.has("Vary: Origin")).isTrue();
                    reply = peer.ask(ask("OPTIONS", "Origin: " + origin,
                            "Access-Control-Request-Method: GET"));
                    assertThat(reply.status()).isEqualTo(403);
                    assertThat(reply.head()).doesNotContain("Access-Control");
                }
                Reply twice = peer.ask(
                        get("Origin: https://a.example", "Origin: https://x.a.example"));
                assertThat(twice.head()).doesNotContain("Access-Control");
                Reply none = peer.ask(get());
                assertThat(none.head()).doesNotContain("Access-Control");
                assertThat(none.has("Vary: Origin")).isTrue();
            }
        }
    }

    @OnEachBackend
    void anyOriginGetsAStarAndNoCredentials(NetOptions.Backend backend) throws Exception {
        Cors cors = Cors.builder().anyOrigin().headers("*").build();
        HttpHandler handler = request -> HttpResponse.text(request.method())
                .addHeader("Vary", "Accept").addHeader("Vary", "Cookie");
        try (HttpServer server = open(backend, handler, cors);
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(get("Origin: null"));
            assertThat(reply.has("Access-Control-Allow-Origin: *")).isTrue();
            assertThat(reply.head()).doesNotContain("Credentials").doesNotContain("Vary: Origin");
            reply = peer.ask(ask("OPTIONS", "Origin: https://b.example",
                    "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: x-a, authorization"));
            assertThat(reply.has("Access-Control-Allow-Headers: x-a, authorization")).isTrue();
            assertThat(reply.has("Vary: Access-Control-Request-Headers")).isTrue();
            assertThat(peer.ask(ask("OPTIONS", "Origin: https://b.example")).body())
                    .isEqualTo("OPTIONS"); /* no preflight */
        }
    }

    @Test
    void whatCorsForbidsIsRefusedAtOnce() {
        assertThatIllegalArgumentException().isThrownBy(
                () -> Cors.builder().anyOrigin().credentials(true).build());
        assertThatIllegalArgumentException().isThrownBy(
                () -> Cors.builder().origins("https://a").headers("*").credentials(true).build());
        assertThatIllegalArgumentException().isThrownBy(
                () -> Cors.builder().headers("*", "X-A").build());
        assertThatIllegalArgumentException().isThrownBy(
                () -> Cors.builder().exposed("X-A\r\nX-B: c").build());
        assertThatIllegalArgumentException().isThrownBy(
                () -> Cors.builder().maxAge(Duration.ofSeconds(-1)));
        for (String origin : new String[] {"", "*", "null", "a.example", "https://", "https://a/",
            "https://a.example/path", "https://A.example", "HTTPS://a", "https://u@a", "https://a?",
            "https:// a", "https://a,https://b"}) {
            assertThatIllegalArgumentException().as(origin).isThrownBy(() -> Cors.origins(origin));
        }
        assertThat(Cors.origins("https://[::1]:8443", "https://a-b.example:1")).isNotNull();
    }

    // ---- access log ----

    private static String line(BlockingQueue<String> lines) throws InterruptedException {
        return lines.poll(10, TimeUnit.SECONDS);
    }

    @OnEachBackend
    void eachRequestIsALineOfTheLog(NetOptions.Backend backend) throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        String time = "\\[\\d\\d/[A-Z][a-z]{2}/20\\d\\d:\\d\\d:\\d\\d:\\d\\d \\+0000\\]";
        String address = "(127\\.0\\.0\\.1|0:0:0:0:0:0:0:1|::1)";
        try (HttpServer server = open(backend, hello(true), AccessLog.common().to(lines::add));
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(get());
            assertThat(line(lines)).matches(
                    address + " - - " + time + " \"GET /a HTTP/1\\.1\" 200 5");
            peer.ask(ask("HEAD"), true);
            assertThat(line(lines)).endsWith(" \"HEAD /a HTTP/1.1\" 200 -");
        }
        BasicAuth auth = BasicAuth.of("r", Map.of("a nn", "pw"));
        try (HttpServer server = open(backend, hello(false),
                AccessLog.combined().to(lines::add), auth);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(get("Referer: http://x/\"", "User-Agent: a\tb\u00e4\\\" 200 5 \"-\""));
            assertThat(line(lines)).endsWith(
                    " 401 56 \"http://x/\\\"\" \"a\\x09b\\xe4\\\\\\\" 200 5 \\\"-\\\"\"");
            peer.ask(get(basic("a nn:pw")));
            assertThat(line(lines)).contains(" - a\\x20nn [").endsWith(" 200 5 \"-\" \"-\"");
        }
    }

    @OnEachBackend
    void aLineOfJsonSaysMore(NetOptions.Backend backend) throws Exception {
        StringWriter lines = new StringWriter();
        CompletableFuture<Boolean> cut = new CompletableFuture<>();
        HttpHandler handler = request -> {
            if (!request.method().equals("POST")) {
                return hello(false).handle(request);
            }
            request.onDone(outcome -> cut.complete(outcome.complete()));
            return HttpResponse.later(new CompletableFuture<>());
        };
        try (HttpServer server = open(backend, handler, AccessLog.json().to(lines),
                RequestId.trusting(request -> true), BasicAuth.of("r", (user, password) -> true))) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.ask(get("X-Request-Id: id-1", basic("\u00e4:"), "User-Agent: \"}"));
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(ask("POST", basic("x:"), "Content-Length: 0"));
                peer.reset();
                assertThat(cut.get(10, TimeUnit.SECONDS)).isFalse();
            }
        }
        String[] line = lines.toString().split("\n");
        assertThat(line).hasSize(2);
        assertThat(line[0]).matches("\\{\"time\":\"20.{21}Z\",\"client\":\"[0-9a-f.:]+\","
                + "\"user\":\"\\\\u00e4\",\"requestId\":\"id-1\",\"method\":\"GET\","
                + "\"target\":\"/a\",\"version\":\"HTTP/1.1\",\"host\":\"h\","
                + "\"userAgent\":\"\\\\\"}\",\"status\":200,\"bytes\":5,"
                + "\"seconds\":\\d+\\.\\d{6},\"complete\":true\\}");
        assertThat(line[1]).contains("\"status\":0,\"bytes\":0,").endsWith("\"complete\":false}");
    }

    @OnEachBackend
    void aLogThatFailsHurtsNobody(NetOptions.Backend backend) throws Exception {
        Appendable full = new Appendable() {
            @Override
            public Appendable append(CharSequence text) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(CharSequence text, int start, int end) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(char c) throws IOException {
                throw new IOException("full");
            }
        };
        try (HttpServer server = open(backend, hello(false), AccessLog.common().to(full));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get()).body()).isEqualTo("hello");
            assertThat(peer.ask(get()).body()).isEqualTo("hello");
        }
    }

    // ---- request ids ----

    @OnEachBackend
    void everyRequestHasAnId(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(RequestId.of(request).orElse("none"));
        try (HttpServer server = open(backend, handler, RequestId.create());
                HttpPeer peer = HttpPeer.connect(server)) {
            String one = peer.ask(get("X-Request-Id: mine")).body();
            Reply two = peer.ask(get());
            assertThat(one).matches("[0-9a-f]{32}").isNotEqualTo(two.body());
            assertThat(two.has("X-Request-Id: " + two.body())).isTrue();
        }
        try (HttpServer server = open(backend, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get()).body()).isEqualTo("none");
        }
    }

    @OnEachBackend
    void anIdIsTakenFromWhomIsTrustedIfItIsOne(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(RequestId.of(request).orElse("none"));
        RequestId filter = RequestId.trusting(request -> request.header("X-Proxy").isPresent());
        try (HttpServer server = open(backend, handler, filter);
                HttpPeer peer = HttpPeer.connect(server)) {
            String longest = "x".repeat(128);
            for (String id : new String[] {"a", "A-z_0.9:=+/@", longest}) {
                assertThat(peer.ask(get("X-Proxy: 1", "X-Request-Id: " + id)).body()).isEqualTo(id);
                assertThat(peer.ask(get("X-Request-Id: " + id)).body()).isNotEqualTo(id);
            }
            for (String id : new String[] {"", longest + "x", "a b", "a\"b", "<a>", "\u00e4", "a,b",
                "${x}", "a\tb"}) {
                assertThat(peer.ask(get("X-Proxy: 1", "X-Request-Id: " + id)).body())
                        .matches("[0-9a-f]{32}");
            }
            assertThat(peer.ask(get("X-Proxy: 1", "X-Request-Id: a", "X-Request-Id: b")).body())
                    .matches("[0-9a-f]{32}");
        }
    }

    // ---- basic authentication ----

    private static String basic(String pair) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @OnEachBackend
    void whoKnowsThePasswordComesIn(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(BasicAuth.user(request).orElse("none"));
        BasicAuth auth = BasicAuth.of("a \"b\\c\"",
                Map.of("ann", "p:w", "\u00e4nn", "\u20ac", "", ""));
        try (HttpServer server = open(backend, handler, auth);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get(basic("ann:p:w"))).body()).isEqualTo("ann");
            assertThat(peer.ask(get(basic("\u00e4nn:\u20ac"))).body()).isEqualTo("\u00e4nn");
            assertThat(peer.ask(get(basic(":"))).body()).isEmpty();
            assertThat(peer.ask(get(basic("ann:p:w").replace("Basic", "bAsIc"))).status())
                    .isEqualTo(200);
            Reply reply = peer.ask(get());
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.has("WWW-Authenticate: Basic realm=\"a \\\"b\\\\c\\\"\", "
                    + "charset=\"UTF-8\"")).isTrue();
        }
    }

    @OnEachBackend
    void nobodyElseComesIn(NetOptions.Backend backend) throws Exception {
        HttpFilter[] filters = {BasicAuth.of("r", Map.of("ann", "pw")),
            BasicAuth.of("r", (user, password) ->
                    user.equals("ann") && BasicAuth.same(password, "pw"))};
        for (HttpFilter auth : filters) {
            try (HttpServer server = open(backend, hello(false), auth);
                    HttpPeer peer = HttpPeer.connect(server)) {
                for (String wrong : new String[] {basic("ann:p"), basic("ann:pww"), basic("ann"),
                    basic("ann:"), basic(":pw"), basic("bob:bob"), basic("bob:pw"), basic(""),
                    basic("ann:pw\0"), basic("ann:pw\n"), basic("Ann:pw"), "Authorization: Basic",
                    "Authorization: Basic !", "Authorization: Basic YW5uOnB3!",
                    "Authorization: Bearer YW5uOnB3", "Authorization: BasicYW5uOnB3",
                    "Authorization: Basic YW5u\u00ff", "Authorization: Basic /w==",
                    basic("ann:pw") + "\r\n" + basic("ann:pw")}) {
                    assertThat(peer.ask(get(wrong)).status()).as(wrong).isEqualTo(401);
                }
                assertThat(peer.ask(get(basic("ann:pw"))).body()).isEqualTo("hello");
            }
        }
        assertThatIllegalArgumentException().isThrownBy(
                () -> BasicAuth.of("a\r\nb", (user, password) -> true));
    }

    // ---- security headers ----

    @OnEachBackend
    void browsersAreToldToBeCareful(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend)
                .trustedProxies(List.of("127.0.0.0/8", "::1")).build();
        HttpHandler handler = request -> request.header("X-Own").isPresent()
                ? HttpResponse.text("own").withHeader("x-frame-options", "SAMEORIGIN")
                : HttpResponse.text("plain");
        try (HttpServer server = HttpServer.open(options,
                chain(handler, SecurityHeaders.create()));
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply plain = peer.ask(get());
            assertThat(plain.has("X-Content-Type-Options: nosniff")).isTrue();
            assertThat(plain.has("X-Frame-Options: DENY")).isTrue();
            assertThat(plain.has("Referrer-Policy: strict-origin-when-cross-origin")).isTrue();
            assertThat(plain.head()).doesNotContain("Strict-Transport")
                    .doesNotContain("Content-Security");
            Reply own = peer.ask(get("X-Own: 1", "X-Forwarded-Proto: https"));
            assertThat(own.head()).doesNotContain("DENY");
            assertThat(own.has("Strict-Transport-Security: max-age=31536000")).isTrue();
        }
        SecurityHeaders other = SecurityHeaders.builder()
                .frameOptions("").referrerPolicy("no-referrer").contentPolicy("default-src 'self'")
                .transportSecurity(Duration.ofSeconds(5), true).build();
        try (HttpServer server = HttpServer.open(options, chain(handler, other));
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(get("X-Forwarded-Proto: https"));
            assertThat(reply.head()).doesNotContain("X-Frame-Options");
            assertThat(reply.has("Referrer-Policy: no-referrer")).isTrue();
            assertThat(reply.has("Content-Security-Policy: default-src 'self'")).isTrue();
            assertThat(reply.has("Strict-Transport-Security: max-age=5; includeSubDomains"))
                    .isTrue();
        }
        assertThatIllegalArgumentException().isThrownBy(
                () -> SecurityHeaders.builder().contentPolicy("a\r\nb").build());
        assertThatIllegalArgumentException().isThrownBy(() -> SecurityHeaders.builder()
                .transportSecurity(Duration.ofSeconds(-1), false));
    }

    // ---- body limit ----

    private static String post(String... lines) {
        return ask("POST", lines);
    }

    @OnEachBackend
    void aBodyThatIsTooLongIsRefused(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text("took " + request.length());
        try (HttpServer server = open(backend, handler, BodyLimit.of(4));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(post("Content-Length: 3") + "abc").body()).isEqualTo("took 3");
            assertThat(peer.ask(post("Content-Length: 4") + "abcd").body()).isEqualTo("took 4");
            Reply refused = peer.ask(post("Content-Length: 5") + "abcde");
            assertThat(refused.status()).isEqualTo(413);
            assertThat(refused.body()).isEqualTo("the body is longer than 4 bytes");
            assertThat(peer.ask(post("Transfer-Encoding: chunked") + "5\r\nabcde\r\n0\r\n\r\n")
                    .status()).isEqualTo(413);
            assertThat(peer.ask(get()).body()).isEqualTo("took 0");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> BodyLimit.of(-1));
    }

    @OnEachBackend
    void aStreamThatBecomesTooLongIsCutOff(NetOptions.Backend backend) throws Exception {
        AtomicReference<CompletableFuture<String>> failure = new AtomicReference<>();
        HttpStreamHandler handler = HttpStreamHandler.streaming(chain(request -> {
            CompletableFuture<String> heard = new CompletableFuture<>();
            failure.set(heard);
            return HttpResponse.later(count(request, heard));
        }, BodyLimit.of(4)));
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(post("Content-Length: 4") + "abcd").body()).isEqualTo("4");
                assertThat(peer.ask(post("Transfer-Encoding: chunked")
                        + "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n").body()).isEqualTo("4");
                Reply reply = peer.ask(post("Transfer-Encoding: chunked")
                        + "3\r\nabc\r\n2\r\nde\r\n");
                assertThat(reply.status()).isEqualTo(413);
                assertThat(reply.body()).isEqualTo("the body is longer than 4 bytes");
                assertThat(failure.get().get(10, TimeUnit.SECONDS)).contains("longer than 4 bytes");
                assertThat(peer.ending()).isEqualTo("end");
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask(post("Content-Length: 5", "Expect: 100-continue"));
                assertThat(reply.status()).isEqualTo(413);
                assertThat(reply.has("Connection: close")).isTrue();
            }
        }
    }

    private static CompletableFuture<HttpResponse> count(HttpRequest request,
            CompletableFuture<String> failure) {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        request.publisher().subscribe(new Flow.Subscriber<ByteBuffer>() {
            private int count;

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer item) {
                count += item.remaining();
            }

            @Override
            public void onError(Throwable error) {
                failure.complete(error.toString());
            }

            @Override
            public void onComplete() {
                answer.complete(HttpResponse.text("" + count));
            }
        });
        return answer;
    }
}

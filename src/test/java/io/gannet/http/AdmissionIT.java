package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.AccessLog;
import io.gannet.http.filter.BasicAuth;
import io.gannet.http.filter.BodyLimit;
import io.gannet.http.filter.Cors;
import io.gannet.http.filter.RequestId;
import io.gannet.http.filter.SecurityHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** What is refused at the head: nobody has to send a body to hear that it is not wanted. */
@Timeout(30)
class AdmissionIT {
    private static final int LONG = 1 << 20;
    private static final HttpHandler LENGTH =
            request -> HttpResponse.text(Long.toString(request.length()));

    private static HttpServer server(NetOptions.Backend backend) {
        return HttpServer.create(HttpPeer.options(backend).build());
    }

    private static String post(String path, String... lines) {
        return ask("POST", path, lines);
    }

    private static String ask(String method, String path, String... lines) {
        String more = lines.length == 0 ? "" : "\r\n" + String.join("\r\n", lines);
        return HttpPeer.head(method + " " + path + " HTTP/1.1", "Host: h" + more);
    }

    /** Heads whose body is not short, or is waited with. */
    private static List<String[]> bodies() {
        return List.of(new String[] {"Content-Length: " + LONG},
                new String[] {"Content-Length: " + LONG, "Expect: 100-continue"},
                new String[] {"Content-Length: 10", "Expect: 100-continue"},
                new String[] {"Content-Length: " + (64 * 1024 + 1)},
                new String[] {"Content-Length: " + Long.MAX_VALUE},
                new String[] {"Transfer-Encoding: chunked"},
                new String[] {"Transfer-Encoding: chunked", "Expect: 100-continue"});
    }

    /** No more than a head is sent; what follows it is no request. */
    private static Reply refused(HttpServer server, String head) throws Exception {
        boolean bare = head.startsWith("HEAD");
        try (HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(head, bare);
            assertThat(reply.has("Connection: close")).as(head).isTrue();
            peer.shutdownOutput();
            assertThat(peer.ending()).as(head).isEqualTo("end");
            return reply;
        }
    }

    @OnEachBackend
    void whatHasNoRouteIsAnsweredAtTheHead(NetOptions.Backend backend) throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        try (HttpServer server = server(backend).post("/", LENGTH).get("/get", LENGTH)
                        .filter(AccessLog.json().to(lines::add))
                        .filter(RequestId.create())
                        .after((request, response) ->
                                response.withHeader("X-After", request.path()))
                        .error(HttpException.class, (request, e) ->
                                e.toResponse().withHeader("X-Error", "e" + e.status()))
                        .start()) {
            for (String[] body : bodies()) {
                expect(refused(server, post("/none", body)), 404, "/none");
                expect(refused(server, ask("HEAD", "/none", body)), 404, "/none");
                Reply method = refused(server, post("/get", body));
                expect(method, 405, "/get");
                assertThat(method.has("Allow: GET, HEAD, OPTIONS")).isTrue();
                expect(refused(server, ask("BREW", "/get", body)), 501, "/get");
                expect(refused(server, post("/%ff", body)), 400, "/%ff");
                Reply options = refused(server, ask("OPTIONS", "/get", body));
                assertThat(options.status()).isEqualTo(204);
                assertThat(options.has("X-After: /get")).isTrue();
                for (int status : new int[] {404, 404, 405, 501, 400, 204}) {
                    assertThat(lines.poll(10, TimeUnit.SECONDS))
                            .contains("\"status\":" + status, "\"complete\":true");
                }
            }
        }
    }

    private static void expect(Reply reply, int status, String path) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.has("X-After: " + path)).isTrue();
        assertThat(reply.has("X-Error: e" + status)).isTrue();
        assertThat(reply.head()).contains("X-Request-Id: ");
    }

    @OnEachBackend
    void aShortBodyIsAwaitedAndTheConnectionIsKept(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).post("/", LENGTH).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int length : new int[] {0, 10, 64 * 1024}) {
                peer.write(post("/none", "Content-Length: " + length));
                assertThat(peer.ask("x".repeat(length)).status()).isEqualTo(404);
                assertThat(peer.ask(HttpPeer.post("/none", "x".repeat(length))).status())
                        .isEqualTo(404);
                assertThat(peer.ask(HttpPeer.post("/", "four")).body()).isEqualTo("4");
            }
            assertThat(peer.ask(post("/none", "Transfer-Encoding: chunked")
                    + "3\r\nabc\r\n0\r\n\r\n" + HttpPeer.post("/", "four")).status())
                    .isEqualTo(404);
            assertThat(peer.reply().body()).isEqualTo("4");
        }
    }

    @OnEachBackend
    void theBodyOfWhatIsRefusedIsNeverARequest(NetOptions.Backend backend) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        String smuggled = HttpPeer.get("/smuggled");
        try (HttpServer server = server(backend)
                        .get("/smuggled", request -> {
                            calls.incrementAndGet();
                            return HttpResponse.text("smuggled");
                        })
                        .post("/in", LENGTH, BasicAuth.of("r", Map.of("u", "p")))
                        .start()) {
            for (String path : new String[] {"/none", "/smuggled", "/in"}) {
                for (String[] body : bodies()) {
                    if (body[0].endsWith(" 10")) {
                        continue; /* the first ten bytes are its body, and the others are not */
                    }
                    try (HttpPeer peer = HttpPeer.connect(server)) {
                        peer.write(post(path, body) + smuggled.repeat(10));
                        assertThat(peer.reply().status()).isIn(400, 401, 404, 405);
                        peer.shutdownOutput();
                        assertThat(peer.ending()).isIn("end", "reset");
                    }
                }
            }
            assertThat(calls).hasValue(0);
        }
    }

    @OnEachBackend
    void earlierRequestsAreAnsweredFirst(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend)
                        .get("/slow", request -> HttpResponse.later(
                                Async.supply(() -> HttpResponse.text("slow"))))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/slow") + post("/none", "Content-Length: " + LONG) + "begin");
            assertThat(peer.reply().body()).isEqualTo("slow");
            assertThat(peer.reply().status()).isEqualTo(404);
            peer.shutdownOutput();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void anAnswerThatComesLaterHoldsTheBody(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend)
                        .notFound(request -> HttpResponse.later(Async.supply(() ->
                                HttpResponse.text("none " + request.length()).withStatus(404))))
                        .start()) {
            Reply reply = refused(server, post("/none", "Content-Length: " + LONG));
            assertThat(reply.status()).isEqualTo(404);
        }
    }

    @OnEachBackend
    void whoIsNotKnownIsToldBeforeTheBody(NetOptions.Backend backend) throws Exception {
        BasicAuth auth = BasicAuth.of("r", Map.of("u", "p"));
        AtomicInteger calls = new AtomicInteger();
        try (HttpServer server = server(backend)
                        .filter(Cors.builder().anyOrigin().build())
                        .filter(SecurityHeaders.create())
                        .after((request, response) ->
                                response.withHeader("X-After", request.route()))
                        .group("/g", group -> group.filter(auth)
                                .filter((request, next) -> {
                                    calls.incrementAndGet();
                                    return next.handle(request);
                                })
                                .post("/in/{id}", LENGTH))
                        .start()) {
            for (String[] body : bodies()) {
                String[] origin = List.of(String.join("\r\n", body), "Origin: http://a")
                        .toArray(new String[0]);
                Reply reply = refused(server, post("/g/in/7", origin));
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.has("Access-Control-Allow-Origin: *")).isTrue();
                assertThat(reply.has("X-Content-Type-Options: nosniff")).isTrue();
                assertThat(reply.has("X-After: /g/in/{id}")).isTrue();
                assertThat(reply.head()).contains("WWW-Authenticate: Basic realm=\"r\"");
                assertThat(refused(server, post("/g/none", body)).status()).isEqualTo(401);
            }
            assertThat(calls).hasValue(0);
            try (HttpPeer peer = HttpPeer.connect(server)) {
                String known = "Authorization: Basic dTpw";
                peer.write(post("/g/in/7", known, "Content-Length: " + LONG,
                        "Expect: 100-continue"));
                assertThat(peer.reply().status()).isEqualTo(100);
                assertThat(peer.ask("x".repeat(LONG)).body()).isEqualTo("" + LONG);
                assertThat(peer.ask(HttpPeer.post("/g/in/7", "x")).status()).isEqualTo(401);
                assertThat(calls).hasValue(1);
            }
        }
    }

    @OnEachBackend
    void aLimitIsKnownBeforeTheBody(NetOptions.Backend backend) throws Exception {
        int limit = 100_000;
        try (HttpServer server = server(backend)
                        .error(HttpException.class, (request, e) ->
                                e.toResponse().withHeader("X-Error", "e" + e.status()))
                        .post("/", LENGTH, BodyLimit.of(limit))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = refused(server, post("/", "Content-Length: " + (limit + 1)));
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.body()).contains("longer than " + limit + " bytes");
            assertThat(reply.has("X-Error: e413")).isTrue();
            peer.write(post("/", "Content-Length: " + limit));
            assertThat(peer.ask("x".repeat(limit)).body()).isEqualTo("" + limit);
        }
    }

    /** Refuses at the head what has this header, in the way that it says. */
    private static HttpFilter picky(List<String> seen) {
        return new HttpFilter() {
            @Override
            public Optional<HttpResponse> admit(HttpRequest head) throws Exception {
                String how = head.header("X-How").orElse("");
                seen.add(how + " " + head.path() + " " + head.length());
                return switch (how) {
                    case "throw" -> throw new HttpException(409, "thrown");
                    case "null" -> null;
                    case "later" -> Optional.of(HttpResponse.later(
                            Async.supply(() -> HttpResponse.text("later").withStatus(403))));
                    case "now" -> Optional.of(HttpResponse.text("now").withStatus(403));
                    default -> Optional.empty();
                };
            }

            @Override
            public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
                return next.handle(request);
            }
        };
    }

    @OnEachBackend
    void aFilterMayRefuseInEveryWay(NetOptions.Backend backend) throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        String length = "Content-Length: " + LONG;
        try (HttpServer server = server(backend)
                        .after((request, response) -> response.withHeader("X-After", "yes"))
                        .error(HttpException.class, (request, e) ->
                                HttpResponse.text("caught " + e.getMessage()).withStatus(418))
                        .filter(picky(seen)).post("/", LENGTH).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply thrown = refused(server, post("/", length, "X-How: throw"));
            assertThat(thrown.body()).isEqualTo("caught thrown");
            assertThat(thrown.has("X-After: yes")).isTrue();
            assertThat(refused(server, post("/", length, "X-How: null")).status()).isEqualTo(500);
            Reply later = refused(server, post("/", length, "X-How: later"));
            assertThat(later.body()).isEqualTo("later");
            assertThat(later.has("X-After: yes")).isTrue();
            assertThat(refused(server, post("/", length, "X-How: now")).body()).isEqualTo("now");
            assertThat(seen).hasSize(4).allMatch(each -> each.endsWith(" / " + LONG));
            seen.clear();
            assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(418);
            assertThat(peer.ask(HttpPeer.post("/", "four")).body()).isEqualTo("4");
            assertThat(seen).isEmpty();
            peer.write(post("/", length));
            assertThat(peer.ask("x".repeat(LONG)).body()).isEqualTo("" + LONG);
            assertThat(seen).hasSize(1);
        }
    }
}

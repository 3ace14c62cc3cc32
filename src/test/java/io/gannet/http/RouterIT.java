package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.Backends;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What requests get from a server with routes. */
@Timeout(30)
class RouterIT {
    /** Says which route answered, and with which parameters. */
    private static final HttpHandler SAY = request ->
            HttpResponse.text(request.method() + " " + request.route() + " "
                    + request.pathParams());

    private static HttpServer server(NetOptions.Backend backend) {
        return HttpServer.create(HttpPeer.options(backend).build());
    }

    private static String line(String method, String target) {
        return HttpPeer.head(method + " " + target + " HTTP/1.1", "Host: h");
    }

    private static String allow(Reply reply) {
        int at = reply.head().indexOf("\r\nAllow: ");
        return at < 0 ? "none" : reply.head().substring(at + 9, reply.head().indexOf('\r', at + 9));
    }

    @OnEachBackend
    void requestsFindTheirRoutes(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).get("/", SAY).get("/users/{id}", SAY)
                        .post("/users", SAY).put("/users/{id}", SAY).patch("/users/{id}", SAY)
                        .delete("/users/{id}", SAY).route("BREW", "/tea", SAY)
                        .get("/files/{path*}", SAY).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("GET / {}");
                assertThat(peer.ask(HttpPeer.get("/users/7")).body())
                        .isEqualTo("GET /users/{id} {id=7}");
                assertThat(peer.ask(HttpPeer.post("/users", "x")).body())
                        .isEqualTo("POST /users {}");
                for (String method : new String[] {"PUT", "PATCH", "DELETE"}) {
                    assertThat(peer.ask(line(method, "/users/8")).body())
                            .isEqualTo(method + " /users/{id} {id=8}");
                }
                assertThat(peer.ask(line("BREW", "/tea")).body()).isEqualTo("BREW /tea {}");
                assertThat(peer.ask(HttpPeer.get("/files/a/b/")).body())
                        .isEqualTo("GET /files/{path*} {path=a/b/}");
            }
        }
    }

    @OnEachBackend
    void parametersAreDecodedAndTheQueryDoesNotMatter(NetOptions.Backend backend)
            throws Exception {
        HttpHandler ids = request -> HttpResponse.text(request.pathParam("id"));
        try (HttpServer server = server(backend).get("/u/{id}", ids).get("/u/{id}/x", SAY)
                        .get("/a b/ü", SAY).get("/r/{p*}", SAY).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/u/a%20b%2Fc+d")).body()).isEqualTo("a b/c+d");
            assertThat(peer.ask(HttpPeer.get("/u/%C3%BC%F0%9F%A6%86")).body()).isEqualTo("ü🦆");
            assertThat(peer.ask(HttpPeer.get("/u/1?id=2/x")).body()).isEqualTo("1");
            assertThat(peer.ask(HttpPeer.get("/u/1%3Fx")).body()).isEqualTo("1?x");
            assertThat(peer.ask(HttpPeer.get("/a%20b/%c3%bc")).body()).isEqualTo("GET /a b/ü {}");
            assertThat(peer.ask(HttpPeer.get("/r/a%2Fb/c")).body())
                    .isEqualTo("GET /r/{p*} {p=a/b/c}");
            assertThat(peer.ask(HttpPeer.get("/u/")).status()).isEqualTo(404);
        }
    }

    @OnEachBackend
    void dotSegmentsAreResolvedBeforeMatching(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).get("/secret", SAY).get("/s/{p*}", SAY).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {"/s/../secret", "/s/%2e%2e/secret", "/../secret",
                    "/./secret", "/s/a/../../secret", "/../../../s/.././secret"}) {
                assertThat(peer.ask(HttpPeer.get(path)).body()).as(path)
                        .isEqualTo("GET /secret {}");
            }
            assertThat(peer.ask(HttpPeer.get("/s/..%2fsecret")).body())
                    .isEqualTo("GET /s/{p*} {p=../secret}");
            assertThat(peer.ask(HttpPeer.get("/s/a/..")).body()).isEqualTo("GET /s/{p*} {p=}");
        }
    }

    @OnEachBackend
    void malformedPathsGet400AndTheConnectionLives(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).any("/{p*}", SAY).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {"/%ff", "/a%00b", "/%C0%AF", "/%ED%A0%80", "/%C3/x"}) {
                assertThat(peer.ask(HttpPeer.get(path)).status()).as(path).isEqualTo(400);
            }
            assertThat(peer.ask(HttpPeer.get("/fine")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void whatHasNoRouteGets404Or405Or501(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).get("/a", SAY).post("/a", SAY)
                        .delete("/{x}", SAY).put("/only/put", SAY).options("/only/options", SAY)
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply missing = peer.ask(HttpPeer.get("/a/b"));
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body()).isEqualTo("Not Found");
            assertThat(allow(missing)).isEqualTo("none");
            Reply wrong = peer.ask(line("PATCH", "/a"));
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(allow(wrong)).isEqualTo("DELETE, GET, HEAD, OPTIONS, POST");
            assertThat(allow(peer.ask(HttpPeer.get("/only/put")))).isEqualTo("OPTIONS, PUT");
            assertThat(peer.ask(HttpPeer.get("/only/options")).status()).isEqualTo(404);
            assertThat(peer.ask(line("TRACE", "/a")).status()).isEqualTo(405);
            assertThat(peer.ask(line("PROPFIND", "/a")).status()).isEqualTo(405);
            assertThat(peer.ask(line("BREW", "/a")).status()).isEqualTo(501);
            assertThat(peer.ask(line("BREW", "/no")).status()).isEqualTo(501);
            assertThat(peer.ask(line("get", "/a")).status()).isEqualTo(501);
            assertThat(peer.ask(HttpPeer.post("/no/where", "with a body")).status())
                    .isEqualTo(404);
            assertThat(peer.ask(HttpPeer.get("/a")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void aMethodOfOnesOwnIsKnownEverywhere(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).route("BREW", "/tea", SAY).get("/a", SAY).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(line("BREW", "/a"));
            assertThat(reply.status()).isEqualTo(405);
            assertThat(allow(reply)).isEqualTo("GET, HEAD, OPTIONS");
            assertThat(peer.ask(line("BREW", "/no")).status()).isEqualTo(404);
        }
    }

    @OnEachBackend
    void headAndOptionsAreAutomaticAndReplaceable(NetOptions.Backend backend) throws Exception {
        HttpHandler own = request -> HttpResponse.builder().header("X-Own", "yes").build();
        try (HttpServer server = server(backend).get("/a", SAY).put("/a", SAY).get("/b", SAY)
                        .head("/b", own).options("/b", own).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply head = peer.write(line("HEAD", "/a")).reply(true);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.has("Content-Length: " + "HEAD /a {}".length())).isTrue();
            Reply options = peer.ask(line("OPTIONS", "/a"));
            assertThat(options.status()).isEqualTo(204);
            assertThat(allow(options)).isEqualTo("GET, HEAD, OPTIONS, PUT");
            assertThat(peer.write(line("HEAD", "/b")).reply(true).has("X-Own: yes")).isTrue();
            assertThat(peer.ask(line("OPTIONS", "/b")).has("X-Own: yes")).isTrue();
            assertThat(peer.ask(line("OPTIONS", "/c")).status()).isEqualTo(404);
            assertThat(peer.write(line("HEAD", "/c")).reply(true).status()).isEqualTo(404);
            assertThat(peer.ask(HttpPeer.get("/a")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void optionsForTheWholeServerNameEveryMethod(NetOptions.Backend backend) throws Exception {
        HttpHandler own = request -> HttpResponse.text("own" + request.route());
        try (HttpServer server = server(backend).get("/a", SAY).put("/b", SAY).start();
                HttpServer other = server(backend).options("*", own).get("/", SAY).start();
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer second = HttpPeer.connect(other)) {
            assertThat(allow(peer.ask(line("OPTIONS", "*")))).isEqualTo("GET, HEAD, OPTIONS, PUT");
            assertThat(allow(peer.ask(line("OPTIONS", "http://h"))))
                    .isEqualTo("GET, HEAD, OPTIONS, PUT");
            assertThat(second.ask(line("OPTIONS", "*")).body()).isEqualTo("own*");
            assertThat(second.ask(line("GET", "http://h")).body()).isEqualTo("GET / {}");
            assertThat(second.ask(line("GET", "http://h?q")).body()).isEqualTo("GET / {}");
        }
    }

    @OnEachBackend
    void groupsAndMountsAnswerUnderTheirPrefix(NetOptions.Backend backend) throws Exception {
        Router inner = Router.create().get("/x/{b}", SAY).notFound(request ->
                HttpResponse.text("inner " + request.pathParams()).withStatus(404));
        try (HttpServer server = server(backend)
                        .group("/g", group -> group.get("/", SAY).get("/x", SAY))
                        .mount("/m/{a}", inner)
                        .mount("/h", SAY)
                        .notFound(request -> HttpResponse.text("outer").withStatus(404))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/g")).body()).isEqualTo("GET /g/ {}");
            assertThat(peer.ask(HttpPeer.get("/g/x")).body()).isEqualTo("GET /g/x {}");
            assertThat(peer.ask(HttpPeer.get("/m/1/x/2")).body())
                    .isEqualTo("GET /m/{a}/x/{b} {a=1, b=2}");
            assertThat(peer.ask(HttpPeer.get("/h/a%2Fb/c?d")).body())
                    .isEqualTo("GET /h/{*} {*=a/b/c}");
            assertThat(peer.ask(HttpPeer.get("/h")).body()).isEqualTo("GET /h/{*} {*=}");
            assertThat(peer.ask(HttpPeer.get("/m/1/nothing")).body()).isEqualTo("inner {a=1}");
            assertThat(peer.ask(HttpPeer.get("/m/1")).body()).isEqualTo("inner {a=1}");
            assertThat(peer.ask(HttpPeer.get("/m/1/../..")).body()).isEqualTo("outer");
            assertThat(peer.ask(HttpPeer.get("/g/nothing")).body()).isEqualTo("outer");
            assertThat(peer.ask(HttpPeer.get("/nothing")).body()).isEqualTo("outer");
        }
    }

    @OnEachBackend
    void aMissingParameterIsNamedTogetherWithThoseThereAre(NetOptions.Backend backend)
            throws Exception {
        HttpHandler wrong = request -> {
            try {
                return HttpResponse.text(request.pathParam("name"));
            } catch (IllegalArgumentException e) {
                return HttpResponse.text(String.valueOf(e.getMessage()));
            }
        };
        try (HttpServer server = server(backend).get("/{a}/{b}", wrong).get("/", wrong).start();
                HttpServer plain = HttpServer.open(HttpPeer.options(backend).build(), wrong);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer other = HttpPeer.connect(plain)) {
            assertThat(peer.ask(HttpPeer.get("/1/2")).body())
                    .contains("/{a}/{b}").contains("no parameter name").contains("a, b");
            assertThat(peer.ask(HttpPeer.get("/")).body()).endsWith("no parameter name");
            assertThat(other.ask(HttpPeer.get("/")).body()).contains("not routed");
        }
    }

    @OnEachBackend
    void parametersAreThereUntilTheResponseIsComplete(NetOptions.Backend backend)
            throws Exception {
        CompletableFuture<HttpRequest> kept = new CompletableFuture<>();
        CompletableFuture<HttpResponse> promise = new CompletableFuture<>();
        try (HttpServer server = server(backend).get("/{id}", request -> {
            kept.complete(request);
            return HttpResponse.later(promise);
        }).start(); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/a%2fb"));
            HttpRequest request = kept.get(5, TimeUnit.SECONDS);
            assertThat(request.pathParam("id")).isEqualTo("a/b");
            assertThat(request.route()).isEqualTo("/{id}");
            promise.complete(HttpResponse.text(request.pathParams().toString()));
            assertThat(peer.reply().body()).isEqualTo("{id=a/b}");
            peer.ask(HttpPeer.post("/x", ""));
            assertThatIllegalStateException().isThrownBy(() -> request.pathParam("id"));
            assertThatIllegalStateException().isThrownBy(request::pathParams);
            assertThatIllegalStateException().isThrownBy(request::route);
        }
    }

    /** Takes bodies in pieces, of requests that say so. */
    private static final class Counting implements HttpStreamHandler {
        private int asked;

        @Override
        public boolean streams(HttpRequest head) {
            asked++;
            if (head.header("X-Fail").isPresent()) {
                throw new IllegalStateException("asked too much");
            }
            return head.header("X-Stream").isPresent();
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            String id = request.pathParam("id");
            if (request.header("X-Stream").isEmpty()) {
                return HttpResponse.text(id + " " + request.text() + " " + asked);
            }
            CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
            request.stream(new HttpReceiver() {
                private int count;

                @Override
                public void onData(ByteBuffer data) {
                    count += data.remaining();
                }

                @Override
                public void onEnd(HttpHeaders trailers) {
                    answer.complete(HttpResponse.text(id + " " + count + " " + asked));
                }
            });
            return HttpResponse.later(answer);
        }
    }

    @OnEachBackend
    void aRouteMayStreamWhileOthersCollect(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).bodyMax(10).build();
        HttpHandler echo = request -> HttpResponse.text(request.text());
        try (HttpServer server = HttpServer.create(options).post("/s/{id}", new Counting())
                .post("/echo", echo).start()) {
            String stream = "\r\nX-Stream: 1\r\nContent-Length";
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/echo", "0123456789")).body())
                        .isEqualTo("0123456789");
                assertThat(peer.ask(HttpPeer.post("/s/7", "abc")).body()).isEqualTo("7 abc 1");
                assertThat(peer.ask(HttpPeer.post("/s/6", "abc")
                        .replace("\r\nContent-Length", stream)).body()).isEqualTo("6 3 2");
                String large = "x".repeat(100_000);
                assertThat(peer.ask(HttpPeer.post("/s/8", large)
                        .replace("\r\nContent-Length", stream)).body()).isEqualTo("8 100000 3");
                assertThat(peer.ask(HttpPeer.post("/s/9", "01234567890")
                        .replace("\r\nContent-Length", stream)).body()).isEqualTo("9 11 4");
                assertThat(peer.ask(HttpPeer.post("/no", "x")).status()).isEqualTo(404);
                assertThat(peer.ask(HttpPeer.post("/echo", "01234567890")).status())
                        .isEqualTo(413);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/s/7", "01234567890")).status())
                        .isEqualTo(413);
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.post("/s/7", "abc").replace("\r\nContent-Length",
                        "\r\nX-Fail: 1\r\nContent-Length")).status()).isEqualTo(500);
                assertThat(peer.ending()).isEqualTo("end");
            }
        }
    }

    @OnEachBackend
    void manyRequestsInOnePieceAreAllRouted(NetOptions.Backend backend) throws Exception {
        for (boolean streaming : new boolean[] {false, true}) {
            HttpServer routed = server(backend).get("/u/{id}", SAY);
            if (streaming) {
                routed.post("/s/{id}", new Counting());
            }
            try (HttpServer server = routed.start(); HttpPeer peer = HttpPeer.connect(server)) {
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 200; i++) {
                    all.append(HttpPeer.get("/u/" + i));
                }
                peer.write(all.toString());
                for (int i = 0; i < 200; i++) {
                    assertThat(peer.reply().body()).isEqualTo("GET /u/{id} {id=" + i + "}");
                }
            }
        }
    }

    @OnEachBackend
    void aRouterIsAHandlerToo(NetOptions.Backend backend) throws Exception {
        Router router = Router.create().get("/a/{x}", SAY);
        HttpServer late = HttpServer.create(HttpPeer.options(backend).build(), router);
        router.get("/late", SAY);
        try (HttpServer server = late.start();
                HttpServer wrapped = HttpServer.open(HttpPeer.options(backend).build(),
                        request -> router.handle(request));
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer other = HttpPeer.connect(wrapped)) {
            for (HttpPeer each : new HttpPeer[] {peer, other}) {
                assertThat(each.ask(HttpPeer.get("/a/1")).body()).isEqualTo("GET /a/{x} {x=1}");
                assertThat(each.ask(HttpPeer.get("/late")).body()).isEqualTo("GET /late {}");
                assertThat(each.ask(HttpPeer.get("/b")).status()).isEqualTo(404);
            }
            assertThatIllegalStateException().isThrownBy(() -> router.get("/later", SAY));
        }
    }

    @Test
    void listenTakesAPortAndKeepsTheOtherOptions() throws Exception {
        HttpOptions options = HttpOptions.builder().serverName("me")
                .transport(NetOptions.builder().loops(1).build()).build();
        try (HttpServer server = HttpServer.create(options).get("/", SAY).listen(0);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(server.port()).isPositive();
            assertThat(peer.ask(HttpPeer.get("/")).has("Server: me")).isTrue();
            assertThatIllegalStateException().isThrownBy(() -> server.listen(0));
            assertThatIllegalStateException().isThrownBy(server::start);
            assertThatIllegalStateException().isThrownBy(() -> server.get("/late", SAY))
                    .withMessageContaining("started");
        }
    }

    @Test
    void listenTakesAnAddress() throws Exception {
        HttpOptions options = HttpOptions.builder()
                .transport(NetOptions.builder().loops(1).build()).build();
        try (HttpServer server = HttpServer.create(options).get("/", SAY)) {
            assertThatIllegalStateException().isThrownBy(server::port)
                    .withMessageContaining("not started");
            assertThat(Assertions.catchThrowableOfType(NetException.class,
                    () -> server.listen("no.such.host.invalid", 0)).code())
                    .isEqualTo("EUNRESOLVED");
            server.listen("127.0.0.1", 0);
            assertThat(server.addresses()).containsExactly(Backends.loopback(server.port()));
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void listenRefusesToWidenWhatTheOptionsName() {
        HttpOptions options = HttpOptions.builder().transport(NetOptions.builder().loops(1)
                .listen(Backends.loopback(0)).build()).build();
        try (HttpServer server = HttpServer.create(options).get("/", SAY)) {
            for (ThrowingCallable listen : List.<ThrowingCallable>of(() -> server.listen(0),
                    () -> server.listen("127.0.0.1", 0))) {
                assertThatIllegalStateException().isThrownBy(listen)
                        .withMessageContaining("/127.0.0.1:0").withMessageContaining("start()");
            }
            server.start();
            assertThat(server.addresses()).containsExactly(Backends.loopback(server.port()));
        }
    }
}

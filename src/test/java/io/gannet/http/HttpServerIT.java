package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.Backends;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and responses, one at a time. */
@Timeout(30)
class HttpServerIT {
    private static final HttpHandler ECHO = request -> HttpResponse.text(request.method() + "|"
            + request.target() + "|" + request.path() + "|" + request.query() + "|"
            + request.version() + "|" + request.authority() + "|" + request.text());

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    @OnEachBackend
    void aRequestIsSeenAsItWasSent(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, ECHO); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask("GET /a%20b?x=1?y HTTP/1.1\r\nHost: h:80\r\n\r\n").body())
                    .isEqualTo("GET|/a%20b?x=1?y|/a%20b|x=1?y|HTTP/1.1|h:80|");
            assertThat(peer.ask("GET http://u:8/p HTTP/1.1\r\nHost: u:8\r\n\r\n").body())
                    .isEqualTo("GET|http://u:8/p|/p||HTTP/1.1|u:8|");
            assertThat(peer.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body())
                    .startsWith("OPTIONS|*||");
            assertThat(peer.ask("BREW /tea HTTP/1.1\r\nHost: h\r\n\r\n").body())
                    .startsWith("BREW|/tea|/tea|");
            assertThat(peer.ask(HttpPeer.post("/", "hello")).body()).endsWith("|hello");
        }
    }

    @OnEachBackend
    void whatFollowsAConnectIsNoRequest(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, ECHO); HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(HttpPeer.head("CONNECT a:1 HTTP/1.1", "Host: a:1")
                    + HttpPeer.get("/tunnel"));
            assertThat(reply.status()).isEqualTo(501);
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void headersAreFoundInAnyCaseAndKeepTheirOrder(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> {
            HttpHeaders headers = request.headers();
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < headers.size(); i++) {
                all.append(headers.name(i)).append('=').append(headers.value(i)).append(';');
            }
            return HttpResponse.text(all + "|" + headers.first("X-ONE").orElse("none") + "|"
                    + request.header("no").orElse("none") + "|" + headers.all("x-One") + "|"
                    + headers.contains("hosT") + headers.contains("hos"));
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.head(
                    "GET / HTTP/1.1", "Host: h", "x-one:  a b ", "b:", "X-One: c")).body())
                    .isEqualTo("Host=h;x-one=a b;b=;X-One=c;|a b|none|[a b, c]|truefalse");
        }
    }

    @OnEachBackend
    void everyResponseSaysWhoWhenAndHowLong(NetOptions.Backend backend) throws Exception {
        HttpResponse constant = HttpResponse.text("constant");
        try (HttpServer server = open(backend, request -> constant);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 4; i++) {
                Reply reply = peer.ask(HttpPeer.get("/"));
                assertThat(reply.body()).isEqualTo("constant");
                assertThat(reply.head()).matches(HttpPeer.head(
                        "HTTP/1.1 200 OK",
                        "Date: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT",
                        "Server: gannet",
                        "Content-Type: text/plain; charset=utf-8",
                        "Content-Length: 8"));
            }
        }
    }

    @OnEachBackend
    void serversThatShareAResponseNameThemselves(NetOptions.Backend backend) throws Exception {
        HttpResponse constant = HttpResponse.text("x");
        HttpOptions silent = HttpPeer.options(backend).serverName("").build();
        try (HttpServer one = open(backend, request -> constant);
                HttpServer two = HttpServer.open(silent, request -> constant);
                HttpPeer first = HttpPeer.connect(one);
                HttpPeer second = HttpPeer.connect(two)) {
            for (int i = 0; i < 4; i++) {
                assertThat(first.ask(HttpPeer.get("/")).head()).contains("Server: gannet\r\n");
                assertThat(second.ask(HttpPeer.get("/")).head()).doesNotContain("Server:");
            }
        }
    }

    @OnEachBackend
    void ownDateAndServerReplaceOurs(NetOptions.Backend backend) throws Exception {
        HttpResponse own = HttpResponse.builder().header("Date", "then").header("Server", "me")
                .body("x").build();
        try (HttpServer server = open(backend, request -> own);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.ask(HttpPeer.get("/")).head()).isEqualTo(HttpPeer.head(
                        "HTTP/1.1 200 OK", "Date: then", "Server: me", "Content-Length: 1"));
            }
        }
    }

    @OnEachBackend
    void headAndSomeStatusesHaveNoBody(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> switch (request.path()) {
            case "/204" -> HttpResponse.status(204);
            case "/304" -> HttpResponse.status(304);
            default -> HttpResponse.text("hello");
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                Reply head = peer.write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").reply(true);
                assertThat(head.has("Content-Length: 5")).isTrue();
                for (String status : new String[] {"204", "304"}) {
                    Reply reply = peer.ask(HttpPeer.get("/" + status));
                    assertThat(reply.head()).startsWith("HTTP/1.1 " + status)
                            .doesNotContain("Content-Length").doesNotContain("Transfer-Encoding");
                }
                assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("hello");
            }
        }
    }

    @OnEachBackend
    void aRefusedHeadHasNoBody(NetOptions.Backend backend) throws Exception {
        String[] bad = {"HEAD / HTTP/1.1\r\n\r\n", "HEAD /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
            "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n",
            "HEAD / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n"};
        try (HttpServer server = open(backend, ECHO)) {
            for (String request : bad) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    Reply reply = peer.write(request).reply(true);
                    assertThat(reply.status()).isGreaterThanOrEqualTo(400);
                    assertThat(reply.has("Connection: close")).isTrue();
                    assertThat(peer.ending()).isEqualTo("end");
                }
            }
        }
    }

    @OnEachBackend
    void connectionsAreKeptAsTheVersionsSay(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, ECHO)) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                Reply reply = peer.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n");
                assertThat(reply.has("Connection: close")).isTrue();
                assertThat(peer.ending()).isEqualTo("end");
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                assertThat(peer.ask("GET / HTTP/1.0\r\n\r\n").has("Connection: close")).isTrue();
                assertThat(peer.ending()).isEqualTo("end");
            }
            try (HttpPeer peer = HttpPeer.connect(server)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(peer.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                            .has("Connection: keep-alive")).isTrue();
                }
            }
        }
    }

    @OnEachBackend
    void whatFollowsACloseIsNotAnswered(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, ECHO); HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                    + HttpPeer.get("/2"));
            assertThat(reply.status()).isEqualTo(200);
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void aHandlerMayCloseTheConnection(NetOptions.Backend backend) throws Exception {
        HttpResponse last = HttpResponse.builder().close().body("bye").build();
        try (HttpServer server = open(backend, request -> last);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).has("Connection: close")).isTrue();
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void aHandlerThatThrowsIsAnsweredForAndTheConnectionLives(NetOptions.Backend backend)
            throws Exception {
        HttpHandler handler = request -> {
            if (request.path().equals("/null")) {
                return null;
            }
            if (request.path().equals("/error")) {
                throw new AssertionError("secret");
            }
            throw new IllegalStateException("secret");
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {"/", "/error", "/null"}) {
                Reply reply = peer.ask(HttpPeer.get(path));
                assertThat(reply.status()).isEqualTo(500);
                assertThat(reply.head() + reply.body()).doesNotContain("secret");
            }
        }
    }

    @OnEachBackend
    void aFailureIsLoggedOnceWithItsRequestLine(NetOptions.Backend backend) throws Exception {
        BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();
        Handler recorder = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                records.add(entry);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("io.gannet");
        logger.addHandler(recorder);
        logger.setUseParentHandlers(false);
        HttpHandler handler = request -> {
            throw new IllegalStateException("why");
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/boom?x")).status()).isEqualTo(500);
            assertThat(records).hasSize(1);
            LogRecord entry = records.remove();
            assertThat(entry.getMessage()).contains("GET /boom?x HTTP/1.1");
            assertThat(entry.getThrown()).hasMessage("why");
        } finally {
            logger.setUseParentHandlers(true);
            logger.removeHandler(recorder);
        }
    }

    @OnEachBackend
    void aViewIsOverWhenItsHandlerAnswered(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> kept = new CompletableFuture<>();
        HttpHandler handler = request -> {
            kept.complete(request);
            return HttpResponse.text("x");
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            peer.ask(HttpPeer.get("/"));
            HttpRequest request = kept.get(5, TimeUnit.SECONDS);
            assertThatIllegalStateException().isThrownBy(request::method);
            assertThatIllegalStateException().isThrownBy(request::headers);
            assertThatIllegalStateException().isThrownBy(request::bytes);
            assertThatIllegalStateException().isThrownBy(request::remoteAddress);
            assertThatIllegalStateException().isThrownBy(request::trailers);
            assertThat(request.toString()).contains("over");
        }
    }

    @OnEachBackend
    void largeResponsesArriveWhole(NetOptions.Backend backend) throws Exception {
        String text = "0123456789abcdef".repeat(1 << 16);
        HttpResponse large = HttpResponse.text(text);
        try (HttpServer server = open(backend, request -> large);
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                peer.write(HttpPeer.get("/").repeat(8));
                for (int k = 0; k < 8; k++) {
                    assertThat(peer.reply().body()).isEqualTo(text);
                }
            }
        }
    }

    @OnEachBackend
    void addressesAreKnown(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(
                request.localAddress() + " " + request.remoteAddress());
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body())
                    .contains(":" + server.port()).contains("127.0.0.1");
        }
    }

    @Test
    void aServerStartsOnceAndStopsAnyTimes() {
        HttpServer server = HttpServer.create(HttpOptions.builder()
                .transport(NetOptions.builder().listen(Backends.loopback(0)).loops(1).build())
                .build(), ECHO);
        assertThatIllegalStateException().isThrownBy(server::port);
        assertThatIllegalStateException().isThrownBy(server::backend);
        server.start();
        assertThat(server.port()).isPositive();
        assertThat(server.addresses()).hasSize(1);
        assertThat(server.backend().name()).isNotEmpty();
        assertThatIllegalStateException().isThrownBy(server::start);
        assertThat(server.stop(Duration.ofSeconds(5))).isTrue();
        assertThat(server.stop(Duration.ofSeconds(5))).isTrue();
        server.close();
    }
}

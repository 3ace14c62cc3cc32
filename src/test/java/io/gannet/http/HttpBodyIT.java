package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** Bodies that are collected, limits, and what is refused. */
@Timeout(30)
class HttpBodyIT {
    private static final HttpHandler ECHO = request -> HttpResponse.builder()
            .header("X-Trailer", request.trailers().first("t").orElse("none"))
            .body(request.bytes())
            .build();

    private static HttpServer open(NetOptions.Backend backend) {
        return HttpServer.open(HttpPeer.options(backend).build(), ECHO);
    }

    private static String chunked(String... lines) {
        return HttpPeer.head("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
                + String.join("\r\n", lines) + "\r\n\r\n";
    }

    private static void refuses(HttpOptions options, String request, int status)
            throws Exception {
        try (HttpServer server = HttpServer.open(options, ECHO);
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(request);
            assertThat(reply.status()).as(request).isEqualTo(status);
            assertThat(reply.has("Connection: close")).isTrue();
            assertThat(reply.body()).startsWith(status + " ");
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    private static void takes(HttpOptions options, String request) throws Exception {
        try (HttpServer server = HttpServer.open(options, ECHO);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(request).status()).as(request).isEqualTo(200);
            assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void bodiesOfAllSizesComeBack(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            for (int size : new int[] {0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 65536, 5 << 20}) {
                String body = "0123456789".repeat(size / 10 + 1).substring(0, size);
                assertThat(peer.ask(HttpPeer.post("/echo", body)).body()).isEqualTo(body);
            }
        }
    }

    @OnEachBackend
    void chunksAreJoinedAndTrailersAreKept(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                Reply reply = peer.ask(chunked("3", "abc", "2;x=y", "de", "0", "U: v", "T: yes"));
                assertThat(reply.body()).isEqualTo("abcde");
                assertThat(reply.has("X-Trailer: yes")).isTrue();
            }
            assertThat(peer.ask(chunked("0")).body()).isEmpty();
        }
    }

    @OnEachBackend
    void trailersOfAnOpenRequestStayReadable(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpRequest> seen = new CompletableFuture<>();
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        HttpHandler handler = request -> {
            seen.complete(request);
            return HttpResponse.later(answer);
        };
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(chunked("3", "abc", "0", "T: yes"));
            HttpRequest request = seen.get(5, TimeUnit.SECONDS);
            assertThat(request.trailers().size()).isEqualTo(1);
            assertThat(request.trailers().name(0)).isEqualTo("T");
            assertThat(request.text()).isEqualTo("abc");
            answer.complete(HttpResponse.status(200));
            assertThat(peer.reply().status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void requestsArriveByteByByte(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            String requests = HttpPeer.post("/a", "hello") + chunked("3", "abc", "0", "T: yes")
                    + HttpPeer.get("/");
            for (int i = 0; i < requests.length(); i++) {
                peer.write(requests.substring(i, i + 1));
            }
            assertThat(peer.reply().body()).isEqualTo("hello");
            assertThat(peer.reply().has("X-Trailer: yes")).isTrue();
            assertThat(peer.reply().body()).isEmpty();
        }
    }

    @OnEachBackend
    void requestsMayBeSplitAnywhere(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            String requests = HttpPeer.post("/a", "hello") + chunked("3", "abc", "0", "T: yes");
            for (int i = 1; i < requests.length(); i++) {
                peer.write(requests.substring(0, i));
                peer.write(requests.substring(i));
                assertThat(peer.reply().body()).isEqualTo("hello");
                assertThat(peer.reply().body()).isEqualTo("abc");
            }
        }
    }

    @OnEachBackend
    void bodiesBetweenPipelinedRequestsStayTheirOwn(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            String large = "x".repeat(40_000);
            peer.write(HttpPeer.post("/a", "one") + chunked("2", "tw", "1", "o", "0")
                    + HttpPeer.post("/b", large) + HttpPeer.get("/") + HttpPeer.post("/c", "end"));
            for (String body : new String[] {"one", "two", large, "", "end"}) {
                assertThat(peer.reply().body()).isEqualTo(body);
            }
        }
    }

    @OnEachBackend
    void bodiesHaveALimit(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).bodyMax(10).build();
        takes(options, HttpPeer.post("/", "x".repeat(9)));
        takes(options, HttpPeer.post("/", "x".repeat(10)));
        refuses(options, HttpPeer.post("/", "x".repeat(11)), 413);
        takes(options, chunked("5", "abcde", "4", "abcd", "0"));
        takes(options, chunked("5", "abcde", "5", "abcde", "0"));
        refuses(options, chunked("5", "abcde", "6", "abcdef", "0"), 413);
        refuses(options, HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 11",
                "Expect: 100-continue"), 413);
    }

    @OnEachBackend
    void headsHaveLimits(NetOptions.Backend backend) throws Exception {
        HttpOptions line = HttpPeer.options(backend).requestLineMax(40).build();
        String rest = " HTTP/1.1\r\nHost: h\r\n\r\n";
        takes(line, "GET /" + "a".repeat(25) + rest);
        takes(line, "GET /" + "a".repeat(26) + rest);
        refuses(line, "GET /" + "a".repeat(27) + rest, 414);
        HttpOptions count = HttpPeer.options(backend).headerCountMax(3).build();
        takes(count, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: b"));
        takes(count, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: b", "c: d"));
        refuses(count, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: b", "c: d", "e: f"), 431);
        /* "Host: h", "a: …" and the empty line: 9 + 5 + n + 2 bytes. */
        HttpOptions bytes = HttpPeer.options(backend).headerBytesMax(50).build();
        takes(bytes, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: " + "x".repeat(33)));
        takes(bytes, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: " + "x".repeat(34)));
        refuses(bytes, HttpPeer.head("GET / HTTP/1.1", "Host: h", "a: " + "x".repeat(35)), 431);
    }

    @OnEachBackend
    void chunksAndTrailersHaveLimits(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).chunkExtensionsMax(10)
                .trailerCountMax(2).trailerBytesMax(40).build();
        takes(options, chunked("1;a=345678", "x", "0"));
        takes(options, chunked("1;a=3456789", "x", "0"));
        refuses(options, chunked("1;a=34567890", "x", "0"), 400);
        takes(options, chunked("0", "a: b", "c: d"));
        refuses(options, chunked("0", "a: b", "c: d", "e: f"), 431);
        takes(options, chunked("0", "a: " + "x".repeat(33)));
        refuses(options, chunked("0", "a: " + "x".repeat(34)), 431);
    }

    @OnEachBackend
    void headsAsLargeAsTheirLimitsFit(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).requestLineMax(30_000)
                .headerBytesMax(30_000).build();
        String path = "/" + "a".repeat(29_986);
        HttpHandler handler = request -> HttpResponse.text(
                request.path().length() + " " + request.header("long").orElse("").length());
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            String request = HttpPeer.head("GET " + path + " HTTP/1.1", "Host: h",
                    "Long: " + "v".repeat(29_981));
            for (int i = 0; i < 5; i++) {
                assertThat(peer.ask(request).body()).isEqualTo("29987 29981");
            }
        }
    }

    @OnEachBackend
    void whatIsNoHttpIsRefused(NetOptions.Backend backend) throws Exception {
        HttpOptions options = HttpPeer.options(backend).build();
        refuses(options, "GET / HTTP/2.0\r\n\r\n", 505);
        refuses(options, "GET /\r\n\r\n", 400);
        refuses(options, HttpPeer.head("GET / HTTP/1.1"), 400);
        refuses(options, HttpPeer.head("GET / HTTP/1.1", "Host: h", " fold: x"), 400);
        refuses(options, HttpPeer.head("GET /%zz HTTP/1.1", "Host: h"), 400);
        refuses(options, HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 1",
                "Transfer-Encoding: chunked"), 400);
        refuses(options, HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: +1"), 400);
        refuses(options, HttpPeer.head("POST / HTTP/1.1", "Host: h",
                "Transfer-Encoding: gzip, chunked"), 501);
        refuses(options, chunked("x", "abc"), 400);
        refuses(options, chunked("3", "abcd", "0"), 400);
    }

    @OnEachBackend
    void expectationsAreMetOrRefused(NetOptions.Backend backend) throws Exception {
        String expecting = HttpPeer.head("POST / HTTP/1.1", "Host: h", "Content-Length: 5",
                "Expect: 100-continue");
        try (HttpServer server = open(backend); HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.ask(expecting).head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
                assertThat(peer.ask("hello").body()).isEqualTo("hello");
            }
            assertThat(peer.ask(expecting + "there").body()).isEqualTo("there");
        }
        refuses(HttpPeer.options(backend).build(), HttpPeer.head("POST / HTTP/1.1", "Host: h",
                "Content-Length: 5", "Expect: tea") + "hello", 417);
        refuses(HttpPeer.options(backend).build(), HttpPeer.head("GET / HTTP/1.1", "Host: h",
                "Expect: tea"), 417);
    }

    @OnEachBackend
    void continueWaitsForEarlierResponses(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpResponse> slow = new CompletableFuture<>();
        HttpHandler handler = request -> request.path().equals("/slow")
                ? HttpResponse.later(slow)
                : HttpResponse.bytes(request.bytes());
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer other = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/slow") + HttpPeer.head("POST / HTTP/1.1", "Host: h",
                    "Content-Length: 2", "Expect: 100-continue"));
            assertThat(other.ask(HttpPeer.get("/")).status()).isEqualTo(200);
            slow.complete(HttpResponse.text("slow"));
            assertThat(peer.reply().body()).isEqualTo("slow");
            assertThat(peer.reply().status()).isEqualTo(100);
            assertThat(peer.ask("ok").body()).isEqualTo("ok");
        }
    }
}

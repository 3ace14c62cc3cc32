package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.gannet.Async;
import io.gannet.Backends;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What handlers read of requests and answer with, over sockets. */
@Timeout(30)
class HttpValuesIT {
    private static final HttpOptions OPTIONS =
            HttpPeer.options(NetOptions.Backend.AUTO).build();

    record Item(String name, int price) {}

    private static HttpServer open(HttpHandler handler) {
        return HttpServer.open(OPTIONS, handler);
    }

    /** One request to a server that answers with a text made of it. */
    private static Reply ask(HttpHandler handler, String request) throws Exception {
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            return peer.ask(request);
        }
    }

    private static String post(String type, String body) {
        int length = body.getBytes(StandardCharsets.ISO_8859_1).length;
        return "POST / HTTP/1.1\r\nHost: h\r\n" + (type.isEmpty() ? "" : "Content-Type: " + type
                + "\r\n") + "Content-Length: " + length + "\r\n\r\n" + body;
    }

    @OnEachBackend
    void queriesAreRead(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.text(request.queryParam("a").orElse("-")
                + "|" + request.queryParams().all("a") + "|" + request.queryParams().names() + "|"
                + request.queryParams().size() + "|" + request.queryParams().contains("b"));
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("-|[]|[]|0|false");
            assertThat(peer.ask(HttpPeer.get("/?b&a=1&c=x+%C3%A4&a=")).body())
                    .isEqualTo("1|[1, ]|[b, a, c]|4|true");
            for (String bad : new String[] {"a=%ff", "%c3=1", "a=%c0%80"}) {
                assertThat(peer.ask(HttpPeer.get("/?" + bad)).status()).as(bad).isEqualTo(400);
            }
            String many = "/?" + "a&".repeat(1000);
            assertThat(peer.ask(HttpPeer.get(many)).body()).contains("|1000|");
            assertThat(peer.ask(HttpPeer.get(many + "a")).status()).isEqualTo(400);
        }
    }

    @Test
    void cookiesOfSeveralHeadersAreRead() throws Exception {
        HttpHandler handler = request -> HttpResponse.text(request.cookie("a").orElse("-") + "|"
                + request.cookie("b").orElse("-") + "|" + request.cookies().names());
        assertThat(ask(handler, HttpPeer.head("GET / HTTP/1.1", "Host: h",
                "Cookie: a=\"1\"; x", "Cookie: b=2; a=3")).body()).isEqualTo("1|2|[a, b]");
        assertThat(ask(handler, HttpPeer.get("/")).body()).isEqualTo("-|-|[]");
    }

    @Test
    void textsAreReadInTheirCharset() throws Exception {
        HttpHandler handler = request -> HttpResponse.text(request.text() + "|"
                + request.contentType().orElse("-"));
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(post("", "\u00c3\u00a4")).body()).isEqualTo("ä|-");
            assertThat(peer.ask(post("Text/Plain", "\u00c3\u00a4")).body())
                    .isEqualTo("ä|text/plain");
            assertThat(peer.ask(post("text/plain; charset=ISO-8859-1", "\u00e4")).body())
                    .isEqualTo("ä|text/plain");
            assertThat(peer.ask(post("text/plain; charset=\"utf-16be\"", "\u0000a")).body())
                    .isEqualTo("a|text/plain");
            assertThat(peer.ask(post("nonsense;", "a")).body()).isEqualTo("a|-");
            for (String bad : new String[] {"x-unheard-of", "\"\"", "\"a b\"", "utf-7x"}) {
                assertThat(peer.ask(post("text/plain; charset=" + bad, "a")).status()).as(bad)
                        .isEqualTo(415);
            }
        }
    }

    @Test
    void formsAreRead() throws Exception {
        HttpHandler handler = request -> HttpResponse.text(request.form().first("a").orElse("-")
                + "|" + request.form().size());
        String type = "application/x-www-form-urlencoded";
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(post(type, "a=x+y%21&b")).body()).isEqualTo("x y!|2");
            assertThat(peer.ask(post(type + ";charset=UTF-8", "")).body()).isEqualTo("-|0");
            assertThat(peer.ask(post(type, "a&".repeat(1000))).body()).isEqualTo("|1000");
            assertThat(peer.ask(post(type, "a&".repeat(1001))).status()).isEqualTo(413);
            assertThat(peer.ask(post(type, "a=%ff")).status()).isEqualTo(400);
            assertThat(peer.ask(post(type, "a=\u00ff")).status()).isEqualTo(400);
            assertThat(peer.ask(post("", "a=1")).status()).isEqualTo(415);
            assertThat(peer.ask(post("text/plain", "a=1")).status()).isEqualTo(415);
            assertThat(peer.ask(post(type + "; charset=utf-16", "a=1")).status()).isEqualTo(415);
        }
    }

    @Test
    void jsonIsReadAndWritten() throws Exception {
        HttpHandler handler = request -> {
            if (request.path().equals("/list")) {
                List<Item> items = request.json(new JsonType<List<Item>>() {});
                return HttpResponse.json(Map.of("count", items.size()));
            }
            Item item = request.json(Item.class);
            return HttpResponse.json(new Item(item.name(), item.price() + 1)).withStatus(201);
        };
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            String json = "{\"name\":\"x\",\"price\":1}";
            for (String type : new String[] {"", "application/json", "application/problem+json",
                "Application/JSON;charset=utf-8", "application/json; charset=\"US-ASCII\""}) {
                Reply reply = peer.ask(post(type, json));
                assertThat(reply.status()).as(type).isEqualTo(201);
                assertThat(reply.has("Content-Type: application/json")).isTrue();
                assertThat(reply.body()).isEqualTo("{\"name\":\"x\",\"price\":2}");
            }
            for (String type : new String[] {"text/plain", "application/jsonx", "json", "a/json",
                "application/json; charset=iso-8859-1", "application/json; charset"}) {
                assertThat(peer.ask(post(type, json)).status()).as(type).isEqualTo(415);
            }
            assertThat(peer.ask(post("", json).replace("POST /", "POST /list")).body())
                    .startsWith("the JSON has a wrong type");
            assertThat(peer.ask(post("", "[" + json + "]").replace("POST /", "POST /list")).body())
                    .isEqualTo("{\"count\":1}");
            Reply bad = peer.ask(post("", "{\"name\":\"x\",\n  \"price\":}"));
            assertThat(bad.status()).isEqualTo(400);
            assertThat(bad.body()).isEqualTo("the JSON is malformed at line 2, column 11");
            assertThat(peer.ask(post("", "")).body()).isEqualTo("the body is empty");
        }
    }

    @Test
    void whatCannotBeWrittenIsAnswered500() throws Exception {
        assertThat(ask(request -> HttpResponse.json(new Object()), HttpPeer.get("/")).body())
                .isEqualTo("500 Internal Server Error\n");
        assertThat(ask(request -> HttpResponse.json(request.json(Runnable.class)),
                post("", "{}")).status()).isEqualTo(500);
    }

    @Test
    void attributesGoWithOneRequestAndAnyThread() throws Exception {
        BlockingQueue<Optional<Object>> before = new LinkedBlockingQueue<>();
        BlockingQueue<HttpRequest> seen = new LinkedBlockingQueue<>();
        HttpHandler handler = request -> {
            before.add(request.attribute("user"));
            request.attribute("user", "bob");
            request.attribute("user", "eve");
            seen.add(request);
            return HttpResponse.later(Async.supply(() -> {
                Optional<String> user = request.attribute("user");
                return HttpResponse.text(user.orElse("-"));
            }));
        };
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("eve");
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("eve");
            assertThat(before).containsExactly(Optional.empty(), Optional.empty());
        }
        HttpRequest over = seen.poll(5, TimeUnit.SECONDS);
        assertThatIllegalStateException().isThrownBy(() -> over.attribute("user"));
        assertThatIllegalStateException().isThrownBy(() -> over.attribute("user", "x"));
        assertThatIllegalStateException().isThrownBy(over::queryParams);
        assertThatIllegalStateException().isThrownBy(over::clientAddress);
    }

    @Test
    void trustedProxiesAreBelieved() throws Exception {
        HttpHandler handler = request -> HttpResponse.text(
                request.clientAddress() + "|" + request.scheme() + "|" + request.host());
        String request = HttpPeer.head("GET / HTTP/1.1", "Host: h:80",
                "X-Forwarded-For: 192.0.2.1, 2001:DB8::1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: a.example");
        assertThat(ask(handler, request).body()).isEqualTo("127.0.0.1|http|h:80");
        HttpOptions trusting = OPTIONS.toBuilder()
                .trustedProxies(List.of("127.0.0.0/8", "2001:db8::/32")).build();
        try (HttpServer server = HttpServer.open(trusting, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(request).body()).isEqualTo("192.0.2.1|https|a.example");
            assertThat(peer.ask(HttpPeer.head("GET / HTTP/1.1", "Host: h",
                    "Forwarded: for=_x;proto=https")).body()).isEqualTo("127.0.0.1|https|h");
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("127.0.0.1|http|h");
        }
    }

    @Test
    void whoConnectsToAUnixSocketCanBeTrusted(@TempDir Path dir) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s"));
        HttpOptions options = OPTIONS.toBuilder().trustedProxies(List.of("unix"))
                .transport(OPTIONS.transport().toBuilder().listen(Backends.loopback(0), address)
                        .build()).build();
        HttpHandler handler = request -> HttpResponse.text("<" + request.clientAddress() + ">");
        String request = HttpPeer.head("GET / HTTP/1.1", "Host: h", "Connection: close",
                "X-Forwarded-For: 192.0.2.1");
        try (HttpServer server = HttpServer.open(options, handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(askUnix(address, request)).endsWith("<192.0.2.1>");
            assertThat(askUnix(address, request.replace("X-", "Y-"))).endsWith("<unix>");
            assertThat(peer.ask(request).body()).isEqualTo("<127.0.0.1>");
        }
    }

    private static String askUnix(UnixDomainSocketAddress address, String request)
            throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(address);
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer all = ByteBuffer.allocate(4096);
            while (channel.read(all) >= 0) {
                assertThat(all.hasRemaining()).isTrue();
            }
            return new String(all.array(), 0, all.position(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void pagesRedirectsAndCookiesAreSent() throws Exception {
        HttpHandler handler = request -> switch (request.path()) {
            case "/html" -> HttpResponse.html("<p>ä").withCookie(HttpCookie.builder("a", "1")
                    .path("/").build()).withCookie(HttpCookie.builder("b", "2").build());
            case "/302" -> HttpResponse.redirect("/x?y=z");
            case "/308" -> HttpResponse.redirect(308, "https://a.example/");
            default -> HttpResponse.noContent();
        };
        try (HttpServer server = open(handler); HttpPeer peer = HttpPeer.connect(server)) {
            Reply html = peer.ask(HttpPeer.get("/html"));
            assertThat(html.body()).isEqualTo("<p>ä");
            assertThat(html.has("Content-Type: text/html; charset=utf-8")).isTrue();
            assertThat(html.head()).contains("\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n");
            Reply found = peer.ask(HttpPeer.get("/302"));
            assertThat(found.status()).isEqualTo(302);
            assertThat(found.has("Location: /x?y=z")).isTrue();
            assertThat(found.has("Content-Length: 0")).isTrue();
            Reply moved = peer.ask(HttpPeer.get("/308"));
            assertThat(moved.head()).startsWith("HTTP/1.1 308 Permanent Redirect\r\n")
                    .contains("\r\nLocation: https://a.example/\r\n");
            assertThat(peer.ask(HttpPeer.get("/")).head())
                    .startsWith("HTTP/1.1 204 No Content\r\n").doesNotContain("Content-Length");
        }
    }

    @Test
    void locationsThatCouldSplitOrMisleadAreRefused() {
        for (String bad : List.of("", "/a b", "/a\r\nX: y", "/ä", "\\\\evil", "/%", "/\0")) {
            assertThatIllegalArgumentException().isThrownBy(() -> HttpResponse.redirect(bad))
                    .withMessageNotContaining("\r");
        }
        for (int bad : new int[] {200, 300, 304, 305, 306, 309}) {
            assertThatIllegalArgumentException().isThrownBy(() -> HttpResponse.redirect(bad, "/"));
        }
    }

    @OnEachBackend
    void headAnd304SayTheLengthOfGet(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> HttpResponse.status(
                request.path().equals("/304") ? 304 : 200).withHeader("Content-Length", "1234");
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/").replace("GET", "HEAD"));
            Reply head = peer.reply(true);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.head()).containsOnlyOnce("Content-Length: 1234\r\n");
            assertThat(peer.ask(HttpPeer.get("/304")).head())
                    .containsOnlyOnce("Content-Length: 1234\r\n");
            assertThat(peer.ask(HttpPeer.get("/304").replace("1.1\r\n", "1.0\r\nConnection: "
                    + "keep-alive\r\n")).head()).containsOnlyOnce("Content-Length: 1234\r\n");
            assertThat(peer.ask(HttpPeer.get("/")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/").replace("h\r\n", "h\r\nConnection: close\r\n"))
                    .body()).isEqualTo("500 Internal Server Error\n");
        }
    }

    @OnEachBackend
    void changesToWhatComesLaterAreSent(NetOptions.Backend backend) throws Exception {
        HttpHandler handler = request -> {
            CompletableFuture<HttpResponse> stage = new CompletableFuture<>();
            HttpResponse response = HttpResponse.later(stage).withStatus(202).withHeader("X", "y")
                    .map(known -> known.withBody(known.length() + " bytes"));
            Thread thread = new Thread(() -> {
                if (request.path().equals("/fail")) {
                    stage.completeExceptionally(new HttpException(409, "taken"));
                } else {
                    stage.complete(HttpResponse.text("hello"));
                }
            });
            thread.start();
            return response;
        };
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(HttpPeer.get("/"));
            assertThat(reply.status()).isEqualTo(202);
            assertThat(reply.has("X: y")).isTrue();
            assertThat(reply.body()).isEqualTo("5 bytes");
            assertThat(peer.ask(HttpPeer.get("/fail")).body()).isEqualTo("taken");
        }
    }

    @Test
    void proxiesAreCheckedAmongTheOptions() {
        assertThatIllegalArgumentException().isThrownBy(
                () -> OPTIONS.toBuilder().trustedProxies(List.of("example.com")).build());
        assertThat(OPTIONS.toBuilder().trustedProxies(List.of("::1")).build().trustedProxies())
                .containsExactly("::1");
    }
}

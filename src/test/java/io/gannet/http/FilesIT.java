package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is answered for files. */
@Timeout(30)
class FilesIT {
    private static final FileTime TIME = FileTime.from(Instant.parse("2001-09-09T01:46:40.25Z"));
    private static final String MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT";
    private static final String DIGITS = "0123456789";

    @TempDir
    private Path dir;
    private Path root;

    @BeforeEach
    void fill() throws IOException {
        root = Files.createDirectories(dir.resolve("root/sub/empty")).getParent().getParent();
        put("digits.txt", DIGITS);
        put("sub/index.html", "<p>index</p>");
        put("sub/page.html", "<p>page</p>");
        put(".secret", "hidden");
        put("../outside.txt", "outside");
    }

    private Path put(String name, String text) throws IOException {
        Path file = Files.writeString(root.resolve(name), text);
        return Files.setLastModifiedTime(file, TIME);
    }

    private static HttpServer open(NetOptions.Backend backend, HttpHandler handler) {
        return HttpServer.open(HttpPeer.options(backend).build(), handler);
    }

    private static String get(String path, String... headers) {
        return HttpPeer.head(("GET " + path + " HTTP/1.1\nHost: h\n" + String.join("\n", headers))
                .strip().split("\n", -1));
    }

    private static String header(Reply reply, String name) {
        Matcher matcher = Pattern.compile("\r\n" + name + ": ([^\r]*)\r\n").matcher(reply.head());
        return matcher.find() ? matcher.group(1) : "none";
    }

    @OnEachBackend
    void aFileIsSentWithWhatTellsItsVersion(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                Reply reply = peer.ask(get("/digits.txt"));
                assertThat(reply.head()).matches(HttpPeer.head(
                        "HTTP/1.1 200 OK", "Date: .*", "Server: gannet",
                        "Content-Type: text/plain; charset=utf-8", "Accept-Ranges: bytes",
                        "ETag: \"[0-9a-f]+-a\"", "Last-Modified: " + MODIFIED,
                        "Content-Length: 10"));
                assertThat(reply.body()).isEqualTo(DIGITS);
                Reply bare = peer.write(get("/digits.txt", "Range: bytes=1-2")
                        .replace("GET", "HEAD")).reply(true);
                assertThat(bare.head().replaceAll("Date: [^\r]*", ""))
                        .isEqualTo(reply.head().replaceAll("Date: [^\r]*", ""));
            }
        }
    }

    @OnEachBackend
    void theTagChangesWithTheFileAndOnlyThen(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            String tag = header(peer.ask(get("/digits.txt")), "ETag");
            assertThat(header(peer.ask(get("/digits.txt")), "ETag")).isEqualTo(tag);
            Path other = put("other.txt", "9876543210");
            Files.move(other, root.resolve("digits.txt"), StandardCopyOption.REPLACE_EXISTING);
            String replaced = header(peer.ask(get("/digits.txt")), "ETag");
            assertThat(replaced).isNotEqualTo(tag);
            Files.setLastModifiedTime(root.resolve("digits.txt"),
                    FileTime.from(TIME.toInstant().plusNanos(1)));
            assertThat(header(peer.ask(get("/digits.txt")), "ETag")).isNotIn(tag, replaced);
        }
    }

    @OnEachBackend
    void conditionsAreLookedAtInOrder(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.builder(root)
                        .cacheControl("no-cache").build());
                HttpPeer peer = HttpPeer.connect(server)) {
            String tag = header(peer.ask(get("/digits.txt")), "ETag");
            Reply same = peer.ask(get("/digits.txt", "If-None-Match: \"x\", W/" + tag));
            assertThat(same.head()).matches(HttpPeer.head("HTTP/1.1 304 Not Modified", "Date: .*",
                    "Server: gannet", "Cache-Control: no-cache", "Accept-Ranges: bytes",
                    "ETag: " + tag, "Last-Modified: " + MODIFIED));
            assertThat(status(peer, "If-None-Match: *")).isEqualTo(304);
            assertThat(status(peer, "If-None-Match: \"x\"", "If-Modified-Since: " + MODIFIED))
                    .isEqualTo(200);
            assertThat(status(peer, "If-Modified-Since: " + MODIFIED)).isEqualTo(304);
            assertThat(status(peer, "If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT"))
                    .isEqualTo(200);
            assertThat(status(peer, "If-Match: " + tag, "If-None-Match: " + tag)).isEqualTo(304);
            assertThat(status(peer, "If-Match: *")).isEqualTo(200);
            assertThat(status(peer, "If-Match: W/" + tag)).isEqualTo(412);
            assertThat(status(peer, "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT"))
                    .isEqualTo(412);
            Reply failed = peer.ask(get("/digits.txt", "If-Match: \"x\"", "Range: bytes=1-2"));
            assertThat(failed.status()).isEqualTo(412);
            assertThat(failed.head()).doesNotContain("ETag").doesNotContain("Accept-Ranges");
            Reply head = peer.write(get("/digits.txt", "If-None-Match: " + tag)
                    .replace("GET", "HEAD")).reply(true);
            assertThat(head.status()).isEqualTo(304);
        }
    }

    private static int status(HttpPeer peer, String... headers) throws IOException {
        return peer.ask(get("/digits.txt", headers)).status();
    }

    @OnEachBackend
    void aRangeIsAnsweredWithItsPart(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            String tag = header(peer.ask(get("/digits.txt")), "ETag");
            Reply part = peer.ask(get("/digits.txt", "Range: bytes=2-4"));
            assertThat(part.status()).isEqualTo(206);
            assertThat(part.body()).isEqualTo("234");
            assertThat(part.has("Content-Range: bytes 2-4/10")).isTrue();
            assertThat(part.has("Content-Length: 3")).isTrue();
            assertThat(header(part, "ETag")).isEqualTo(tag);
            assertThat(peer.ask(get("/digits.txt", "Range: bytes=-3")).body()).isEqualTo("789");
            assertThat(peer.ask(get("/digits.txt", "Range: bytes=9-")).body()).isEqualTo("9");
            Reply whole = peer.ask(get("/digits.txt", "Range: bytes=x"));
            assertThat(whole.status()).isEqualTo(200);
            Reply none = peer.ask(get("/digits.txt", "Range: bytes=10-"));
            assertThat(none.status()).isEqualTo(416);
            assertThat(none.has("Content-Range: bytes */10")).isTrue();
            assertThat(none.has("Content-Type: text/plain; charset=utf-8")).isTrue();
            assertThat(none.head()).doesNotContain("ETag");
            assertThat(status(peer, "Range: bytes=1-2", "Range: bytes=3-4")).isEqualTo(200);
            assertThat(status(peer, "Range: bytes=1-2", "If-Range: " + tag)).isEqualTo(206);
            assertThat(status(peer, "Range: bytes=1-2", "If-Range: " + MODIFIED)).isEqualTo(206);
            assertThat(status(peer, "Range: bytes=1-2", "If-Range: W/" + tag)).isEqualTo(200);
            assertThat(status(peer, "Range: bytes=1-2", "If-Range: \"x\"")).isEqualTo(200);
            assertThat(status(peer, "Range: bytes=10-", "If-Range: \"x\"")).isEqualTo(200);
            assertThat(status(peer, "Range: bytes=1-2", "If-None-Match: " + tag)).isEqualTo(304);
        }
    }

    @OnEachBackend
    void severalRangesAreAnsweredInParts(NetOptions.Backend backend) throws Exception {
        String text = "0123456789abcdef".repeat(16 * 1024);
        put("large.css", text);
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String last : new String[] {"-5", "100000-140000"}) {
                Reply reply = peer.ask(
                        get("/large.css", "Range: bytes=50000-50003, 0-0," + last));
                assertThat(reply.status()).isEqualTo(206);
                String type = header(reply, "Content-Type");
                assertThat(type).startsWith("multipart/byteranges; boundary=");
                assertThat(reply.head()).doesNotContain("Content-Range");
                String line = "--" + type.substring(type.indexOf('=') + 1);
                int from = last.startsWith("-") ? text.length() - 5 : 100_000;
                int to = last.startsWith("-") ? text.length() : 140_001;
                assertThat(reply.body()).isEqualTo(
                        part(line, 50_000, 50_004, text) + "\r\n" + part(line, 0, 1, text) + "\r\n"
                                + part(line, from, to, text) + "\r\n" + line + "--\r\n");
            }
            String many = "0-0,".repeat(1000);
            assertThat(peer.ask(get("/digits.txt", "Range: bytes=" + many)).body())
                    .isEqualTo(DIGITS);
            assertThat(peer.ask(get("/digits.txt", "Range: bytes=0-1,9-9"))
                    .has("Content-Range: bytes 0-9/10")).isTrue();
            assertThat(peer.ask(get("/large.css", "Range: bytes=0-99,300-262143")).body())
                    .isEqualTo(text);
        }
    }

    private static String part(String line, int from, int to, String text) {
        return line + "\r\nContent-Type: text/css; charset=utf-8\r\nContent-Range: bytes " + from
                + "-" + (to - 1) + "/" + text.length() + "\r\n\r\n" + text.substring(from, to);
    }

    @OnEachBackend
    void foldersHaveAnIndexAndAreNotListed(NetOptions.Backend backend) throws Exception {
        Router router = Router.create().mount("/static", HttpFiles.of(root))
                .get("/sub", HttpFiles.of(root)).get("/page/{name*}", HttpFiles.of(root));
        try (HttpServer server = open(backend, router); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get("/page/sub/page.html")).body()).isEqualTo("<p>page</p>");
            assertThat(header(peer.ask(get("/sub")), "Location")).isEqualTo("/sub/");
            assertThat(peer.ask(get("/static/sub/%2e%2e/./digits.txt")).body()).isEqualTo(DIGITS);
            Reply index = peer.ask(get("/static/sub/?x=1"));
            assertThat(index.body()).isEqualTo("<p>index</p>");
            assertThat(index.has("Content-Type: text/html; charset=utf-8")).isTrue();
            Reply moved = peer.ask(get("/static/sub?x=%2F&y"));
            assertThat(moved.status()).isEqualTo(301);
            assertThat(moved.has("Location: /static/sub/?x=%2F&y")).isTrue();
            for (String path : new String[] {"/static", "/static/", "/static/sub/empty",
                "/static/sub/empty/", "/static/digits.txt/", "/static/sub/page.html/",
                "/static/no/", "/staticx", "/", "/digits.txt", "/stati", "/STATIC/digits.txt",
                "/static//digits.txt", "/static/%2fdigits.txt"}) {
                assertThat(peer.ask(get(path)).status()).as(path).isEqualTo(404);
            }
            put("index.html", "root");
            assertThat(peer.ask(get("/static/")).body()).isEqualTo("root");
            assertThat(header(peer.ask(get("/static?q")), "Location")).isEqualTo("/static/?q");
        }
        try (HttpServer server = open(backend, HttpFiles.builder(root).index("").build());
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get("/sub/")).status()).isEqualTo(404);
            assertThat(peer.ask(get("/sub")).status()).isEqualTo(404);
            assertThat(peer.ask(get("/sub/page.html")).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void noRedirectLeadsToAnotherServer(NetOptions.Backend backend) throws Exception {
        Files.createDirectories(root.resolve("evil.com"));
        put("evil.com/index.html", "x");
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(header(peer.ask(get("/evil.com")), "Location")).isEqualTo("/evil.com/");
            for (String path : new String[] {"//evil.com", "///evil.com",
                "/%2fevil.com", "/%5cevil.com", "//evil.com/%2e%2e",
                "//evil.com/../../evil.com", "//evil.com/..//../evil.com"}) {
                Reply reply = peer.ask(get(path));
                assertThat(reply.status()).as(path).isEqualTo(404);
                assertThat(reply.head()).doesNotContain("Location");
            }
        }
    }

    @OnEachBackend
    void nothingOutsideTheRootIsReached(NetOptions.Backend backend) throws Exception {
        Files.createSymbolicLink(root.resolve("absolute"), dir.resolve("outside.txt"));
        Files.createSymbolicLink(root.resolve("relative"), Path.of("../outside.txt"));
        Files.createSymbolicLink(root.resolve("folder"), dir);
        Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(root.resolve("inside"), Path.of("digits.txt"));
        String[] outside = {
            "/../outside.txt", "/sub/../../outside.txt", "/%2e%2e/outside.txt",
            "/%2E%2e%2foutside.txt", "/..%2foutside.txt", "/..%5coutside.txt",
            "/sub/%2e%2e/%2e%2e/outside.txt", "/.%2e/outside.txt", "//etc/passwd", "/%2fetc/passwd",
            "/%2fetc%2fpasswd", "/absolute", "/relative", "/folder/outside.txt", "/up/outside.txt",
            "/up/root/digits.txt", "/sub//index.html", "/%252e%252e/outside.txt", "/a%5cb",
            "/..;/outside.txt", "/.../outside.txt", "/digits.txt%20", "/digits.txt."};
        for (boolean links : new boolean[] {false, true}) {
            HttpFiles files = HttpFiles.builder(root).followLinks(links).dotFiles(true).build();
            try (HttpServer server = open(backend, files);
                    HttpPeer peer = HttpPeer.connect(server)) {
                for (String path : outside) {
                    Reply reply = peer.ask(get(path));
                    assertThat(reply.status()).as(path).isEqualTo(404);
                    assertThat(reply.body()).as(path).doesNotContain("outside", "root:");
                }
                assertThat(peer.ask(get("/inside")).status()).isEqualTo(links ? 200 : 404);
                assertThat(peer.ask(get("/./sub/../digits.txt")).body()).isEqualTo(DIGITS);
                assertThat(peer.ask(get("/" + "x".repeat(300))).status()).isEqualTo(404);
                assertThat(peer.ask(get("/" + "x/".repeat(2500) + "x")).status()).isEqualTo(404);
            }
        }
    }

    @OnEachBackend
    void brokenPathsAreToldSo(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root))) {
            for (String path : new String[] {
                "/%zz", "/a%4", "/%00", "/digits.txt%00.html", "/%ff",
                "/%c0%ae%c0%ae/outside.txt"}) {
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    assertThat(peer.ask(get(path)).status()).as(path).isEqualTo(400);
                }
            }
        }
    }

    @OnEachBackend
    void aFileThatBecomesALinkIsMissing(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get("/sub/page.html")).status()).isEqualTo(200);
            Files.move(root.resolve("sub"), dir.resolve("moved"));
            Files.createSymbolicLink(root.resolve("sub"), dir.resolve("moved"));
            assertThat(peer.ask(get("/sub/page.html")).status()).isEqualTo(404);
            Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("outside.txt"));
            Files.move(link, root.resolve("digits.txt"), StandardCopyOption.ATOMIC_MOVE);
            assertThat(peer.ask(get("/digits.txt")).status()).isEqualTo(404);
        }
    }

    @OnEachBackend
    void hiddenFilesAreMissingUnlessAllowed(NetOptions.Backend backend) throws Exception {
        Files.createDirectories(root.resolve(".git"));
        put(".git/config", "git");
        for (boolean allowed : new boolean[] {false, true}) {
            HttpFiles files = HttpFiles.builder(root).dotFiles(allowed).build();
            try (HttpServer server = open(backend, files);
                    HttpPeer peer = HttpPeer.connect(server)) {
                for (String path : new String[] {"/.secret", "/.git/config", "/%2egit/config"}) {
                    assertThat(peer.ask(get(path)).status()).isEqualTo(allowed ? 200 : 404);
                }
                assertThat(peer.ask(get("/.git")).status()).isEqualTo(404);
            }
        }
    }

    @OnEachBackend
    void whatIsNoFileIsMissing(NetOptions.Backend backend) throws Exception {
        Path fifo = root.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get("/fifo")).status()).isEqualTo(404);
            assertThat(peer.ask(get("/digits.txt")).status()).isEqualTo(200);
        }
        HttpHandler any = request -> HttpResponse.file(Path.of(request.query()));
        try (HttpServer server = open(backend, any); HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {fifo.toString(), "/dev/zero", "/", "/no/such"}) {
                assertThat(peer.ask(get("/?" + path)).status()).as(path).isEqualTo(404);
            }
        }
    }

    @OnEachBackend
    void filesCompressedBeforehandAreSentToWhoDecodesThem(NetOptions.Backend backend)
            throws Exception {
        put("app.js", "plain");
        put("app.js.gz", "gzipped");
        put("app.js.br", "brotli");
        put("one.css", "plain");
        put("one.css.gz", "gzipped");
        Files.createDirectories(root.resolve("one.css.br"));
        HttpFiles files = HttpFiles.builder(root).precompressed(true).build();
        try (HttpServer server = open(backend, files); HttpPeer peer = HttpPeer.connect(server)) {
            assertChoice(peer, "/app.js", "gzip, br", "br", "brotli");
            assertChoice(peer, "/app.js", "gzip", "gzip", "gzipped");
            assertChoice(peer, "/app.js", "br;q=0.5, gzip;q=0.6", "gzip", "gzipped");
            assertChoice(peer, "/app.js", "br;q=0, *", "gzip", "gzipped");
            assertChoice(peer, "/app.js", "identity, gzip;q=0.5", "none", "plain");
            assertChoice(peer, "/app.js", "gzip;q=0", "none", "plain");
            assertChoice(peer, "/app.js", "zstd", "none", "plain");
            assertChoice(peer, "/one.css", "br, gzip", "gzip", "gzipped");
            assertChoice(peer, "/digits.txt", "br, gzip", "none", DIGITS);
            Reply none = peer.ask(get("/app.js"));
            assertThat(none.body()).isEqualTo("plain");
            assertThat(none.has("Vary: Accept-Encoding")).isTrue();
            Reply encoded = peer.ask(get("/app.js", "Accept-Encoding: br", "Range: bytes=0-2"));
            assertThat(encoded.body()).isEqualTo("bro");
            assertThat(encoded.has("Content-Range: bytes 0-2/6")).isTrue();
            String tag = header(encoded, "ETag");
            assertThat(tag).isNotEqualTo(header(none, "ETag"));
            Reply same = peer.ask(
                    get("/app.js", "Accept-Encoding: br", "If-None-Match: " + tag));
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.has("Vary: Accept-Encoding")).isTrue();
            assertThat(same.head()).doesNotContain("Content-");
            Reply other = peer.ask(get("/app.js", "If-None-Match: " + tag));
            assertThat(other.status()).isEqualTo(200);
        }
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply plain = peer.ask(get("/app.js", "Accept-Encoding: br"));
            assertThat(plain.body()).isEqualTo("plain");
            assertThat(plain.head()).doesNotContain("Vary");
        }
    }

    private static void assertChoice(HttpPeer peer, String path, String accept, String coding,
            String body) throws IOException {
        Reply reply = peer.ask(get(path, "Accept-Encoding: " + accept));
        assertThat(reply.body()).as(accept).isEqualTo(body);
        assertThat(header(reply, "Content-Encoding")).as(accept).isEqualTo(coding);
        assertThat(reply.has("Vary: Accept-Encoding")).isTrue();
        assertThat(header(reply, "Content-Type")).startsWith("text/").contains("utf-8");
    }

    @OnEachBackend
    void typesAndCachingAreOptions(NetOptions.Backend backend) throws Exception {
        put("a.foo", "x");
        put("b.FOO", "x");
        put("c", "x");
        HttpFiles files = HttpFiles.builder(root).type("Foo", "x/foo").type("txt", "x/own")
                .cacheControl("max-age=60").build();
        try (HttpServer server = open(backend, files); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(header(peer.ask(get("/a.foo")), "Content-Type")).isEqualTo("x/foo");
            assertThat(header(peer.ask(get("/b.FOO")), "Content-Type")).isEqualTo("x/foo");
            assertThat(header(peer.ask(get("/digits.txt")), "Content-Type")).isEqualTo("x/own");
            Reply bytes = peer.ask(get("/c"));
            assertThat(header(bytes, "Content-Type")).isEqualTo("application/octet-stream");
            assertThat(header(bytes, "Cache-Control")).isEqualTo("max-age=60");
        }
    }

    @OnEachBackend
    void filesCanBeReadOnly(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, HttpFiles.of(root));
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply post = peer.ask(HttpPeer.post("/digits.txt", "x"));
            assertThat(post.status()).isEqualTo(405);
            assertThat(post.has("Allow: GET, HEAD, OPTIONS")).isTrue();
            assertThat(peer.ask("DELETE /digits.txt HTTP/1.1\r\nHost: h\r\n\r\n").status())
                    .isEqualTo(405);
            Reply options = peer.ask("OPTIONS /digits.txt HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(options.status()).isEqualTo(204);
            assertThat(options.has("Allow: GET, HEAD, OPTIONS")).isTrue();
            assertThat(peer.ask(get("/digits.txt")).body()).isEqualTo(DIGITS);
        }
    }

    @OnEachBackend
    void aRootMayBeALinkThatIsReplaced(NetOptions.Backend backend) throws Exception {
        Path next = Files.createDirectories(dir.resolve("next"));
        Files.writeString(next.resolve("digits.txt"), "next");
        Path current = Files.createSymbolicLink(dir.resolve("current"), root);
        try (HttpServer server = open(backend, HttpFiles.of(current));
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(get("/digits.txt")).body()).isEqualTo(DIGITS);
            Path link = Files.createSymbolicLink(dir.resolve("link"), next);
            Files.move(link, current, StandardCopyOption.ATOMIC_MOVE);
            assertThat(peer.ask(get("/digits.txt")).body()).isEqualTo("next");
            Files.delete(current);
            assertThat(peer.ask(get("/digits.txt")).status()).isEqualTo(404);
        }
    }

    @OnEachBackend
    void aResponseWithAFileIsSentAnyNumberOfTimes(NetOptions.Backend backend) throws Exception {
        HttpResponse file = HttpResponse.file(root.resolve("digits.txt"))
                .withHeader("X-Own", "1").withHeader("Content-Disposition", "attachment");
        HttpResponse page = HttpResponse.file(root.resolve("sub/page.html")).withStatus(404);
        HttpResponse own = HttpResponse.file(root.resolve("digits.txt"))
                .withHeader("ETag", "W/\"v1\"").withHeader("Last-Modified", "never")
                .withType("x/own");
        HttpHandler handler = request -> switch (request.path()) {
            case "/page" -> page;
            case "/own" -> own;
            default -> file;
        };
        try (HttpServer server = open(backend, handler); HttpPeer peer = HttpPeer.connect(server)) {
            for (int i = 0; i < 3; i++) {
                Reply reply = peer.ask(get("/"));
                assertThat(reply.body()).isEqualTo(DIGITS);
                assertThat(reply.has("Content-Type: text/plain; charset=utf-8")).isTrue();
                String tag = header(reply, "ETag");
                Reply same = peer.ask(get("/", "If-None-Match: " + tag));
                assertThat(same.status()).isEqualTo(304);
                assertThat(same.has("X-Own: 1")).isTrue();
                assertThat(same.head()).doesNotContain("Content-");
                assertThat(peer.ask(get("/", "Range: bytes=3-3")).body()).isEqualTo("3");
                Reply none = peer.ask(get("/", "Range: bytes=30-"));
                assertThat(none.status()).isEqualTo(416);
                assertThat(none.has("X-Own: 1")).isTrue();
                Reply missing = peer.ask(get("/page", "Range: bytes=0-1", "If-Match: \"x\""));
                assertThat(missing.status()).isEqualTo(404);
                assertThat(missing.body()).isEqualTo("<p>page</p>");
                Reply weak = peer.ask(get("/own"));
                assertThat(weak.head()).contains("ETag: W/\"v1\"", "Last-Modified: never", "x/own")
                        .containsOnlyOnce("ETag").containsOnlyOnce("Last-Modified");
                assertThat(peer.ask(get("/own", "If-None-Match: \"v1\"")).status()).isEqualTo(304);
                assertThat(peer.ask(get("/own", "Range: bytes=1-1", "If-Range: W/\"v1\"")).status())
                        .isEqualTo(200);
                assertThat(peer.ask(get("/own", "If-Modified-Since: " + MODIFIED)).status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void optionsAreChecked() {
        HttpFiles.Builder builder = HttpFiles.builder(root);
        for (String bad : new String[] {"a/b", "/", ".", "..", "a\0"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder.index(bad));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> builder.type("", "a/b"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.type(".x", "a/b"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.type("x", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.type("x", "a\r\nb"));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.cacheControl("a\nb"));
        assertThat(catchThrowableOfType(NetException.class,
                () -> HttpFiles.of(root.resolve("digits.txt"))).code()).isEqualTo("ENOTDIR");
    }
}

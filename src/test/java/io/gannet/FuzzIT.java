package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/**
 * Requests that are broken at random, from seeds that do not change, against another process. With
 * {@code -Dgannet.fuzz.preload} that process runs with the run-time library of a sanitizer, and
 * with {@code -Dgannet.fuzz.library} on a native library built for it, as scripts/fuzz-jvm.sh does.
 */
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") /* the ends of the lines are what it is about */
class FuzzIT {
    private static final int CONNECTIONS = Integer.getInteger("gannet.fuzz", 2_000);
    private static final int CLIENTS = 6;
    private static final List<String> REQUESTS = List.of(
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /big HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nX-Y: z\r\n\r\n",
            "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
            "GET http://h:80/stream?a=%20&b HTTP/1.1\r\nHost: h:80\r\nTE: trailers\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world",
            "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
                    + "12345",
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n",
            "PUT /echo HTTP/1.1\r\nHost: h\r\nCookie: a=b; c=d\r\nContent-Type: a/b\r\n"
                    + "Upgrade: websocket\r\nConnection: upgrade, close\r\n\r\n");
    private static final List<String> TOKENS = List.of("\r\n", "\n", "\r", ":", " ", "\t", "\0",
            "%00", "0", "-1", "+5", "ffffffffffffffff", "99999999999999999999", "chunked",
            "Transfer-Encoding: chunked\r\n", "Content-Length: 3\r\n", "Content-Length: 0\r\n",
            "Host: x\r\n", "Connection: close\r\n", "HTTP/1.1", "HTTP/2.0", "PRI * ", "\u00ff",
            ";=\"", "a".repeat(9000), "X: y\r\n".repeat(101), "//../", "Range: bytes=0-0\r\n");

    @OnEachBackend
    @Timeout(900)
    void brokenRequestsHarmNeitherTheServerNorOthers(NetOptions.Backend backend)
            throws Exception {
        try (ChildJvm jvm = launch(backend)) {
            int port = FireServer.port(jvm);
            FireLoad clean = new FireLoad(port).add(1, "/", 50).add(1, "/big", 5);
            AtomicInteger next = new AtomicInteger();
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Async.run(() -> {
                    int seed;
                    while ((seed = next.getAndIncrement()) < CONNECTIONS) {
                        attack(port, seed);
                    }
                }));
            }
            for (CompletableFuture<Void> client : clients) {
                client.get(800, TimeUnit.SECONDS);
            }
            clean.await(10).end();
            assertThat(clean.lost).isEmpty();
            assertThat(clean.refused).hasValue(0);
            assertThat(jvm.isAlive()).isTrue();
            jvm.terminate();
            assertThat(jvm.exitCode()).isEqualTo(143);
            assertThat(jvm.readAll())
                    .doesNotContain("Sanitizer", "runtime error", "WARN", "Exception");
            print(backend + ": " + CONNECTIONS + " connections, " + clean.answered
                    + " clean requests answered meanwhile");
        }
    }

    private static ChildJvm launch(NetOptions.Backend backend) throws IOException {
        Map<String, String> environment = new HashMap<>();
        List<String> options = new ArrayList<>(List.of("-Xmx256m"));
        String preload = System.getProperty("gannet.fuzz.preload", "");
        if (!preload.isEmpty()) {
            environment.put("LD_PRELOAD", preload);
            /* The JVM has uses for these signals itself, and never frees what it has at the end. */
            environment.put("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0:handle_sigbus=0:"
                    + "handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:exitcode=99");
            environment.put("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1");
            options.add("-Dgannet.native.path=" + System.getProperty("gannet.fuzz.library"));
        }
        return FireServer.launch(backend, 0, Duration.ofSeconds(10), environment, options);
    }

    /** One connection; whoever ends its side sees the other end too, within the time of a peer. */
    private static void attack(int port, int seed) {
        Random random = new Random(seed);
        byte[] bytes = broken(random);
        try (TestPeer peer = TestPeer.connect(port)) {
            int at = 0;
            while (at < bytes.length) {
                int length = 1 + random.nextInt(random.nextBoolean() ? 20 : bytes.length);
                peer.write(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + length)));
                at += length;
            }
            switch (random.nextInt(4)) {
                case 0 -> peer.reset();
                case 1 -> peer.close();
                default -> {
                    peer.shutdownOutput();
                    assertThat(peer.ending()).as("seed " + seed).isNotNull();
                }
            }
        } catch (SocketException e) {
            assertThat(e).as("seed " + seed).hasMessageMatching(
                    "Connection reset.*|Broken pipe.*|Socket closed|.*not connected.*");
        } catch (IOException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static byte[] broken(Random random) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int requests = 1 + random.nextInt(random.nextInt(4) == 0 ? 20 : 2);
        for (int i = 0; i < requests; i++) {
            all.writeBytes(REQUESTS.get(random.nextInt(REQUESTS.size()))
                    .getBytes(StandardCharsets.ISO_8859_1));
        }
        byte[] bytes = all.toByteArray();
        int changes = random.nextInt(6);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            bytes = changed(bytes, random);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(30));
        byte[] part = Arrays.copyOfRange(bytes, at, at + length);
        return switch (random.nextInt(6)) {
            case 0 -> {
                bytes[at] = (byte) random.nextInt(256);
                yield bytes;
            }
            case 1 -> spliced(bytes, at, new byte[0], at + length);
            case 2 -> spliced(bytes, at, part, at);
            case 3 -> Arrays.copyOf(bytes, at);
            case 4 -> {
                random.nextBytes(part);
                yield spliced(bytes, at, part, at);
            }
            default -> spliced(bytes, at, TOKENS.get(random.nextInt(TOKENS.size()))
                    .getBytes(StandardCharsets.ISO_8859_1), at);
        };
    }

    private static byte[] spliced(byte[] bytes, int to, byte[] middle, int from) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, to);
        all.writeBytes(middle);
        all.write(bytes, from, bytes.length - from);
        return all.toByteArray();
    }

    @SuppressWarnings("SystemOut")
    private static void print(String text) {
        System.out.println("fuzz: " + text);
    }
}

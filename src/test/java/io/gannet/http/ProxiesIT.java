package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.Backends;
import io.gannet.NetOptions;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server behind haproxy and nginx: what either side counts as a request is the same, whatever a
 * client sends.
 *
 * <p>The front end stamps each request that it forwards, and each response with the stamp of the
 * request that it believes to be answered. The server tells in its response which stamp it saw. So
 * a request that only one side knows, or a response that belongs to another request, shows. The
 * connections behind the front end are shared by all clients and are recorded.
 */
@Timeout(120)
class ProxiesIT {
    /** Of each of three kinds; twice as many more are made when a longer run is asked for. */
    private static final int STREAMS = Integer.getInteger("gannet.test.streams", 1000);
    private static final int CLIENTS = 16;
    private static final int QUIET_MS = 300;
    private static final int PATIENCE_MS = 20_000;
    private static final Pattern STAMP = Pattern.compile("(?i)\r\nX-Front: ([0-9a-f-]+)\r\n");
    private static final Pattern HEAD =
            Pattern.compile("HTTP/1\\.[01] (\\d{3}) (?:[^\r]+\r\n)+\r\n");
    private static final Pattern OWN = Pattern.compile("/[ab]-(\\d+)");

    private static final HttpHandler BACK = request -> HttpResponse.text(
                    request.bytes().length + " bytes")
            .withHeader("X-Seen", String.join("+", request.headers().all("X-Front")))
            .withHeader("X-Path", request.path().matches("[!-~]+") ? request.path() : "?");

    /** What was wrong, and how much was right. */
    private static final class Findings {
        final Queue<String> faults = new ConcurrentLinkedQueue<>();
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
    }

    /** Of a header, in whatever case the front end writes its name; null without it. */
    private static @Nullable String value(String head, String name) {
        Matcher line = Pattern.compile("(?i)\r\n" + name + ": ([^\r]*)").matcher(head);
        return line.find() ? line.group(1) : null;
    }

    private static String show(String bytes) {
        return HttpCase.line("> ", bytes);
    }

    // ---- what clients see ----

    private static String marker(String name, int id, String header) {
        return "GET /" + name + "-" + id + " HTTP/1.1\r\nHost: marker\r\n" + header + "\r\n";
    }

    /** Reads until the other side ends or is quiet, or one response with a short body is here. */
    private static String read(Socket socket, boolean one) throws IOException {
        StringBuilder text = new StringBuilder();
        byte[] data = new byte[8192];
        InputStream in = socket.getInputStream();
        socket.setSoTimeout(one ? PATIENCE_MS : QUIET_MS);
        try {
            for (int len = in.read(data); len >= 0; len = in.read(data)) {
                text.append(new String(data, 0, len, StandardCharsets.ISO_8859_1));
                if (one && text.indexOf(" bytes") > 0) {
                    break;
                }
            }
        } catch (SocketTimeoutException | SocketException e) {
            if (one) {
                throw e;
            }
        }
        return text.toString();
    }

    private static void talk(int port, int id, String stream, Findings findings)
            throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(Backends.loopback(port), PATIENCE_MS);
            socket.setTcpNoDelay(true);
            write(socket, marker("a", id, ""));
            String first = read(socket, true);
            if (!("/a-" + id).equals(value(first, "X-Path"))) {
                findings.faults.add("the marker was answered with " + show(first));
            }
            write(socket, stream + marker("b", id, "Connection: close\r\n"));
            check(id, first + read(socket, false), stream, findings);
        } catch (SocketException e) {
            /* It was cut while it wrote; the recording tells the rest. */
            return;
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void check(int id, String answers, String stream, Findings findings) {
        Matcher heads = HEAD.matcher(answers);
        while (heads.find()) {
            String seen = value(heads.group(), "X-Seen");
            Matcher own = OWN.matcher(String.valueOf(value(heads.group(), "X-Path")));
            boolean strange = own.matches() && !own.group(1).equals(String.valueOf(id));
            if (strange || (seen != null && !seen.equals(value(heads.group(), "X-Stamp")))) {
                findings.faults.add("client " + id + " sent " + show(stream) + " and got "
                        + show(heads.group()));
            }
        }
    }

    // ---- what passes behind the front end ----

    private static void check(RecordingRelay.Connection connection, Findings findings) {
        List<String> stamps = new ArrayList<>();
        Matcher forwarded = STAMP.matcher(connection.toBack());
        while (forwarded.find()) {
            stamps.add(forwarded.group(1));
        }
        check(stamps, connection.toFront(), findings, "behind " + show(connection.toBack()));
    }

    /**
     * The responses of a server to so many requests, in order. One that it refuses has no stamp in
     * its answer, and is the last; it must be one that was sent.
     */
    private static void check(List<String> stamps, String answers, Findings findings,
            String where) {
        Matcher heads = HEAD.matcher(answers);
        int at = 0;
        boolean over = false;
        while (heads.find()) {
            if (heads.group(1).startsWith("1")) {
                continue;
            }
            String seen = value(heads.group(), "X-Seen");
            boolean refused = seen == null;
            boolean sent = at < stamps.size();
            if (over || !sent || (!refused && !seen.equals(stamps.get(at)))) {
                findings.faults.add("answer " + at + " of " + stamps.size() + " requests is "
                        + show(heads.group()) + " " + where);
                return;
            }
            over = refused;
            at++;
            (refused ? findings.refused : findings.answered).incrementAndGet();
        }
    }

    private static void attack(int port, List<String> streams, Findings findings) {
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Async.supply(() -> {
                for (int id = next.getAndIncrement(); id < streams.size();
                        id = next.getAndIncrement()) {
                    talk(port, id, streams.get(id), findings);
                }
                return null;
            }));
        }
        clients.forEach(CompletableFuture::join);
    }

    private interface Starter {
        FrontEnd start(int back) throws Exception;
    }

    /** Each of the front end's ports gets all streams. */
    private static void bothCountTheSame(int ports, Starter starter) throws Exception {
        List<String> streams = SmugglingStreams.make(STREAMS);
        HttpOptions options = HttpOptions.builder().transport(
                Backends.server(NetOptions.Backend.AUTO).build()).build();
        try (HttpServer server = HttpServer.open(options, BACK);
                RecordingRelay relay = new RecordingRelay(server.port());
                FrontEnd front = starter.start(relay.port())) {
            Findings findings = new Findings();
            for (int i = 0; i < ports; i++) {
                attack(front.port(i), streams, findings);
            }
            for (RecordingRelay.Connection connection : relay.connections()) {
                check(connection, findings);
            }
            assertThat(findings.faults.stream().limit(5)).isEmpty();
            /* Beside the first markers, so that nothing is proved by everything being refused. */
            assertThat(findings.answered.get()).isGreaterThan(ports * streams.size() * 5 / 4);
            System.getLogger("io.gannet.test").log(System.Logger.Level.INFO, ports + " * "
                    + streams.size() + " streams, " + findings.answered + " requests answered, "
                    + findings.refused + " refused");
        }
    }

    @Test
    void haproxyCountsTheSameRequests(@TempDir Path folder) throws Exception {
        String frontEnd = """
                  bind 127.0.0.1:%d
                  http-request set-var(txn.stamp) uuid()
                  http-request set-header X-Front %%[var(txn.stamp)]
                  http-response set-header X-Stamp %%[var(txn.stamp)]
                """;
        bothCountTheSame(2, back -> FrontEnd.haproxy(folder, 2, ports -> """
                global
                  maxconn 1000
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 20s
                  timeout server 20s
                  timeout http-keep-alive 20s
                  http-reuse always
                  retries 0
                  default_backend back
                backend back
                  server gannet 127.0.0.1:%d
                frontend strict
                """.formatted(back) + frontEnd.formatted(ports.get(0))
                + "frontend lenient\n  option accept-invalid-http-request\n"
                + frontEnd.formatted(ports.get(1))));
    }

    @Test
    void nginxCountsTheSameRequests(@TempDir Path folder) throws Exception {
        String server = """
                  server {
                    listen 127.0.0.1:%d;
                    %s
                    location / {
                      proxy_pass http://gannet;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header X-Front $request_id;
                      proxy_next_upstream off;
                      add_header X-Stamp $request_id always;
                    }
                  }
                """;
        bothCountTheSame(2, back -> FrontEnd.nginx(folder, 2, ports -> """
                events { worker_connections 1000; }
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  upstream gannet { server 127.0.0.1:%d; keepalive 32; }
                """.formatted(back) + server.formatted(ports.get(0), "")
                + server.formatted(ports.get(1), "proxy_request_buffering off;"
                        + " ignore_invalid_headers off; underscores_in_headers on;"
                        + " merge_slashes off;")
                + "}\n"));
    }

    @Test
    void aDisagreementWouldBeSeen() throws Exception {
        String seen = "HTTP/1.1 200 OK\r\nX-Seen: %s\r\n\r\n";
        String refusal = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        record Row(List<String> stamps, String answers, boolean fault) {}
        for (Row row : List.of(
                new Row(List.of("1", "2"), seen.formatted("1") + seen.formatted("2"), false),
                new Row(List.of("1", "2"), seen.formatted("1") + refusal, false),
                new Row(List.of("1"), "HTTP/1.1 100 Continue\r\n\r\n" + seen.formatted("1"), false),
                new Row(List.of("1", "2"), seen.formatted("1"), false),
                new Row(List.of("1", "2"), seen.formatted("2"), true),
                new Row(List.of("1"), seen.formatted("1") + seen.formatted(""), true),
                new Row(List.of("1"), seen.formatted("1") + refusal, true),
                new Row(List.of("1", "2"), refusal + seen.formatted("2"), true))) {
            Findings findings = new Findings();
            check(row.stamps, row.answers, findings, "");
            assertThat(!findings.faults.isEmpty()).as(row.toString()).isEqualTo(row.fault);
        }
        Findings findings = new Findings();
        check(7, "HTTP/1.1 200 OK\r\nX-Seen: 1\r\nX-Stamp: 1\r\nX-Path: /a-7\r\n\r\n", "",
                findings);
        assertThat(findings.faults).isEmpty();
        check(7, "HTTP/1.1 200 OK\r\nX-Seen: 1\r\nX-Stamp: 2\r\nX-Path: /x\r\n\r\n", "", findings);
        check(7, "HTTP/1.1 200 OK\r\nX-Seen: 1\r\nX-Stamp: 1\r\nX-Path: /b-8\r\n\r\n", "",
                findings);
        assertThat(findings.faults).hasSize(2);
    }

    // ---- the PROXY protocol, as they speak it ----

    private static final HttpHandler WHO = request -> HttpResponse.text(
            request.remoteAddress() + " " + request.localAddress() + " " + request.clientAddress()
                    + "\n");

    /** A client of a front end is seen by the server as if it had come straight to it. */
    private static void clientsAreAnnounced(int ports, Starter starter) throws Exception {
        NetOptions options = Backends.server(NetOptions.Backend.AUTO)
                .proxyProtocol(List.of("127.0.0.1")).build();
        try (HttpServer server = HttpServer.open(
                        HttpOptions.builder().transport(options).build(), WHO);
                FrontEnd front = starter.start(server.port())) {
            for (int i = 0; i < ports; i++) {
                try (Socket socket = new Socket()) {
                    socket.connect(Backends.loopback(front.port(i)), PATIENCE_MS);
                    socket.setSoTimeout(PATIENCE_MS);
                    for (int request = 0; request < 3; request++) {
                        write(socket, HttpPeer.get("/"));
                        assertThat(body(socket)).isEqualTo("/127.0.0.1:" + socket.getLocalPort()
                                + " /127.0.0.1:" + front.port(i) + " 127.0.0.1\n");
                    }
                }
            }
        }
    }

    private static String body(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0 || text.charAt(text.length() - 1) != '\n'
                || text.toString().endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new EOFException("end behind " + text);
            }
            text.append((char) next);
        }
        return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void haproxyAnnouncesItsClients(@TempDir Path folder) throws Exception {
        List<String> ways = List.of("send-proxy", "send-proxy-v2",
                "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority",
                "check inter 50 send-proxy-v2");
        clientsAreAnnounced(2 * ways.size(), back -> FrontEnd.haproxy(folder, 2 * ways.size(),
                ports -> {
                    StringBuilder text = new StringBuilder("""
                            defaults
                              timeout connect 5s
                              timeout client 20s
                              timeout server 20s
                              unique-id-format %[uuid()]
                            """);
                    for (int i = 0; i < ports.size(); i++) {
                        text.append("listen l").append(i).append("\n  mode ")
                                .append(i % 2 == 0 ? "tcp" : "http").append("\n  bind 127.0.0.1:")
                                .append(ports.get(i)).append("\n  server gannet 127.0.0.1:")
                                .append(back).append(' ').append(ways.get(i / 2)).append('\n');
                    }
                    return text.toString();
                }));
    }

    @Test
    void nginxAnnouncesItsClients(@TempDir Path folder) throws Exception {
        FrontEnd.program("nginx");
        String module = FrontEnd.nginxStream();
        clientsAreAnnounced(1, back -> FrontEnd.nginx(folder, 1, ports -> module + """
                events { worker_connections 100; }
                stream {
                  server {
                    listen 127.0.0.1:%d;
                    proxy_pass 127.0.0.1:%d;
                    proxy_protocol on;
                  }
                }
                """.formatted(ports.get(0), back)));
    }
}

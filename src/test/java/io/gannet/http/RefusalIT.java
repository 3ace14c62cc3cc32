package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import io.gannet.http.filter.AccessLog;
import io.gannet.http.filter.Cors;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** What the server refuses for a route passes through its filters and error handlers. */
@Timeout(30)
class RefusalIT {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private HttpServer server(HttpOptions options) {
        return HttpServer.create(options)
                .filter(AccessLog.json().to(lines::add))
                .filter(Cors.any())
                .after((request, response) -> response.withHeader("X-After", request.route()))
                .error(HttpException.class, (request, e) -> e.toResponse()
                        .withHeader("X-Error", "e" + e.status()));
    }

    private void expect(Reply reply, int status, String route) throws Exception {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.has("X-After: " + route)).isTrue();
        assertThat(reply.has("X-Error: e" + status)).isTrue();
        assertThat(reply.has("Access-Control-Allow-Origin: *")).isTrue();
        assertThat(lines.poll(10, TimeUnit.SECONDS)).contains("\"status\":" + status);
    }

    private static String post(String path, String line) {
        return HttpPeer.head("POST " + path + " HTTP/1.1", "Host: h", "Origin: http://a", line);
    }

    @OnEachBackend
    void aBodyThatIsTooLong(NetOptions.Backend backend) throws Exception {
        HttpHandler length = request -> HttpResponse.text("" + request.length());
        HttpOptions options =
                HttpPeer.options(backend).bodyMax(10).streamedBodyMax(20).build();
        HttpStreamHandler streams = HttpStreamHandler.streaming(
                HttpHandler.blocking(request ->
                        HttpResponse.text("" + request.bodyStream().readAllBytes().length)));
        try (HttpServer collects = server(options).post("/a", length).start();
                HttpServer both = server(options).post("/a", length).post("/s", streams).start()) {
            String[] tooLong = {
                post("/a", "Content-Length: 11"), post("/a", "Content-Length: 11") + "12345678901",
                post("/a", "Content-Length: 11\r\nExpect: 100-continue"),
                post("/a", "Transfer-Encoding: chunked") + "6\r\n123456\r\n5\r\n12345\r\n",
                post("/a", "Transfer-Encoding: chunked") + "ffffffff\r\n",
                post("/a", "Content-Length: " + Long.MAX_VALUE)};
            for (HttpServer server : new HttpServer[] {collects, both}) {
                for (String request : tooLong) {
                    expectClosed(server, request, "/a");
                }
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    Reply most = peer.ask(post("/a", "Content-Length: 10") + "1234567890");
                    assertThat(most.body()).isEqualTo("10");
                    assertThat(lines.poll(10, TimeUnit.SECONDS)).contains("\"status\":200");
                }
            }
            assertThat(collects.stats().bad().tooLarge()).isEqualTo(tooLong.length);
            assertThat(both.stats().bad().tooLarge()).isEqualTo(tooLong.length);
            expectClosed(both, post("/s", "Content-Length: 21"), "/s");
        }
    }

    private void expectClosed(HttpServer server, String request, String route) throws Exception {
        try (HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(request);
            expect(reply, 413, route);
            assertThat(reply.body()).startsWith("413 ").contains("longer than");
            assertThat(reply.has("Connection: close")).isTrue();
            peer.shutdownOutput();
            assertThat(peer.ending()).isIn("end", "reset");
        }
    }

    @OnEachBackend
    void noWorkerIsFree(NetOptions.Backend backend) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        HttpOptions options = HttpPeer.options(backend).workers(1).workerQueueMax(0).build();
        HttpHandler waits = request -> {
            begun.countDown();
            done.await();
            return HttpResponse.text("done");
        };
        try (HttpServer server = server(options).post("/w", HttpHandler.blocking(waits)).start();
                HttpPeer first = HttpPeer.connect(server);
                HttpPeer second = HttpPeer.connect(server)) {
            first.write(post("/w", "Content-Length: 0"));
            assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
            Reply busy = second.ask(post("/w", "Content-Length: 0"));
            expect(busy, 503, "/w");
            assertThat(busy.has("Retry-After: 1")).isTrue();
            done.countDown();
            assertThat(first.reply().body()).isEqualTo("done");
        }
    }
}

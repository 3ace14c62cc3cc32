package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** Requests and answers of all kinds at random, cut anywhere: every answer comes, in its place. */
@Timeout(60)
class HttpMixIT {
    private static final int ROUNDS = 12;
    private static final int REQUESTS = 400;

    /** Answers with the length of the body and the path, in the way the path says. */
    private static final class Mixed implements HttpStreamHandler {
        private final ExecutorService pool;

        Mixed(ExecutorService pool) {
            this.pool = pool;
        }

        @Override
        public boolean streams(HttpRequest head) {
            return head.path().startsWith("/upload");
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            if (request.path().startsWith("/upload")) {
                return upload(request);
            }
            if (request.path().startsWith("/now")) {
                return answer(request);
            }
            CompletableFuture<HttpResponse> later = new CompletableFuture<>();
            pool.execute(() -> later.complete(answer(request)));
            return HttpResponse.later(later);
        }

        private HttpResponse answer(HttpRequest request) {
            String text = request.path() + " " + request.bytes().length;
            if (!request.path().endsWith("s")) {
                return HttpResponse.text(text);
            }
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            return HttpResponse.builder().stream(body -> pool.execute(() -> {
                for (byte piece : bytes) {
                    body.write(new byte[] {piece});
                }
                body.end();
            })).build();
        }

        private static HttpResponse upload(HttpRequest request) {
            CompletableFuture<HttpResponse> later = new CompletableFuture<>();
            request.stream(new HttpReceiver() {
                private int count;

                @Override
                public void onData(ByteBuffer data) {
                    count += data.remaining();
                    if (count % 3 == 0) {
                        request.pause();
                        ForkJoinPool.commonPool().execute(request::resume);
                    }
                }

                @Override
                public void onEnd(HttpHeaders trailers) {
                    later.complete(HttpResponse.text(request.path() + " " + count));
                }
            });
            return HttpResponse.later(later);
        }
    }

    private static String request(Random random, List<String> answers) {
        String[] kinds = {"/now", "/nows", "/later", "/laters", "/upload"};
        String path = kinds[random.nextInt(kinds.length)];
        int size = random.nextInt(4) == 0 ? random.nextInt(40_000) : random.nextInt(100);
        String body = "z".repeat(size);
        answers.add(path + " " + (random.nextInt(3) == 0 ? 0 : size));
        if (answers.get(answers.size() - 1).endsWith(" 0")) {
            return HttpPeer.get(path);
        }
        if (random.nextBoolean()) {
            return HttpPeer.post(path, body);
        }
        int half = size / 2;
        StringBuilder chunks = new StringBuilder(HttpPeer.head("POST " + path + " HTTP/1.1",
                "Host: h", "Transfer-Encoding: chunked"));
        for (String part : new String[] {body.substring(0, half), body.substring(half)}) {
            if (!part.isEmpty()) {
                chunks.append(Integer.toHexString(part.length())).append("\r\n")
                        .append(part).append("\r\n");
            }
        }
        return chunks.append("0\r\n").append(random.nextBoolean() ? "t: v\r\n" : "")
                .append("\r\n").toString();
    }

    private static void write(HttpPeer peer, String text, Random random) {
        try {
            int at = 0;
            while (at < text.length()) {
                int part = random.nextInt(3) == 0 ? 1 + random.nextInt(20)
                        : 1 + random.nextInt(30_000);
                int end = Math.min(text.length(), at + part);
                peer.write(text.substring(at, end));
                at = end;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @OnEachBackend
    @Timeout(60)
    void everyAnswerComesInItsPlace(NetOptions.Backend backend) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        HttpOptions options = HttpPeer.options(backend).inFlightMax(7).build();
        try (HttpServer server = HttpServer.open(options, new Mixed(pool))) {
            for (int round = 0; round < ROUNDS; round++) {
                Random random = new Random(round);
                List<String> answers = new ArrayList<>();
                StringBuilder requests = new StringBuilder();
                for (int i = 0; i < REQUESTS; i++) {
                    requests.append(request(random, answers));
                }
                try (HttpPeer peer = HttpPeer.connect(server)) {
                    CompletableFuture<Void> writer = Async.run(
                            () -> write(peer, requests.toString(), random));
                    for (int i = 0; i < REQUESTS; i++) {
                        HttpPeer.Reply reply = peer.reply();
                        assertThat(reply.body()).as("round %d, answer %d", round, i)
                                .isEqualTo(answers.get(i));
                    }
                    writer.get(10, TimeUnit.SECONDS);
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }
}

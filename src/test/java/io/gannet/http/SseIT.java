package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;

/** Server-sent events over real connections. */
@Timeout(30)
class SseIT {
    private static HttpServer open(NetOptions.Backend backend,
            Consumer<HttpEventStream> handler) {
        return HttpServer.open(HttpPeer.options(backend).build(),
                request -> HttpResponse.events(handler));
    }

    private static HttpEventStream stream(CompletableFuture<HttpEventStream> opened)
            throws Exception {
        return opened.get(10, TimeUnit.SECONDS);
    }

    @OnEachBackend
    void eventsArriveAsTheyAreSent(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        try (HttpServer server = open(backend, opened::complete);
                HttpPeer peer = HttpPeer.connect(server)) {
            String head = peer.write(HttpPeer.get("/")).readHead();
            assertThat(head).contains("\r\nContent-Type: text/event-stream\r\n")
                    .contains("\r\nCache-Control: no-store\r\n")
                    .contains("\r\nX-Accel-Buffering: no\r\n")
                    .contains("\r\nTransfer-Encoding: chunked\r\n");
            HttpEventStream stream = stream(opened);
            assertThat(stream.lastEventId()).isEmpty();
            assertThat(stream.send("one\ntwo")).isTrue();
            assertThat(peer.chunk()).isEqualTo("data: one\ndata: two\n\n");
            assertThat(stream.send(HttpEvent.of("ä").withId("7").withEvent("tick")
                    .withRetry(Duration.ofSeconds(2)))).isTrue();
            assertThat(peer.chunk()).isEqualTo("event: tick\nid: 7\nretry: 2000\ndata: ä\n\n");
            assertThat(stream.comment("still here")).isTrue();
            assertThat(peer.chunk()).isEqualTo(": still here\n\n");
            stream.close();
            stream.close();
            assertThat(peer.chunk()).isEmpty();
            assertThat(stream.isOpen()).isFalse();
            assertThat(stream.send("late")).isFalse();
            assertThat(peer.ask("HEAD / HTTP/1.0\r\n\r\n", true).status()).isEqualTo(200);
        }
    }

    @OnEachBackend
    void whoComesBackSaysWhatItGotLast(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, stream -> {
            stream.send("after " + stream.lastEventId());
            stream.close();
        }); HttpPeer peer = HttpPeer.connect(server)) {
            Reply reply = peer.ask(HttpPeer.head("GET / HTTP/1.1", "Host: h",
                    "Last-Event-ID: \u00c3\u00a4-9"));
            assertThat(reply.body()).isEqualTo("data: after ä-9\n\n");
        }
    }

    @OnEachBackend
    void aSilentStreamHasAHeartbeat(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, stream -> {
            stream.heartbeat(Duration.ofMillis(20));
        }); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            for (int i = 0; i < 3; i++) {
                assertThat(peer.chunk()).isEqualTo(":\n\n");
            }
        }
    }

    @OnEachBackend
    void eachEventPutsTheHeartbeatOff(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        try (HttpServer server = open(backend, stream -> {
            stream.heartbeat(Duration.ofHours(1));
            stream.heartbeat(Duration.ZERO);
            stream.heartbeat(Duration.ofDays(100_000));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stream.heartbeat(Duration.ofMillis(-1)));
            opened.complete(stream);
        }); HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            HttpEventStream stream = stream(opened);
            stream.send("only");
            stream.close();
            assertThat(peer.chunk()).isEqualTo("data: only\n\n");
            assertThat(peer.chunk()).isEmpty();
        }
    }

    @OnEachBackend
    void aSlowClientIsNotSentMoreThanItTakes(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        Semaphore ready = new Semaphore(0);
        String text = "x".repeat(10_000);
        try (HttpServer server = open(backend, stream -> {
            stream.onReady(ready::release);
            opened.complete(stream);
        }); HttpPeer peer = HttpPeer.narrow(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            HttpEventStream stream = stream(opened);
            int sent = 0;
            while (stream.send(text)) {
                sent++;
                assertThat(sent).isLessThan(100_000);
            }
            for (int i = 0; i < 1000; i++) {
                sent += stream.send(text) ? 1 : 0; /* whoever does not listen costs nothing */
            }
            CompletableFuture<Void> again = Async.supply(() -> {
                while (!stream.send("again")) {
                    assertThat(ready.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                }
                return null;
            });
            for (int i = 0; i < sent; i++) {
                assertThat(peer.chunk()).isEqualTo("data: " + text + "\n\n");
            }
            assertThat(peer.chunk()).isEqualTo("data: again\n\n");
            again.get(10, TimeUnit.SECONDS);
            assertThat(sent).isLessThan(1100);
        }
    }

    @OnEachBackend
    void aClientThatGoesAwayEndsTheStream(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        CompletableFuture<String> closed = new CompletableFuture<>();
        try (HttpServer server = open(backend, stream -> {
            stream.heartbeat(Duration.ofMillis(10));
            stream.onClose(() -> closed.complete(Thread.currentThread().getName()));
            opened.complete(stream);
        })) {
            try (HttpPeer peer = HttpPeer.connect(server)) {
                peer.write(HttpPeer.get("/")).readHead();
            }
            assertThat(closed.get(10, TimeUnit.SECONDS)).contains("gannet");
            HttpEventStream stream = stream(opened);
            assertThat(stream.isOpen()).isFalse();
            assertThat(stream.send("to nobody")).isFalse();
            CompletableFuture<String> late = new CompletableFuture<>();
            stream.onClose(() -> late.complete("late"));
            assertThat(late.get(10, TimeUnit.SECONDS)).isEqualTo("late");
            stream.close();
        }
    }

    @OnEachBackend
    void aServerThatStopsEndsItsStreamsInOrder(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        AtomicInteger closed = new AtomicInteger();
        HttpServer server = open(backend, stream -> {
            stream.onClose(closed::incrementAndGet);
            opened.complete(stream);
        });
        try (server; HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            stream(opened).send("last");
            CompletableFuture<Boolean> stopped =
                    Async.supply(() -> server.stop(Duration.ofSeconds(20)));
            assertThat(peer.chunk()).isEqualTo("data: last\n\n");
            assertThat(peer.chunk()).isEmpty();
            assertThat(peer.ending()).isEqualTo("end");
            assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(closed).hasValue(1);
        }
    }

    @OnEachBackend
    void manyThreadsMaySendAtATime(NetOptions.Backend backend) throws Exception {
        CompletableFuture<HttpEventStream> opened = new CompletableFuture<>();
        try (HttpServer server = open(backend, opened::complete);
                HttpPeer peer = HttpPeer.connect(server)) {
            peer.write(HttpPeer.get("/")).readHead();
            HttpEventStream stream = stream(opened);
            List<CompletableFuture<Void>> senders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String name = "sender " + i;
                senders.add(Async.run(() -> {
                    for (int k = 0; k < 200; k++) {
                        while (!stream.send(name + "\n" + k)) {
                            Thread.onSpinWait();
                        }
                    }
                }));
            }
            int[] next = new int[4];
            for (int i = 0; i < 800; i++) {
                String event = peer.chunk();
                int who = event.charAt(13) - '0';
                assertThat(event).isEqualTo(
                        "data: sender " + who + "\ndata: " + next[who] + "\n\n");
                next[who]++;
            }
            for (CompletableFuture<Void> sender : senders) {
                sender.get(10, TimeUnit.SECONDS);
            }
        }
    }

    @OnEachBackend
    void anEventThatForgesIsRefused(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = open(backend, stream -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpEvent.of("").withId("1\ndata: x"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpEvent.of("").withEvent("a\rb"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpEvent.of("").withRetry(Duration.ofMillis(-1)));
            Duration longest = Duration.ofMillis(Long.MAX_VALUE);
            assertThat(HttpEvent.of("").withRetry(longest).retry()).isEqualTo(longest);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpEvent.of("").withRetry(longest.plusMillis(1)))
                    .withMessageContaining("retry is");
            stream.send("ok");
            stream.close();
        }); HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/")).body()).isEqualTo("data: ok\n\n");
        }
    }
}

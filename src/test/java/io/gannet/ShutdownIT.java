package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are to be stopped when the JVM ends. */
@Timeout(60)
class ShutdownIT {
    private static HttpOptions.Builder options() {
        return HttpOptions.builder().transport(Backends.server(NetOptions.Backend.AUTO).build());
    }

    @Test
    void aHookAnswersWhatIsUnderWayWhenTheJvmEnds() throws Exception {
        try (ChildJvm jvm = ChildJvm.launch(Program.class.getName(), Map.of())) {
            int port = Integer.parseInt(jvm.readLine());
            try (TestPeer peer = TestPeer.connect(port)) {
                peer.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(peer.readAll()).endsWith("\r\n\r\nlast words");
            }
            assertThat(jvm.exitCode()).isEqualTo(3);
        }
    }

    /** What the other JVM runs: a request ends the JVM, and is answered while that is ending. */
    static final class Program {
        private Program() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) {
            HttpServer[] holder = new HttpServer[1];
            holder[0] = HttpServer.create(
                    options().shutdownHook(Duration.ofSeconds(10)).build(), request -> {
                        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
                        new Thread(() -> System.exit(3)).start();
                        new Thread(() -> {
                            while (holder[0].isReady()) {
                                Thread.onSpinWait();
                            }
                            answer.complete(HttpResponse.text("last words"));
                        }).start();
                        return HttpResponse.later(answer);
                    });
            holder[0].start();
            System.out.println(holder[0].port());
        }
    }

    @Test
    void aStoppedServerLeavesNoHookBehind() throws Exception {
        WeakReference<HttpServer> stopped = new WeakReference<>(startAndStop());
        Soon.until(() -> {
            System.gc();
            return stopped.get() == null;
        });
    }

    private static HttpServer startAndStop() {
        HttpServer server = HttpServer.create(
                options().shutdownHook(Duration.ofSeconds(10)).build(),
                request -> HttpResponse.text("x"));
        assertThat(server.isReady()).isFalse();
        server.start();
        assertThat(server.isReady()).isTrue();
        assertThat(server.stop(Duration.ofSeconds(10))).isTrue();
        assertThat(server.isReady()).isFalse();
        return server;
    }

    @Test
    void aClosedServerIsNotReady() {
        HttpServer server = HttpServer.open(options().build(), request -> HttpResponse.text("x"));
        assertThat(server.isReady()).isTrue();
        server.close();
        assertThat(server.isReady()).isFalse();
    }
}

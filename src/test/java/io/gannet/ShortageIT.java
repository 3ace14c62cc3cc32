package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Handlers that leave their process no heap and no stack, in another process. */
@Timeout(90)
class ShortageIT {
    private static final int FLOODS = 6;

    @OnEachBackend
    void aHeapThatWasFullIsSurvivedByEveryLoop(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, Duration.ofSeconds(10), Map.of(),
                List.of("-Xmx24m", "-XX:+UseSerialGC"))) {
            int port = FireServer.port(jvm);
            jvm.readUntil("backend "); /* the logger is there: the JDK does not try that twice */
            CompletableFuture<String> output = Async.supply(jvm::readAll);
            AtomicInteger served = new AtomicInteger();
            CompletableFuture<Void> others = Async.run(() -> askOften(port, served));
            for (int i = 0; i < FLOODS; i++) {
                ask(port, i % 2 == 0 ? "/fill" : "/deep");
            }
            others.get(60, TimeUnit.SECONDS);
            /* All loops are there: connections are spread over them by their ports. */
            for (int i = 0; i < 50; i++) {
                assertThat(ask(port, "/")).startsWith("HTTP/1.1 200 ");
            }
            jvm.terminate();
            assertThat(jvm.exitCode()).isEqualTo(143);
            assertThat(output.get(15, TimeUnit.SECONDS))
                    .contains("GET /fill HTTP/1.1 failed")
                    .contains("GET /deep HTTP/1.1 failed")
                    .doesNotContain("-loop-0 ends", "-loop-1 ends");
        }
    }

    /** What becomes of these while there is no memory is nobody's promise. */
    private static void askOften(int port, AtomicInteger served) {
        List<String> strange = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String reply = ask(port, "/");
            if (reply.startsWith("HTTP/1.1 200 ")) {
                served.incrementAndGet();
            } else {
                strange.add(reply);
            }
        }
        assertThat(served).as(strange.toString()).hasPositiveValue();
    }

    private static String ask(int port, String path) {
        try (TestPeer peer = TestPeer.connect(port)) {
            peer.write("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            return peer.readAll();
        } catch (IOException e) {
            return e.toString();
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;

/** A server process that another takes over from, on the same port. */
@Timeout(60)
class RestartIT {
    private static final int RESTARTS = Integer.getInteger("gannet.soak", 0) > 0 ? 50 : 3;
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** Where loops share one listening socket, processes cannot share its port. */
    @OnEachBackend
    @Timeout(300)
    void aRestartUnderLoadLosesNoRequest(NetOptions.Backend backend) throws Exception {
        if (backend == NetOptions.Backend.KQUEUE) {
            return;
        }
        ChildJvm serving = FireServer.launch(backend, 0, GRACE);
        try {
            int port = FireServer.port(serving);
            FireLoad load = new FireLoad(port)
                    .add(3, "/", 1)
                    .add(2, "/", Integer.MAX_VALUE)
                    .add(1, "/slow/20", 1)
                    .add(1, "/big", 5)
                    .await(100);
            for (int i = 0; i < RESTARTS; i++) {
                ChildJvm next = FireServer.launch(backend, port, GRACE);
                assertThat(FireServer.port(next)).isEqualTo(port);
                load.stopping();
                serving.terminate();
                assertThat(serving.exitCode()).isEqualTo(143);
                serving.close();
                serving = next;
                load.await(50);
            }
            load.end();
            print("%d restarts: %d answers, %d to be asked again, %d connections took a second",
                    RESTARTS, load.answered.get(), load.again.get(), load.slowConnects.get());
            assertThat(load.lost).isEmpty();
            assertThat(load.refused).hasValue(0);
        } finally {
            serving.close();
        }
    }

    @SuppressWarnings({"SystemOut", "AnnotateFormatMethod"})
    private static void print(String format, Object... arguments) {
        System.out.println("restart: " + String.format(format, arguments));
    }
}

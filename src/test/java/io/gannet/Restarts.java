package io.gannet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A server process that another takes over from, on the same port, again and again under load. */
final class Restarts {
    /** Of a process that SIGTERM ended. */
    private static final int TERMINATED = 143;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private Restarts() {}

    /** So many of them; resident is the memory of the first process, at most of any, the last. */
    static Outcome of(NetOptions.Backend backend, int restarts) throws Exception {
        Progress progress = new Progress("restarts " + backend);
        List<String> troubles = new ArrayList<>();
        long most = 0;
        ChildJvm serving = FireServer.launch(backend, 0, GRACE);
        try {
            int port = FireServer.port(serving);
            FireLoad load = new FireLoad(port)
                    .add(3, "/", 1)
                    .add(2, "/", Integer.MAX_VALUE)
                    .add(1, "/slow/20", 1)
                    .add(1, "/big", 5)
                    .await(100);
            Outcome.Memory before = memory(serving);
            for (int i = 0; i < restarts; i++) {
                ChildJvm next = FireServer.launch(backend, port, GRACE);
                try {
                    if (FireServer.port(next) != port) {
                        troubles.add(i + ": another port");
                    }
                    most = Math.max(most, Outcome.resident(serving.pid(), true));
                    load.stopping();
                    serving.terminate();
                    int exit = serving.exitCode();
                    if (exit != TERMINATED) {
                        troubles.add(i + ": exit " + exit);
                    }
                } finally {
                    serving.close();
                    serving = next;
                }
                load.await(50);
                if (progress.due()) {
                    progress.say((i + 1) + " of " + restarts + ", " + load.answered + " answers, "
                            + load.lost.size() + " lost");
                }
            }
            Outcome.Memory after = memory(serving);
            load.end();
            progress.say(restarts + " restarts: " + load.answered + " answers, " + load.again
                    + " to be asked again, " + load.slowConnects
                    + " connections took a second");
            if (load.refused.get() > 0) {
                troubles.add(load.refused + " connections refused");
            }
            troubles.addAll(load.lost.subList(0, Math.min(10, load.lost.size())));
            return new Outcome("restarts", backend, restarts, serving.isAlive(), before,
                    new Outcome.Memory(most, 0, 0), after, load.answered.get(), load.lost.size(),
                    0, troubles);
        } finally {
            serving.close();
        }
    }

    private static Outcome.Memory memory(ChildJvm jvm) throws Exception {
        return new Outcome.Memory(Outcome.resident(jvm.pid(), false), 0, 0);
    }
}

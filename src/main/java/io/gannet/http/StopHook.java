package io.gannet.http;

import io.gannet.internal.ProcessEnd;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Stops a server when the process ends, if its options say so. Any thread. */
final class StopHook {
    private final HttpOptions options;
    private @Nullable ProcessEnd end;

    StopHook(HttpOptions options) {
        this.options = options;
    }

    /** The server runs. */
    synchronized void add(HttpServer server) {
        if (!options.shutdownHook()) {
            return;
        }
        Duration grace = options.shutdownGrace();
        end = ProcessEnd.add(new Runnable() {
            @Override
            public void run() {
                server.stop(grace);
            }
        });
    }

    /** The server does not run any more. */
    synchronized void remove() {
        if (end != null) {
            end.remove();
            end = null;
        }
    }
}

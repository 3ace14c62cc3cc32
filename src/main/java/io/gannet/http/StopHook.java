package io.gannet.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Stops a server when the JVM ends, if its options say so. Any thread. */
final class StopHook {
    private final HttpOptions options;
    private @Nullable Thread hook;

    StopHook(HttpOptions options) {
        this.options = options;
    }

    /** The server runs. */
    synchronized void add(HttpServer server) {
        if (!options.shutdownHook()) {
            return;
        }
        Duration grace = options.shutdownGrace();
        Thread added = new Thread("gannet-stop") {
            @Override
            public void run() {
                server.stop(grace);
            }
        };
        Runtime.getRuntime().addShutdownHook(added);
        hook = added;
    }

    /** The server does not run any more. */
    synchronized void remove() {
        if (hook == null) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; /* the JVM is ending, maybe by this very hook */
        } finally {
            hook = null;
        }
    }
}

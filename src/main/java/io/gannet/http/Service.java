package io.gannet.http;

import io.gannet.NetOptions;
import io.gannet.internal.HttpSettings;
import io.gannet.internal.Log;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the connections of a server have in common. Any thread. */
final class Service {
    final HttpHandler handler;
    /** The same handler if it streams. */
    final @Nullable HttpStreamHandler streams;
    final HttpOptions options;
    /** The header line that names the server, maybe empty. */
    final byte[] server;

    Service(HttpOptions options, HttpHandler handler) {
        this.options = options;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.streams = handler instanceof HttpStreamHandler some ? some : null;
        this.server = options.serverName().isEmpty()
                ? Lines.NONE
                : Lines.append(Lines.NONE, "Server", options.serverName());
    }

    /** The session options; how long a connection may be idle is said once, by HTTP. */
    NetOptions transport() {
        Duration idle = options.keepAliveTimeout();
        boolean off = idle.toMillis() == 0;
        return options.transport().toBuilder()
                .idle(off ? NetOptions.Idle.OFF : NetOptions.Idle.BOTH,
                        off ? Duration.ofSeconds(60) : idle)
                .build();
    }

    HttpSettings settings() {
        long body = streams == null
                ? options.bodyMax()
                : Math.max(options.bodyMax(), options.streamedBodyMax());
        return new HttpSettings(options.requestLineMax(), options.headerBytesMax(),
                options.headerCountMax())
                .body(body, options.chunkExtensionsMax())
                .trailers(options.trailerBytesMax(), options.trailerCountMax())
                .timeouts(options.headTimeout(), options.bodyTimeout(), options.sendTimeout());
    }

    /** Logs what a handler threw, and gives the answer. */
    static HttpResponse failed(Exchange exchange, Throwable error) {
        Log.warn(exchange.describe() + " failed", error);
        return HttpResponse.builder()
                .status(500)
                .header("Content-Type", "text/plain; charset=utf-8")
                .body("500 Internal Server Error\n")
                .build();
    }

    /** What the server itself answers to a request that is not the handler's. */
    static HttpResponse refusal(int status, String why) {
        String text = status + " " + StatusLines.phrase(status) + ": " + why + "\n";
        return HttpResponse.builder()
                .status(status)
                .header("Content-Type", "text/plain; charset=utf-8")
                .body(text)
                .close()
                .build();
    }
}

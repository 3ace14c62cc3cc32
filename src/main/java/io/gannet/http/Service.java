package io.gannet.http;

import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.internal.Flight;
import io.gannet.internal.HttpEvents;
import io.gannet.internal.HttpSettings;
import io.gannet.internal.Log;
import io.gannet.internal.OptionChecks;
import io.gannet.internal.Session;
import io.gannet.internal.web.Proxies;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the connections of a server have in common. Any thread. */
final class Service {
    /** What answers requests. Set before the server starts, like the next. */
    HttpHandler handler;
    /** The same handler if it streams. */
    @Nullable HttpStreamHandler streams;
    final HttpOptions options;
    /** The header line that names the server, maybe empty. */
    final byte[] server;
    final Workers workers;
    final HttpCounts.Sum counts = new HttpCounts.Sum();
    final Unfinished unfinished = new Unfinished();

    /** From when on a request is slow, 0 when nobody counts that. */
    final long slowNanos;

    /** Null when nobody is trusted, as usual. */
    private final @Nullable Proxies proxies;

    Service(HttpOptions options, HttpHandler handler) {
        this.options = options;
        this.workers = new Workers(options);
        this.slowNanos = options.slowThreshold().toNanos();
        this.handler = Objects.requireNonNull(handler, "handler");
        this.proxies = options.trustedProxies().isEmpty()
                ? null
                : Proxies.of(options.trustedProxies());
        this.server = options.serverName().isEmpty()
                ? Lines.NONE
                : Lines.append(Lines.NONE, "Server", options.serverName());
    }

    /** Gets ready for requests. */
    void serve(HttpHandler chosen) {
        handler = chosen;
        streams = chosen instanceof HttpStreamHandler some ? some : null;
        if (chosen instanceof RouteTable table && !table.isStreaming()) {
            streams = null; /* nothing has to be asked then */
        }
    }

    /** What the handler answers, or what is answered as it failed. */
    HttpResponse call(Exchange exchange) {
        try {
            return Objects.requireNonNull(handler.handle(exchange), "the response is null");
        } catch (Throwable t) {
            return failed(exchange, t);
        }
    }

    Proxies proxies() {
        return proxies == null ? Proxies.NONE : proxies;
    }

    /** The session options; how long a connection may be idle is said once, by HTTP. */
    NetOptions transport(NetOptions from) {
        Duration idle = options.keepAliveTimeout();
        boolean off = idle.isZero();
        return from.toBuilder()
                .idle(off ? NetOptions.Idle.OFF : NetOptions.Idle.BOTH,
                        off ? Duration.ofSeconds(60)
                                : Duration.ofMillis(OptionChecks.millis(idle)))
                .build();
    }

    HttpSettings settings() {
        return new HttpSettings(options.requestLineMax(), options.headerBytesMax(),
                options.headerCountMax())
                .heap(heapMax())
                .body(coreBodyMax(), options.chunkExtensionsMax())
                .trailers(options.trailerBytesMax(), options.trailerCountMax())
                .timeouts(options.headTimeout(), options.bodyTimeout(), options.sendTimeout());
    }

    /** The longest chunked body: the core does not know which are streamed. */
    private long coreBodyMax() {
        return streams == null
                ? options.bodyMax()
                : Math.max(options.bodyMax(), options.streamedBodyMax());
    }

    /** The longest body that is taken. */
    long bodyMax(boolean streamed) {
        return streamed ? options.streamedBodyMax() : options.bodyMax();
    }

    /** How much each loop may hold on the heap. */
    private long heapMax() {
        int loops = options.transport().loops() > 0
                ? options.transport().loops()
                : Runtime.getRuntime().availableProcessors();
        long limit = options.heapLimit() > 0
                ? options.heapLimit()
                : Runtime.getRuntime().maxMemory() / 4;
        return Math.max(options.bodyMax() + (long) Exchange.keptMax(options), limit / loops);
    }

    /** Why {@link Content} refused a body. */
    HttpException refused(int status, Session session) {
        if (status == Content.TOO_LARGE) {
            return tooLarge(session, false);
        }
        session.unserved();
        return quick(503, "the server is short of memory");
    }

    static HttpResponse noMemory() {
        return refusal(503, "the server is short of memory");
    }

    /** The answer for what a handler threw, which is logged unless it was meant for the client. */
    static HttpResponse failed(Exchange exchange, Throwable error) {
        if (error instanceof HttpException meant) {
            return meant.toResponse();
        }
        if (error instanceof NetException system && isShortage(system.code())) {
            Shortage.warn(exchange.describe() + " failed", error);
            return refusal(503, "the server is short of descriptors");
        }
        Log.warn(exchange.describe() + " failed", error);
        return internalError();
    }

    private static boolean isShortage(String code) {
        return code.equals("EMFILE") || code.equals("ENFILE");
    }

    private static HttpResponse internalError() {
        return HttpResponse.builder()
                .status(500)
                .header("Content-Type", "text/plain; charset=utf-8")
                .body("500 Internal Server Error\n")
                .build();
    }

    /** Stands in for a response that promises a body and has none, which no client could read. */
    static HttpResponse withoutBody() {
        Log.warn("a response fails", new IllegalStateException(
                "its Content-Length promises a body, which only HEAD and 304 go without"));
        return internalError();
    }

    /** The answer to CONNECT, what follows which is no request, or to an unknown expectation. */
    static HttpResponse unwanted(boolean connect) {
        return connect
                ? refusal(501, "there are no tunnels here")
                : refusal(417, "the expectation cannot be met");
    }

    /** Why a body is not taken that is too long to be collected, or to be streamed. Loop thread. */
    HttpException tooLarge(Session session, boolean streamed) {
        LoopShare.of(session, this).counts.tooLarge();
        return tooLarge(streamed);
    }

    private HttpException tooLarge(boolean streamed) {
        Flight.limit(streamed ? "streamedBodyMax" : "bodyMax", "the body of a request");
        return quick(413, "the body is longer than the limit of " + bodyMax(streamed)
                + " bytes");
    }

    /** Why the core refused, and counted, what is no request or not taken. */
    HttpException bad(int status, int reason) {
        return status == 413
                ? tooLarge(coreBodyMax() > options.bodyMax())
                : quick(status, HttpEvents.reason(reason));
    }

    /** What the server itself says of a request, for the error handlers of its route. */
    static HttpException quick(int status, String why) {
        String text = status + " " + StatusLines.phrase(status) + ": " + why + "\n";
        HttpException error = HttpException.quick(status, text);
        return status == 503 ? error.header("Retry-After", "1") : error;
    }

    /** What the server itself answers to a request that is not the handler's. */
    static HttpResponse refusal(int status, String why) {
        String text = status + " " + StatusLines.phrase(status) + ": " + why + "\n";
        HttpResponseBuilder builder = HttpResponse.builder()
                .status(status)
                .header("Content-Type", "text/plain; charset=utf-8")
                .body(text)
                .close();
        return (status == 503 ? builder.header("Retry-After", "1") : builder).build();
    }
}

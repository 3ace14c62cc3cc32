package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOutcome;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.internal.web.LogText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Writes a line for each request when it is done: who asked for what, and how it ended. Nothing
 * that a client sends can begin another line or forge a field. What never reaches a handler, as
 * input that is no request, is not written.
 *
 * <p>Lines go to the {@link System.Logger} {@code io.gannet.http.access} at level {@code INFO}
 * unless {@link #to} says otherwise. They are written on the loop thread: whatever takes them must
 * not block, so that a logger wants an asynchronous appender, and a file a thread of its own.
 */
public final class AccessLog implements HttpFilter {
    /** Holds the logger until somebody needs it: that takes longer than starting a server. */
    private static final class Lazy {
        static final System.Logger LOGGER = System.getLogger("io.gannet.http.access");
    }

    private enum Format { COMMON, COMBINED, JSON }

    private final Format format;
    private final Consumer<? super String> sink;

    private AccessLog(Format format, Consumer<? super String> sink) {
        this.format = format;
        this.sink = sink;
    }

    /**
     * The common log format: {@code client - user [time] "request line" status bytes}, in UTC.
     *
     * @return the filter
     */
    public static AccessLog common() {
        return new AccessLog(Format.COMMON, AccessLog::log);
    }

    /**
     * The combined log format: the common one, and {@code "referer" "user agent"}.
     *
     * @return the filter
     */
    public static AccessLog combined() {
        return new AccessLog(Format.COMBINED, AccessLog::log);
    }

    /**
     * A JSON object in each line: {@code time}, {@code client}, {@code method}, {@code target},
     * {@code version}, {@code host}, {@code status} (0 when nothing was sent), {@code bytes} of the
     * body, {@code seconds}, {@code complete} (false when the client went away before the end), and
     * where they are known {@code user}, {@code requestId}, {@code referer} and {@code userAgent}.
     *
     * @return the filter
     */
    public static AccessLog json() {
        return new AccessLog(Format.JSON, AccessLog::log);
    }

    private static void log(String line) {
        Lazy.LOGGER.log(System.Logger.Level.INFO, line);
    }

    /**
     * The same for another place.
     *
     * @param lines takes each line, without its end; called by all loop threads, must not block
     * @return the filter
     */
    public AccessLog to(Consumer<? super String> lines) {
        return new AccessLog(format, Objects.requireNonNull(lines, "lines"));
    }

    /**
     * The same for another place, as {@code System.out}.
     *
     * @param lines takes each line with its end, one at a time; must not block
     * @return the filter
     */
    public AccessLog to(Appendable lines) {
        Objects.requireNonNull(lines, "lines");
        return to(line -> {
            try {
                synchronized (lines) {
                    lines.append(line + "\n");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        request.onDone(new Entry(this, request));
        return next.handle(request);
    }

    /** What is noted while the request can be read for sure. */
    private static final class Entry implements Consumer<HttpOutcome> {
        private final AccessLog log;
        private final HttpRequest request;
        private final long millis = System.currentTimeMillis();
        private final String client;
        private final String method;
        private final String target;
        private final String version;
        private final String host;
        private final String referer;
        private final String userAgent;

        Entry(AccessLog log, HttpRequest request) {
            boolean more = log.format != Format.COMMON;
            this.log = log;
            this.request = request;
            this.client = request.clientAddress();
            this.method = request.method();
            this.target = request.target();
            this.version = request.version();
            this.host = log.format == Format.JSON ? request.host() : "";
            this.referer = more ? request.header("Referer").orElse("") : "";
            this.userAgent = more ? request.header("User-Agent").orElse("") : "";
        }

        @Override
        public void accept(HttpOutcome outcome) {
            StringBuilder line = new StringBuilder(256);
            if (log.format == Format.JSON) {
                json(line, outcome);
            } else {
                common(line, outcome);
            }
            log.sink.accept(line.toString());
        }

        private void common(StringBuilder line, HttpOutcome outcome) {
            LogText.field(line, client);
            line.append(" - ");
            LogText.field(line, left(true));
            line.append(' ');
            LogText.commonTime(line, millis / 1000);
            line.append(' ');
            LogText.quoted(line, method + " " + target + " " + version);
            line.append(' ').append(outcome.status() == 0 ? "-" : outcome.status()).append(' ')
                    .append(outcome.bodyBytes() == 0 ? "-" : outcome.bodyBytes());
            if (log.format == Format.COMBINED) {
                line.append(' ');
                LogText.quoted(line, referer);
                line.append(' ');
                LogText.quoted(line, userAgent);
            }
        }

        private void json(StringBuilder line, HttpOutcome outcome) {
            line.append("{\"time\":\"");
            LogText.isoTime(line, millis);
            line.append('"');
            member(line, "client", client);
            member(line, "user", left(true));
            member(line, "requestId", left(false));
            member(line, "method", method);
            member(line, "target", target);
            member(line, "version", version);
            member(line, "host", host);
            member(line, "referer", referer);
            member(line, "userAgent", userAgent);
            line.append(",\"status\":").append(outcome.status())
                    .append(",\"bytes\":").append(outcome.bodyBytes())
                    .append(",\"seconds\":");
            LogText.seconds(line, outcome.nanos());
            line.append(",\"complete\":").append(outcome.complete()).append('}');
        }

        private static void member(StringBuilder line, String name, String value) {
            if (!value.isEmpty()) {
                line.append(",\"").append(name).append("\":");
                LogText.json(line, value);
            }
        }

        /** What filters behind this one left: the user, or the id of the request. */
        private String left(boolean user) {
            try {
                return (user ? BasicAuth.user(request) : RequestId.of(request)).orElse("");
            } catch (IllegalStateException e) {
                return ""; /* the request broke off before this was asked for */
            }
        }
    }
}

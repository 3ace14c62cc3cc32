package io.gannet.http;

import io.gannet.NetOptions;
import io.gannet.internal.OptionChecks;
import io.gannet.internal.web.Proxies;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How an HTTP server behaves. Immutable; made by {@link #builder} or {@link #port}, where every
 * option has a default and is described.
 *
 * @param transport see {@link Builder#transport}
 * @param requestLineMax see {@link Builder#requestLineMax}
 * @param headerBytesMax see {@link Builder#headerBytesMax}
 * @param headerCountMax see {@link Builder#headerCountMax}
 * @param bodyMax see {@link Builder#bodyMax}
 * @param streamedBodyMax see {@link Builder#streamedBodyMax}
 * @param chunkExtensionsMax see {@link Builder#chunkExtensionsMax}
 * @param trailerBytesMax see {@link Builder#trailerBytesMax}
 * @param trailerCountMax see {@link Builder#trailerCountMax}
 * @param inFlightMax see {@link Builder#inFlightMax}
 * @param headTimeout see {@link Builder#headTimeout}
 * @param bodyTimeout see {@link Builder#bodyTimeout}
 * @param keepAliveTimeout see {@link Builder#keepAliveTimeout}
 * @param sendTimeout see {@link Builder#sendTimeout}
 * @param serverName see {@link Builder#serverName}
 * @param workers see {@link Builder#workers}
 * @param workerQueueMax see {@link Builder#workerQueueMax}
 * @param virtualThreads see {@link Builder#virtualThreads}
 * @param handlerTimeout see {@link Builder#handlerTimeout}
 * @param shutdownHook see {@link Builder#shutdownHook}
 * @param shutdownGrace see {@link Builder#shutdownHook}
 * @param trustedProxies see {@link Builder#trustedProxies}
 * @param drainDelay see {@link Builder#drainDelay}
 * @param slowThreshold see {@link Builder#slowThreshold}
 * @param heapLimit see {@link Builder#heapLimit}
 */
public record HttpOptions(
        NetOptions transport,
        int requestLineMax,
        int headerBytesMax,
        int headerCountMax,
        int bodyMax,
        long streamedBodyMax,
        int chunkExtensionsMax,
        int trailerBytesMax,
        int trailerCountMax,
        int inFlightMax,
        Duration headTimeout,
        Duration bodyTimeout,
        Duration keepAliveTimeout,
        Duration sendTimeout,
        String serverName,
        int workers,
        int workerQueueMax,
        boolean virtualThreads,
        Duration handlerTimeout,
        boolean shutdownHook,
        Duration shutdownGrace,
        List<String> trustedProxies,
        Duration drainDelay,
        Duration slowThreshold,
        long heapLimit) {

    /** A head lies in one receive buffer, whose places are told in 16 bits. */
    private static final int HEAD_MAX = 60 * 1024;

    private static final int ARRAY_MAX = Integer.MAX_VALUE - 64;

    /**
     * Checks every value; {@link IllegalArgumentException} names the one that is wrong.
     *
     * @param transport see {@link Builder#transport}
     * @param requestLineMax see {@link Builder#requestLineMax}
     * @param headerBytesMax see {@link Builder#headerBytesMax}
     * @param headerCountMax see {@link Builder#headerCountMax}
     * @param bodyMax see {@link Builder#bodyMax}
     * @param streamedBodyMax see {@link Builder#streamedBodyMax}
     * @param chunkExtensionsMax see {@link Builder#chunkExtensionsMax}
     * @param trailerBytesMax see {@link Builder#trailerBytesMax}
     * @param trailerCountMax see {@link Builder#trailerCountMax}
     * @param inFlightMax see {@link Builder#inFlightMax}
     * @param headTimeout see {@link Builder#headTimeout}
     * @param bodyTimeout see {@link Builder#bodyTimeout}
     * @param keepAliveTimeout see {@link Builder#keepAliveTimeout}
     * @param sendTimeout see {@link Builder#sendTimeout}
     * @param serverName see {@link Builder#serverName}
     * @param workers see {@link Builder#workers}
     * @param workerQueueMax see {@link Builder#workerQueueMax}
     * @param virtualThreads see {@link Builder#virtualThreads}
     * @param handlerTimeout see {@link Builder#handlerTimeout}
     * @param shutdownHook see {@link Builder#shutdownHook}
     * @param shutdownGrace see {@link Builder#shutdownHook}
     * @param trustedProxies see {@link Builder#trustedProxies}
     * @param drainDelay see {@link Builder#drainDelay}
     * @param slowThreshold see {@link Builder#slowThreshold}
     * @param heapLimit see {@link Builder#heapLimit}
     */
    public HttpOptions {
        Objects.requireNonNull(transport, "transport");
        OptionChecks.within("requestLineMax", requestLineMax, 16, HEAD_MAX);
        OptionChecks.within("headerBytesMax", headerBytesMax, 16, HEAD_MAX);
        OptionChecks.within("requestLineMax and headerBytesMax", requestLineMax + headerBytesMax,
                32, HEAD_MAX);
        OptionChecks.within("headerCountMax", headerCountMax, 1, 1000);
        OptionChecks.within("bodyMax", bodyMax, 0, ARRAY_MAX);
        OptionChecks.within("streamedBodyMax", streamedBodyMax, 0, Long.MAX_VALUE);
        OptionChecks.within("chunkExtensionsMax", chunkExtensionsMax, 0, 1 << 29);
        OptionChecks.within("trailerBytesMax", trailerBytesMax, 2, requestLineMax + headerBytesMax);
        OptionChecks.within("trailerCountMax", trailerCountMax, 0, 1000);
        OptionChecks.within("inFlightMax", inFlightMax, 1, 1 << 16);
        OptionChecks.time("headTimeout", headTimeout);
        OptionChecks.time("bodyTimeout", bodyTimeout);
        OptionChecks.time("keepAliveTimeout", keepAliveTimeout);
        OptionChecks.time("sendTimeout", sendTimeout);
        Lines.checkValue("Server", serverName);
        OptionChecks.within("workers", workers, 0, 1 << 16);
        OptionChecks.within("workerQueueMax", workerQueueMax, 0, 1 << 30);
        OptionChecks.time("handlerTimeout", handlerTimeout);
        OptionChecks.time("shutdownGrace", shutdownGrace);
        OptionChecks.time("drainDelay", drainDelay);
        OptionChecks.time("slowThreshold", slowThreshold);
        OptionChecks.within("heapLimit", heapLimit, 0, Long.MAX_VALUE);
        trustedProxies = List.copyOf(Objects.requireNonNull(trustedProxies, "trustedProxies"));
        if (!trustedProxies.isEmpty()) {
            Proxies.of(trustedProxies);
        }
    }

    /**
     * The defaults on one TCP port of every address of this machine.
     *
     * @param port 0 for any free one
     * @return the options
     */
    public static HttpOptions port(int port) {
        return builder().transport(NetOptions.port(port)).build();
    }

    /**
     * Starts from the defaults, which name no address: give {@link Builder#transport} one for
     * {@link HttpServer#start}, or leave it to {@link HttpServer#listen}.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from these options.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects the options of a server. Not thread safe. */
    public static final class Builder {
        private NetOptions transport = NetOptions.builder().build();
        private int requestLineMax = 8190;
        private int headerBytesMax = 8190;
        private int headerCountMax = 100;
        private int bodyMax = 16 << 20;
        private long streamedBodyMax = Long.MAX_VALUE;
        private int chunkExtensionsMax = 4096;
        private int trailerBytesMax = 8190;
        private int trailerCountMax = 32;
        private int inFlightMax = 64;
        private Duration headTimeout = Duration.ofSeconds(10);
        private Duration bodyTimeout = Duration.ofSeconds(30);
        private Duration keepAliveTimeout = Duration.ofSeconds(60);
        private Duration sendTimeout = Duration.ofSeconds(30);
        private String serverName = "gannet";
        private int workers;
        private int workerQueueMax = 1024;
        private boolean virtualThreads;
        private Duration handlerTimeout = Duration.ofSeconds(60);
        private boolean shutdownHook;
        private Duration shutdownGrace = Duration.ZERO;
        private List<String> trustedProxies = List.of();
        private Duration drainDelay = Duration.ZERO;
        private Duration slowThreshold = Duration.ZERO;
        private long heapLimit;

        Builder() {}

        Builder(HttpOptions from) {
            transport = from.transport;
            requestLineMax = from.requestLineMax;
            headerBytesMax = from.headerBytesMax;
            headerCountMax = from.headerCountMax;
            bodyMax = from.bodyMax;
            streamedBodyMax = from.streamedBodyMax;
            chunkExtensionsMax = from.chunkExtensionsMax;
            trailerBytesMax = from.trailerBytesMax;
            trailerCountMax = from.trailerCountMax;
            inFlightMax = from.inFlightMax;
            headTimeout = from.headTimeout;
            bodyTimeout = from.bodyTimeout;
            keepAliveTimeout = from.keepAliveTimeout;
            sendTimeout = from.sendTimeout;
            serverName = from.serverName;
            workers = from.workers;
            workerQueueMax = from.workerQueueMax;
            virtualThreads = from.virtualThreads;
            handlerTimeout = from.handlerTimeout;
            shutdownHook = from.shutdownHook;
            shutdownGrace = from.shutdownGrace;
            trustedProxies = from.trustedProxies;
            drainDelay = from.drainDelay;
            slowThreshold = from.slowThreshold;
            heapLimit = from.heapLimit;
        }

        /**
         * Where to listen, and how sessions and loops behave. Its idle timeout is not used:
         * {@link #keepAliveTimeout} is.
         *
         * @param value with at least one address to listen on, unless {@link HttpServer#listen}
         *     names it
         * @return this
         */
        public Builder transport(NetOptions value) {
            transport = value;
            return this;
        }

        /**
         * The longest request line, without its CRLF; a longer one is answered with 414. Default
         * 8190. Together with {@link #headerBytesMax} at most 61440.
         *
         * @param value bytes
         * @return this
         */
        public Builder requestLineMax(int value) {
            requestLineMax = value;
            return this;
        }

        /**
         * The longest header, all lines with their ends; a longer one is answered with 431. Default
         * 8190.
         *
         * @param value bytes
         * @return this
         */
        public Builder headerBytesMax(int value) {
            headerBytesMax = value;
            return this;
        }

        /**
         * The most header lines; more are answered with 431. Default 100.
         *
         * @param value 1 to 1000
         * @return this
         */
        public Builder headerCountMax(int value) {
            headerCountMax = value;
            return this;
        }

        /**
         * The longest body that is collected for a handler; a longer one is answered with 413.
         * Default 16 MiB.
         *
         * @param value bytes
         * @return this
         */
        public Builder bodyMax(int value) {
            bodyMax = value;
            return this;
        }

        /**
         * The longest body that an {@link HttpStreamHandler} takes in pieces; a longer one is
         * answered with 413. Default: no limit.
         *
         * @param value bytes
         * @return this
         */
        public Builder streamedBodyMax(long value) {
            streamedBodyMax = value;
            return this;
        }

        /**
         * The most bytes of chunk extensions in one body; more are answered with 400. Default 4096.
         *
         * @param value bytes
         * @return this
         */
        public Builder chunkExtensionsMax(int value) {
            chunkExtensionsMax = value;
            return this;
        }

        /**
         * The longest trailers, all lines with their ends; longer ones are answered with 431.
         * Default 8190. At most what line and header may have together.
         *
         * @param value bytes
         * @return this
         */
        public Builder trailerBytesMax(int value) {
            trailerBytesMax = value;
            return this;
        }

        /**
         * The most trailer lines; more are answered with 431. Default 32.
         *
         * @param value 0 to 1000
         * @return this
         */
        public Builder trailerCountMax(int value) {
            trailerCountMax = value;
            return this;
        }

        /**
         * How many requests of one connection may be with the handler at a time; the client is not
         * read from meanwhile. Default 64.
         *
         * @param value 1 to 65536
         * @return this
         */
        public Builder inFlightMax(int value) {
            inFlightMax = value;
            return this;
        }

        /**
         * How long a head may take from its first byte to its last; a slower one is answered with
         * 408. Default 10 seconds, zero for ever.
         *
         * @param value rounded to milliseconds
         * @return this
         */
        public Builder headTimeout(Duration value) {
            headTimeout = value;
            return this;
        }

        /**
         * How long a body may make no progress; answered with 408. A body that is streamed makes
         * progress with every byte. One that is collected holds memory meanwhile: within this time
         * 4 KiB of it have to arrive, or its end. Default 30 seconds, zero for ever.
         *
         * @param value rounded to milliseconds
         * @return this
         */
        public Builder bodyTimeout(Duration value) {
            bodyTimeout = value;
            return this;
        }

        /**
         * How long a connection without any request is kept. Default 60 seconds, zero for ever.
         *
         * @param value rounded to milliseconds
         * @return this
         */
        public Builder keepAliveTimeout(Duration value) {
            keepAliveTimeout = value;
            return this;
        }

        /**
         * How long a client may take nothing of what is queued for it. A response that moves is
         * never cut. Default 30 seconds, zero for ever.
         *
         * @param value rounded to milliseconds
         * @return this
         */
        public Builder sendTimeout(Duration value) {
            sendTimeout = value;
            return this;
        }

        /**
         * What the Server header of every response says. Default {@code "gannet"}.
         *
         * @param value empty for no such header
         * @return this
         */
        public Builder serverName(String value) {
            serverName = value;
            return this;
        }

        /**
         * How many {@link HttpHandler#blocking} calls may run at a time, each on a thread of its
         * own. The threads are started when they are needed, and end when they are not for a while.
         * Default 0: eight for each processor, at least 16.
         *
         * @param value 0 to 65536
         * @return this
         */
        public Builder workers(int value) {
            workers = value;
            return this;
        }

        /**
         * How many calls may wait for a worker; further ones are answered with 503. Default 1024.
         *
         * @param value 0 to 2^30
         * @return this
         */
        public Builder workerQueueMax(int value) {
            workerQueueMax = value;
            return this;
        }

        /**
         * Whether each blocking call has a virtual thread of its own: none waits then, and as many
         * may be under way as {@link #workers} and {@link #workerQueueMax} say together. Needs JDK
         * 21; older ones keep to threads of the system, and the log says so. Default false.
         *
         * @param value true for virtual threads
         * @return this
         */
        public Builder virtualThreads(boolean value) {
            virtualThreads = value;
            return this;
        }

        /**
         * How long a handler may keep a response waiting that it promised, counted from when it was
         * called or, if that is later, from when the body it streams had come; then 503 is
         * answered, and what it answers later is dropped. A response that has begun is never cut.
         * Default 60 seconds, zero for ever.
         *
         * @param value rounded to milliseconds
         * @return this
         */
        public Builder handlerTimeout(Duration value) {
            handlerTimeout = value;
            return this;
        }

        /**
         * Stops the server in order when the process is told to end. {@code SIGTERM} and Ctrl-C
         * stop it before the JVM begins to end, so that what handlers need, loggers among it, is
         * still there; a second signal ends the process at once. {@code System.exit} stops it by a
         * shutdown hook, beside all others. What is not answered when the grace is over is named in
         * the log. The JVM ends right after the stop, and does not wait for threads that {@link
         * HttpServer#join} held until then. Default: the connections break.
         *
         * @param grace how long requests may take then; see {@link HttpServer#stop}
         * @return this
         */
        public Builder shutdownHook(Duration grace) {
            shutdownHook = true;
            shutdownGrace = grace;
            return this;
        }

        /**
         * The proxies that are believed when they tell, by Forwarded or X-Forwarded-For, -Proto and
         * -Host, who asked them; see {@link HttpRequest#clientAddress}. X-Forwarded counts where
         * there are both: a proxy that writes Forwarded only must remove the others that clients
         * send. Default none.
         *
         * @param ranges IP addresses and ranges of them, as {@code 10.0.0.0/8} or {@code ::1}, and
         *     {@code unix} for whoever connects to a Unix socket; never looked up
         * @return this
         */
        public Builder trustedProxies(List<String> ranges) {
            trustedProxies = ranges;
            return this;
        }

        /**
         * How long {@link HttpServer#stop} goes on serving, new connections too, before it stops
         * accepting: {@link HttpServer#isReady} says at once that the server goes away, and whoever
         * spreads the load has this time to notice. The grace begins behind it. Default zero.
         *
         * @param value somewhat longer than load balancers need to see it
         * @return this
         */
        public Builder drainDelay(Duration value) {
            drainDelay = value;
            return this;
        }

        /**
         * From when on a request counts as slow, from its head to the end of its response; see
         * {@link HttpStats#slow}. It takes two looks at the clock and a few objects for each
         * request. Default zero, which is off.
         *
         * @param value so long or longer is slow
         * @return this
         */
        public Builder slowThreshold(Duration value) {
            slowThreshold = value;
            return this;
        }

        /**
         * How many bytes of the heap all connections may hold together in what clients decide the
         * size and the time of: bodies that are collected, or streamed to a reader that is slower
         * than they come, parts of forms, requests that wait, and apart from these, as much again
         * in large responses that are being sent. A request beyond that is answered with 503. The
         * loops share it, and each may hold one body of {@link #bodyMax}. Default 0: a quarter of
         * the heap.
         *
         * @param value 0 or more
         * @return this
         */
        public Builder heapLimit(long value) {
            heapLimit = value;
            return this;
        }

        /**
         * Checks the options and makes them final.
         *
         * @return the options
         * @throws IllegalArgumentException when a value is out of its range
         */
        public HttpOptions build() {
            return new HttpOptions(transport, requestLineMax, headerBytesMax, headerCountMax,
                    bodyMax, streamedBodyMax, chunkExtensionsMax, trailerBytesMax, trailerCountMax,
                    inFlightMax, headTimeout, bodyTimeout, keepAliveTimeout, sendTimeout,
                    serverName, workers, workerQueueMax, virtualThreads, handlerTimeout,
                    shutdownHook, shutdownGrace, trustedProxies, drainDelay, slowThreshold,
                    heapLimit);
        }
    }
}

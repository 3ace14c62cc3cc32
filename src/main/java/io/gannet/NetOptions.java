package io.gannet;

import io.gannet.internal.OptionChecks;
import io.gannet.internal.ip.TrustedPeers;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a server or client behaves. Immutable; made by {@link #builder}, {@link #clientBuilder} or
 * {@link #port}, where every option has a default and is described.
 *
 * @param listen see {@link Builder#listen}
 * @param backend see {@link Builder#backend}
 * @param required see {@link Builder#required}
 * @param loops see {@link Builder#loops}
 * @param pinLoops see {@link Builder#pinLoops}
 * @param ip see {@link Builder#ip}
 * @param sharePort see {@link Builder#sharePort}
 * @param backlog see {@link Builder#backlog}
 * @param noDelay see {@link Builder#noDelay}
 * @param keepAlive see {@link Builder#keepAlive}
 * @param sendBuffer see {@link Builder#sendBuffer}
 * @param receiveBuffer see {@link Builder#receiveBuffer}
 * @param fastOpen see {@link Builder#fastOpen}
 * @param deferAccept see {@link Builder#deferAccept}
 * @param idle see {@link Builder#idle}
 * @param idleTimeout see {@link Builder#idle}
 * @param connectTimeout see {@link Builder#connectTimeout}
 * @param closeTimeout see {@link Builder#closeTimeout}
 * @param lowWater see {@link Builder#waterMarks}
 * @param highWater see {@link Builder#waterMarks}
 * @param writeLimit see {@link Builder#writeLimit}
 * @param readBackpressure see {@link Builder#readBackpressure}
 * @param maxSessions see {@link Builder#maxSessions}
 * @param maxSessionsPerAddress see {@link Builder#maxSessionsPerAddress}
 * @param memoryLimit see {@link Builder#memoryLimit}
 * @param stallThreshold see {@link Builder#stallThreshold}
 * @param proxyProtocol see {@link Builder#proxyProtocol}
 */
public record NetOptions(
        List<SocketAddress> listen,
        Backend backend,
        boolean required,
        int loops,
        boolean pinLoops,
        Ip ip,
        boolean sharePort,
        int backlog,
        boolean noDelay,
        boolean keepAlive,
        int sendBuffer,
        int receiveBuffer,
        int fastOpen,
        Duration deferAccept,
        Idle idle,
        Duration idleTimeout,
        Duration connectTimeout,
        Duration closeTimeout,
        int lowWater,
        int highWater,
        long writeLimit,
        boolean readBackpressure,
        int maxSessions,
        int maxSessionsPerAddress,
        long memoryLimit,
        Duration stallThreshold,
        List<String> proxyProtocol) {

    /** Which kernel interface the loops use. */
    public enum Backend {
        /** The best that works here. */
        AUTO,
        /** Linux io_uring. */
        IO_URING,
        /** Linux epoll. */
        EPOLL,
        /** The kqueue of macOS and the BSDs. */
        KQUEUE
    }

    /** Which versions of IP a wildcard address listens on. */
    public enum Ip {
        /** Both, on one socket. */
        DUAL,
        /** IPv4 alone. */
        V4,
        /** IPv6 alone. */
        V6
    }

    /** Which direction must stand still for a session to count as idle. */
    public enum Idle {
        /** Never idle. */
        OFF,
        /** Nothing was received. */
        READ,
        /** Nothing was sent. */
        WRITE,
        /** Neither was anything received nor sent. */
        BOTH
    }

    /**
     * Checks every value; {@link IllegalArgumentException} names the one that is wrong.
     *
     * @param listen see {@link Builder#listen}
     * @param backend see {@link Builder#backend}
     * @param required see {@link Builder#required}
     * @param loops see {@link Builder#loops}
     * @param pinLoops see {@link Builder#pinLoops}
     * @param ip see {@link Builder#ip}
     * @param sharePort see {@link Builder#sharePort}
     * @param backlog see {@link Builder#backlog}
     * @param noDelay see {@link Builder#noDelay}
     * @param keepAlive see {@link Builder#keepAlive}
     * @param sendBuffer see {@link Builder#sendBuffer}
     * @param receiveBuffer see {@link Builder#receiveBuffer}
     * @param fastOpen see {@link Builder#fastOpen}
     * @param deferAccept see {@link Builder#deferAccept}
     * @param idle see {@link Builder#idle}
     * @param idleTimeout see {@link Builder#idle}
     * @param connectTimeout see {@link Builder#connectTimeout}
     * @param closeTimeout see {@link Builder#closeTimeout}
     * @param lowWater see {@link Builder#waterMarks}
     * @param highWater see {@link Builder#waterMarks}
     * @param writeLimit see {@link Builder#writeLimit}
     * @param readBackpressure see {@link Builder#readBackpressure}
     * @param maxSessions see {@link Builder#maxSessions}
     * @param maxSessionsPerAddress see {@link Builder#maxSessionsPerAddress}
     * @param memoryLimit see {@link Builder#memoryLimit}
     * @param stallThreshold see {@link Builder#stallThreshold}
     * @param proxyProtocol see {@link Builder#proxyProtocol}
     */
    public NetOptions {
        listen = List.copyOf(Objects.requireNonNull(listen, "listen"));
        Objects.requireNonNull(backend, "backend");
        Objects.requireNonNull(ip, "ip");
        Objects.requireNonNull(idle, "idle");
        OptionChecks.atLeast("loops", loops, 0);
        OptionChecks.atMost("loops", loops, 1024);
        OptionChecks.atLeast("backlog", backlog, 1);
        OptionChecks.atLeast("sendBuffer", sendBuffer, 0);
        OptionChecks.atLeast("receiveBuffer", receiveBuffer, 0);
        OptionChecks.atLeast("fastOpen", fastOpen, 0);
        OptionChecks.time("deferAccept", deferAccept);
        OptionChecks.time("idleTimeout", idleTimeout);
        OptionChecks.atLeast("idleTimeout in milliseconds", idleTimeout.toMillis(), 1);
        OptionChecks.time("connectTimeout", connectTimeout);
        OptionChecks.atLeast("connectTimeout in milliseconds", connectTimeout.toMillis(), 1);
        OptionChecks.time("closeTimeout", closeTimeout);
        OptionChecks.atLeast("lowWater", lowWater, 0);
        OptionChecks.atLeast("highWater", highWater, lowWater);
        OptionChecks.atLeast("writeLimit", writeLimit, highWater);
        OptionChecks.atLeast("maxSessions", maxSessions, 1);
        OptionChecks.atMost("maxSessions", maxSessions, 1 << 24);
        OptionChecks.atLeast("maxSessionsPerAddress", maxSessionsPerAddress, 0);
        OptionChecks.atLeast("memoryLimit", memoryLimit, 1 << 20);
        OptionChecks.time("stallThreshold", stallThreshold);
        proxyProtocol = List.copyOf(Objects.requireNonNull(proxyProtocol, "proxyProtocol"));
        if (!proxyProtocol.isEmpty()) {
            TrustedPeers.of(proxyProtocol);
        }
    }

    /**
     * A server's defaults on one TCP port of every address of this machine.
     *
     * @param port 0 for any free one
     * @return the options
     */
    public static NetOptions port(int port) {
        return builder().port(port).build();
    }

    /**
     * Starts from a server's defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from a client's defaults: one loop, no idle timeout, and reading goes on while the
     * write queue is long.
     *
     * @return a new builder
     */
    public static Builder clientBuilder() {
        return new Builder()
                .loops(1)
                .idle(Idle.OFF, Duration.ofSeconds(60))
                .readBackpressure(false);
    }

    /**
     * Starts from these options.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects the options of a server or client. Not thread safe. */
    public static final class Builder {
        private List<SocketAddress> listen = List.of();
        private Backend backend = Backend.AUTO;
        private boolean required;
        private int loops;
        private boolean pinLoops;
        private Ip ip = Ip.DUAL;
        private boolean sharePort;
        private int backlog = 4096;
        private boolean noDelay = true;
        private boolean keepAlive;
        private int sendBuffer;
        private int receiveBuffer;
        private int fastOpen;
        private Duration deferAccept = Duration.ZERO;
        private Idle idle = Idle.BOTH;
        private Duration idleTimeout = Duration.ofSeconds(60);
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration closeTimeout = Duration.ofSeconds(2);
        private int lowWater = 32 * 1024;
        private int highWater = 128 * 1024;
        private long writeLimit = 64L << 20;
        private boolean readBackpressure = true;
        private int maxSessions = 1 << 20;
        private int maxSessionsPerAddress;
        private long memoryLimit = 1L << 30;
        private Duration stallThreshold = Duration.ofSeconds(1);
        private List<String> proxyProtocol = List.of();

        Builder() {}

        Builder(NetOptions from) {
            listen = from.listen;
            backend = from.backend;
            required = from.required;
            loops = from.loops;
            pinLoops = from.pinLoops;
            ip = from.ip;
            sharePort = from.sharePort;
            backlog = from.backlog;
            noDelay = from.noDelay;
            keepAlive = from.keepAlive;
            sendBuffer = from.sendBuffer;
            receiveBuffer = from.receiveBuffer;
            fastOpen = from.fastOpen;
            deferAccept = from.deferAccept;
            idle = from.idle;
            idleTimeout = from.idleTimeout;
            connectTimeout = from.connectTimeout;
            closeTimeout = from.closeTimeout;
            lowWater = from.lowWater;
            highWater = from.highWater;
            writeLimit = from.writeLimit;
            readBackpressure = from.readBackpressure;
            maxSessions = from.maxSessions;
            maxSessionsPerAddress = from.maxSessionsPerAddress;
            memoryLimit = from.memoryLimit;
            stallThreshold = from.stallThreshold;
            proxyProtocol = from.proxyProtocol;
        }

        /**
         * Listens on a TCP port of every address of this machine. Default: nothing to listen on.
         *
         * @param port 0 for any free one
         * @return this
         */
        public Builder port(int port) {
            return listen(new InetSocketAddress(port));
        }

        /**
         * Listens on these addresses: {@link InetSocketAddress}, port 0 for any free one, or
         * {@link java.net.UnixDomainSocketAddress}.
         *
         * @param addresses replaces what was set before
         * @return this
         */
        public Builder listen(SocketAddress... addresses) {
            listen = List.of(Objects.requireNonNull(addresses, "listen"));
            return this;
        }

        /**
         * Which kernel interface to use. Default {@link Backend#AUTO}.
         *
         * @param value what works here is taken instead unless {@link #required}
         * @return this
         */
        public Builder backend(Backend value) {
            backend = value;
            return this;
        }

        /**
         * Whether to fail with the cause when the backend asked for does not work here. Default
         * false: take the next best.
         *
         * @param value true to fail
         * @return this
         */
        public Builder required(boolean value) {
            required = value;
            return this;
        }

        /**
         * How many loops, each with a thread of its own. Default 0: one for each processor.
         *
         * @param value 0 to 1024
         * @return this
         */
        public Builder loops(int value) {
            loops = value;
            return this;
        }

        /**
         * Whether to bind each loop to a processor of its own, among those the process may use.
         * macOS is only asked to keep the loops apart, and Apple silicon refuses; a loop that
         * cannot be bound says so in the log and runs anywhere. Default false.
         *
         * @param value true to bind
         * @return this
         */
        public Builder pinLoops(boolean value) {
            pinLoops = value;
            return this;
        }

        /**
         * Which IP versions a wildcard address means. Default {@link Ip#DUAL}.
         *
         * @param value one or both
         * @return this
         */
        public Builder ip(Ip value) {
            ip = value;
            return this;
        }

        /**
         * Whether other processes of this user may listen on the same port (SO_REUSEPORT), as a
         * restart without a gap needs. Default false: an occupied port is an error.
         *
         * @param value true to share
         * @return this
         */
        public Builder sharePort(boolean value) {
            sharePort = value;
            return this;
        }

        /**
         * How many established connections may wait to be accepted. Default 4096; the system may
         * allow fewer.
         *
         * @param value at least 1
         * @return this
         */
        public Builder backlog(int value) {
            backlog = value;
            return this;
        }

        /**
         * Whether small writes leave at once (TCP_NODELAY). Default true.
         *
         * @param value false for Nagle's algorithm
         * @return this
         */
        public Builder noDelay(boolean value) {
            noDelay = value;
            return this;
        }

        /**
         * Whether the system probes silent connections (SO_KEEPALIVE). Default false.
         *
         * @param value true to probe
         * @return this
         */
        public Builder keepAlive(boolean value) {
            keepAlive = value;
            return this;
        }

        /**
         * The kernel's send buffer in bytes (SO_SNDBUF). Default 0: the system decides.
         *
         * @param value bytes
         * @return this
         */
        public Builder sendBuffer(int value) {
            sendBuffer = value;
            return this;
        }

        /**
         * The kernel's receive buffer in bytes (SO_RCVBUF). Default 0: the system decides.
         *
         * @param value bytes
         * @return this
         */
        public Builder receiveBuffer(int value) {
            receiveBuffer = value;
            return this;
        }

        /**
         * TCP fast open: how many connections may carry data before they are established (servers),
         * and whether to try it (clients, any number above 0). Default 0: off.
         *
         * @param value the queue length
         * @return this
         */
        public Builder fastOpen(int value) {
            fastOpen = value;
            return this;
        }

        /**
         * Accept a connection only when its first bytes are here or this time is over
         * (TCP_DEFER_ACCEPT, Linux). Default zero: off.
         *
         * @param value rounded up to seconds
         * @return this
         */
        public Builder deferAccept(Duration value) {
            deferAccept = value;
            return this;
        }

        /**
         * When a session counts as idle and is closed. Default: nothing moved in either direction
         * for 60 seconds; for clients off.
         *
         * @param mode which direction counts
         * @param timeout how long it must stand still
         * @return this
         */
        public Builder idle(Idle mode, Duration timeout) {
            idle = mode;
            idleTimeout = timeout;
            return this;
        }

        /**
         * How long a connect may take, over all addresses of a name, and of a server how long the
         * header of {@link #proxyProtocol}. Default 10 seconds.
         *
         * @param value more than zero
         * @return this
         */
        public Builder connectTimeout(Duration value) {
            connectTimeout = value;
            return this;
        }

        /**
         * How long a closed session waits for the peer's end, so that a peer that still sends can
         * read the last answer instead of a reset; 200 ms at most when the server stops. Default
         * 2 seconds.
         *
         * @param value zero to close at once
         * @return this
         */
        public Builder closeTimeout(Duration value) {
            closeTimeout = value;
            return this;
        }

        /**
         * The marks of a session's write queue. Default 32 KiB and 128 KiB.
         *
         * @param low below this {@code onDrain} is called
         * @param high above this {@code write} answers false
         * @return this
         */
        public Builder waterMarks(int low, int high) {
            lowWater = low;
            highWater = high;
            return this;
        }

        /**
         * How many bytes a session's write queue may hold; a write beyond it is refused. Default
         * 64 MiB.
         *
         * @param value at least the high-water mark
         * @return this
         */
        public Builder writeLimit(long value) {
            writeLimit = value;
            return this;
        }

        /**
         * Whether a session stops reading while its write queue is above the high-water mark, until
         * it falls below the low one. Default true for servers, so that a peer that never reads its
         * answers cannot make the queue grow. Two ends that both stop reading can wait for each
         * other for ever, so clients have it off.
         *
         * @param value true to stop reading
         * @return this
         */
        public Builder readBackpressure(boolean value) {
            readBackpressure = value;
            return this;
        }

        /**
         * How many sessions all loops of a server may hold together, and each loop of a client;
         * further connections wait to be accepted. Default 1,048,576.
         *
         * @param value 1 to 16,777,216
         * @return this
         */
        public Builder maxSessions(int value) {
            maxSessions = value;
            return this;
        }

        /**
         * How many sessions of a server may come from one address; what comes beyond is reset at
         * once. Behind {@link #proxyProtocol} the client's address counts, not the proxy's. IPv6
         * counts by /64, Unix sockets not at all. Default 0, which is off: many may share one.
         *
         * @param value 0 or more
         * @return this
         */
        public Builder maxSessionsPerAddress(int value) {
            maxSessionsPerAddress = value;
            return this;
        }

        /**
         * How many bytes of native memory each loop may hold for sessions and queues. Near it, new
         * connections wait to be accepted, sessions that have much to send are not read from, and
         * new HTTP requests are answered with 503. Default 1 GiB.
         *
         * @param value at least 1 MiB
         * @return this
         */
        public Builder memoryLimit(long value) {
            memoryLimit = value;
            return this;
        }

        /**
         * How long a callback may hold its loop before that is logged, once, with its stack. All
         * sessions of the loop wait meanwhile. Default one second, zero for never.
         *
         * @param value about so long
         * @return this
         */
        public Builder stallThreshold(Duration value) {
            stallThreshold = value;
            return this;
        }

        /**
         * The proxies through which all connections come: each must begin with a header of the
         * PROXY protocol, version 1 or 2, which announces the client. A connection from elsewhere,
         * or without a correct header, is closed and never opens a session. Default none, and no
         * header is looked for.
         *
         * @param ranges as {@code 10.0.0.0/8} or {@code ::1}, and {@code unix} for whoever connects
         *     to a Unix socket; never looked up
         * @return this
         */
        public Builder proxyProtocol(List<String> ranges) {
            proxyProtocol = ranges;
            return this;
        }

        /**
         * Checks and freezes the options.
         *
         * @return the options
         */
        public NetOptions build() {
            return new NetOptions(listen, backend, required, loops, pinLoops, ip, sharePort,
                    backlog, noDelay, keepAlive, sendBuffer, receiveBuffer, fastOpen, deferAccept,
                    idle, idleTimeout, connectTimeout, closeTimeout, lowWater, highWater,
                    writeLimit, readBackpressure, maxSessions, maxSessionsPerAddress,
                    memoryLimit, stallThreshold, proxyProtocol);
        }
    }
}

package io.gannet.internal;

import io.gannet.NetHandler;
import io.gannet.NetOptions;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the sessions of one server or client have in common. */
public final class Endpoint {
    private final Object owner;
    private final NetOptions options;
    private final @Nullable NetHandler shared;
    private final @Nullable Supplier<? extends NetHandler> factory;
    private final @Nullable HttpSettings http;

    /**
     * Sessions of a client that share a handler.
     *
     * @param owner whose sessions they are
     * @param options the marks and limits
     * @param shared hears of every session
     */
    public Endpoint(Object owner, NetOptions options, NetHandler shared) {
        this.owner = owner;
        this.options = Objects.requireNonNull(options, "options");
        this.shared = Objects.requireNonNull(shared, "handler");
        this.factory = null;
        this.http = null;
    }

    /**
     * Sessions of a server that share a handler.
     *
     * @param options the marks and limits
     * @param shared hears of every session
     */
    public Endpoint(NetOptions options, NetHandler shared) {
        this.owner = this;
        this.options = Objects.requireNonNull(options, "options");
        this.shared = Objects.requireNonNull(shared, "handler");
        this.factory = null;
        this.http = null;
    }

    /**
     * Sessions of a server that have a handler each.
     *
     * @param options the marks and limits
     * @param factory makes a handler on the loop thread of the session
     */
    public Endpoint(NetOptions options, Supplier<? extends NetHandler> factory) {
        this.owner = this;
        this.options = Objects.requireNonNull(options, "options");
        this.shared = null;
        this.factory = Objects.requireNonNull(factory, "handlers");
        this.http = null;
    }

    /**
     * Sessions of a server that speak HTTP.
     *
     * @param options the marks and limits
     * @param http those of HTTP
     * @param factory makes the {@link HttpEvents} of a session on its loop thread
     */
    public Endpoint(NetOptions options, HttpSettings http, Supplier<HttpEvents> factory) {
        this.owner = this;
        this.options = Objects.requireNonNull(options, "options");
        this.shared = null;
        this.factory = factory;
        this.http = http;
    }

    /** What the core is told of HTTP, null for raw sessions. */
    @Nullable HttpSettings http() {
        return http;
    }

    /**
     * The marks and limits.
     *
     * @return as given
     */
    public NetOptions options() {
        return options;
    }

    /** Whether the sessions belong to {@code candidate}. */
    boolean isOf(@Nullable Object candidate) {
        return owner == candidate;
    }

    NetHandler handler() {
        NetHandler given = shared != null ? shared : Objects.requireNonNull(factory).get();
        if (given instanceof BlockingHandler blocking) {
            return blocking.newSession();
        }
        return Objects.requireNonNull(given, "the factory gave null");
    }
}

package io.gannet;

/** Why a session ended. */
public enum NetCause {
    /** {@link NetSession#close} on this side; everything queued before it was sent. */
    LOCAL,
    /** The peer ended its direction in order, and this side had nothing more to say. */
    PEER,
    /** {@link NetSession#abort} on this side; queued bytes were discarded. */
    ABORT,
    /** The peer or the network broke the connection. */
    RESET,
    /** Nothing moved for as long as the idle timeout allows. */
    IDLE,
    /**
     * A callback of the handler threw; {@link NetHandler#onError NetHandler.onError} heard of it.
     */
    HANDLER,
    /** The server or client that owns the session was stopped. */
    STOP,
    /**
     * The system failed the session otherwise; {@link NetHandler#onError NetHandler.onError} heard
     * of it.
     */
    FAILURE
}

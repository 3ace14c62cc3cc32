package io.gannet.internal;

import io.gannet.NetCause;
import org.jspecify.annotations.Nullable;

/** Says why a session ended, out of what was asked of it and what the core reports. */
final class Causes {
    /** The core's code for a connection that was not established in time. */
    static final int CONNECT_TIMEOUT = -5010;

    private Causes() {}

    /** Loads what the end of a session needs: without a descriptor left it could not be loaded. */
    static void load() {
        of(NetCause.LOCAL, 0);
        NativeErrors.name(CONNECT_TIMEOUT);
    }

    /**
     * {@code asked} is what this side had decided, null for nothing; {@code code} is the core's.
     */
    static NetCause of(@Nullable NetCause asked, int code) {
        if (asked == NetCause.ABORT || asked == NetCause.HANDLER || asked == NetCause.STOP) {
            return asked;
        }
        if (code == 0) {
            return asked == null ? NetCause.PEER : asked;
        }
        return switch (NativeErrors.name(code)) {
            case "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENETRESET", "ENETDOWN",
                    "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH" -> NetCause.RESET;
            case "EIDLE" -> NetCause.IDLE;
            default -> NetCause.FAILURE;
        };
    }
}

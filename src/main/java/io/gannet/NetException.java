package io.gannet;

import java.util.Objects;

/** A failure of the network, the system or the native library. */
public final class NetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The symbolic code, see {@link #code()}. */
    private final String code;

    /** What was being done, see {@link #operation()}. */
    private final String operation;

    /**
     * Describes a failure.
     *
     * @param code the symbolic code
     * @param operation what was being done
     * @param message what went wrong and, where there is one, the remedy
     */
    public NetException(String code, String operation, String message) {
        super(operation + ": " + message + " (" + code + ")");
        this.code = Objects.requireNonNull(code, "code");
        this.operation = operation;
    }

    /**
     * The symbolic name of the failure, the same on every platform: the system's name as
     * {@code "EADDRINUSE"}, or one of Gannet's own as {@code "ECLOSED"}.
     *
     * @return the code, for programs
     */
    public String code() {
        return code;
    }

    /**
     * What failed, as {@code "listen"} or {@code "write"}.
     *
     * @return the operation
     */
    public String operation() {
        return operation;
    }
}

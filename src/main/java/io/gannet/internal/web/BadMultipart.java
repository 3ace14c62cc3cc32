package io.gannet.internal.web;

/** A body of several parts that is malformed, or has too much of something. */
public final class BadMultipart extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whether it is too large rather than malformed. */
    private final boolean tooLarge;

    BadMultipart(String message) {
        this(message, false);
    }

    private BadMultipart(String message, boolean tooLarge) {
        super(message);
        this.tooLarge = tooLarge;
    }

    /**
     * A body over a limit.
     *
     * @param message which one
     * @return to be thrown
     */
    public static BadMultipart tooLarge(String message) {
        return new BadMultipart(message, true);
    }

    /**
     * Tells what is wrong.
     *
     * @return true when it is too large, false when it is malformed
     */
    public boolean isTooLarge() {
        return tooLarge;
    }
}

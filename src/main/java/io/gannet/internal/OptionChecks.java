package io.gannet.internal;

import java.time.Duration;
import java.util.Objects;

/** Checks values of options; {@link IllegalArgumentException} names the one that is wrong. */
public final class OptionChecks {
    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    private OptionChecks() {}

    /**
     * Checks a number.
     *
     * @param name of the option
     * @param value its value
     * @param least what it must be at least
     */
    public static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be at least " + least);
        }
    }

    /**
     * Checks a number.
     *
     * @param name of the option
     * @param value its value
     * @param most what it must be at most
     */
    public static void atMost(String name, long value, long most) {
        if (value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", must be at most " + most);
        }
    }

    /**
     * Checks a time.
     *
     * @param name of the option
     * @param value from none to as many milliseconds as an int holds
     * @return milliseconds
     */
    public static long millis(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be between zero and " + LONGEST);
        }
        return value.toMillis();
    }
}

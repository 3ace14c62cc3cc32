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
     * Checks a number.
     *
     * @param name of the option
     * @param value its value
     * @param least what it must be at least
     * @param most what it must be at most
     */
    public static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", must be between " + least
                    + " and " + most);
        }
    }

    /**
     * Checks a time.
     *
     * @param name of the option
     * @param value from none to as many milliseconds as an int holds
     */
    public static void time(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be between zero and " + LONGEST);
        }
    }

    /**
     * The milliseconds of a time that was checked, of a part of one a whole: zero means something
     * else than a short time.
     *
     * @param value a time
     * @return milliseconds, zero for none only
     */
    public static int millis(Duration value) {
        return (int) ((value.toNanos() + 999_999) / 1_000_000);
    }
}

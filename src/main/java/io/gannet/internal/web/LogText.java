package io.gannet.internal.web;

import java.time.LocalDate;

/**
 * Texts of clients as they may stand in a log: none of them can end a line, a field or a string.
 */
public final class LogText {
    private static final String HEX = "0123456789abcdef";
    private static final String[] MONTHS = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
        "Sep", "Oct", "Nov", "Dec"};

    private LogText() {}

    /**
     * Appends a text between quotes, as web servers do it: quotes and backslashes have a backslash
     * before them, and what is not printable ASCII becomes {@code \xhh}.
     *
     * @param to takes it
     * @param text any, empty for none: then a hyphen stands between the quotes
     */
    public static void quoted(StringBuilder to, String text) {
        to.append('"');
        if (text.isEmpty()) {
            to.append('-');
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                to.append(c);
            } else {
                escaped(to, c);
            }
        }
        to.append('"');
    }

    /**
     * Appends a text as a field of its own: what could end it becomes {@code \xhh}.
     *
     * @param to takes it
     * @param text any, empty for none: a hyphen
     */
    public static void field(StringBuilder to, String text) {
        if (text.isEmpty()) {
            to.append('-');
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '[' && c != ']') {
                to.append(c);
            } else {
                escaped(to, c);
            }
        }
    }

    private static void escaped(StringBuilder to, char c) {
        to.append(c > 0xff ? "\\u" : "\\x");
        digits(to, c, c > 0xff ? 4 : 2);
    }

    private static void digits(StringBuilder to, char c, int count) {
        for (int i = count - 1; i >= 0; i--) {
            to.append(HEX.charAt(c >> (4 * i) & 15));
        }
    }

    /**
     * Appends a text as a JSON string, in ASCII.
     *
     * @param to takes it
     * @param text any
     */
    public static void json(StringBuilder to, String text) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                to.append(c);
            } else {
                to.append("\\u");
                digits(to, c, 4);
            }
        }
        to.append('"');
    }

    /**
     * Appends a time in UTC as the common log format has it: {@code [20/Nov/2026:07:00:00 +0000]}.
     *
     * @param to takes it
     * @param second since 1970, of the years up to 9999
     */
    public static void commonTime(StringBuilder to, long second) {
        int[] date = date(second);
        to.append('[');
        number(to, date[2], 2);
        to.append('/').append(MONTHS[date[1] - 1]).append('/');
        number(to, date[0], 4);
        to.append(':');
        clock(to, second);
        to.append(" +0000]");
    }

    /**
     * Appends a time in UTC as RFC 3339 has it: {@code 2026-11-20T07:00:00.123Z}.
     *
     * @param to takes it
     * @param millis since 1970, of the years up to 9999
     */
    public static void isoTime(StringBuilder to, long millis) {
        long second = Math.floorDiv(millis, 1000L);
        int[] date = date(second);
        number(to, date[0], 4);
        to.append('-');
        number(to, date[1], 2);
        to.append('-');
        number(to, date[2], 2);
        to.append('T');
        clock(to, second);
        to.append('.');
        number(to, (int) Math.floorMod(millis, 1000L), 3);
        to.append('Z');
    }

    /**
     * Appends a span in seconds, to the microsecond.
     *
     * @param to takes it
     * @param nanos 0 or more
     */
    public static void seconds(StringBuilder to, long nanos) {
        to.append(nanos / 1_000_000_000).append('.');
        number(to, (int) (nanos % 1_000_000_000 / 1000), 6);
    }

    private static void clock(StringBuilder to, long second) {
        int rest = (int) Math.floorMod(second, 86_400L);
        number(to, rest / 3600, 2);
        to.append(':');
        number(to, rest / 60 % 60, 2);
        to.append(':');
        number(to, rest % 60, 2);
    }

    /** Year, month and day. */
    private static int[] date(long second) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(second, 86_400L));
        return new int[] {date.getYear(), date.getMonthValue(), date.getDayOfMonth()};
    }

    private static void number(StringBuilder to, int value, int digits) {
        String text = Integer.toString(value);
        for (int i = text.length(); i < digits; i++) {
            to.append('0');
        }
        to.append(text);
    }
}

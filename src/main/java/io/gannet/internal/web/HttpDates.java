package io.gannet.internal.web;

/** Reads dates in the three forms of RFC 9110 §5.6.7. Strict, and without java.time. */
public final class HttpDates {
    /** What is no date. */
    public static final long NONE = Long.MIN_VALUE;

    private static final String[] DAYS = {
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    private HttpDates() {}

    /**
     * Reads a date.
     *
     * @param text as it was sent
     * @param now the present, in seconds since 1970: years of two digits lie around it
     * @return seconds since 1970, or {@link #NONE}
     */
    public static long parse(String text, long now) {
        int comma = text.indexOf(',');
        if (comma == 3 && text.length() == 29) {
            return fixed(text);
        }
        return comma > 3 ? old(text, comma, now) : asctime(text);
    }

    /** {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
    private static long fixed(String text) {
        boolean formed = isDay(text, 3) && text.charAt(4) == ' ' && text.charAt(7) == ' '
                && text.charAt(11) == ' ' && text.endsWith(" GMT") && text.charAt(16) == ' ';
        return formed
                ? seconds(number(text, 12, 4), month(text, 8), number(text, 5, 2), time(text, 17))
                : NONE;
    }

    /** {@code Sunday, 06-Nov-94 08:49:37 GMT}; a year far ahead is one of the last century. */
    private static long old(String text, int comma, long now) {
        int at = comma + 2;
        boolean formed = isDay(text, comma) && text.length() == comma + 24
                && text.charAt(comma + 1) == ' ' && text.charAt(at + 2) == '-'
                && text.charAt(at + 6) == '-' && text.charAt(at + 9) == ' '
                && text.endsWith(" GMT");
        int short2 = formed ? number(text, at + 7, 2) : -1;
        if (short2 < 0) {
            return NONE;
        }
        int present = (int) (1970 + now / 31556952);
        int year = present - present % 100 + short2;
        if (year > present + 50) {
            year -= 100;
        }
        return seconds(year, month(text, at + 3), number(text, at, 2), time(text, at + 10));
    }

    /** {@code Sun Nov  6 08:49:37 1994}. */
    private static long asctime(String text) {
        boolean formed = text.length() == 24 && isDay(text, 3) && text.charAt(3) == ' '
                && text.charAt(7) == ' ' && text.charAt(10) == ' ' && text.charAt(19) == ' ';
        if (!formed) {
            return NONE;
        }
        int day = text.charAt(8) == ' ' ? number(text, 9, 1) : number(text, 8, 2);
        return seconds(number(text, 20, 4), month(text, 4), day, time(text, 11));
    }

    /** Whether a text begins with the name of a day, in so many letters. */
    private static boolean isDay(String text, int length) {
        for (String day : DAYS) {
            if ((length == 3 || length == day.length())
                    && text.regionMatches(0, day, 0, length)) {
                return true;
            }
        }
        return false;
    }

    /** From 1 on; 0 when it is none. */
    private static int month(String text, int at) {
        int index = MONTHS.indexOf(text.substring(at, at + 3));
        return index < 0 || index % 3 != 0 ? 0 : index / 3 + 1;
    }

    /** Seconds of the day; negative when it is no time. A leap second is the one before it. */
    private static int time(String text, int at) {
        int hour = number(text, at, 2);
        int minute = number(text, at + 3, 2);
        int second = number(text, at + 6, 2);
        boolean ok = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0
                && second <= 60 && text.charAt(at + 2) == ':' && text.charAt(at + 5) == ':';
        return ok ? hour * 3600 + minute * 60 + Math.min(second, 59) : -1;
    }

    private static int number(String text, int at, int digits) {
        int value = 0;
        for (int i = at; i < at + digits; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static long seconds(int year, int month, int day, int time) {
        if (year < 0 || month < 1 || day < 1 || day > daysOf(year, month) || time < 0) {
            return NONE;
        }
        /* Years begin with March here, so that the leap day comes last. */
        long y = month > 2 ? year : year - 1L;
        long era = Math.floorDiv(y, 400L);
        long yearOfEra = y - era * 400;
        long dayOfYear = (153L * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return (era * 146097 + dayOfEra - 719468) * 86400 + time;
    }

    private static int daysOf(int year, int month) {
        boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return switch (month) {
            case 2 -> leap ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }
}

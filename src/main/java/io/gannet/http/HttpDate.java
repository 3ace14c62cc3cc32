package io.gannet.http;

/** Dates as HTTP writes them, RFC 9110 §5.6.7; java.time would cost milliseconds at start-up. */
final class HttpDate {
    static final int LENGTH = 29;
    private static final String DAYS = "ThuFriSatSunMonTueWed";
    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    private HttpDate() {}

    /** Writes {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
    static void write(long epochSeconds, byte[] to) {
        long days = Math.floorDiv(epochSeconds, 86400);
        int second = (int) Math.floorMod(epochSeconds, 86400L);
        text(to, 0, DAYS, (int) Math.floorMod(days, 7L) * 3);
        to[3] = ',';
        date(days, to);
        time(to, second);
        to[25] = ' ';
        to[26] = 'G';
        to[27] = 'M';
        to[28] = 'T';
    }

    private static void time(byte[] to, int second) {
        two(to, 17, second / 3600);
        to[19] = ':';
        two(to, 20, second / 60 % 60);
        to[22] = ':';
        two(to, 23, second % 60);
    }

    /** Counts in years that begin with March, so that the leap day comes last. */
    private static void date(long days, byte[] to) {
        long shifted = days + 719468;
        long era = Math.floorDiv(shifted, 146097);
        int dayOfEra = (int) (shifted - era * 146097);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int month = (5 * dayOfYear + 2) / 153;
        int day = dayOfYear - (153 * month + 2) / 5 + 1;
        int calendarMonth = month < 10 ? month + 2 : month - 10;
        int year = (int) (yearOfEra + era * 400 + (calendarMonth < 2 ? 1 : 0));
        to[4] = ' ';
        two(to, 5, day);
        to[7] = ' ';
        text(to, 8, MONTHS, calendarMonth * 3);
        to[11] = ' ';
        two(to, 12, year / 100);
        two(to, 14, year % 100);
        to[16] = ' ';
    }

    private static void text(byte[] to, int at, String from, int index) {
        for (int i = 0; i < 3; i++) {
            to[at + i] = (byte) from.charAt(index + i);
        }
    }

    private static void two(byte[] to, int at, int number) {
        to[at] = (byte) ('0' + number / 10);
        to[at + 1] = (byte) ('0' + number % 10);
    }
}

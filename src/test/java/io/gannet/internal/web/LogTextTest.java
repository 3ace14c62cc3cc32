package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Nothing that a client sends can end a line, a field or a string of a log. */
class LogTextTest {
    private static String text(BiConsumer<StringBuilder, String> format, String value) {
        StringBuilder to = new StringBuilder();
        format.accept(to, value);
        return to.toString();
    }

    @Test
    void aQuotedTextStaysBetweenItsQuotes() {
        assertThat(text(LogText::quoted, "GET /a HTTP/1.1")).isEqualTo("\"GET /a HTTP/1.1\"");
        assertThat(text(LogText::quoted, "")).isEqualTo("\"-\"");
        assertThat(text(LogText::quoted, "a\" 200 \\\"")).isEqualTo("\"a\\\" 200 \\\\\\\"\"");
        assertThat(text(LogText::quoted, "a\r\nb\t\0\u007f\u0085\u00e4\u2028\u001b[31m"))
                .isEqualTo("\"a\\x0d\\x0ab\\x09\\x00\\x7f\\x85\\xe4\\u2028\\x1b[31m\"");
    }

    @Test
    void aFieldStaysOneField() {
        assertThat(text(LogText::field, "ann")).isEqualTo("ann");
        assertThat(text(LogText::field, "")).isEqualTo("-");
        assertThat(text(LogText::field, "a b[\"]\\\n"))
                .isEqualTo("a\\x20b\\x5b\\x22\\x5d\\x5c\\x0a");
    }

    @Test
    void aJsonStringIsOne() {
        assertThat(text(LogText::json, "a\"b\\c\nd\u00e4\ud83d\ude00\0")).isEqualTo(
                "\"a\\\"b\\\\c\\u000ad\\u00e4\\ud83d\\ude00\\u0000\"");
        assertThat(text(LogText::json, "")).isEqualTo("\"\"");
    }

    @Test
    void timesAreWrittenAsTheJdkWritesThem() {
        DateTimeFormatter common = DateTimeFormatter
                .ofPattern("'['dd/MMM/yyyy:HH:mm:ss Z']'", Locale.ROOT).withZone(ZoneOffset.UTC);
        DateTimeFormatter iso = DateTimeFormatter
                .ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
        long step = 7_654_321_987L;
        for (long millis = -3_000_000_000_000L; millis < 5_000_000_000_000L; millis += step) {
            StringBuilder to = new StringBuilder();
            LogText.commonTime(to, Math.floorDiv(millis, 1000L));
            LogText.isoTime(to, millis);
            Instant time = Instant.ofEpochMilli(millis);
            assertThat(to).hasToString(common.format(time) + iso.format(time));
        }
    }

    @Test
    void secondsHaveSixDigitsBehindThePoint() {
        StringBuilder to = new StringBuilder();
        LogText.seconds(to, 0);
        to.append(' ');
        LogText.seconds(to, 1_002_003_999L);
        assertThat(to).hasToString("0.000000 1.002003");
    }
}

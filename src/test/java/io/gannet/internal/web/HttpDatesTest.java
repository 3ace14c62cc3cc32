package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three forms of a date. */
class HttpDatesTest {
    private static final long NOW = Instant.parse("2026-11-20T00:00:00Z").getEpochSecond();

    @Test
    void allFormsOfTheRfcAreRead() {
        for (String text : new String[] {"Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
            assertThat(HttpDates.parse(text, NOW)).isEqualTo(784_111_777L);
        }
        assertThat(HttpDates.parse("Wed Nov 16 08:49:37 1994", NOW)).isEqualTo(784_975_777L);
        assertThat(HttpDates.parse("Sun, 06 Nov 1994 08:49:60 GMT", NOW)).isEqualTo(784_111_799L);
    }

    @Test
    void everyDateComesBack() {
        DateTimeFormatter format = DateTimeFormatter
                .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);
        Random random = new Random(2);
        for (int i = 0; i < 10_000; i++) {
            long second = Math.floorMod(random.nextLong(), 253_402_300_800L + 62_135_596_800L)
                    - 62_135_596_800L;
            String text = format.format(Instant.ofEpochSecond(second));
            assertThat(HttpDates.parse(text, NOW)).as(text).isEqualTo(second);
        }
    }

    @Test
    void aYearOfTwoDigitsIsNotFarAhead() {
        assertThat(HttpDates.parse("Friday, 20-Nov-76 00:00:00 GMT", NOW))
                .isEqualTo(Instant.parse("2076-11-20T00:00:00Z").getEpochSecond());
        assertThat(HttpDates.parse("Sunday, 20-Nov-77 00:00:00 GMT", NOW))
                .isEqualTo(Instant.parse("1977-11-20T00:00:00Z").getEpochSecond());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "Sun", "Sun,", "Sun, ", "0", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT", "Xun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Someday, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06-Nov-x4 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  x 08:49:37 1994",
        "Sun Nov  6 08:49:37 199x", "Sun Nov  0 08:49:37 1994", "Sunday,"})
    void whatIsNoDateIsNone(String text) {
        assertThat(HttpDates.parse(text, NOW)).isEqualTo(HttpDates.NONE);
    }

    @Test
    void whateverIsSentDoesNoHarm() {
        String marks = "SunayNov,- :0123456789GMT\u00ff";
        Random random = new Random(3);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder("Sunday, 06-Nov-94 08:49:37 GMT");
            text.setLength(random.nextInt(text.length() + 1));
            for (int k = random.nextInt(4); k > 0 && text.length() > 0; k--) {
                text.setCharAt(random.nextInt(text.length()),
                        marks.charAt(random.nextInt(marks.length())));
            }
            assertThat(HttpDates.parse(text.toString(), NOW)).isLessThan(1L << 40);
        }
    }
}

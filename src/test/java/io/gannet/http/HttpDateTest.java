package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Dates as RFC 9110 writes them. */
class HttpDateTest {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static String written(long second) {
        byte[] date = new byte[HttpDate.LENGTH];
        HttpDate.write(second, date);
        return new String(date, StandardCharsets.US_ASCII);
    }

    @Test
    void theExampleOfTheRfcIsWrittenAsThere() {
        assertThat(written(784111777)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    }

    @Test
    void everyDayOfTwoCenturiesIsRight() {
        long second = 0;
        for (int day = 0; day < 73_000; day++, second += 86_400 + 61) {
            assertThat(written(second)).isEqualTo(FORMAT.format(Instant.ofEpochSecond(second)));
        }
    }
}

package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Conditions, in the order of RFC 9110 §13.2.2. */
class PreconditionsTest {
    private static final String THEN = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
    private static final String AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";
    private static final long MODIFIED = 784_111_777L;
    private static final long NOW = MODIFIED + 1000;

    private static int check(String... pairs) {
        return Preconditions.check(headers(pairs), "\"a\"", MODIFIED, NOW);
    }

    private static HeaderValues headers(String... pairs) {
        Map<String, List<String>> all = new java.util.HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            all.merge(pairs[i], List.of(pairs[i + 1]),
                    (a, b) -> List.of(a.get(0), b.get(0)));
        }
        return name -> all.getOrDefault(name, List.of());
    }

    @Test
    void withoutConditionsAllIsWell() {
        assertThat(check()).isEqualTo(Preconditions.PASS);
    }

    @Test
    void ifNoneMatchComparesWeakly() {
        assertThat(check("If-None-Match", "\"a\"")).isEqualTo(304);
        assertThat(check("If-None-Match", "W/\"a\"")).isEqualTo(304);
        assertThat(check("If-None-Match", "\"b\"")).isEqualTo(0);
        assertThat(check("If-None-Match", "\"b\", W/\"c\" ,\"a\"")).isEqualTo(304);
        assertThat(check("If-None-Match", "\"b,\", \"a\"")).isEqualTo(304);
        assertThat(check("If-None-Match", "\"b\"", "If-None-Match", "\"a\"")).isEqualTo(304);
        assertThat(check("If-None-Match", "*")).isEqualTo(304);
    }

    @Test
    void ifMatchComparesStrongly() {
        assertThat(check("If-Match", "\"a\"")).isEqualTo(0);
        assertThat(check("If-Match", "\"b\", \"a\"")).isEqualTo(0);
        assertThat(check("If-Match", "*")).isEqualTo(0);
        assertThat(check("If-Match", "W/\"a\"")).isEqualTo(412);
        assertThat(check("If-Match", "\"b\"")).isEqualTo(412);
        assertThat(check("If-Match", "\"\"")).isEqualTo(412);
        assertThat(Preconditions.check(headers("If-Match", "W/\"a\""), "W/\"a\"", MODIFIED, NOW))
                .isEqualTo(412);
        assertThat(Preconditions.check(headers("If-None-Match", "\"a\""), "W/\"a\"", MODIFIED, NOW))
                .isEqualTo(304);
    }

    @Test
    void malformedTagsMatchNothing() {
        for (String bad : new String[] {
            "a", "\"a", "a\"", "'a'", "w/\"a\"", "W/a", "W/", "W", "\"", "\"b\" \"a\"",
            "\"b\"x,\"a\"",
            "*,\"a\"", "\"a b\"", "", ",", "\"\u007f\""}) {
            assertThat(check("If-None-Match", bad)).as(bad).isEqualTo(0);
            assertThat(check("If-Match", bad)).as(bad).isEqualTo(412);
        }
    }

    @Test
    void datesAreComparedInSeconds() {
        assertThat(check("If-Modified-Since", THEN)).isEqualTo(304);
        assertThat(check("If-Modified-Since", AFTER)).isEqualTo(304);
        assertThat(check("If-Modified-Since", BEFORE)).isEqualTo(0);
        assertThat(check("If-Unmodified-Since", THEN)).isEqualTo(0);
        assertThat(check("If-Unmodified-Since", AFTER)).isEqualTo(0);
        assertThat(check("If-Unmodified-Since", BEFORE)).isEqualTo(412);
    }

    @Test
    void datesThatAreNoneAreIgnored() {
        for (String bad : new String[] {"", "0", "yesterday", THEN + "x", "Sun"}) {
            assertThat(check("If-Modified-Since", bad)).isEqualTo(0);
            assertThat(check("If-Unmodified-Since", bad)).isEqualTo(0);
        }
        assertThat(check("If-Modified-Since", AFTER, "If-Modified-Since", AFTER)).isEqualTo(0);
    }

    @Test
    void tagsComeBeforeDates() {
        assertThat(check("If-None-Match", "\"b\"", "If-Modified-Since", AFTER)).isEqualTo(0);
        assertThat(check("If-None-Match", "\"a\"", "If-Modified-Since", BEFORE)).isEqualTo(304);
        assertThat(check("If-Match", "\"a\"", "If-Unmodified-Since", BEFORE)).isEqualTo(0);
        assertThat(check("If-Match", "\"b\"", "If-None-Match", "\"a\"")).isEqualTo(412);
        assertThat(check("If-Match", "\"a\"", "If-None-Match", "\"a\"")).isEqualTo(304);
        assertThat(check("If-Unmodified-Since", BEFORE, "If-None-Match", "\"a\"")).isEqualTo(412);
    }

    @Test
    void aFileWithoutADateMeetsNoConditionOnIt() {
        long none = HttpDates.NONE;
        assertThat(Preconditions.check(headers("If-Modified-Since", AFTER), "\"a\"", none, NOW))
                .isEqualTo(0);
        assertThat(Preconditions.check(headers("If-Unmodified-Since", AFTER), "\"a\"", none, NOW))
                .isEqualTo(0);
        assertThat(Preconditions.allowsRange(List.of("never"), "\"a\"", none, NOW)).isFalse();
        assertThat(Preconditions.allowsRange(List.of(AFTER), "\"a\"", none, NOW)).isFalse();
    }

    private static boolean range(String... values) {
        return Preconditions.allowsRange(List.of(values), "\"a\"", MODIFIED, NOW);
    }

    @Test
    void ifRangeTakesTheStrongTagOrTheExactDate() {
        assertThat(range()).isTrue();
        assertThat(range("\"a\"")).isTrue();
        assertThat(range("W/\"a\"")).isFalse();
        assertThat(range("\"b\"")).isFalse();
        assertThat(range("\"a\", \"b\"")).isFalse();
        assertThat(range("*")).isFalse();
        assertThat(range(THEN)).isTrue();
        assertThat(range(BEFORE)).isFalse();
        assertThat(range(AFTER)).isFalse();
        assertThat(range("")).isFalse();
        assertThat(range("\"a\"", "\"a\"")).isFalse();
        assertThat(Preconditions.allowsRange(List.of("W/\"a\""), "W/\"a\"", MODIFIED, NOW))
                .isFalse();
    }

    @Test
    void aDateProvesNothingWithinItsSecond() {
        assertThat(Preconditions.allowsRange(List.of(THEN), "\"a\"", MODIFIED, MODIFIED)).isFalse();
        assertThat(Preconditions.allowsRange(List.of(THEN), "\"a\"", MODIFIED, MODIFIED + 1))
                .isTrue();
    }
}

package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading cookies as they come, and checking those that are sent. */
class CookieTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', value = {
        "a=1!a|1", "a=1; b=2!a|1|b|2", "a=1;b=2;!a|1|b|2", "a=1; a=2!a|1|a|2", "a=!a|",
        "a=b=c!a|b=c",
        "a=\"x y\"!a|x y", "a=\"!a|\"", "a=\"\"!a|", "a=\"x!a|\"x", " a = 1 ; b=2!a|1|b|2",
        "x; a=1!a|1", "=x; a=1!a|1", ";;; a=1!a|1", "a b=1; c=2!c|2", "a=x,y!a|x,y",
        "$Version=1; a=1!$Version|1|a|1",
        "a=%20!a|%20", "a=\u00e4!a|\u00e4"
    })
    void cookiesAreReadLeniently(String header, String expected) {
        assertThat(String.join("|", CookieText.parse(List.of(header), 10))).isEqualTo(expected);
    }

    @Test
    void severalHeadersAreOneList() {
        assertThat(CookieText.parse(List.of("a=1; b=2", "", "c=3"), 10))
                .containsExactly("a", "1", "b", "2", "c", "3");
        assertThat(CookieText.parse(List.of(), 10)).isEmpty();
        assertThat(CookieText.parse(List.of("", ";", "a"), 10)).isEmpty();
    }

    @Test
    void noMoreAreReadThanAllowed() {
        String header = "a=1; ".repeat(5);
        assertThat(CookieText.parse(List.of(header), 4)).hasSize(8);
        assertThat(CookieText.parse(List.of(header), 5)).hasSize(10);
        assertThat(CookieText.parse(List.of(header), 6)).hasSize(10);
        assertThat(CookieText.parse(List.of(header, header), 6)).hasSize(12);
    }

    @Test
    void controlsAreNoPartOfAValue() {
        assertThat(CookieText.parse(List.of("a=x\ty; b=\u007f; c=3"), 10))
                .containsExactly("c", "3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "\"\"", "\"a\"", "!#$%&'()*+-./:<=>?@[]^_`{|}~", "a=b"})
    void isAValue(String text) {
        assertThat(CookieText.isValue(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        " ", "a b", "a;b", "a,b", "a\\b", "a\"b", "\"", "\"a", "ä", "a\r\nb", "\0", "\u007f", "\t",
        "\"a\"b\""
    })
    void isNoValue(String text) {
        assertThat(CookieText.isValue(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/a b/c,d", "/%20?x=y"})
    void isAPath(String text) {
        assertThat(CookieText.isPath(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "/a;Secure", "/\n", "/ä", "/\u007f", "/a ", " /"})
    void isNoPath(String text) {
        assertThat(CookieText.isPath(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.b", "example.com", "xn--1-0.example", "1.2.3.4", "a-b.c"})
    void isADomain(String text) {
        assertThat(CookieText.isDomain(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", ".", ".a", "a.", "a..b", "-a", "a-", "a.-b", "a-.b", "a b", "a;b", "ä", "a:80", "[::1]",
        "a\n", "a_b"
    })
    void isNoDomain(String text) {
        assertThat(CookieText.isDomain(text)).isFalse();
    }

    /** Looking further than the end of each field took minutes for these. */
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void manyFieldsWithoutValuesArePassedOverAsFastAsOne() {
        assertThat(CookieText.parse(List.of("a;".repeat(3 << 20)), 10)).isEmpty();
        assertThat(CookieText.parse(List.of("a;".repeat(3 << 20) + "b=c"), 10))
                .containsExactly("b", "c");
    }
}

package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading forms and queries. */
class FormTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = ' ', value = {
        "a=1 a|1", "a=1&b=2 a|1|b|2", "a=1&a=2 a|1|a|2", "a a|", "a= a|", "=a |a", "= |",
        "a=b=c a|b=c", "&&a=1&& a|1", "a+b=c+d 'a b|c d'", "a%2Bb=%3D%26 a+b|=&",
        "%61%62=%e4%BD%a0 ab|\u4f60", "x=%F0%9F%98%80 x|\ud83d\ude00", "a?b=/:@ a?b|/:@",
        "a=%00 'a|\0'", "a;b=c a;b|c"
    })
    void fieldsAreReadInOrder(String text, String expected) {
        String[] pairs = FormText.parse(text);
        assertThat(String.join("|", pairs)).isEqualTo(expected);
        assertThat(FormText.count(text)).isEqualTo(pairs.length / 2);
    }

    @Test
    void nothingIsNoField() {
        assertThat(FormText.parse("")).isEmpty();
        assertThat(FormText.parse("&&&")).isEmpty();
        assertThat(FormText.count("&&&")).isZero();
    }

    @Test
    void bytesThatAreNotEscapedAreUtf8Too() {
        String latin = new String("ä=ö".getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
        assertThat(FormText.parse(latin)).containsExactly("ä", "ö");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "%", "a=%", "a=%4", "a=%&b=1", "a=%4&b=1", "a=%zz", "%4=1", "a=%+1", "a=%-1",
        "a=%\u0664\u0661",
        "a=\u00ff", "a=%ff", "a=%c3", "a=%c0%80", "a=%ed%a0%80", "a=%f4%90%80%80", "a=%e4%bd",
        "a=%c3&b=%a4", "a=\u4f60", "a=%u00e4"
    })
    void whatIsMalformedIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> FormText.parse(text));
    }

    @Test
    void whatBrowsersEncodeComesBack() {
        for (int c = 0; c < 0xd800; c += 7) {
            String value = "x" + (char) c + "&=+%y";
            String text = "k=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
            assertThat(FormText.parse(text)).containsExactly("k", value);
        }
    }

    /** Looking further than the end of each field took minutes for these. */
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void manyFieldsWithoutValuesAreReadAsFastAsOne() {
        assertThat(FormText.parse("a&".repeat(3 << 20))).hasSize(6 << 20);
        assertThat(FormText.parse("a&".repeat(3 << 20) + "b=c")).endsWith("a", "", "b", "c");
    }
}

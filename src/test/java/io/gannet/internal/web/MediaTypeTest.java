package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading Content-Type. */
class MediaTypeTest {
    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', value = {
        "text/html!text/html!", "TEXT/Html!text/html!", "text/html;charset=utf-8!text/html!utf-8",
        "text/html ; Charset=\"UTF-8\"!text/html!UTF-8", "text/html;!text/html!",
        "text/html;;charset=a!text/html!a", "text/html; x=\"a;b\\\"c\"; charset=b!text/html!b",
        "a/b;\tcharset=\"\"!a/b!''", "a/b; charset=x; charset=y!a/b!x",
        "application/vnd.api+json!application/vnd.api+json!"
    })
    void typesAreRead(String text, String name, String charset) {
        MediaType type = MediaType.parse(text).orElseThrow();
        assertThat(type.name()).isEqualTo(name);
        assertThat(type.parameter("charset").orElse("none"))
                .isEqualTo(charset == null ? "none" : charset.replace("'", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "text", "/", "text/", "/html", "text/html/x", "te xt/html", "text/html; charset",
        "text/html; charset=", "text/html; =x", "text/html; charset = x", "text/html; a=\"x",
        "text/html; a=\"x\\", "text/html; a=x y", "text/html, text/css", "text/html; a=\"x\"y",
        "text/html; a=b=c", "ä/b", "*", "text/html x=y"
    })
    void whatIsMalformedIsNone(String text) {
        assertThat(MediaType.parse(text)).isEmpty();
    }

    @Test
    void parametersAreBounded() {
        assertThat(MediaType.parse("a/b" + ";x=y".repeat(32))).isPresent();
        assertThat(MediaType.parse("a/b" + ";x=y".repeat(33))).isEmpty();
        assertThat(MediaType.parse("a/b" + ";".repeat(5000))).isPresent();
    }
}

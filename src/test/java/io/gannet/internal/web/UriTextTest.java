package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a URI and what is none. */
class UriTextTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "/", "/a/b?c=d#e", "a", "../a", "?x", "#x", "//h/p", "http://h", "https://u:p@h:8/p;x=1?q",
        "http://[::1]:80/", "/%C3%A4", "/a%2Fb", "mailto:a@b", "/~!$&'()*+,;=:@-._"
    })
    void isAReference(String text) {
        assertThat(UriText.isReference(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "/a b", "/a\r\nSet-Cookie: x", "/a\nb", "/a\0", "/ä", "/%", "/%4", "/%zz", "\\\\h",
        "/a\\b", "/<x>", "/\"", "/{id}", "http://[::1", "/a|b", "/a^b", "/`", "\u560d\u560a", "%",
        "http://[::1]]/", "/\u007f", ":a"
    })
    void isNoReference(String text) {
        assertThat(UriText.isReference(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "h", "h:80", "h:", "a.b-c_d.example:65535", "192.0.2.1:8080", "[::1]", "[2001:db8::1]:443",
        "a:00080"
    })
    void isAnAuthority(String text) {
        assertThat(UriText.isAuthority(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", ":80", "h:65536", "h:123456", "h:x", "h:-1", "a b", "a/b", "u@h", "a?b", "::1", "[::1",
        "[1.2.3.4]", "[]", "[h]", "h]", "[::1]x", "[::1]:x", "a,b", "a\"b", "ä", "a\0b", "[::1%1]"
    })
    void isNoAuthority(String text) {
        assertThat(UriText.isAuthority(text)).isFalse();
    }
}

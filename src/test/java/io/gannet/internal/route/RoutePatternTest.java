package io.gannet.internal.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pattern may say, and what it then means. */
class RoutePatternTest {
    @ParameterizedTest
    @CsvSource({
        "a, must begin with a slash", "*, must begin with a slash", "/a//b, empty segment",
        "/{}, names a parameter", "/{*}/a, takes the rest", "/{a*}/b, takes the rest",
        "/{a b}, names a parameter", "/{é}, names a parameter", "/{a}b, whole segment",
        "/a{b}, whole segment", "/{a, whole segment", "/a}, whole segment",
        "/{a}-{b}, names a parameter", "/{a}/{a}, two parameters named a",
        "/{a}/{a*}, two parameters named a", "/{a**}, names a parameter", "/a?b, query",
        "/a#b, fragment", "/%, malformed escape", "/%4, malformed escape", "/%ff, malformed escape",
        "/a%00, malformed escape", "/a/../b, rid of", "/., rid of", "/%2e%2e, rid of",
        "/{{a}}, names a parameter", "/users/:id, a parameter is {id}", "/:, %3A", "/:a/b, {a}",
        "/static/*, {rest*}", "/*, %2A", "/*/a, {name}"
    })
    void aBadPatternIsRefusedWithTheReason(String pattern, String reason) {
        assertThatIllegalArgumentException().isThrownBy(() -> RoutePattern.of(pattern))
                .withMessageContaining("\"" + pattern + "\"").withMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a\n", "/\0", "/\uDC2F", "/\uD800", "/\uDC00", "/a\uD83E"})
    void whatNoPathHoldsIsRefused(String pattern) {
        assertThatIllegalArgumentException().isThrownBy(() -> RoutePattern.of(pattern))
                .withMessageContaining("no path has");
    }

    @Test
    void literalTextMayBeWrittenPlainlyOrEscaped() {
        assertThat(RoutePattern.of("/caf%C3%A9/a%20b").shape()).isEqualTo("/café/a b");
        assertThat(RoutePattern.of("/café/a b/🦆").shape()).isEqualTo("/café/a b/🦆");
        assertThat(RoutePattern.of("/a%2Fb").shape()).isEqualTo(PathText.normal("/a%2fb"));
        assertThat(RoutePattern.of("/%7Bx%7D").shape()).isEqualTo("/{x}");
        assertThat(RoutePattern.of("/%3Aid/%2A").shape()).isEqualTo("/:id/*");
        assertThat(RoutePattern.of("/a:b/**/a*").shape()).isEqualTo("/a:b/**/a*");
    }

    @Test
    void parametersAreReadFromThePath() {
        RoutePattern pattern = RoutePattern.of("/u/{id}/o/{order_2}/{p*}");
        assertThat(pattern.names()).containsExactly("id", "order_2", "p");
        String path = "/u/7/o/x" + PathText.SLASH + "y/a/b/";
        assertThat(pattern.value(path, 0)).isEqualTo("7");
        assertThat(pattern.value(path, 1)).isEqualTo("x" + PathText.SLASH + "y");
        assertThat(pattern.value(path, 2)).isEqualTo("a/b/");
        assertThat(pattern.value("/u/7/o/8/", 2)).isEmpty();
        assertThat(pattern.value("/u/7/o/8", 2)).isEmpty();
        assertThat(pattern.find("p")).isEqualTo(2);
        assertThat(pattern.find("q")).isEqualTo(-1);
    }

    @Test
    void aPatternHasATwinThatDiffersByASlash() {
        assertThat(RoutePattern.of("/a").twin()).isEqualTo("/a/");
        assertThat(RoutePattern.of("/a/").twin()).isEqualTo("/a");
        assertThat(RoutePattern.of("/").twin()).isEmpty();
        assertThat(RoutePattern.of("/s/{p*}").twin()).isEqualTo("/s");
        assertThat(RoutePattern.of("/{p*}").twin()).isEmpty();
        assertThat(RoutePattern.of("/{p}").twin()).isEqualTo(
                RoutePattern.of("/{q}/").shape());
    }

    @Test
    void belowAPatternIsEverythingBehindItsSlash() {
        String shape = RoutePattern.of("/a/{p*}").shape();
        assertThat(RoutePattern.of("/a").below()).isEqualTo(shape);
        assertThat(RoutePattern.of("/a/").below()).isEqualTo(shape);
    }

    @Test
    void aCharacterWithTheHalfOfAMarkIsText() {
        String mouse = "\uD83D\uDC01";
        RoutePattern pattern = RoutePattern.of("/" + mouse);
        assertThat(pattern.hasRest()).isFalse();
        assertThat(pattern.twin()).isEqualTo("/" + mouse + "/");
        assertThat(RoutePattern.of("/{p}/" + mouse).value("/7/" + mouse, 0)).isEqualTo("7");
        assertThat(RoutePattern.of("/" + mouse + "/{p*}").hasRest()).isTrue();
    }
}

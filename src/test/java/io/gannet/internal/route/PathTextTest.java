package io.gannet.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The normal form of paths. */
class PathTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/a/", "/a//b", "//h/p", "/a.b", "/a./b", "/;p=1"})
    void aPathThatIsNormalStaysTheSameText(String path) {
        assertThat(PathText.normal(path)).isSameAs(path);
    }

    @ParameterizedTest
    @CsvSource({
        "/a%20b, /a b", "/%41, /A", "/caf%C3%A9, /café", "/caf%c3%a9/x, /café/x",
        "/%F0%9F%A6%86, /🦆", "/%E2%82%AC%41%2e, /€A.", "/100%25, /100%", "/%2541, /%41",
        "/a%3Fb, /a?b", "/.hidden, /.hidden", "/.../x, /.../x", "/%0A, '/\n'"
    })
    void escapesAreDecodedOnceAsUtf8(String raw, String normal) {
        assertThat(PathText.normal(raw)).isEqualTo(normal);
    }

    @ParameterizedTest
    @CsvSource({
        "/., /", "/.., /", "/../x, /x", "/../../x/, /x/", "/a/./b, /a/b", "/a/../b, /b",
        "/a/b/.., /a/", "/a/b/., /a/b/", "/a/b/../.., /", "/a//../b, /a/b", "/%2e%2E/x, /x",
        "/a/%2e./b, /b", "/a/.%2e/b, /b", "/a/%2e/b, /a/b", "/a/..b, /a/..b", "/a/../../../b, /b",
        "/a/..;/b, /a/..;/b", "/./a, /a", "/a/../.b/.., /"
    })
    void dotSegmentsAreResolvedAndCannotClimbOut(String raw, String normal) {
        assertThat(PathText.normal(raw)).isEqualTo(normal);
    }

    @ParameterizedTest
    @CsvSource({
        "/a%2Fb, /a|b", "/a%2f..%2F, /a|..|", "/..%2fx, /..|x", "/%2F, /|", "/%2E%2E%2Fx, /..|x",
        "/a%2F/../b, /b"
    })
    void anEscapedSlashStaysInItsSegment(String raw, String normal) {
        assertThat(PathText.normal(raw)).isEqualTo(normal.replace('|', PathText.SLASH));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "/%", "/%4", "/%zz", "/%+1", "/a%0", "/%00", "/a%00b", "/%ff", "/%C3", "/%C3/%A9", "/%C3a",
        "/%A9", "/%C0%AF", "/%E0%80%AF", "/%ED%B0%AF", "/%F4%90%80%80", "/%F8%88%80%80%80",
        "/ok/../%C3", "/%C3%28", "/%４１"
    })
    void whatIsNoUtf8OrHoldsANulIsRefused(String raw) {
        assertThat(PathText.normal(raw)).isNull();
    }

    @Test
    void aReaderSeesSlashes() {
        assertThat(PathText.readable("a" + PathText.SLASH + "b")).isEqualTo("a/b");
        assertThat(PathText.readable("ab")).isEqualTo("ab");
    }

    /** The character U+48C2F ends with the half that stands for a slash. */
    @Test
    void aCharacterThatLooksLikeASlashIsNone() {
        String odd = Character.toString(0x48C2F);
        assertThat(odd).endsWith("" + PathText.SLASH);
        assertThat(PathText.readable(odd)).isEqualTo(odd);
        String both = String.valueOf(PathText.normal("/%2F%F1%88%B0%AF%2F%2F")).substring(1);
        assertThat(PathText.readable(both)).isEqualTo("/" + odd + "//");
        assertThat(PathText.slashAt(both, 0)).isZero();
        assertThat(PathText.slashAt(both, 1)).isEqualTo(3);
        assertThat(PathText.slashAt(odd, 0)).isEqualTo(-1);
    }

    @Test
    void segmentsAreFound() {
        assertThat(PathText.startOf("/a/bc/", 0)).isZero();
        assertThat(PathText.startOf("/a/bc/", 1)).isEqualTo(1);
        assertThat(PathText.startOf("/a/bc/", 2)).isEqualTo(3);
        assertThat(PathText.startOf("/a/bc/", 3)).isEqualTo(6);
        assertThat(PathText.startOf("/a/bc/", 4)).isEqualTo(-1);
        assertThat(PathText.endOf("/a/bc/", 3)).isEqualTo(5);
        assertThat(PathText.endOf("/a/bc/", 6)).isEqualTo(6);
    }

    /** Any text comes back, however much of it is escaped. */
    @Test
    void anyTextComesBackAsItWas() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder("x");
            StringBuilder raw = new StringBuilder("/x");
            for (int i = random.nextInt(12); i > 0; i--) {
                int point = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(1, 0x80);
                    case 1 -> random.nextInt(0x80, 0x800);
                    case 2 -> random.nextInt(0x800, 0xd800);
                    default -> random.nextInt(0x10000, 0x110000);
                };
                text.appendCodePoint(point);
                boolean plain = Character.isLetterOrDigit(point) && point < 0x80;
                if (plain && random.nextBoolean()) {
                    raw.appendCodePoint(point);
                } else {
                    byte[] bytes = Character.toString(point).getBytes(StandardCharsets.UTF_8);
                    for (byte b : bytes) {
                        raw.append(String.format("%%%02x", b));
                    }
                }
            }
            String normal = PathText.normal(raw.toString());
            assertThat(normal).as("%s", raw).isNotNull();
            assertThat(PathText.readable(normal.substring(1))).isEqualTo(text.toString());
            assertThat(normal.indexOf('/', 1)).as("%s", raw).isNegative();
        }
    }

    /** No path, however it is put together, comes out with a dot segment or a slash too few. */
    @Test
    void noNormalFormHasADotSegment() {
        String[] parts = {"/", ".", "..", "%2e", "%2E", "a", "%2f", "//", "/..", "/.", "%2e%2e"};
        Random random = new Random(11);
        for (int round = 0; round < 5000; round++) {
            StringBuilder raw = new StringBuilder("/");
            for (int i = random.nextInt(8); i > 0; i--) {
                raw.append(parts[random.nextInt(parts.length)]);
            }
            String normal = PathText.normal(raw.toString());
            assertThat(normal).as("%s", raw).startsWith("/");
            assertThat((normal + "/").contains("/./") || (normal + "/").contains("/../"))
                    .as("%s gave %s", raw, normal).isFalse();
            assertThat(PathText.normal(normal)).as("%s", raw).isEqualTo(normal);
        }
    }
}

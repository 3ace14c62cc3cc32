package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.internal.route.PathText;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths of requests as paths of files. */
class FilePathsTest {
    private static String encode(String raw, boolean hidden) {
        String path = PathText.normal(raw);
        if (path == null) {
            return "malformed";
        }
        String below = path.substring(1);
        byte[] bytes = new byte[FilePaths.roomFor(below)];
        int length = FilePaths.encode(below, hidden, bytes);
        return length == FilePaths.REFUSED
                ? "refused"
                : new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    @Test
    void pathsAreDecodedOnce() {
        assertThat(encode("/a/b.txt", false)).isEqualTo("a/b.txt");
        assertThat(encode("/", false)).isEmpty();
        assertThat(encode("/a/", false)).isEqualTo("a/");
        assertThat(encode("/%61%2562%20c+d", false)).isEqualTo("a%62 c+d");
        assertThat(encode("/%C3%A4/%e2%82%ac/%f0%9f%98%80", false))
                .isEqualTo("\u00e4/\u20ac/\ud83d\ude00");
        assertThat(encode("/a.b/c..d/e...", false)).isEqualTo("a.b/c..d/e...");
        assertThat(encode("/a/../b/./c", false)).isEqualTo("b/c");
        assertThat(encode("/../../b", false)).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "//", "//a", "/a//b", "/a//", "/a%2fb", "/..%2fa", "/%2Fetc/passwd", "/%2f", "/a\\b",
        "/..\\a", "/%5c", "/..%5ca", "/a%5c..%5cb", "/%2e%2e%2fx", "/%c3%a4%2fb", "/%c3%a4//b",
        "/%c3%a4%5c"})
    void whatCouldLeadElsewhereIsRefused(String path) {
        assertThat(encode(path, false)).isEqualTo("refused");
        assertThat(encode(path, true)).isEqualTo("refused");
    }

    /** The router resolves these, and nothing relies on that. */
    @ParameterizedTest
    @ValueSource(strings = {
        ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a/../", "/a", "", "\0", "a\0b",
        "\u00e4/..", "../\u00e4", "\u00e4/../b", "\u00e4\0"})
    void dotSegmentsAreRefusedEvenHere(String path) {
        byte[] bytes = new byte[FilePaths.roomFor(path)];
        assertThat(FilePaths.encode(path, true, bytes)).isEqualTo(path.isEmpty() ? 0 : -1);
    }

    @Test
    void namesWithADotInFrontAreRefusedUnlessAllowed() {
        for (String path : new String[] {
            "/.a", "/a/.b", "/.a/b", "/...", "/.a/", "/%2ea", "/..a", "/.%c3%a4", "/%c3%a4/.b"}) {
            assertThat(encode(path, false)).as(path).isEqualTo("refused");
            assertThat(encode(path, true)).as(path).isNotEqualTo("refused");
        }
    }

    @Test
    void whateverIsSentStaysInside() {
        String[] parts = {"/", "..", ".", "%2e", "%2f", "%5c", "a", "%c3%a4", "%00", "%", "\\"};
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            StringBuilder path = new StringBuilder("/");
            for (int k = random.nextInt(8); k >= 0; k--) {
                path.append(parts[random.nextInt(parts.length)]);
            }
            String encoded = encode(path.toString(), true);
            assertThat("/" + encoded + "/").as(path.toString())
                    .doesNotContain("/../", "/./", "\0", "\\")
                    .doesNotStartWith(encoded.isEmpty() ? "x" : "//");
        }
    }
}

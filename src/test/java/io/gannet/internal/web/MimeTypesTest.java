package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Content types by name. */
class MimeTypesTest {
    private static String of(String path) {
        return MimeTypes.of(MimeTypes.extension(path));
    }

    @Test
    void textsHaveACharsetAndOthersNone() {
        assertThat(of("index.html")).isEqualTo("text/html; charset=utf-8");
        assertThat(of("a/b.c/app.min.JS")).isEqualTo("text/javascript; charset=utf-8");
        assertThat(of("a.css")).isEqualTo("text/css; charset=utf-8");
        assertThat(of("a.txt")).isEqualTo("text/plain; charset=utf-8");
        assertThat(of("a.json")).isEqualTo("application/json");
        assertThat(of("a.svg")).isEqualTo("image/svg+xml");
        assertThat(of("a.png")).isEqualTo("image/png");
        assertThat(of("a.jpeg")).isEqualTo("image/jpeg");
        assertThat(of("a.woff2")).isEqualTo("font/woff2");
        assertThat(of("a.wasm")).isEqualTo("application/wasm");
        assertThat(of("a.mp4")).isEqualTo("video/mp4");
        assertThat(of("a.tar.gz")).isEqualTo("application/gzip");
    }

    @Test
    void whatIsNotKnownIsBytes() {
        for (String path : new String[] {
            "", "a", "a.", "a.unknown", "a.html/b", ".", "html", "a.html "}) {
            assertThat(of(path)).as(path).isEqualTo(MimeTypes.UNKNOWN);
        }
    }

    @Test
    void endingsAreFoundInAnyLanguage() {
        java.util.Locale before = java.util.Locale.getDefault();
        try {
            java.util.Locale.setDefault(java.util.Locale.forLanguageTag("tr"));
            assertThat(of("a.GIF")).isEqualTo("image/gif");
        } finally {
            java.util.Locale.setDefault(before);
        }
    }
}

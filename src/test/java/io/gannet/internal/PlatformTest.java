package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

    @ParameterizedTest
    @CsvSource({
        "Linux, linux",
        "LINUX, linux",
        "Mac OS X, macos",
        "Darwin, macos",
        "FreeBSD, freebsd",
        "Windows 11, windows11",
        "'', unknown"
    })
    void operatingSystemsHaveOneNameEach(String name, String os) {
        assertThat(Platform.osOf(name)).isEqualTo(os);
    }

    @ParameterizedTest
    @CsvSource({
        "amd64, x86_64",
        "x86_64, x86_64",
        "X86-64, x86_64",
        "x64, x86_64",
        "aarch64, aarch64",
        "arm64, aarch64",
        "ppc64le, ppc64le",
        "../../etc, etc",
        "'', unknown"
    })
    void architecturesHaveOneNameEach(String name, String arch) {
        assertThat(Platform.archOf(name)).isEqualTo(arch);
    }

    @Test
    void theResourceNamesTheDirectoryOfThePlatform() {
        assertThat(new Platform("linux", "x86_64", false).resource())
                .isEqualTo("/META-INF/native/linux-x86_64/libgannet.so");
        assertThat(new Platform("linux", "aarch64", true).resource())
                .isEqualTo("/META-INF/native/linux-aarch64-musl/libgannet.so");
        assertThat(new Platform("macos", "aarch64", false).resource())
                .isEqualTo("/META-INF/native/macos-aarch64/libgannet.dylib");
    }

    @Test
    void aProcessOfMuslIsToldByWhatItHasMapped() {
        String glibc = "7f00-7f01 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libc.so.6\n";
        String musl = "7f00-7f01 r-xp 00000000 08:01 12 /lib/ld-musl-x86_64.so.1\n";
        assertThat(Platform.mapsMusl(glibc)).isFalse();
        assertThat(Platform.mapsMusl(musl)).isTrue();
        assertThat(Platform.mapsMusl("")).isFalse();
    }

    @Test
    void thisProcessIsOnAPlatformWithALibrary() {
        assertThat(Platform.current().directory())
                .matches("(linux|macos)-(x86_64|aarch64)(-musl)?");
    }
}

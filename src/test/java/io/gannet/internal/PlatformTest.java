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

    @ParameterizedTest
    @CsvSource({
        "/lib/ld-musl-x86_64.so.1, true", // Alpine
        "/usr/lib/ld-musl-aarch64.so.1, true",
        "/lib/libc.musl-x86_64.so.1, true",
        "/usr/lib/libc.so, true", // Void
        "/usr/lib/x86_64-linux-musl/libc.so, true", // Debian's package
        "/usr/lib/libc.so (deleted), true", // replaced while the process runs
        "/usr/lib/x86_64-linux-gnu/libc.so.6, false",
        "/usr/lib64/libc-2.17.so, false",
        "/usr/lib/libc.so.6 (deleted), false",
        "/opt/app/mylibc.so.1, false",
        "[heap], false"
    })
    void aProcessOfMuslIsToldByWhatItHasMapped(String file, boolean musl) {
        String maps = "5580-5581 r--p 00000000 08:01 11 /usr/lib/jvm/bin/java\n"
                + "7f00-7f01 r-xp 00000000 08:01 12                  " + file + "\n"
                + "7ffc-7ffd rw-p 00000000 00:00 0                   [stack]\n";
        assertThat(Platform.mapsMusl(maps)).isEqualTo(musl);
    }

    @Test
    void anEmptyMapIsNotOneOfMusl() {
        assertThat(Platform.mapsMusl("")).isFalse();
    }

    @Test
    void onlyAFewPlatformsAreKnown() {
        assertThat(Platform.current().isKnown()).isTrue();
        assertThat(new Platform("linux", "aarch64", true).isKnown()).isTrue();
        assertThat(new Platform("macos", "x86_64", false).isKnown()).isTrue();
        assertThat(new Platform("windows", "x86_64", false).isKnown()).isFalse();
        assertThat(new Platform("linux", "riscv64", false).isKnown()).isFalse();
    }

    @Test
    void thisProcessIsOnAPlatformWithALibrary() {
        assertThat(Platform.current().directory())
                .matches("(linux|macos)-(x86_64|aarch64)(-musl)?");
    }
}

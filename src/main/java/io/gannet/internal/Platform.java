package io.gannet.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a native library must fit, and how the library that fits is named. Everything but {@link
 * #current()} is a pure function of its arguments.
 *
 * @param os {@code linux}, {@code macos}, or the system's own name where there is no library
 * @param arch {@code x86_64}, {@code aarch64}, or the JVM's own name where there is no library
 * @param musl whether the process runs on musl, whose libraries do not mix with those of glibc
 */
record Platform(String os, String arch, boolean musl) {

    /** Where in the jar the libraries lie. */
    static final String RESOURCES = "/META-INF/native/";

    /** What there are libraries for, in a release with all of them. */
    static final String KNOWN =
            "Linux, with glibc or musl, and macOS, each on x86_64 and aarch64";

    /** Whether it is one of {@link #KNOWN}. */
    boolean isKnown() {
        return (os.equals("linux") || os.equals("macos"))
                && (arch.equals("x86_64") || arch.equals("aarch64"));
    }

    /** The platform of this process. */
    static Platform current() {
        String os = osOf(System.getProperty("os.name", ""));
        String arch = archOf(System.getProperty("os.arch", ""));
        return new Platform(os, arch, os.equals("linux") && runsOnMusl(arch));
    }

    static String osOf(String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        if (lower.startsWith("linux")) {
            return "linux";
        }
        if (lower.startsWith("mac") || lower.startsWith("darwin")) {
            return "macos";
        }
        return plain(lower);
    }

    static String archOf(String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "amd64", "x86_64", "x86-64", "x64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> plain(lower);
        };
    }

    /**
     * Whether a memory map, in the form of {@code /proc/self/maps}, is that of a musl process. The
     * loader's file alone proves nothing: a glibc system may have musl installed beside it. Musl's
     * loader and C library are one file; the map names it after all links, and systems differ in
     * which of its names is the link. No process of glibc maps a {@code libc.so} without a number.
     */
    static boolean mapsMusl(String maps) {
        return maps.contains("/ld-musl-")
                || maps.contains("/libc.musl-")
                || maps.contains("/libc.so\n")
                || maps.contains("/libc.so (deleted)\n");
    }

    /** Reads the memory map only where musl is installed: most start-ups pay for one stat. */
    private static boolean runsOnMusl(String arch) {
        if (!new File("/lib/ld-musl-" + arch + ".so.1").exists()) {
            return false;
        }
        try {
            return mapsMusl(Files.readString(Path.of("/proc/self/maps"), ISO_8859_1));
        } catch (IOException e) {
            // Without /proc there is only the loader's file to go by.
            return true;
        }
    }

    /** The directory of the library in the jar, as {@code linux-x86_64-musl}. */
    String directory() {
        String name = os + "-" + arch;
        return musl ? name + "-musl" : name;
    }

    /** The file name of the library. */
    String file() {
        return os.equals("macos") ? "libgannet.dylib" : "libgannet.so";
    }

    /** The library as an absolute resource name. */
    String resource() {
        return RESOURCES + directory() + "/" + file();
    }

    /** Keeps letters and digits only, lest an exotic name leave the resource directory. */
    private static String plain(String name) {
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') {
                kept.append(c);
            }
        }
        return kept.isEmpty() ? "unknown" : kept.toString();
    }
}

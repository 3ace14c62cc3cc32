package io.gannet.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gannet.NetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLoaderTest {

    private static final Platform LINUX = new Platform("linux", "x86_64", false);
    private static final String NOEXEC =
            "libgannet.so: failed to map segment from shared object: Operation not permitted";

    @TempDir private Path temp;

    private @Nullable String path;
    private @Nullable String directory;

    @BeforeEach
    void rememberProperties() {
        path = System.getProperty(NativeLoader.PATH_PROPERTY);
        directory = System.getProperty(NativeLoader.DIRECTORY_PROPERTY);
    }

    @AfterEach
    void restoreProperties() {
        set(NativeLoader.PATH_PROPERTY, path);
        set(NativeLoader.DIRECTORY_PROPERTY, directory);
    }

    // --- With the real library ---------------------------------------------------------------

    @Test
    void twoClassLoadersOfOneJvmBothLoadTheLibraryFromTheJar() throws Exception {
        set(NativeLoader.DIRECTORY_PROPERTY, temp.toString());
        try (URLClassLoader one = isolated();
                URLClassLoader two = isolated()) {
            assertThat(loadIn(one)).isEqualTo(Version.VALUE);
            assertThat(loadIn(two)).isEqualTo(Version.VALUE);
        }
        assertThat(contents(temp)).isEmpty();
    }

    @Test
    void twoClassLoadersOfOneJvmBothLoadTheSameFile() throws Exception {
        Path library = temp.resolve("chosen.so");
        try (InputStream in = library()) {
            Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
        }
        set(NativeLoader.PATH_PROPERTY, library.toString());
        Path copies = Files.createDirectory(temp.resolve("copies"));
        set(NativeLoader.DIRECTORY_PROPERTY, copies.toString());
        try (URLClassLoader one = isolated();
                URLClassLoader two = isolated()) {
            assertThat(loadIn(one)).isEqualTo(Version.VALUE);
            assertThat(loadIn(two)).isEqualTo(Version.VALUE);
        }
        assertThat(contents(copies)).isEmpty();
        assertThat(library).exists();
    }

    @Test
    void loadingAgainIsHarmless() {
        NativeLoader.load();
        NativeLoader.load();
        assertThat(NativeLoop.version()).isEqualTo(Version.VALUE);
    }

    // --- With a JVM that answers as the test wants -------------------------------------------

    @Test
    void theCopyIsPrivateWhileItIsLoadedAndGoneAfterwards() {
        FakeJvm jvm = new FakeJvm();
        List<String> seen = new ArrayList<>();
        jvm.onLoad = file -> {
            Path copy = Path.of(file);
            seen.add(permissions(copy.getParent()));
            seen.add(permissions(copy));
            seen.add(read(copy));
        };
        new NativeLoader(LINUX, jvm, null, temp.toString()).run();
        assertThat(seen).containsExactly("rwx------", "rwx------", "library");
        assertThat(jvm.resources).containsExactly("/META-INF/native/linux-x86_64/libgannet.so");
        assertThat(contents(temp)).isEmpty();
    }

    @Test
    void muslHasALibraryOfItsOwn() {
        FakeJvm jvm = new FakeJvm();
        Platform platform = new Platform("linux", "aarch64", true);
        new NativeLoader(platform, jvm, null, temp.toString()).run();
        assertThat(jvm.resources)
                .containsExactly("/META-INF/native/linux-aarch64-musl/libgannet.so");
        assertThat(jvm.libraries).isEmpty();
    }

    @Test
    void aCopyThatCannotBeLoadedLeavesNothingBehindAndTheLibraryPathIsNext() {
        FakeJvm jvm = new FakeJvm();
        jvm.onLoad = file -> {
            throw new UnsatisfiedLinkError(NOEXEC);
        };
        new NativeLoader(LINUX, jvm, null, temp.toString()).run();
        assertThat(jvm.libraries).containsExactly("gannet");
        assertThat(contents(temp)).isEmpty();
    }

    @Test
    void theErrorListsEveryAttemptThePlatformAndTheRemedy() {
        FakeJvm jvm = new FakeJvm();
        jvm.onLoad = file -> {
            throw new UnsatisfiedLinkError(NOEXEC);
        };
        jvm.onLoadLibrary = "no gannet in java.library.path";
        assertThat(failureOf(new NativeLoader(LINUX, jvm, null, temp.toString())))
                .contains("jar resource /META-INF/native/linux-x86_64/libgannet.so: ")
                .contains(NOEXEC)
                .contains("set -Dgannet.native.dir=")
                .contains("java.library.path: ")
                .contains("no gannet in java.library.path")
                .contains("-Dgannet.native.path=")
                .contains("linux-x86_64 (os.name=")
                .contains("libc=glibc")
                .contains(System.getProperty("java.vm.version"));
    }

    @Test
    void aPlatformWithoutALibraryIsNamed() {
        FakeJvm jvm = new FakeJvm();
        jvm.library = null;
        jvm.onLoadLibrary = "no gannet in java.library.path";
        Platform platform = new Platform("linux", "riscv64", true);
        assertThat(failureOf(new NativeLoader(platform, jvm, null, temp.toString())))
                .contains("the jar has none for linux-riscv64-musl")
                .contains("libc=musl")
                .contains("Gannet knows Linux, with glibc or musl, and macOS");
    }

    @Test
    void aDirectoryThatDoesNotExistIsNamed() {
        FakeJvm jvm = new FakeJvm();
        jvm.onLoadLibrary = "no";
        String missing = temp.resolve("missing").toString();
        assertThat(failureOf(new NativeLoader(LINUX, jvm, null, missing)))
                .contains("the directory " + missing + " (gannet.native.dir) does not exist");
    }

    @Test
    void anExactPathHasNoFallback() {
        FakeJvm jvm = new FakeJvm();
        String missing = temp.resolve("libgannet.so").toString();
        assertThat(failureOf(new NativeLoader(LINUX, jvm, missing, null)))
                .contains("gannet.native.path=" + missing + ": no such file")
                .contains("Nothing else was tried");
        assertThat(failureOf(new NativeLoader(LINUX, jvm, "libgannet.so", null)))
                .contains("gannet.native.path=libgannet.so: the path must be absolute");
        assertThat(failureOf(new NativeLoader(LINUX, jvm, temp.toString(), null)))
                .contains("not a file");
        assertThat(jvm.resources).isEmpty();
        assertThat(jvm.libraries).isEmpty();
    }

    @Test
    void aLibraryOfAnotherVersionIsRefused() {
        FakeJvm jvm = new FakeJvm();
        jvm.version = "0.0.1";
        assertThat(failureOf(new NativeLoader(LINUX, jvm, null, temp.toString())))
                .contains("is version 0.0.1, this jar is " + Version.VALUE);
    }

    @Test
    void aLibraryOfSomebodyElseIsRefused() {
        FakeJvm jvm = new FakeJvm();
        jvm.version = null;
        assertThat(failureOf(new NativeLoader(LINUX, jvm, null, temp.toString())))
                .contains("is not one of Gannet");
    }

    @Test
    void whereTheLibraryCameFromIsKnownOnceItIsLoaded() {
        NativeLoader.load();
        assertThat(NativeLoader.loadedFrom()).containsAnyOf(
                "jar resource /META-INF/native/", NativeLoader.PATH_PROPERTY + "=/");
        assertThat(NativeLoader.loadNanos()).isPositive();
    }

    // --- Diagnosis ---------------------------------------------------------------------------

    @Test
    void theMountThatForbidsExecutionIsFound() {
        String mounts = """
                /dev/sda1 / ext4 rw,relatime 0 0
                tmpfs /tmp tmpfs rw,nosuid,nodev,noexec 0 0
                tmpfs /tmp/allowed tmpfs rw 0 0
                tmpfs /with\\040space tmpfs rw,noexec 0 0
                broken line
                """;
        assertThat(LoadFailure.noexecMount(mounts, "/tmp/gannet")).isEqualTo("/tmp");
        assertThat(LoadFailure.noexecMount(mounts, "/tmp")).isEqualTo("/tmp");
        assertThat(LoadFailure.noexecMount(mounts, "/tmp/allowed/x")).isNull();
        assertThat(LoadFailure.noexecMount(mounts, "/tmpfoo")).isNull();
        assertThat(LoadFailure.noexecMount(mounts, "/with space/x")).isEqualTo("/with space");
        assertThat(LoadFailure.noexecMount("", "/tmp")).isNull();
    }

    @Test
    void aLaterMountHidesAnEarlierOneAtTheSamePlace() {
        String mounts = "a /tmp tmpfs rw,noexec 0 0\nb /tmp tmpfs rw 0 0\n";
        assertThat(LoadFailure.noexecMount(mounts, "/tmp/x")).isNull();
    }

    @Test
    void refusalsOfTheDynamicLoaderAreExplained() {
        assertThat(LoadFailure.hint("x", "/tmp")).contains("/tmp is mounted noexec");
        assertThat(LoadFailure.hint("version `GLIBC_2.99' not found", null))
                .contains("built for another C library");
        assertThat(LoadFailure.hint("invalid ELF header", null))
                .contains("not a library for this processor");
        assertThat(LoadFailure.hint("something new", null)).isEmpty();
    }

    @Test
    void aRelocatedCopyIsToldFromAStrangeLibrary() {
        assertThat(LoadFailure.explainStranger(NativeLoader.class))
                .contains("is not one of Gannet");
        assertThat(LoadFailure.explainStranger(List.class))
                .contains("relocated to the package java.util,")
                .contains("leave Gannet's packages");
    }

    @Test
    void theLibraryPathIsSearchedInItsOrder() throws IOException {
        Path one = Files.createDirectory(temp.resolve("one"));
        Path two = Files.createDirectory(temp.resolve("two"));
        Files.createFile(two.resolve("libgannet.so"));
        String libraryPath = one + ":" + ":" + two;
        assertThat(LoadFailure.find(libraryPath, "libgannet.so"))
                .isEqualTo(two.resolve("libgannet.so").toFile());
        assertThat(LoadFailure.find("", "libgannet.so")).isNull();
    }

    // --- Helpers -----------------------------------------------------------------------------

    private interface OnLoad {
        void load(String file);
    }

    private static final class FakeJvm extends NativeLoader.Jvm {
        final List<String> resources = new ArrayList<>();
        final List<String> libraries = new ArrayList<>();
        @Nullable String library = "library";
        @Nullable String version = Version.VALUE;
        @Nullable String onLoadLibrary;
        OnLoad onLoad = file -> {};

        @Override
        @Nullable InputStream resource(String name) {
            resources.add(name);
            return library == null ? null : new ByteArrayInputStream(library.getBytes(UTF_8));
        }

        @Override
        void load(String file) {
            onLoad.load(file);
        }

        @Override
        void loadLibrary(String name) {
            libraries.add(name);
            if (onLoadLibrary != null) {
                throw new UnsatisfiedLinkError(onLoadLibrary);
            }
        }

        @Override
        String nativeVersion() {
            if (version == null) {
                throw new UnsatisfiedLinkError("version");
            }
            return version;
        }
    }

    private static String failureOf(NativeLoader loader) {
        NetException failure = catchThrowableOfType(NetException.class, loader::run);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo("ENATIVE");
        assertThat(failure.operation()).isEqualTo("load");
        return String.valueOf(failure.getMessage());
    }

    /** A class loader with Gannet's classes and resources of its own, not the test's. */
    private static URLClassLoader isolated() {
        URL classes = NativeLoader.class.getProtectionDomain().getCodeSource().getLocation();
        return new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader());
    }

    private static Object loadIn(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> nativeLoader = loader.loadClass(NativeLoader.class.getName());
        assertThat(nativeLoader).isNotEqualTo(NativeLoader.class);
        nativeLoader.getMethod("load").invoke(null);
        Method version = loader.loadClass(NativeLoop.class.getName()).getDeclaredMethod("version");
        version.setAccessible(true);
        return version.invoke(null);
    }

    private static InputStream library() {
        InputStream in = NativeLoader.class.getResourceAsStream(Platform.current().resource());
        assertThat(in).as("the library that this build made").isNotNull();
        return in;
    }

    private static void set(String property, @Nullable String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    private static List<Path> contents(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

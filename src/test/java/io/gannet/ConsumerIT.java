package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.probe.EchoProbe;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar as programs use it: on either path, shaded into another, linked into an image. Allowed to
 * use native code they say nothing but their own; the line about the backend is not in the way.
 */
@Timeout(90)
class ConsumerIT {
    private static final String JAR = JavaRun.home(NetServer.class);
    private static final String TESTS = JavaRun.home(EchoProbe.class);
    private static final String PROBE = EchoProbe.class.getName();
    /** Since JDK 24 the JVM warns about native code that nobody has allowed. */
    private static final boolean WARNS = Runtime.version().feature() >= 24;

    @TempDir private Path temp;

    private static void assertSaid(JavaRun run, String expected) {
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(run.lines().stream().filter(line -> !line.startsWith("backend ")))
                .containsExactly(expected);
    }

    @Test
    void onTheClassPathAllowedByAnOptionThereIsNoWarning() throws Exception {
        assertSaid(JavaRun.java("--enable-native-access=ALL-UNNAMED", "-cp", JAR + ":" + TESTS,
                PROBE), "echo, module null");
    }

    @Test
    void onTheModulePathAllowedByAnOptionThereIsNoWarning() throws Exception {
        assertSaid(JavaRun.java("--enable-native-access=io.gannet", "-p", JAR, "--add-modules",
                "io.gannet", "-cp", TESTS, PROBE), "echo, module io.gannet");
    }

    @Test
    void whatIsNotAllowedWorksToo() throws Exception {
        JavaRun run = JavaRun.java("-cp", JAR + ":" + TESTS, PROBE);
        assertThat(run.exit()).isZero();
        assertThat(run.lines()).contains("echo, module null");
        assertThat(run.out().contains("--enable-native-access=ALL-UNNAMED")).isEqualTo(WARNS);
    }

    @Test
    void theJarAsAProgramIsAllowedByItsManifest() throws Exception {
        JavaRun run = JavaRun.java("-jar", JAR);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).doesNotContain("WARNING").startsWith("Gannet ");
    }

    /** Only the manifest of the jar that is started counts. */
    @Test
    void aJarThatIsStartedAllowsItByItsOwnManifest() throws Exception {
        for (boolean allowed : new boolean[] {true, false}) {
            Path app = jar("app-" + allowed + ".jar", allowed, JAR, false);
            JavaRun run = JavaRun.java("-jar", app.toString());
            assertThat(run.lines()).contains("echo, module null");
            assertThat(run.out().contains("WARNING")).isEqualTo(WARNS && !allowed);
        }
    }

    @Test
    void shadedIntoAnotherJarItWorksUnderItsOwnName() throws Exception {
        Path app = jar("shaded.jar", true, "", true);
        assertSaid(JavaRun.java("-jar", app.toString()), "echo, module null");
    }

    /** A jar with the probe, which finds Gannet by its class path, or contains it. */
    private Path jar(String name, boolean allowed, String classPath, boolean shaded)
            throws Exception {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, PROBE);
        if (!classPath.isEmpty()) {
            main.put(Attributes.Name.CLASS_PATH, Path.of(classPath).toUri().toString());
        }
        if (allowed) {
            main.putValue("Enable-Native-Access", "ALL-UNNAMED");
        }
        Path file = temp.resolve(name);
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            String probe = PROBE.replace('.', '/') + ".class";
            jar.putNextEntry(new JarEntry(probe));
            Files.copy(Path.of(TESTS, probe), jar);
            if (shaded) {
                copyEntries(jar);
            }
        }
        return file;
    }

    private static void copyEntries(JarOutputStream to) throws Exception {
        try (JarFile from = new JarFile(JAR)) {
            Enumeration<JarEntry> entries = from.entries();
            while (entries.hasMoreElements()) {
                JarEntry entry = entries.nextElement();
                String name = entry.getName();
                if (!name.equals("module-info.class") && !name.equals(JarFile.MANIFEST_NAME)) {
                    to.putNextEntry(new JarEntry(name));
                    from.getInputStream(entry).transferTo(to);
                }
            }
        }
    }

    @Test
    void anImageOfTheModuleContainsTheLibrary() throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        Path jlink = home.resolve("bin/jlink");
        Assumptions.assumeTrue(Files.isExecutable(jlink), "this JDK has no jlink");
        Path image = temp.resolve("image");
        JavaRun link = JavaRun.program(jlink.toString(), "-p", JAR, "--add-modules", "io.gannet",
                "--no-header-files", "--no-man-pages", "--output", image.toString());
        Assumptions.assumeFalse(link.out().contains("java.base not found"),
                "this JDK has nothing to link: " + link.out());
        assertThat(link.exit()).as(link.out()).isZero();
        Path temporary = Files.createDirectory(temp.resolve("temporary"));
        JavaRun run = JavaRun.program(image.resolve("bin/java").toString(),
                "--enable-native-access=io.gannet", "-Djava.io.tmpdir=" + temporary,
                "-m", "io.gannet");
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(run.out()).startsWith("Gannet ").contains("jar resource /META-INF/native/")
                .doesNotContain("WARNING");
        assertThat(temporary).isEmptyDirectory();
    }
}

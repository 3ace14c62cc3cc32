package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The published artifacts as programs use them: by Maven, by javac and java alone, on either path,
 * as a .nar, shaded into another jar, linked into an image. Allowed to use native code they say
 * nothing but their own, and leave no file behind.
 */
@Timeout(90)
class ConsumerIT {
    private static final String MAIN = "app.Main";
    /** Since JDK 24 the JVM warns about native code that nobody has allowed. */
    private static final boolean WARNS = Runtime.version().feature() >= 24;
    private static final String ALLOWED = "--enable-native-access=ALL-UNNAMED";
    private static final String ALLOWED_MODULE = "--enable-native-access=io.gannet";
    private static final String UNNAMED = "200 hello, echo, module null for null";

    private static UserProjects projects;

    @TempDir private Path temp;

    @BeforeAll
    @Timeout(300)
    static void build() throws Exception {
        projects = UserProjects.build();
    }

    /** Runs a JVM whose temporary files, if it left some, would be seen. */
    private JavaRun java(String... arguments) throws Exception {
        Path temporary = Files.createTempDirectory(temp, "temporary-");
        JavaRun run = JavaRun.java(Stream.concat(
                Stream.of("-Djava.io.tmpdir=" + temporary,
                        "-Djava.util.logging.SimpleFormatter.format=%5$s%n"),
                Arrays.stream(arguments)).toArray(String[]::new));
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(temporary).isEmptyDirectory();
        return run;
    }

    /** The line about the backend is not in the way. */
    private static void assertSaid(JavaRun run, String expected) {
        assertThat(run.lines().stream().filter(line -> !line.startsWith("backend ")))
                .containsExactly(expected);
    }

    @Test
    void whatMavenBuiltRunsOnTheClassPath() throws Exception {
        assertSaid(java(ALLOWED, "-cp", projects.application(), MAIN), UNNAMED);
    }

    @Test
    void whatMavenBuiltRunsOnTheModulePath() throws Exception {
        assertSaid(java(ALLOWED_MODULE, "-p", projects.application(), "-m", "app/" + MAIN),
                "200 hello, echo, module io.gannet for app");
    }

    @Test
    void gannetAsAModuleServesAProgramThatIsNone() throws Exception {
        assertSaid(java(ALLOWED_MODULE, "-p", projects.jar(), "--add-modules", "io.gannet",
                        "-cp", projects.classes().toString(), MAIN),
                "200 hello, echo, module io.gannet for null");
    }

    @Test
    void javacAndJavaNeedNothingButTheJar() throws Exception {
        Path classes = compile("-cp", "app/Main.java");
        assertSaid(java(ALLOWED, "-cp", projects.jar() + File.pathSeparator + classes, MAIN),
                UNNAMED);
    }

    @Test
    void javacAndJavaNeedNothingButTheJarForAModule() throws Exception {
        Path classes = compile("-p", "app/Main.java", "module-info.java");
        assertSaid(java(ALLOWED_MODULE, "-p", projects.jar() + File.pathSeparator + classes,
                "-m", "app/" + MAIN), "200 hello, echo, module io.gannet for app");
    }

    @Test
    void javaRunsASourceFileWithTheJar() throws Exception {
        /* Alone: newer launchers take a module-info along that lies above it. */
        Path source = Files.copy(UserProjects.sources().resolve("app/Main.java"),
                Files.createDirectory(temp.resolve("app")).resolve("Main.java"));
        assertSaid(java(ALLOWED, "-cp", projects.jar(), source.toString()), UNNAMED);
    }

    /** Without a word of the compiler, and for the oldest Java that runs Gannet. */
    private Path compile(String path, String... sources) throws Exception {
        Path classes = temp.resolve("classes");
        JavaRun javac = JavaRun.program(Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                        "--release", "17", "-Xlint:all", "-Werror", "-d", classes.toString(),
                        path, projects.jar()),
                Arrays.stream(sources).map(name -> UserProjects.sources().resolve(name).toString()))
                .toArray(String[]::new));
        assertThat(javac.out()).isEmpty();
        assertThat(javac.exit()).isZero();
        return classes;
    }

    /** The path is that of one file, and there is no other attempt when it fails. */
    @Test
    void theNarBringsALibraryToLoadFromAFile() throws Exception {
        String path = projects.narApplication();
        assertSaid(java(ALLOWED, "-Dgannet.native.path=" + projects.unpacked(), "-cp", path, MAIN),
                UNNAMED);
    }

    @Test
    void theLicencesComeWithTheLibrary() throws Exception {
        Path notice = Path.of("src/main/resources/META-INF/NOTICE");
        try (JarFile jar = new JarFile(projects.jar())) {
            for (Path file : List.of(Path.of("LICENSE"), notice)) {
                assertThat(jar.getInputStream(jar.getJarEntry("META-INF/" + file.getFileName())))
                        .hasSameContentAs(Files.newInputStream(file));
            }
        }
        assertThat(notice).content().contains("liburing", "Copyright 2020 Jens Axboe");
    }

    @Test
    void whatIsNotAllowedWorksToo() throws Exception {
        JavaRun run = java("-cp", projects.application(), MAIN);
        assertThat(run.lines()).contains(UNNAMED);
        assertThat(run.out().contains(ALLOWED)).isEqualTo(WARNS);
    }

    @Test
    void theJarAsAProgramIsAllowedByItsManifest() throws Exception {
        JavaRun run = java("-jar", projects.jar());
        assertThat(run.out()).doesNotContain("WARNING").startsWith("Gannet ");
    }

    /** Only the manifest of the jar that is started counts. */
    @Test
    void aJarThatIsStartedAllowsItByItsOwnManifest() throws Exception {
        for (boolean allowed : new boolean[] {true, false}) {
            Path app = jar("app-" + allowed + ".jar", allowed, projects.jar(), false);
            JavaRun run = java("-jar", app.toString());
            assertThat(run.lines()).contains(UNNAMED);
            assertThat(run.out().contains("WARNING")).isEqualTo(WARNS && !allowed);
        }
    }

    @Test
    void shadedIntoAnotherJarItWorksUnderItsOwnName() throws Exception {
        Path app = jar("shaded.jar", true, "", true);
        assertSaid(java("-jar", app.toString()), UNNAMED);
    }

    /** A jar with the program, which finds Gannet by its class path, or contains it. */
    private Path jar(String fileName, boolean allowed, String classPath, boolean shaded)
            throws Exception {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, MAIN);
        if (!classPath.isEmpty()) {
            main.put(Attributes.Name.CLASS_PATH, Path.of(classPath).toUri().toString());
        }
        if (allowed) {
            main.putValue("Enable-Native-Access", "ALL-UNNAMED");
        }
        Path file = temp.resolve(fileName);
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            String name = MAIN.replace('.', '/') + ".class";
            jar.putNextEntry(new JarEntry(name));
            Files.copy(projects.classes().resolve(name), jar);
            if (shaded) {
                copyEntries(jar);
            }
        }
        return file;
    }

    private static void copyEntries(JarOutputStream to) throws Exception {
        try (JarFile from = new JarFile(projects.jar())) {
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
        JavaRun link = JavaRun.program(jlink.toString(), "-p", projects.jar(),
                "--add-modules", "io.gannet", "--no-header-files", "--no-man-pages",
                "--output", image.toString());
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

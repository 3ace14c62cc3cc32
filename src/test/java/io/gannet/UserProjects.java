package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The projects in {@code src/it}, built by Maven as their users build them: from the Gannet that
 * maven-invoker-plugin has installed in {@code target/it/installed}, never from the build tree, and
 * never from what may lie in the user's repository.
 */
final class UserProjects {
    private static final int BUILD_SECONDS_MAX = 240;
    private static final String GROUP = "io";
    private static final String PROJECT = "gannet";

    private final Path target;
    private final Path installed;
    private final String version;
    private final boolean withNar;

    private UserProjects(Path build, String version) {
        this.target = build.resolve("it");
        this.installed = target.resolve("installed");
        this.version = version;
        this.withNar = Files.isDirectory(build.resolve("nar"));
    }

    /** Builds them; skips the test where it was not Maven that started it. */
    static UserProjects build() throws Exception {
        String maven = System.getProperty("gannet.it.maven", "");
        Assumptions.assumeFalse(maven.isEmpty(), "only Maven installs what users' projects need");
        UserProjects projects = new UserProjects(
                Path.of(JavaRun.home(UserProjects.class)).getParent(),
                System.getProperty("gannet.it.version"));
        List<String> command = new ArrayList<>(List.of(
                "env", "JAVA_HOME=" + System.getProperty("java.home"),
                maven, "-B", "-q", "-f", "src/it",
                "-Dmaven.repo.local=" + projects.repository(),
                "-Dgannet.version=" + projects.version,
                "-Dit.out=" + projects.target));
        if (System.getProperty("gannet.it.network").equals("offline=true")) {
            command.add("-o");
        }
        if (!projects.withNar) {
            command.addAll(List.of("-pl", "app", "-am"));
        }
        command.addAll(List.of("clean", "package"));
        JavaRun run = JavaRun.within(BUILD_SECONDS_MAX, command.toArray(String[]::new));
        assertThat(run.exit()).as(run.out()).isZero();
        return projects;
    }

    /**
     * A local repository of links: to the installed Gannet, and to all else in the usual one.
     */
    private Path repository() throws IOException {
        Path usual = Path.of(System.getProperty("gannet.it.repository"));
        Path repository = target.resolve("repository");
        Files.createDirectories(repository.resolve(GROUP));
        link(usual, repository, GROUP);
        if (Files.isDirectory(usual.resolve(GROUP))) {
            link(usual.resolve(GROUP), repository.resolve(GROUP), PROJECT);
        }
        link(installed.resolve(GROUP), repository.resolve(GROUP), "");
        return repository;
    }

    private static void link(Path from, Path to, String except) throws IOException {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                Path link = to.resolve(entry.getFileName());
                if (!entry.endsWith(except) && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, entry);
                }
            }
        }
    }

    /** The jar as it was installed. */
    String jar() {
        return artifact(".jar");
    }

    /** The same under the type {@code nar}. */
    String nar() {
        return artifact(".nar");
    }

    private String artifact(String end) {
        Path file = installed.resolve(Path.of(GROUP, PROJECT, PROJECT, version,
                PROJECT + "-" + version + end));
        assertThat(file).isRegularFile();
        return file.toString();
    }

    /** The sources of the application. */
    static Path sources() {
        return Path.of("src/it/app/src/main/java");
    }

    /** What javac made of the application. */
    Path classes() {
        return target.resolve("app/classes");
    }

    /** The application and all it needs, as a class path or a module path. */
    String application() {
        Path app = target.resolve("app");
        assertThat(app.resolve("lib")).as("what a user gets along with Gannet")
                .isDirectoryContaining(file -> file.endsWith(PROJECT + "-" + version + ".jar"))
                .satisfies(lib -> assertThat(lib.toFile().list()).hasSize(1));
        return app.resolve("app.jar") + File.pathSeparator
                + app.resolve("lib").resolve(PROJECT + "-" + version + ".jar");
    }

    /** The application that has the library unpacked for it. */
    String narApplication() {
        Assumptions.assumeTrue(withNar, "nar-maven-plugin has no name for this platform");
        return target.resolve("nar/nar.jar") + File.pathSeparator + nar();
    }

    /** The library which nar-maven-plugin unpacked. */
    Path unpacked() throws IOException {
        try (Stream<Path> found = Files.find(target.resolve("nar/nar"), 6,
                (path, attributes) -> path.getFileName().toString().startsWith("libgannet."))) {
            return found.findFirst().orElseThrow();
        }
    }
}

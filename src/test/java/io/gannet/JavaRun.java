package io.gannet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A JVM, or another program, that ran to its end.
 *
 * @param exit its exit code
 * @param out what it printed, errors too
 */
public record JavaRun(int exit, String out) {
    private static final int SECONDS_MAX = 30;

    public List<String> lines() {
        return out.lines().toList();
    }

    /** Runs this JVM's own {@code java} with these options and arguments. */
    public static JavaRun java(String... arguments) throws IOException, InterruptedException {
        return under(List.of(), arguments);
    }

    /** Runs {@code java} by another program, whose command line comes first. */
    public static JavaRun under(List<String> launcher, String... arguments)
            throws IOException, InterruptedException {
        return program(Stream.concat(
                Stream.concat(launcher.stream(), Stream.of(javaCommand())),
                Arrays.stream(arguments)).toArray(String[]::new));
    }

    public static JavaRun program(String... command) throws IOException, InterruptedException {
        return within(SECONDS_MAX, command);
    }

    /** The same for a program which may take longer than most. */
    public static JavaRun within(int secondsMax, String... command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("gannet-run-", ".txt");
        /* Not a pipe: a child of the child could keep that open for ever. */
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(out.toFile()).start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
                throw new AssertionError(String.join(" ", command) + " does not end; so far: "
                        + Files.readString(out));
            }
            return new JavaRun(process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
        }
    }

    public static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Where a class comes from: a jar or a directory. */
    public static String home(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toString();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The class path of the tests. */
    public static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /**
     * The command line that runs a program while system calls are refused; skips the test where
     * there is no such thing.
     */
    public static List<String> refusing(String error, String calls) throws Exception {
        String launcher = launcher();
        List<String> command = new ArrayList<>(List.of(launcher, error, calls));
        Assumptions.assumeTrue(program(launcher, error, calls, "true").exit() == 0,
                "this system does not let the tests install a filter of system calls");
        return command;
    }

    private static String launcher() throws IOException {
        Path builds = Path.of(home(JavaRun.class)).resolveSibling("cmake");
        if (Files.isDirectory(builds)) {
            try (Stream<Path> found = Files.find(builds, 2,
                    (path, attributes) -> path.endsWith("seccomp_exec"))) {
                String first = found.map(Path::toString).sorted().findFirst().orElse("");
                Assumptions.assumeFalse(first.isEmpty(), "this build made no seccomp_exec");
                return first;
            }
        }
        return Assumptions.abort("this build made no seccomp_exec");
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code scripts/example.sh} starts what it says, on the class path that it makes itself. */
@Timeout(120)
class ExampleScriptIT {
    private static final Path EXAMPLES = Path.of("src/examples/java/io/gannet/examples");
    private static final Path SCRIPT = Path.of("scripts/example.sh");

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleStarts(String name) throws Exception {
        /* Port 1 is nobody's: what connects cannot, and says so. */
        boolean client = name.equals("lyrics-reader");
        Map<String, String> environment = Map.of("PORT", client ? "1" : "0", "LOOPS", "1",
                "HOST", "127.0.0.1");
        try (ChildJvm example = ChildJvm.exampleWithErrors(name, environment)) {
            if (client) {
                assertThat(example.readUntil("ECONNREFUSED")).contains("127.0.0.1");
            } else {
                assertThat(example.readUntil("listening on ")).isNotEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theHelpNamesEveryExample(String name) throws Exception {
        String help = run(Map.of(), SCRIPT, "--help").out();
        assertThat(help.split("[^a-z-]+")).contains(name);
    }

    @Test
    void theHelpNamesWhatTheEnvironmentSays() throws Exception {
        assertThat(run(Map.of(), SCRIPT, "--help").out())
                .contains("HOST", "PORT", "BACKEND", "LOOPS", "STATIC_DIR", "JAVA_HOME");
    }

    @Test
    void partsOfExamplesAreNotStarted() throws Exception {
        for (String part : List.of("settings", "traffic")) {
            JavaRun run = run(Map.of(), SCRIPT, part);
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.out()).contains("no example").doesNotContain("Exception");
        }
        assertThat(run(Map.of(), SCRIPT, "nonsense").out()).contains("there is no example");
    }

    @Test
    void aJavaHomeThatIsNoneIsNamed() throws Exception {
        String wanted = "JAVA_HOME is /nonexistent, which is no JDK; unset it or point it to one";
        Map<String, String> wrong = Map.of("JAVA_HOME", "/nonexistent");
        JavaRun example = run(wrong, SCRIPT, "hello");
        assertThat(example.exit()).isNotZero();
        assertThat(example.out()).contains(wanted);
        JavaRun demo = run(wrong, Path.of("scripts/demo.sh"), "--no-install", "--once");
        assertThat(demo.exit()).isNotZero();
        assertThat(demo.out()).contains(wanted);
    }

    @Test
    void aPortThatCannotBeIsRefusedBeforeTheDemoBuilds() throws Exception {
        for (String port : List.of("65536", "x", "-1", "99999999999999999999")) {
            JavaRun demo = run(Map.of("PORT", port), Path.of("scripts/demo.sh"), "--no-install",
                    "--once");
            assertThat(demo.exit()).isNotZero();
            assertThat(demo.out()).contains("PORT is " + port).doesNotContain("building");
        }
    }

    @Test
    void aPortThatIsTakenIsRefusedBeforeTheDemoBuilds() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JavaRun demo = run(Map.of("PORT", "" + taken.getLocalPort()),
                    Path.of("scripts/demo.sh"), "--no-install", "--once");
            assertThat(demo.exit()).isNotZero();
            assertThat(demo.out()).contains("something listens there already")
                    .doesNotContain("building");
        }
    }

    @Test
    void aLinkToAScriptWorksAsTheScript(@TempDir Path folder) throws Exception {
        for (String script : List.of("example.sh", "demo.sh", "test.sh", "tidy.sh")) {
            Path link = Files.createSymbolicLink(folder.resolve(script),
                    Path.of("scripts", script).toAbsolutePath());
            JavaRun help = run(Map.of(), link, "--help");
            assertThat(help.out()).contains("Usage: scripts/" + script);
            assertThat(help.exit()).isZero();
        }
        JavaRun client = run(Map.of("PORT", "1", "HOST", "127.0.0.1"),
                folder.resolve("example.sh"), "lyrics-reader");
        assertThat(client.out()).contains("ECONNREFUSED");
    }

    private static JavaRun run(Map<String, String> environment, Path script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env"));
        Map<String, String> all = new HashMap<>(Map.of(
                "GN_TARGET", Path.of(JavaRun.home(JavaRun.class)).getParent().toString(),
                "JAVA_HOME", System.getProperty("java.home")));
        all.putAll(environment);
        all.forEach((name, value) -> command.add(name + "=" + value));
        command.add(script.toAbsolutePath().toString());
        command.addAll(List.of(arguments));
        return JavaRun.program(command.toArray(String[]::new));
    }

    /** The names of all classes that have a main method, as the script wants them. */
    static Stream<String> examples() throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            for (Path file : files.sorted().toList()) {
                if (Files.readString(file).contains("public static void main(")) {
                    String name = file.getFileName().toString().replace(".java", "");
                    names.add(name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT));
                }
            }
        }
        assertThat(names).contains("hello", "lyrics-poet", "metrics");
        return names.stream();
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.gannet.http.HttpOptions;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What README.md and CONTRIBUTING.md say is so: names, defaults, commands and messages. */
class ReadmeTest {
    private static final Docs README = Docs.read("README.md");
    private static final List<Docs> PAGES = List.of(README, Docs.read("CONTRIBUTING.md"));
    private static final Pattern SCRIPT =
            Pattern.compile("scripts/[a-z-]+\\.sh((?: --[a-z-]+| [A-Z]+)*)");
    private static final Pattern LITERAL =
            Pattern.compile("\"([^\"\\\\\n]*+(?:\\\\.[^\"\\\\\n]*+)*+)\"");

    @Test
    void theReadmeIsShorterThanThreeHundredLines() {
        assertThat(README.lines().size()).isLessThan(300);
    }

    // ---- commands ----

    @Test
    void everyScriptExistsAndKnowsTheOptionsItIsGiven() throws Exception {
        for (Docs page : PAGES) {
            Matcher matcher = SCRIPT.matcher(String.join("\n", page.lines()));
            while (matcher.find()) {
                checkCommand(matcher.group());
            }
        }
    }

    @Test
    void everyCommandInAFenceIsOneThatExists() throws Exception {
        for (Docs page : PAGES) {
            for (Docs.Fence fence : page.fences("sh")) {
                for (String line : fence.text().split("\n", -1)) {
                    String command = line.replaceFirst(" *#.*", "");
                    if (command.startsWith("mvn ")) {
                        checkMaven(command);
                    } else {
                        checkCommand(command);
                    }
                }
            }
        }
    }

    @Test
    void everyMavenProfileThatIsNamedExists() throws Exception {
        for (Docs page : PAGES) {
            for (String code : page.code()) {
                if (code.startsWith("mvn ")) {
                    checkMaven(code);
                }
            }
        }
    }

    /** Every word behind a script is in its help. */
    private static void checkCommand(String command) throws Exception {
        String[] words = command.split(" ", -1);
        assertThat(Path.of(words[0])).as(command).isExecutable();
        Process help = new ProcessBuilder(words[0], "--help").redirectErrorStream(true).start();
        help.getOutputStream().close();
        String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(help.waitFor()).as(text).isZero();
        for (int i = 1; i < words.length; i++) {
            assertThat(text).as(command).containsPattern("(?<![a-z-])" + words[i] + "(?![a-z-])");
        }
    }

    private static void checkMaven(String command) throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        Matcher profiles = Pattern.compile("-P([a-z,-]+)").matcher(command);
        while (profiles.find()) {
            for (String profile : profiles.group(1).split(",", -1)) {
                assertThat(pom).as(command).contains("<id>" + profile + "</id>");
            }
        }
    }

    @Test
    void everyExampleIsListedAndEveryListedOneIsThere() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (List<String> row : README.section("## Examples").rows()) {
            for (String name : Docs.code(row.get(0))) {
                listed.add(Arrays.stream(name.split("-", -1))
                        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT)
                                + word.substring(1))
                        .collect(Collectors.joining()));
            }
        }
        Set<String> there = new TreeSet<>();
        for (Path file : files("src/examples/java", ".java")) {
            if (Files.readString(file).contains("public static void main(")) {
                there.add(file.getFileName().toString().replace(".java", ""));
            }
        }
        assertThat(listed).isEqualTo(there);
    }

    // ---- names ----

    @Test
    void theCoordinatesAreThoseOfThePom() throws IOException {
        String pom = Files.readString(Path.of("pom.xml")).replaceAll("\\s+", "");
        List<Docs.Fence> dependencies = README.fences("xml");
        assertThat(dependencies).hasSize(1);
        String dependency = dependencies.get(0).text().replaceAll("\\s+", "")
                .replaceAll("</?dependency>", "");
        assertThat(dependency).startsWith("<groupId>io.gannet</groupId>")
                .contains("<artifactId>gannet</artifactId><version>");
        assertThat(pom).contains(dependency);
    }

    @Test
    void everyFileThatIsNamedExists() {
        Pattern named = Pattern.compile("(?:src|native|cmake|scripts)/[A-Za-z0-9_./-]*[A-Za-z0-9]");
        for (Docs page : PAGES) {
            for (String code : page.code()) {
                if (named.matcher(code).matches()) {
                    assertThat(Path.of(code)).exists();
                }
            }
        }
    }

    @Test
    void everyTypeMethodAndOptionIsPartOfTheApi() throws IOException {
        String api = Files.readString(Path.of("src/test/resources/api-surface.txt"))
                + Files.readString(Path.of("native/base/err.c")).replace("GN_", "");
        Set<String> headersAndExamples =
                Set.of("Allow", "Connection", "Forwarded", "LyricsReader");
        Set<String> unknown = new TreeSet<>();
        for (String section : List.of("### HTTP", "### In service", "### Raw sessions")) {
            for (String code : README.section(section).code()) {
                Matcher name = Pattern.compile("(?:[A-Z]\\w+|[a-z]+[A-Z]\\w*|[a-z]+(?=\\())")
                        .matcher(code.replaceFirst("\\(.*", "("));
                while (!code.contains("/") && !code.contains("-") && name.find()) {
                    if (!api.matches("(?s).*\\b" + name.group() + "\\b.*")) {
                        unknown.add(name.group());
                    }
                }
            }
        }
        unknown.removeAll(headersAndExamples);
        assertThat(unknown).isEmpty();
    }

    // ---- limits ----

    @Test
    void everyLimitThatIsNamedIsAnOption() {
        Set<String> options = Stream.of(NetOptions.Builder.class, HttpOptions.Builder.class)
                .flatMap(builder -> Arrays.stream(builder.getMethods()))
                .map(Method::getName)
                .collect(Collectors.toSet());
        int named = 0;
        for (List<String> row : README.section("## Limits").rows()) {
            Set<String> names = Docs.code(row.get(0));
            assertThat(options).containsAll(names);
            named += names.size();
        }
        assertThat(named).isGreaterThan(5);
    }

    @Test
    void theDefaultOfEveryLimitIsTheOneStated() {
        Map<String, String> stated = new LinkedHashMap<>();
        for (List<String> row : README.section("## Limits").rows()) {
            stated.put(row.get(0).replaceFirst(" \\(.*", "").replaceFirst(",? over all.*", ""),
                    row.get(1));
        }
        NetOptions net = NetOptions.port(0);
        HttpOptions http = HttpOptions.port(0);
        NetOptions client = NetOptions.clientBuilder().build();
        assertThat(client.idle()).isEqualTo(NetOptions.Idle.OFF);
        assertThat(net.idle()).isEqualTo(NetOptions.Idle.BOTH);
        assertThat(http.streamedBodyMax()).isEqualTo(Long.MAX_VALUE);
        assertThat(http.workers()).as("0 is for 8 per processor").isZero();
        assertThat(http.heapLimit()).as("0 is for a quarter of the heap").isZero();
        assertThat(stated).containsOnly(
                entry("sessions of a server", String.format(Locale.ROOT, "%,d",
                        net.maxSessions())),
                entry("sessions of one client address",
                        net.maxSessionsPerAddress() == 0 ? "off" : "on"),
                entry("write queue of a session", bytes(net.writeLimit())),
                entry("water marks of that queue",
                        bytes(net.lowWater()) + ", " + bytes(net.highWater())),
                entry("native memory of a loop", bytes(net.memoryLimit())),
                entry("heap that clients can make a server hold", "a quarter of the heap"),
                entry("idle time", seconds(net.idleTimeout())
                        + " without a byte either way; clients: off"),
                entry("connect time", seconds(net.connectTimeout())),
                entry("wait for the peer's end after a close", seconds(net.closeTimeout())),
                entry("file descriptors", "the system's"),
                entry("PROXY header", "4096 B, within `connectTimeout`"),
                entry("request line, header bytes, header count", http.requestLineMax() + " B, "
                        + http.headerBytesMax() + " B, " + http.headerCountMax()),
                entry("body that is collected; streamed", bytes(http.bodyMax()) + "; no limit"),
                entry("requests in flight on a connection", String.valueOf(http.inFlightMax())),
                entry("head, body, response without progress", seconds(http.headTimeout()) + ", "
                        + seconds(http.bodyTimeout()) + ", " + seconds(http.sendTimeout())),
                entry("handler without an answer", seconds(http.handlerTimeout())),
                entry("blocking handlers at once, and waiting",
                        "8 per processor; " + http.workerQueueMax()));
    }

    private static String seconds(Duration time) {
        return time.toSeconds() + " s";
    }

    private static String bytes(long count) {
        String[] units = {" B", " KiB", " MiB", " GiB"};
        int unit = Math.min(3, Long.numberOfTrailingZeros(count) / 10);
        return (count >> (10 * unit)) + units[unit];
    }

    // ---- messages ----

    /**
     * Each part of a message, between what is filled in, is a text in the sources, or two of them
     * one behind the other.
     */
    @Test
    void everyMessageIsOneThatTheSourcesHave() throws IOException {
        List<String> texts = texts();
        List<List<String>> rows = README.section("## When something goes wrong").rows();
        assertThat(rows).hasSizeGreaterThan(4);
        for (List<String> row : rows) {
            String message = row.get(0);
            for (String code : Docs.code(message)) {
                for (String part : code.split("…|: ?| ?[()]|(?<=on) (?=…)", -1)) {
                    assertThat(isIn(part.strip(), texts)).as("%s: %s", code, part).isTrue();
                }
            }
        }
        assertThat(isIn("the queue contains", texts)).isFalse();
    }

    private static boolean isIn(String part, List<String> texts) {
        if (part.isEmpty() || texts.stream().anyMatch(text -> hasWords(text, part))) {
            return true;
        }
        for (int at = part.indexOf(' '); at > 0; at = part.indexOf(' ', at + 1)) {
            String left = part.substring(0, at);
            String right = part.substring(at + 1);
            if (texts.stream().anyMatch(text -> hasWords(text, left))
                    && texts.stream().anyMatch(text -> hasWords(text, right))) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasWords(String text, String words) {
        return (" " + text.replaceAll("[^A-Za-z_]+", " ") + " ").contains(" " + words + " ");
    }

    /** The texts in the sources, and the names of errors, which C makes into texts. */
    private static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        List<Path> sources = new ArrayList<>(files("src/main/java", ".java"));
        sources.addAll(files("native/io", ".c"));
        sources.add(Path.of("native/base/err.c"));
        for (Path source : sources) {
            Matcher matcher = LITERAL.matcher(Files.readString(source));
            while (matcher.find()) {
                texts.add(matcher.group(1));
            }
        }
        Matcher names = Pattern.compile("(?:GN|OS)\\((?:GN_)?(E[A-Z0-9]+),")
                .matcher(Files.readString(Path.of("native/base/err.c")));
        while (names.find()) {
            texts.add(names.group(1));
        }
        return texts;
    }

    private static List<Path> files(String root, String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(Path.of(root))) {
            return all.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every piece of Java in the pages for users and in the javadoc compiles, as statements of a
 * method. What it may use without saying so is below: the imports, and what a reader would bring.
 */
class DocsCodeTest {
    private static final String BEFORE = """
            import static io.gannet.http.HttpHandler.async;
            import static io.gannet.http.HttpHandler.blocking;

            import io.gannet.*;
            import io.gannet.http.*;
            import io.gannet.http.filter.*;
            import io.gannet.micrometer.*;
            import io.micrometer.core.instrument.*;
            import java.nio.ByteBuffer;
            import java.nio.charset.StandardCharsets;
            import java.time.Duration;
            import java.util.*;
            import java.util.concurrent.CountDownLatch;

            abstract class Page {
                record Order(String item, int count) {}

                interface Store {
                    Order save(Order order);
                }

                abstract static class Reader implements NetHandler {
                    final CountDownLatch ended = new CountDownLatch(1);
                }

                abstract static class Registry extends MeterRegistry {
                    Registry() {
                        super(Clock.SYSTEM);
                    }

                    abstract String scrape();
                }

                HttpServer server;
                NetHandler handler;
                Registry registry;
                java.sql.Connection database;
                String password;
                Set<HttpEventStream> readers;

                void read(Store store, Reader reader) throws Exception {
            """;
    private static final String AFTER = """

                }
            }
            """;

    private static final Pattern EXAMPLE =
            Pattern.compile("<pre>\\{@code\n(.*?)\n *\\* \\}</pre>", Pattern.DOTALL);

    @TempDir
    Path directory;

    static Stream<Docs.Fence> fences() {
        return Stream.of("README.md", "CONTRIBUTING.md")
                .flatMap(page -> Docs.read(page).fences("java").stream());
    }

    static List<Docs.Fence> examples() throws IOException {
        List<Docs.Fence> found = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path source : (Iterable<Path>) sources::iterator) {
                if (source.toString().endsWith(".java")) {
                    Matcher matcher = EXAMPLE.matcher(Files.readString(source));
                    while (matcher.find()) {
                        found.add(new Docs.Fence(source.toString(),
                                matcher.group(1).replaceAll("(?m)^ *\\* ?", "")));
                    }
                }
            }
        }
        return found;
    }

    @Test
    void everyPackageBeginsWithAnExample() throws Exception {
        assertThat(examples()).extracting(Docs.Fence::where)
                .filteredOn(where -> where.endsWith("package-info.java"))
                .hasSize(4);
    }

    @ParameterizedTest
    @MethodSource({"fences", "examples"})
    void itCompiles(Docs.Fence fence) {
        assertThat(fence.text()).as("nothing may be left out").doesNotContain("…", "...");
        assertThat(compile(fence.text())).as("%s", fence).isEmpty();
    }

    @Test
    void whatIsWrongDoesNotCompile() {
        assertThat(compile("HttpServer.create().listens(8081);")).contains("listens");
        assertThat(compile("HttpServer.create().get(\"/\", request -> 7);")).contains("int");
        assertThat(fences()).hasSizeGreaterThan(3);
    }

    /** Returns what the compiler says, nothing when it is content. */
    private String compile(String statements) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        JavaFileObject source = new SimpleJavaFileObject(
                URI.create("string:///Page.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return BEFORE + statements + AFTER;
            }
        };
        List<String> options =
                List.of("-proc:none", "-d", directory.toString(), "-cp", classes());
        compiler.getTask(messages, null, null, options, null, List.of(source)).call();
        return messages.toString();
    }

    /** Where the classes lie of the library and of what is optional. */
    private static String classes() {
        return Stream.of(HttpServer.class, MeterRegistry.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation().toString())
                .map(location -> Path.of(URI.create(location)).toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}

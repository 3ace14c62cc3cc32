package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpServer;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
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
 * Every piece of Java in the pages for users compiles, as statements of a method. What it may use
 * without saying so is below: the imports, and what a reader would bring along.
 */
class DocsCodeTest {
    private static final String BEFORE = """
            import static io.gannet.http.HttpHandler.async;
            import static io.gannet.http.HttpHandler.blocking;

            import io.gannet.*;
            import io.gannet.http.*;
            import io.gannet.http.filter.*;
            import java.nio.ByteBuffer;
            import java.time.Duration;
            import java.util.concurrent.CountDownLatch;

            abstract class Page {
                record Order(String item, int count) {}

                interface Store {
                    Order save(Order order);
                }

                abstract static class Reader implements NetHandler {
                    final CountDownLatch ended = new CountDownLatch(1);
                }

                void read(Store store, Reader reader) throws Exception {
            """;
    private static final String AFTER = """

                }
            }
            """;

    @TempDir
    Path directory;

    static Stream<Docs.Fence> fences() {
        return Stream.of("README.md", "CONTRIBUTING.md")
                .flatMap(page -> Docs.read(page).fences("java").stream());
    }

    @ParameterizedTest
    @MethodSource("fences")
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

    /** Where the library's classes lie, and nothing else: that is what a user has. */
    private static String classes() {
        return Path.of(URI.create(HttpServer.class.getProtectionDomain().getCodeSource()
                .getLocation().toString())).toString();
    }
}

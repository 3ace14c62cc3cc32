package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gannet.JavaRun;
import io.gannet.probe.JsonProbe;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** JSON on the class path and on the module path, with Jackson and without. */
@Timeout(60)
class JsonPathIT {
    private static final String GANNET = JavaRun.home(HttpResponse.class);
    private static final String TESTS = JavaRun.home(JsonProbe.class);
    private static final String JACKSON = String.join(File.pathSeparator,
            JavaRun.home(ObjectMapper.class), JavaRun.home(JsonFactory.class),
            JavaRun.home(JsonProperty.class));
    private static final String BOTH = GANNET + File.pathSeparator + JACKSON;

    /** The lines that a JVM with these options prints. */
    private static List<String> run(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add(JsonProbe.class.getName());
        return JavaRun.java(arguments.toArray(new String[0])).lines();
    }

    private static String paths(String... paths) {
        return String.join(File.pathSeparator, paths);
    }

    @Test
    void jacksonIsFoundOnTheClassPath() throws Exception {
        assertThat(run("-cp", paths(BOTH, TESTS)))
                .containsExactly("named: false", "{\"a\":1} {a=[2]}");
    }

    @Test
    void jacksonIsFoundOnTheModulePath() throws Exception {
        assertThat(run("-p", BOTH, "--add-modules", "io.gannet,com.fasterxml.jackson.databind",
                "-cp", TESTS)).containsExactly("named: true", "{\"a\":1} {a=[2]}");
    }

    @Test
    void withoutJacksonTheErrorSaysWhatToDo() throws Exception {
        for (List<String> lines : List.of(run("-cp", paths(GANNET, TESTS)),
                run("-p", GANNET, "--add-modules", "io.gannet", "-cp", TESTS),
                run("-p", BOTH, "--add-modules", "io.gannet", "-cp", TESTS))) {
            assertThat(lines).hasSize(2);
            assertThat(lines.get(1)).contains("com.fasterxml.jackson.core:jackson-databind")
                    .contains("--add-modules com.fasterxml.jackson.databind");
        }
    }

    @Test
    void aCodecThatIsProvidedComesFirst(@TempDir Path dir) throws Exception {
        Path services = Files.createDirectories(dir.resolve("META-INF/services"));
        Files.writeString(services.resolve(JsonCodec.class.getName()),
                JsonProbe.Provided.class.getName());
        String path = paths(TESTS, dir.toString());
        assertThat(run("-cp", paths(BOTH, path)))
                .containsExactly("named: false", "provided provided");
        assertThat(run("-p", GANNET, "--add-modules", "io.gannet", "-cp", path))
                .containsExactly("named: true", "provided provided");
    }
}

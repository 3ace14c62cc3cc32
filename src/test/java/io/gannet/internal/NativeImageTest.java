package io.gannet.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the jar tells GraalVM's native-image: in the form that the schema asks for (reachability
 * metadata, 1.0 to 1.2), and all that the sources need.
 */
class NativeImageTest {
    private static final String FILE =
            "/META-INF/native-image/io.gannet/gannet/reachability-metadata.json";

    private final JsonNode metadata = read();

    private static JsonNode read() {
        try (InputStream in = NativeImageTest.class.getResourceAsStream(FILE)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(FILE, e);
        }
    }

    // ---- the form ----

    @Test
    void theFileHasTheFormOfTheSchema() {
        assertFields(metadata, Set.of(), Set.of("reflection", "resources"));
        for (JsonNode entry : array(metadata, "reflection")) {
            assertFields(entry, Set.of("type"),
                    Set.of("reason", "condition", "type", "methods", "fields"));
            assertThat(types(entry)).isNotEmpty();
            assertCondition(entry);
            for (JsonNode method : array(entry, "methods")) {
                assertFields(method, Set.of("name"), Set.of("name", "parameterTypes"));
                assertThat(method.get("name").isTextual()).isTrue();
                assertThat(array(method, "parameterTypes")).allMatch(JsonNode::isTextual);
            }
            for (JsonNode field : array(entry, "fields")) {
                assertFields(field, Set.of("name"), Set.of("name"));
            }
        }
        for (JsonNode entry : array(metadata, "resources")) {
            assertFields(entry, Set.of("glob"), Set.of("reason", "condition", "module", "glob"));
            assertThat(entry.get("glob").isTextual()).isTrue();
            assertCondition(entry);
        }
    }

    /** The names of the type, or of the interfaces of a proxy. */
    private static List<String> types(JsonNode entry) {
        JsonNode type = entry.get("type");
        if (type.isObject()) {
            assertFields(type, Set.of("proxy"), Set.of("proxy"));
            assertThat(array(type, "proxy")).allMatch(JsonNode::isTextual);
            return array(type, "proxy").stream().map(JsonNode::asText).toList();
        }
        assertThat(type.isTextual()).isTrue();
        return List.of(type.asText());
    }

    private static void assertCondition(JsonNode entry) {
        if (entry.has("condition")) {
            assertFields(entry.get("condition"), Set.of("typeReached"), Set.of("typeReached"));
            assertThat(entry.get("condition").get("typeReached").isTextual()).isTrue();
        }
        assertThat(entry.path("reason").isMissingNode() || entry.get("reason").isTextual())
                .isTrue();
    }

    private static void assertFields(JsonNode node, Set<String> needed, Set<String> allowed) {
        assertThat(node.isObject()).as(node.toString()).isTrue();
        Set<String> names = new TreeSet<>();
        node.fieldNames().forEachRemaining(names::add);
        assertThat(names).as(node.toString()).containsAll(needed).isSubsetOf(allowed);
    }

    private static List<JsonNode> array(JsonNode parent, String name) {
        List<JsonNode> items = new ArrayList<>();
        JsonNode node = parent.path(name);
        assertThat(node.isMissingNode() || node.isArray()).as(name).isTrue();
        node.forEach(items::add);
        return items;
    }

    // ---- what it says ----

    @Test
    void whatItNamesIsThere() throws Exception {
        for (JsonNode entry : array(metadata, "reflection")) {
            assertThat(Class.forName(entry.at("/condition/typeReached").asText(), false,
                    NativeImageTest.class.getClassLoader())).isNotNull();
            for (String name : types(entry)) {
                /* There are no virtual threads before. */
                if (!name.startsWith("java.lang.Thread") || Runtime.version().feature() >= 21) {
                    assertMethods(Class.forName(name), array(entry, "methods"));
                }
            }
        }
    }

    private static void assertMethods(Class<?> type, List<JsonNode> methods) {
        List<Executable> all = new ArrayList<>(List.of(type.getMethods()));
        all.addAll(List.of(type.getConstructors()));
        for (JsonNode method : methods) {
            String name = method.get("name").asText().replace("<init>", type.getName());
            List<String> wanted = array(method, "parameterTypes").stream()
                    .map(JsonNode::asText).toList();
            assertThat(all).as(method.toString()).anyMatch(
                    m -> m.getName().equals(name) && parameters(m).equals(wanted));
        }
    }

    private static List<String> parameters(Executable method) {
        return Arrays.stream(method.getParameterTypes()).map(Class::getName).toList();
    }

    @Test
    void everyLibraryInTheJarIsAResource() {
        List<String> globs = array(metadata, "resources").stream()
                .map(entry -> entry.get("glob").asText()).toList();
        assertThat(globs).hasSize(1);
        String start = globs.get(0).replace("**", "");
        for (String target : LibraryCheck.TARGETS) {
            assertThat("META-INF/native/" + target + "/" + LibraryCheck.file(target))
                    .startsWith(start);
        }
        assertThat(Platform.current().resource().substring(1)).startsWith(start);
    }

    /** A class that is looked up in a new place may have to be told to native-image as well. */
    @Test
    void nothingElseIsFoundByName() throws IOException {
        Set<String> known = Set.of("VirtualThreads.java", "StandardJson.java", "ClassFiles.java",
                "ProcessEnd.java");
        Pattern lookup = Pattern.compile("Class\\.forName\\(|\\.get(Declared)?(Method|Constructor"
                + "|Field)s?\\(|\\.find(Virtual|Static|Constructor|Class)\\(|newProxyInstance");
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                if (lookup.matcher(Files.readString(file)).find()) {
                    assertThat(known).contains(file.getFileName().toString());
                }
            }
        }
    }

    // ---- why there is no part about JNI ----

    /** These need no metadata; C that finds a class, method or field by name would. */
    @Test
    void theLibraryLooksUpNoClass() throws IOException {
        Set<String> used = new TreeSet<>();
        Pattern call = Pattern.compile("\\(\\*(?:env|vm)\\)->(\\w+)\\(");
        try (Stream<Path> files = Files.list(Path.of("native/jni"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".c")).toList()) {
                Matcher matcher = call.matcher(Files.readString(file));
                while (matcher.find()) {
                    used.add(matcher.group(1));
                }
            }
        }
        assertThat(used).containsExactlyInAnyOrder("GetArrayLength", "GetByteArrayRegion",
                "GetDirectBufferAddress", "GetDirectBufferCapacity", "NewDirectByteBuffer",
                "NewStringUTF");
    }

    /** Native methods which Java calls are found by the analysis; they must be where it expects. */
    @Test
    void everyNativeMethodIsStaticAndHasItsFunctionInTheLibrary() throws Exception {
        Set<String> names = new TreeSet<>(Set.of("JNI_OnLoad"));
        for (Class<?> type : List.of(NativeFile.class, NativeHttp.class, NativeLoop.class,
                NativeSocket.class)) {
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isNative(method.getModifiers())) {
                    assertThat(Modifier.isStatic(method.getModifiers())).as("" + method).isTrue();
                    names.add("Java_io_gannet_internal_" + type.getSimpleName() + "_"
                            + method.getName());
                }
            }
        }
        assertThat(names).isEqualTo(
                LibraryCheck.natives(Path.of("src/main/java/io/gannet/internal")));
        Platform platform = Platform.current();
        try (InputStream in = NativeLoader.class.getResourceAsStream(platform.resource())) {
            String text = new String(in.readAllBytes(), ISO_8859_1);
            for (String name : names) {
                assertThat(text.contains("\0" + name + "\0") || text.contains("\0_" + name + "\0"))
                        .as(name).isTrue();
            }
        }
    }
}

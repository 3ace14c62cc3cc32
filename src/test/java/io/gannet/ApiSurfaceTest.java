package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The public API as it was agreed on, one line for each thing a program can name. After an intended
 * change: run with {@code -Dapi.update=true}, look at the difference, and tell CHANGELOG.md.
 */
class ApiSurfaceTest {
    private static final Path SNAPSHOT = Path.of("src/test/resources/api-surface.txt");
    private static final List<String> EXPORTED = List.of("io.gannet", "io.gannet.http",
            "io.gannet.http.filter", "io.gannet.micrometer");

    @Test
    void thePublicApiIsAsItWasAgreedOn() throws Exception {
        SortedSet<String> now = surface();
        if (Boolean.getBoolean("api.update")) {
            Files.write(SNAPSHOT, now, StandardCharsets.UTF_8);
        }
        SortedSet<String> agreed =
                new TreeSet<>(Files.readAllLines(SNAPSHOT, StandardCharsets.UTF_8));
        assertThat(difference(agreed, now))
                .as("the public API changed; see the comment of this test")
                .isEmpty();
    }

    @Test
    void noPublicConstructorHasMoreThanThreeParameters() throws Exception {
        for (Class<?> type : types()) {
            if (!type.isRecord()) {
                assertThat(type.getConstructors()).as(type.getName())
                        .allMatch(constructor -> constructor.getParameterCount() <= 3);
            }
        }
    }

    @Test
    void publicTypesAreFinalSealedOrInterfaces() throws Exception {
        for (Class<?> type : types()) {
            boolean closed = Modifier.isFinal(type.getModifiers()) || type.isSealed()
                    || type.isInterface() || type.isEnum();
            assertThat(closed).as(type.getName()).isTrue();
        }
    }

    private static String difference(Set<String> agreed, Set<String> now) {
        Stream<String> gone = agreed.stream().filter(line -> !now.contains(line))
                .map(line -> "- " + line);
        Stream<String> come = now.stream().filter(line -> !agreed.contains(line))
                .map(line -> "+ " + line);
        return Stream.concat(gone, come).collect(Collectors.joining("\n"));
    }

    private static SortedSet<String> surface() throws Exception {
        SortedSet<String> lines = new TreeSet<>();
        for (Class<?> type : types()) {
            String name = type.getName();
            lines.add(name + ": " + head(type));
            for (Field field : type.getDeclaredFields()) {
                if (isVisible(field)) {
                    lines.add(name + ": " + Modifier.toString(field.getModifiers()) + " "
                            + field.getGenericType().getTypeName() + " " + field.getName());
                }
            }
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (isVisible(constructor)) {
                    lines.add(name + ": " + Modifier.toString(constructor.getModifiers())
                            + " new" + parameters(constructor));
                }
            }
            for (Method method : type.getDeclaredMethods()) {
                if (isVisible(method) && !method.isBridge()) {
                    lines.add(name + ": " + modifiers(method) + " "
                            + method.getGenericReturnType().getTypeName() + " "
                            + method.getName() + parameters(method));
                }
            }
        }
        return lines;
    }

    private static String head(Class<?> type) {
        StringBuilder head = new StringBuilder();
        int noise = Modifier.STATIC | Modifier.INTERFACE | Modifier.STRICT;
        int modifiers = type.getModifiers() & ~noise;
        head.append(Modifier.toString(modifiers)).append(type.isSealed() ? " sealed" : "");
        head.append(type.isInterface() ? " interface" : type.isRecord() ? " record"
                : type.isEnum() ? " enum" : " class");
        for (Type parent : type.getGenericInterfaces()) {
            head.append(" : ").append(parent.getTypeName());
        }
        if (type.getSuperclass() != null) {
            head.append(" < ").append(type.getGenericSuperclass().getTypeName());
        }
        return head.toString();
    }

    private static String modifiers(Method method) {
        String modifiers = Modifier.toString(method.getModifiers() & Modifier.methodModifiers());
        return method.isDefault() ? modifiers + " default" : modifiers;
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getGenericParameterTypes())
                .map(Type::getTypeName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static boolean isVisible(Member member) {
        boolean open = Modifier.isPublic(member.getModifiers())
                || Modifier.isProtected(member.getModifiers());
        return open && !member.isSynthetic();
    }

    /** The public types of the exported packages, out of the classes this was compiled against. */
    private static List<Class<?>> types() throws Exception {
        List<Class<?>> types = new java.util.ArrayList<>();
        URI home = NetServer.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        for (String file : classFiles(Path.of(home))) {
            String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
            int dot = name.lastIndexOf('.');
            if (dot > 0 && EXPORTED.contains(name.substring(0, dot))
                    && !name.endsWith("package-info")) {
                Class<?> type = Class.forName(name, false, NetServer.class.getClassLoader());
                if (isPublic(type)) {
                    types.add(type);
                }
            }
        }
        assertThat(types).contains(NetServer.class, NetOptions.Builder.class);
        return types;
    }

    private static boolean isPublic(Class<?> type) {
        Deque<Class<?>> outer = new ArrayDeque<>();
        for (Class<?> step = type; step != null; step = step.getEnclosingClass()) {
            outer.add(step);
        }
        return !type.isAnonymousClass()
                && outer.stream().allMatch(step -> Modifier.isPublic(step.getModifiers()));
    }

    private static List<String> classFiles(Path home) throws IOException {
        if (Files.isRegularFile(home)) {
            try (java.util.jar.JarFile jar = new java.util.jar.JarFile(home.toFile())) {
                return jar.stream().map(java.util.zip.ZipEntry::getName)
                        .filter(name -> name.endsWith(".class")).toList();
            }
        }
        try (Stream<Path> files = Files.walk(home)) {
            return files.map(file -> home.relativize(file).toString())
                    .filter(name -> name.endsWith(".class")).toList();
        }
    }
}

package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ClassFilesTest {
    /** Loads the library by itself, and says what it has loaded. */
    private static final class Loader extends URLClassLoader {
        Loader(URL place) {
            super(new URL[] {place}, ClassFilesTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.gannet.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                return isLoaded(name) ? findLoadedClass(name) : findClass(name);
            }
        }

        boolean isLoaded(String name) {
            return findLoadedClass(name) != null;
        }
    }

    private static List<String> names(Path root) throws Exception {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve("io/gannet"))) {
            files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class"))
                    .filter(file -> !file.contains("package-info"))
                    .forEach(file -> names.add(
                            file.substring(0, file.length() - 6).replace('/', '.')));
        }
        return names;
    }

    private static void load(Class<?> files) throws Exception {
        Method load = files.getDeclaredMethod("load");
        load.setAccessible(true);
        load.invoke(null);
    }

    @Test
    void everyClassOfAFolderIsLoaded() throws Exception {
        URL place = ClassFiles.class.getProtectionDomain().getCodeSource().getLocation();
        Path root = Path.of(place.toURI());
        Assumptions.assumeTrue(Files.isDirectory(root), "the library is in a jar");
        List<String> names = names(root);
        assertThat(names).hasSizeGreaterThan(60).contains("io.gannet.http.HttpServer");
        try (Loader loader = new Loader(place)) {
            Class<?> files = loader.loadClass(ClassFiles.class.getName());
            assertThat(loader.isLoaded("io.gannet.http.HttpServer")).isFalse();
            load(files);
            assertThat(names).allMatch(loader::isLoaded);
        }
    }

    @Test
    void classesThatAreNotThereAreNoFailure() throws Exception {
        URL place = ClassFiles.class.getProtectionDomain().getCodeSource().getLocation();
        try (Loader loader = new Loader(place)) {
            Class<?> files = loader.loadClass(ClassFiles.class.getName());
            loader.loadClass(OwnJar.class.getName()); /* as the library's loader has done */
            loader.close();
            load(files);
            assertThat(loader.isLoaded("io.gannet.http.HttpServer")).isFalse();
        }
    }
}

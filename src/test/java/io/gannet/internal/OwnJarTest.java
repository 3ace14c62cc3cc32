package io.gannet.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnJarTest {
    @TempDir private Path temp;

    private static String read(File place, String name) throws IOException {
        try (InputStream in = OwnJar.open(place, name)) {
            return in == null ? "nothing" : new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void theLibraryIsWhereTheClassesAre() throws IOException {
        String resource = Platform.current().resource();
        try (InputStream own = OwnJar.open(OwnJar.place(), resource);
                InputStream asked = NativeLoader.class.getResourceAsStream(resource)) {
            assertThat(own).isNotNull();
            assertThat(own.readAllBytes()).isEqualTo(asked.readAllBytes());
        }
    }

    @Test
    void aFileIsReadOutOfAJarWithABlankInItsName() throws IOException {
        Path jar = temp.resolve("own + jar.jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("META-INF/file"));
            out.write("inside".getBytes(UTF_8));
        }
        assertThat(read(jar.toFile(), "/META-INF/file")).isEqualTo("inside");
        assertThat(read(jar.toFile(), "/META-INF/other")).isEqualTo("nothing");
    }

    @Test
    void aFileIsReadOutOfADirectory() throws IOException {
        Files.createDirectories(temp.resolve("META-INF"));
        Files.writeString(temp.resolve("META-INF/file"), "beside");
        assertThat(read(temp.toFile(), "/META-INF/file")).isEqualTo("beside");
        assertThat(read(temp.toFile(), "/META-INF")).isEqualTo("nothing");
    }

    @Test
    void withoutAPlaceThereIsNothingAndABrokenOneIsAnError() throws IOException {
        assertThat(read(null, "/META-INF/file")).isEqualTo("nothing");
        Path broken = Files.writeString(temp.resolve("broken.jar"), "no jar");
        assertThatThrownBy(() -> read(broken.toFile(), "/x")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(temp.resolve("none.jar").toFile(), "/x"))
                .isInstanceOf(IOException.class);
    }
}

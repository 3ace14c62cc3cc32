package io.gannet.internal;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.security.CodeSource;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The jar, or directory, that the library's classes come from. A class loader asks its parents for
 * a resource first, and the JVM then opens its own image of modules to look there: half of the time
 * that loading takes.
 */
final class OwnJar {
    private OwnJar() {}

    /** A jar or directory; null where the classes come from elsewhere, as from a linked image. */
    static @Nullable File place() {
        CodeSource source = OwnJar.class.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        if (location == null || !location.getProtocol().equals("file")) {
            return null;
        }
        try {
            return new File(location.toURI());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Opens a file of it.
     *
     * @param name with a slash in front
     * @return null where it is not there
     */
    static @Nullable InputStream open(@Nullable File place, String name) throws IOException {
        if (place == null) {
            return null;
        }
        if (place.isDirectory()) {
            File file = new File(place, name);
            return file.isFile() ? new FileInputStream(file) : null;
        }
        /* The class loader has it open: the JVM does not read its directory again. */
        try (ZipFile jar = new ZipFile(place)) {
            ZipEntry entry = jar.getEntry(name.substring(1));
            if (entry == null) {
                return null;
            }
            try (InputStream in = jar.getInputStream(entry)) {
                return new ByteArrayInputStream(in.readAllBytes());
            }
        }
    }
}

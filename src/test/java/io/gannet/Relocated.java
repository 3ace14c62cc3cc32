package io.gannet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

/**
 * Gannet's classes as a shading tool relocates them: below another package, with every name of a
 * class, and every text that looks like one, changed in the constants of the class files.
 */
final class Relocated extends URLClassLoader {
    private static final String PREFIX = "shaded.";
    private static final String OWN = "io.gannet";

    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;

    Relocated(Path... places) throws IOException {
        super(urls(places), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] urls(Path[] places) throws IOException {
        URL[] urls = new URL[places.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = places[i].toUri().toURL();
        }
        return urls;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (!name.startsWith(PREFIX + OWN)) {
            return super.findClass(name);
        }
        String file = name.substring(PREFIX.length()).replace('.', '/') + ".class";
        try (InputStream in = getResourceAsStream(file)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = relocate(in.readAllBytes());
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    /** Changes the constants; what comes after them refers to them by number and stays. */
    private static byte[] relocate(byte[] type) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(type));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(in.readLong()); /* magic and version */
        int count = in.readUnsignedShort();
        out.writeShort(count);
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            out.writeByte(tag);
            if (tag == UTF8) {
                out.writeUTF(rename(in.readUTF()));
            } else {
                out.write(in.readNBytes(size(tag)));
            }
            if (tag == LONG || tag == DOUBLE) {
                i++; /* such a constant counts for two */
            }
        }
        in.transferTo(out);
        return bytes.toByteArray();
    }

    private static String rename(String text) {
        String renamed = text.replace("io/gannet/", "shaded/io/gannet/");
        return renamed.startsWith(OWN) ? PREFIX + renamed : renamed;
    }

    private static int size(int tag) {
        return switch (tag) {
            case 7, 8, 16, 19, 20 -> 2; /* class, string, method type, module, package */
            case 15 -> 3; /* method handle */
            case LONG, DOUBLE -> 8;
            default -> 4;
        };
    }
}

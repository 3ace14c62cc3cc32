package io.gannet.internal;

import io.gannet.NetException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads the native library, once for each class loader, and makes sure that it is the one which
 * belongs to this jar.
 *
 * <p>In this order: the file named by {@code gannet.native.path}, and then nothing else; the
 * library inside the jar, copied to a directory of its own which only this user can enter and
 * deleted as soon as it is loaded; {@code System.loadLibrary}. When all fail, one error lists every
 * attempt and what can be done.
 *
 * <p>The way of success is part of every start-up and has 15 ms. It uses no lambda, no stream, no
 * regular expression and no temporary-file API: each would load dozens of classes, and the last
 * one a secure random generator.
 */
public final class NativeLoader {

    /** The exact library file to load; nothing else is tried when it is set. */
    static final String PATH_PROPERTY = "gannet.native.path";

    /** Where the copy of the library is made; {@code java.io.tmpdir} when not set. */
    static final String DIRECTORY_PROPERTY = "gannet.native.dir";

    private static final int DIRECTORY_ATTEMPTS_MAX = 100;
    private static final int COPY_BUFFER_BYTES = 64 * 1024;

    private static volatile boolean loaded;
    /** Where the library came from and how long that took; for the report. */
    private static String loadedFrom = "";
    private static long loadNanos;

    private final Platform platform;
    private final Jvm jvm;
    private final @Nullable String exactPath;
    private final @Nullable String directory;
    private final StringBuilder attempts = new StringBuilder();
    private @Nullable Throwable cause;
    private String origin = "";

    NativeLoader(
            Platform platform, Jvm jvm, @Nullable String exactPath, @Nullable String directory) {
        this.platform = platform;
        this.jvm = jvm;
        this.exactPath = exactPath;
        this.directory = directory;
    }

    /**
     * Loads the library unless it is loaded already. Call it before the first native method.
     *
     * <p>The classes of the native methods do not call it from an initialiser of theirs: the
     * version check below initialises them while it holds this class's lock, and a second thread
     * could hold theirs.
     *
     * @throws NetException with code ENATIVE when no library can be used; the message tells why
     */
    public static void load() {
        if (!loaded) {
            loadOnce();
        }
    }

    private static synchronized void loadOnce() {
        if (!loaded) {
            long start = System.nanoTime();
            String path = System.getProperty(PATH_PROPERTY);
            String directory = System.getProperty(DIRECTORY_PROPERTY);
            NativeLoader loader = new NativeLoader(Platform.current(), new Jvm(), path, directory);
            loader.run();
            loadedFrom = loader.origin;
            loadNanos = System.nanoTime() - start;
            loaded = true;
        }
    }

    /** Where the library came from; empty before it is loaded. */
    static synchronized String loadedFrom() {
        return loadedFrom;
    }

    /** How long it took to find, copy, load and check the library; 0 before that. */
    static synchronized long loadNanos() {
        return loadNanos;
    }

    /** What the loader asks of the JVM; the tests put their own answers here. */
    static class Jvm {
        @Nullable InputStream resource(String name) {
            InputStream own;
            try {
                own = OwnJar.open(OwnJar.place(), name);
            } catch (IOException | SecurityException e) {
                own = null; /* the class loader may know another way to where our classes are */
            }
            return own != null ? own : NativeLoader.class.getResourceAsStream(name);
        }

        void load(String file) {
            System.load(file);
        }

        void loadLibrary(String name) {
            System.loadLibrary(name);
        }

        String nativeVersion() {
            return NativeLoop.version();
        }
    }

    void run() {
        if (exactPath != null) {
            if (!loadExactPath(exactPath)) {
                throw failure();
            }
        } else if (!loadResource() && !loadFromLibraryPath()) {
            throw failure();
        }
        checkVersion();
    }

    // --- The three ways ----------------------------------------------------------------------

    private boolean loadExactPath(String path) {
        String what = PATH_PROPERTY + "=" + path;
        File file = new File(path);
        if (!file.isAbsolute()) {
            return failed(what, "the path must be absolute", null);
        }
        if (!file.isFile()) {
            return failed(what, file.exists() ? "not a file" : "no such file", null);
        }
        return loadFile(what, file);
    }

    private boolean loadResource() {
        String what = "jar resource " + platform.resource();
        try (InputStream in = jvm.resource(platform.resource())) {
            if (in == null) {
                return failed(what, "the jar has none for " + platform.directory(), null);
            }
            return loadCopy(what, in);
        } catch (IOException e) {
            return failed(what, "cannot be read: " + e, e);
        }
    }

    private boolean loadFromLibraryPath() {
        String path = System.getProperty("java.library.path", "");
        String what = "java.library.path";
        try {
            jvm.loadLibrary("gannet");
            return took(what);
        } catch (UnsatisfiedLinkError e) {
            File file = LoadFailure.isTaken(e) ? LoadFailure.find(path, platform.file()) : null;
            return file != null ? loadFile(what, file) : failed(what, "" + e.getMessage(), e);
        }
    }

    /** Loads a file which is not ours to delete. */
    private boolean loadFile(String what, File file) {
        try {
            jvm.load(file.getPath());
            return took(what);
        } catch (UnsatisfiedLinkError e) {
            if (!LoadFailure.isTaken(e)) {
                return failed(what, LoadFailure.explain(e, file.getParent()), e);
            }
        }
        // A JVM lets one class loader only have a given file: a second one gets a copy of its own.
        try (InputStream in = Files.newInputStream(file.toPath())) {
            return loadCopy(what, in);
        } catch (IOException e) {
            return failed(what, "cannot be read: " + e, e);
        }
    }

    // --- The private copy --------------------------------------------------------------------

    private boolean loadCopy(String what, InputStream in) {
        String temporary = System.getProperty("java.io.tmpdir", "/tmp");
        String parent = directory != null ? directory : temporary;
        Path dir;
        try {
            dir = createDirectory(Path.of(parent).toAbsolutePath());
        } catch (IOException | RuntimeException e) {
            return failed(what, LoadFailure.explainDirectory(e, parent, directory != null), e);
        }
        Path file = dir.resolve(platform.file());
        try {
            copy(in, file);
            jvm.load(file.toString());
            return took(what);
        } catch (IOException e) {
            return failed(what, LoadFailure.explainDirectory(e, parent, directory != null), e);
        } catch (UnsatisfiedLinkError e) {
            return failed(what, LoadFailure.explain(e, parent), e);
        } finally {
            // The mapping stays valid without a name, and nothing is left behind even when the
            // process is killed later.
            delete(file);
            delete(dir);
        }
    }

    /**
     * Creates a directory that nobody else can enter. Creation fails when the name exists, so the
     * name need not be secret, only new.
     */
    private static Path createDirectory(Path parent) throws IOException {
        FileAttribute<Set<PosixFilePermission>> ownerOnly = PosixFilePermissions.asFileAttribute(
                EnumSet.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE));
        long seed = System.currentTimeMillis() ^ System.nanoTime();
        for (int i = 0; ; i++) {
            try {
                return Files.createDirectory(
                        parent.resolve("gannet-" + Long.toHexString(seed + i)), ownerOnly);
            } catch (FileAlreadyExistsException e) {
                if (i == DIRECTORY_ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static void copy(InputStream in, Path file) throws IOException {
        FileAttribute<Set<PosixFilePermission>> ownerOnly = PosixFilePermissions.asFileAttribute(
                EnumSet.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE));
        Set<StandardOpenOption> exclusively =
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        byte[] buffer = new byte[COPY_BUFFER_BYTES];
        try (SeekableByteChannel out = Files.newByteChannel(file, exclusively, ownerOnly)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The file system that accepted the file refuses to part with it; the load itself went
            // as it went, and there is nobody who could do more about it.
        }
    }

    // --- Afterwards --------------------------------------------------------------------------

    /**
     * A library of another version agrees with this jar on names, perhaps, but not on the layout of
     * shared memory. It cannot be unloaded, so there is no next attempt.
     */
    private void checkVersion() {
        String found;
        try {
            found = jvm.nativeVersion();
        } catch (UnsatisfiedLinkError e) {
            failed("version check", LoadFailure.explainStranger(NativeLoader.class), e);
            throw failure();
        }
        if (!Version.VALUE.equals(found)) {
            failed(
                    "version check",
                    "the library that was loaded is version " + found + ", this jar is "
                            + Version.VALUE + "; remove the other one, or correct " + PATH_PROPERTY,
                    null);
            throw failure();
        }
    }

    private boolean took(String what) {
        origin = what;
        return true;
    }

    private boolean failed(String what, String why, @Nullable Throwable reason) {
        attempts.append("\n  - ").append(what).append(": ").append(why);
        if (cause == null) {
            cause = reason;
        }
        return false;
    }

    private NetException failure() {
        String text = LoadFailure.describe(platform, attempts.toString(), exactPath != null);
        NetException failure = new NetException("ENATIVE", "load", text);
        failure.initCause(cause);
        return failure;
    }
}

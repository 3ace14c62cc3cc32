package io.gannet.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Words for what went wrong in {@link NativeLoader}; none of this runs in a good start. */
final class LoadFailure {

    private LoadFailure() {}

    /** Whether the JVM refused a file because another class loader has it. */
    static boolean isTaken(UnsatisfiedLinkError e) {
        String message = e.getMessage();
        return message != null && message.contains("already loaded in another classloader");
    }

    /** Looks for a file along a library path. */
    static @Nullable File find(String path, String name) {
        for (int from = 0; from <= path.length(); ) {
            int colon = path.indexOf(File.pathSeparatorChar, from);
            int to = colon < 0 ? path.length() : colon;
            File file = new File(path.substring(from, to), name);
            if (to > from && file.isFile()) {
                return file.getAbsoluteFile();
            }
            from = to + 1;
        }
        return null;
    }

    /** What the dynamic loader's refusal of a library in {@code directory} means. */
    static String explain(UnsatisfiedLinkError e, @Nullable String directory) {
        String message = String.valueOf(e.getMessage());
        String mount = directory == null ? null : noexecMount(mounts(), realPath(directory));
        return message + hint(message, mount);
    }

    static String hint(String message, @Nullable String noexecMount) {
        if (noexecMount != null) {
            return ". " + noexecMount + " is mounted noexec, so no library can be loaded from it:"
                    + " set -D" + NativeLoader.DIRECTORY_PROPERTY + "=<directory> to one on a file"
                    + " system which allows execution";
        }
        if (message.contains("failed to map segment")
                || message.contains("Operation not permitted")) {
            return ". The system forbids executable memory from this directory (a noexec mount or a"
                    + " security module): set -D" + NativeLoader.DIRECTORY_PROPERTY + "=<directory>"
                    + " to one where it is allowed";
        }
        if (message.contains("GLIBC_") || message.contains("Error relocating")
                || message.contains("ld-linux") || message.contains("libc.musl")) {
            return ". The library was built for another C library than the one of this process:"
                    + " build Gannet on this system with scripts/build-native.sh and name the"
                    + " result with -D" + NativeLoader.PATH_PROPERTY;
        }
        if (message.contains("wrong ELF class") || message.contains("incompatible architecture")
                || message.contains("mach-o") || message.contains("invalid ELF header")
                || message.contains("cannot open shared object file: No such file")) {
            return ". The file is not a library for this processor and system";
        }
        return "";
    }

    /**
     * Why a library that could be loaded has none of the native methods of a class's neighbours.
     * Tools which relocate packages would change a name with dots as well, here too.
     */
    static String explainStranger(Class<?> loader) {
        String name = loader.getPackageName();
        if (name.replace('.', '_').equals("io_gannet_internal")) {
            return "the library that was loaded is not one of Gannet";
        }
        return "this copy of Gannet was relocated to the package " + name + ", and native methods"
                + " are found by the names they were built with: leave Gannet's packages out of the"
                + " relocation, the jar may still be shaded into another";
    }

    /** Why no private copy could be made. */
    static String explainDirectory(Exception e, String parent, boolean chosen) {
        String origin = chosen ? NativeLoader.DIRECTORY_PROPERTY : "java.io.tmpdir";
        String why;
        if (e instanceof NoSuchFileException) {
            why = "does not exist";
        } else if (e instanceof AccessDeniedException) {
            why = "cannot be written by this user";
        } else {
            why = "cannot take a copy of the library: " + e.getMessage();
        }
        return "the directory " + parent + " (" + origin + ") " + why + "; set -D"
                + NativeLoader.DIRECTORY_PROPERTY + "=<directory> to one which can be written and"
                + " executed from, or unpack the library and name it with -D"
                + NativeLoader.PATH_PROPERTY;
    }

    /** The whole message of a failed load. */
    static String describe(Platform platform, String attempts, boolean exact) {
        StringBuilder text = new StringBuilder(1024);
        text.append("the native library of Gannet ").append(Version.VALUE)
                .append(" cannot be loaded. What was tried:").append(attempts);
        if (exact) {
            text.append("\nNothing else was tried, because ").append(NativeLoader.PATH_PROPERTY)
                    .append(" is set.");
        } else {
            text.append("\nTo use a library file of your own, set -D")
                    .append(NativeLoader.PATH_PROPERTY).append("=<absolute path of ")
                    .append(platform.file()).append(">; it was not set.");
        }
        if (!platform.isKnown()) {
            text.append("\nGannet knows ").append(Platform.KNOWN).append('.');
        }
        return text.append("\nPlatform: ").append(platform.directory())
                .append(" (os.name=").append(property("os.name"))
                .append(", os.version=").append(property("os.version"))
                .append(", os.arch=").append(property("os.arch"))
                .append(", libc=").append(libc(platform))
                .append("), JVM: ").append(property("java.vm.name")).append(' ')
                .append(property("java.vm.version")).append(" of ").append(property("java.vendor"))
                .append(", java.home=").append(property("java.home")).append('.')
                .toString();
    }

    /**
     * The mount point that holds {@code path} when it is mounted noexec, else {@code null}.
     *
     * @param mounts lines in the form of {@code /proc/mounts}; a later mount hides an earlier one
     */
    static @Nullable String noexecMount(String mounts, String path) {
        String holder = "";
        boolean noexec = false;
        for (String line : mounts.split("\n", -1)) {
            String[] fields = line.split(" ", -1);
            if (fields.length < 4) {
                continue;
            }
            String mount = unescape(fields[1]);
            if (mount.length() >= holder.length() && holds(mount, path)) {
                holder = mount;
                noexec = ("," + fields[3] + ",").contains(",noexec,");
            }
        }
        return noexec ? holder : null;
    }

    private static boolean holds(String mount, String path) {
        return mount.equals("/") || path.equals(mount) || path.startsWith(mount + "/");
    }

    /** The kernel writes space, tab, newline and backslash of a mount point as octal numbers. */
    private static String unescape(String field) {
        return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n")
                .replace("\\134", "\\");
    }

    private static String mounts() {
        try {
            return Files.readString(Path.of("/proc/mounts"), UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static String realPath(String directory) {
        try {
            return Path.of(directory).toRealPath().toString();
        } catch (IOException e) {
            return directory;
        }
    }

    static String libc(Platform platform) {
        if (!platform.os().equals("linux")) {
            return "system";
        }
        return platform.musl() ? "musl" : "glibc";
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }
}

package io.gannet.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads finished native libraries, of any of the six targets and on any machine, and tells what
 * makes them unfit to be shipped. {@code scripts/check-natives.sh} runs this file by itself, so it
 * uses nothing but the JDK: no tool that reads ELF and Mach-O alike is part of the build.
 */
final class LibraryCheck {

    static final List<String> TARGETS = List.of(
            "linux-x86_64", "linux-aarch64", "linux-x86_64-musl", "linux-aarch64-musl",
            "macos-x86_64", "macos-aarch64");

    private static final long JAR_BYTES_MAX = 3 << 20;
    private static final int SHOWN_MAX = 20;
    private static final int GLIBC_MINOR_MAX = 17;
    private static final int MACOS_MAX = 11 << 16;

    private LibraryCheck() {}

    /** The command: sources of the natives; a jar, directory or library; the targets wanted. */
    public static void main(String[] args) throws IOException {
        Set<String> exports = natives(Path.of(args[0]));
        Path where = Path.of(args[1]);
        List<String> wanted = args.length > 2 ? List.of(args).subList(2, args.length) : TARGETS;
        Map<String, byte[]> libraries = libraries(where, wanted);
        List<String> faults = new ArrayList<>();
        for (String target : wanted) {
            byte[] bytes = libraries.get(target);
            if (bytes == null) {
                faults.add(target + ": there is no such library in " + where);
                continue;
            }
            List<String> found = faults(target, bytes, exports);
            for (String fault : found.subList(0, Math.min(found.size(), SHOWN_MAX))) {
                faults.add(target + ": " + fault);
            }
            if (found.size() > SHOWN_MAX) {
                faults.add(target + ": and " + (found.size() - SHOWN_MAX) + " faults more");
            }
            System.out.printf("%-20s %,9d bytes  %s%n", target, bytes.length, digest(bytes));
        }
        if (where.toString().endsWith(".jar")) {
            long size = Files.size(where);
            System.out.printf("%-20s %,9d bytes%n", where.getFileName(), size);
            if (size > JAR_BYTES_MAX) {
                faults.add(where + ": " + size + " bytes; " + JAR_BYTES_MAX + " are the limit");
            }
        }
        if (!faults.isEmpty()) {
            System.err.println(String.join("\n", faults));
            System.exit(1);
        }
    }

    // --- What to look at ---------------------------------------------------------------------

    /** Names that the JVM will ask for: those of every native method declared below a directory. */
    static Set<String> natives(Path sources) throws IOException {
        Pattern method = Pattern.compile("(?m)^ .*\\bnative [\\w<>\\[\\]]+ (\\w+)\\(");
        Set<String> names = new TreeSet<>(Set.of("JNI_OnLoad"));
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String type = file.getFileName().toString().replace(".java", "");
                Matcher matcher = method.matcher(Files.readString(file));
                while (matcher.find()) {
                    names.add("Java_io_gannet_internal_" + type + "_" + matcher.group(1));
                }
            }
        }
        return names;
    }

    private static Map<String, byte[]> libraries(Path where, List<String> wanted)
            throws IOException {
        if (where.toString().endsWith(".jar")) {
            return jar(where);
        }
        Map<String, byte[]> libraries = new TreeMap<>();
        for (String target : wanted) {
            Path file = where;
            if (Files.isDirectory(where)) {
                file = where.resolve("META-INF/native/" + target + "/" + file(target));
            }
            if (Files.exists(file)) {
                libraries.put(target, Files.readAllBytes(file));
            }
        }
        return libraries;
    }

    private static Map<String, byte[]> jar(Path path) throws IOException {
        Map<String, byte[]> libraries = new TreeMap<>();
        try (ZipFile zip = new ZipFile(path.toFile())) {
            for (String target : TARGETS) {
                ZipEntry entry = zip.getEntry("META-INF/native/" + target + "/" + file(target));
                if (entry != null) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        libraries.put(target, in.readAllBytes());
                    }
                }
            }
        }
        return libraries;
    }

    static String file(String target) {
        return target.startsWith("macos-") ? "libgannet.dylib" : "libgannet.so";
    }

    // --- The rules ---------------------------------------------------------------------------

    /** What is wrong with a library; nothing if it may be shipped. */
    static List<String> faults(String target, byte[] bytes, Set<String> exports) {
        List<String> faults = new ArrayList<>();
        try {
            if (target.startsWith("macos-")) {
                machFaults(target, new MachFile(bytes), exports, faults);
            } else {
                elfFaults(target, new ElfFile(bytes), exports, faults);
            }
        } catch (IllegalArgumentException
                | BufferUnderflowException
                | IndexOutOfBoundsException e) {
            faults.add("cannot be read: " + e);
            return faults;
        }
        String text = new String(bytes, ISO_8859_1);
        check(faults, !text.contains("gannet test build"), "contains the kqueue of the tests");
        for (String property : List.of("user.dir", "user.home")) {
            String path = System.getProperty(property, "");
            if (path.length() > 1 && text.contains(path + "/")) {
                faults.add("contains a path of the machine it was built on: " + path);
            }
        }
        return faults;
    }

    private static void elfFaults(
            String target, ElfFile elf, Set<String> exports, List<String> faults) {
        boolean arm = target.contains("aarch64");
        check(faults, elf.machine == (arm ? 183 : 62), "is for machine " + elf.machine);
        check(faults, elf.type == 3, "is no shared library but type " + elf.type);
        check(faults, elf.soname.equals("libgannet.so"), "calls itself '" + elf.soname + "'");
        List<String> libc = target.endsWith("-musl")
                ? List.of("libc.so")
                : List.of("libc.so.6", "libpthread.so.0",
                        arm ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2");
        for (String needed : elf.needed) {
            check(faults, libc.contains(needed), "needs " + needed + ", not only libc");
        }
        check(faults, elf.needed.contains(libc.get(0)), "does not need " + libc.get(0));
        exportFaults(exports, elf.exports, faults);
        for (String symbol : elf.imports) {
            check(faults, !symbol.startsWith("io_uring_"), "lacks liburing: imports " + symbol);
            boolean fortified = symbol.endsWith("_chk") || symbol.startsWith("__isoc23_");
            check(faults, !fortified, "imports " + symbol + ", unknown to an older libc");
        }
        // io_uring_setup, _enter and _register: liburing makes them without the help of libc.
        for (int number = 425; number <= 427; number++) {
            check(faults, elf.makesCall(arm, number), "lacks liburing: no system call " + number);
        }
        for (String version : elf.versions) {
            check(faults, isOldGlibc(version), "needs " + version + ", newer than 2.17");
        }
        check(faults, elf.tags.get(22L) == null, "has relocations in its code (TEXTREL)");
        check(faults, elf.tags.get(15L) == null && elf.tags.get(29L) == null, "has an RPATH");
        check(faults, (elf.tag(30) & 8) != 0 || (elf.tag(0x6ffffffb) & 1) != 0,
                "is not bound when loaded (BIND_NOW)");
        // No source of ours asks for any, so it would be a stray errno (native/io/stat_linux.c);
        // and musl loads no library that expects it in the place where a program has it.
        check(faults, !elf.segments.containsKey(7), "has thread-local memory");
        check(faults, !elf.segments.containsKey(3), "is a program (PT_INTERP)");
        check(faults, elf.segments.containsKey(0x6474e552), "has no read-only relocations (RELRO)");
        Integer stack = elf.segments.get(0x6474e551);
        check(faults, stack != null && (stack & 1) == 0, "wants an executable stack");
    }

    private static boolean isOldGlibc(String version) {
        Matcher matcher = Pattern.compile("GLIBC_2\\.(\\d{1,4})(\\.\\d+)?").matcher(version);
        return matcher.matches() && Integer.parseInt(matcher.group(1)) <= GLIBC_MINOR_MAX;
    }

    private static void machFaults(
            String target, MachFile mach, Set<String> exports, List<String> faults) {
        boolean arm = target.contains("aarch64");
        int cpu = arm ? 0x0100000c : 0x01000007;
        check(faults, mach.cpu == cpu, "is for processor " + Integer.toHexString(mach.cpu));
        check(faults, mach.type == 6, "is no dynamic library but type " + mach.type);
        check(faults, mach.identity.equals("@rpath/libgannet.dylib"),
                "calls itself '" + mach.identity + "'");
        check(faults, mach.needed.equals(List.of("/usr/lib/libSystem.B.dylib")),
                "needs " + mach.needed + ", not only libSystem");
        check(faults, mach.platform == 1, "is for platform " + mach.platform + ", not macOS");
        check(faults, mach.minimum > 0 && mach.minimum <= MACOS_MAX,
                "needs macOS " + (mach.minimum >> 16) + "." + (mach.minimum >> 8 & 255));
        check(faults, !mach.hasRpath, "has an RPATH");
        check(faults, (mach.flags & 0x80) != 0, "looks its symbols up in all libraries");
        exportFaults(exports, mach.symbols, faults);
        // What dlsym finds is in another table than what nm shows.
        exportFaults(exports, mach.trie, faults);
        for (long start : mach.segmentStarts) {
            check(faults, start % (arm ? 0x4000 : 0x1000) == 0, "has a segment between two pages");
        }
        // Apple silicon loads nothing that is not signed.
        check(faults, mach.signed, "has no signature");
        faults.addAll(mach.signatureFaults);
    }

    private static void exportFaults(
            Set<String> wanted, Set<String> found, List<String> faults) {
        for (String name : wanted) {
            check(faults, found.contains(name), "does not export " + name);
        }
        for (String name : found) {
            check(faults, wanted.contains(name), "exports " + name);
        }
    }

    private static void check(List<String> faults, boolean good, String fault) {
        if (!good) {
            faults.add(fault);
        }
    }

    private static String digest(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : Arrays.copyOf(sha256(bytes, 0, bytes.length), 8)) {
            text.append(String.format("%02x", b));
        }
        return text.toString();
    }

    private static byte[] sha256(byte[] bytes, int from, int to) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, from, to - from);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(byte[] bytes, long at) {
        int start = Math.toIntExact(at);
        int end = start;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(bytes, start, end - start, UTF_8);
    }

    // --- ELF, as Linux has it ----------------------------------------------------------------

    private static final class ElfFile {
        final int type;
        final int machine;
        String soname = "";
        final List<String> needed = new ArrayList<>();
        final Set<String> exports = new TreeSet<>();
        final Set<String> imports = new TreeSet<>();
        final Set<String> versions = new TreeSet<>();
        /** Type of each segment, and its flags. */
        final Map<Integer, Integer> segments = new TreeMap<>();
        final Map<Long, Long> tags = new TreeMap<>();

        private final byte[] bytes;
        private final ByteBuffer in;

        ElfFile(byte[] bytes) {
            this.bytes = bytes;
            in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            if (in.getInt(0) != 0x464c457f || bytes[4] != 2 || bytes[5] != 1) {
                throw new IllegalArgumentException("no ELF file of 64 bits, little endian");
            }
            type = in.getShort(16);
            machine = in.getShort(18);
            int at = Math.toIntExact(in.getLong(32));
            for (int i = 0; i < in.getShort(56); i++, at += 56) {
                segments.put(in.getInt(at), in.getInt(at + 4));
            }
            int sections = Math.toIntExact(in.getLong(40));
            for (int i = 0; i < in.getShort(60); i++) {
                int section = sections + i * 64;
                int link = sections + in.getInt(section + 40) * 64;
                switch (in.getInt(section + 4)) {
                    case 6 -> readDynamic(section, link);
                    case 11 -> readSymbols(section, link);
                    case 0x6ffffffe -> readVersions(section, link);
                    default -> { }
                }
            }
        }

        long tag(long tag) {
            return tags.getOrDefault(tag, 0L);
        }

        private long offset(int section) {
            return in.getLong(section + 24);
        }

        private void readDynamic(int section, int strings) {
            int at = Math.toIntExact(offset(section));
            for (; in.getLong(at) != 0; at += 16) {
                long tag = in.getLong(at);
                long value = in.getLong(at + 8);
                tags.put(tag, value);
                if (tag == 1) {
                    needed.add(text(bytes, offset(strings) + value));
                } else if (tag == 14) {
                    soname = text(bytes, offset(strings) + value);
                }
            }
        }

        private void readSymbols(int section, int strings) {
            int at = Math.toIntExact(offset(section));
            long end = at + in.getLong(section + 32);
            for (at += 24; at < end; at += 24) {
                String name = text(bytes, offset(strings) + in.getInt(at));
                int binding = bytes[at + 4] >> 4;
                if (in.getShort(at + 6) != 0) {
                    exports.add(name);
                } else if (binding == 1) {
                    imports.add(name);
                }
            }
        }

        private void readVersions(int section, int strings) {
            int at = Math.toIntExact(offset(section));
            for (int i = in.getInt(section + 44); i > 0; i--) {
                int version = at + in.getInt(at + 8);
                for (int n = in.getShort(at + 2); n > 0; n--) {
                    versions.add(text(bytes, offset(strings) + in.getInt(version + 8)));
                    version += in.getInt(version + 12);
                }
                at += in.getInt(at + 12);
            }
        }

        /** Whether an instruction puts the number of a system call where the kernel expects it. */
        boolean makesCall(boolean arm, int number) {
            int load = arm ? 0x52800008 | number << 5 : number;
            for (int i = 1; i + 4 <= bytes.length; i++) {
                int word = in.getInt(i);
                if (arm && (word & 0x7fffffff) == load) { // movz w8 or x8
                    return true;
                }
                if (!arm && word == load && bytes[i - 1] == (byte) 0xb8) { // mov eax
                    return true;
                }
            }
            return false;
        }
    }

    // --- Mach-O, as macOS has it -------------------------------------------------------------

    private static final class MachFile {
        final int cpu;
        final int type;
        final int flags;
        String identity = "";
        int platform;
        int minimum;
        boolean hasRpath;
        boolean signed;
        final List<String> needed = new ArrayList<>();
        final Set<String> symbols = new TreeSet<>();
        final Set<String> trie = new TreeSet<>();
        final List<Long> segmentStarts = new ArrayList<>();
        final List<String> signatureFaults = new ArrayList<>();

        private final byte[] bytes;
        private final ByteBuffer in;

        MachFile(byte[] bytes) {
            this.bytes = bytes;
            in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            if (in.getInt(0) != 0xfeedfacf) {
                throw new IllegalArgumentException("no Mach-O file of 64 bits");
            }
            cpu = in.getInt(4);
            type = in.getInt(12);
            flags = in.getInt(24);
            int at = 32;
            for (int i = in.getInt(16); i > 0; i--) {
                readCommand(in.getInt(at), at);
                at += in.getInt(at + 4);
            }
        }

        private void readCommand(int command, int at) {
            switch (command) {
                case 0x19 -> { // SEGMENT_64
                    segmentStarts.add(in.getLong(at + 24));
                    segmentStarts.add(in.getLong(at + 40));
                }
                case 0x0d -> identity = text(bytes, at + in.getInt(at + 8));
                case 0x0c, 0x20, 0x80000018, 0x8000001f -> // LOAD_DYLIB and its variants
                    needed.add(text(bytes, at + in.getInt(at + 8)));
                case 0x32 -> { // BUILD_VERSION
                    platform = in.getInt(at + 8);
                    minimum = in.getInt(at + 12);
                }
                case 0x24 -> { // VERSION_MIN_MACOSX
                    platform = 1;
                    minimum = in.getInt(at + 8);
                }
                case 0x8000001c -> hasRpath = true;
                case 0x02 -> readSymbols(at);
                case 0x80000022, 0x22 -> readTrie(in.getInt(at + 40), in.getInt(at + 44));
                case 0x80000033 -> readTrie(in.getInt(at + 8), in.getInt(at + 12));
                case 0x1d -> readSignature(in.getInt(at + 8));
                default -> { }
            }
        }

        private void readSymbols(int command) {
            int at = in.getInt(command + 8);
            for (int i = in.getInt(command + 12); i > 0; i--, at += 16) {
                int kind = bytes[at + 4] & 255;
                boolean debugging = (kind & 0xe0) != 0;
                boolean external = (kind & 0x11) == 1;
                boolean defined = (kind & 0x0e) != 0;
                if (!debugging && external && defined) {
                    symbols.add(plain(text(bytes, in.getInt(command + 16) + in.getInt(at))));
                }
            }
        }

        private static String plain(String symbol) {
            return symbol.startsWith("_") ? symbol.substring(1) : "without underscore: " + symbol;
        }

        /** A tree of prefixes, in which each node is told by its distance from the start. */
        private void readTrie(int start, int size) {
            Map<Long, String> open = new TreeMap<>();
            Set<Long> seen = new HashSet<>();
            if (size > 0) {
                open.put(0L, "");
            }
            while (!open.isEmpty()) {
                long node = open.keySet().iterator().next();
                String prefix = open.remove(node);
                if (!seen.add(node)) {
                    throw new IllegalArgumentException("an export trie with a circle");
                }
                in.position(Math.toIntExact(start + node));
                int terminal = Math.toIntExact(leb());
                if (terminal > 0) {
                    trie.add(plain(prefix));
                }
                in.position(in.position() + terminal);
                for (int children = in.get() & 255; children > 0; children--) {
                    String edge = text(bytes, in.position());
                    in.position(in.position() + edge.length() + 1);
                    open.put(leb(), prefix + edge);
                }
            }
        }

        private long leb() {
            long value = 0;
            for (int shift = 0; shift < 63; shift += 7) {
                byte part = in.get();
                value |= (long) (part & 127) << shift;
                if (part >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("a number without end");
        }

        /** Every page has to have the digest that the signature tells, as the kernel will check. */
        private void readSignature(int at) {
            in.order(ByteOrder.BIG_ENDIAN);
            int directory = at + in.getInt(at + 16);
            signed = in.getInt(at) == 0xfade0cc0 && in.getInt(directory) == 0xfade0c02;
            if (signed) {
                int page = 1 << bytes[directory + 39];
                int limit = in.getInt(directory + 32);
                int pages = in.getInt(directory + 28);
                int digest = directory + in.getInt(directory + 16);
                int mode = in.getInt(directory + 12);
                check(signatureFaults, (mode & 2) != 0, "is not signed ad hoc");
                check(signatureFaults, bytes[directory + 36] == 32 && bytes[directory + 37] == 2,
                        "is signed with another digest than SHA-256");
                check(signatureFaults, limit == at && pages == (limit + page - 1) / page,
                        "is signed in part only");
                for (int i = 0; i < pages; i++, digest += 32) {
                    byte[] actual = sha256(bytes, i * page, Math.min(limit, (i + 1) * page));
                    check(signatureFaults,
                            Arrays.equals(actual, Arrays.copyOfRange(bytes, digest, digest + 32)),
                            "has another page " + i + " than the one that was signed");
                }
            }
            in.order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}

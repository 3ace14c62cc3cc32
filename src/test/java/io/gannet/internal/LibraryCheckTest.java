package io.gannet.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Good libraries pass, and each fault that is put into one is found. */
class LibraryCheckTest {

    // --- The natives -------------------------------------------------------------------------

    @Test
    void theNativesAreThoseOfTheClasses() throws IOException {
        Set<String> expected = new TreeSet<>(Set.of("JNI_OnLoad"));
        for (Class<?> type : List.of(
                NativeFile.class, NativeHttp.class, NativeLoop.class, NativeSocket.class)) {
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isNative(method.getModifiers())) {
                    String name = type.getName().replace('.', '_') + "_" + method.getName();
                    expected.add("Java_" + name);
                }
            }
        }
        assertThat(natives()).isEqualTo(expected);
    }

    // --- ELF, with the library of this build -------------------------------------------------

    @Test
    void theLibraryOfThisBuildIsGood() throws IOException {
        assertThat(elfFaults(host())).isEmpty();
    }

    @Test
    void anotherProcessorIsFound() throws IOException {
        byte[] library = host();
        library[18] = (byte) 243;
        assertThat(elfFaults(library)).contains("is for machine 243");
    }

    @Test
    void anotherNameAndDependencyAreFound() throws IOException {
        assertThat(elfFaults(with("libgannet.so\0", "libgarnet.so\0")))
                .contains("calls itself 'libgarnet.so'");
        assertThat(elfFaults(with("\0libc.so.6\0", "\0libz.so.1\0")))
                .contains("needs libz.so.1, not only libc")
                .contains("does not need libc.so.6");
    }

    @Test
    void aMissingAndASuperfluousExportAreFound() throws IOException {
        assertThat(elfFaults(with("\0JNI_OnLoad\0", "\0JNI_OnLoaf\0")))
                .contains("does not export JNI_OnLoad")
                .contains("exports JNI_OnLoaf");
    }

    @Test
    void liburingOutsideIsFound() throws IOException {
        assertThat(elfFaults(with("\0__sched_cpucount\0", "\0io_uring_queue_x\0")))
                .contains("lacks liburing: imports io_uring_queue_x");
    }

    @Test
    void aLibraryWithoutTheCallsOfLiburingIsFound() throws IOException {
        assumeThat(target()).isEqualTo("linux-x86_64");
        // mov eax, 425
        assertThat(elfFaults(with("\u00b8\u00a9\1\0\0", "\u00b8\u00a9\2\0\0")))
                .containsExactly("lacks liburing: no system call 425");
    }

    @Test
    void aFortifiedCallIsFound() throws IOException {
        assertThat(elfFaults(with("\0sched_setaffinity\0", "\0__sched_affin_chk\0")))
                .contains("imports __sched_affin_chk, unknown to an older libc");
    }

    @Test
    void aNewerGlibcIsFound() throws IOException {
        byte[] library = with("\0GLIBC_2.17\0", "\0GLIBC_2.18\0");
        assertThat(LibraryCheck.faults(target(), library, natives()))
                .contains("needs GLIBC_2.18, newer than 2.17")
                .doesNotContain("needs GLIBC_2.17, newer than 2.17");
    }

    @Test
    void anExecutableStackAndThreadLocalMemoryAreFound() throws IOException {
        byte[] stack = host();
        int segment = segment(stack, 0x6474e551);
        stack[segment + 4] = 7;
        assertThat(elfFaults(stack)).contains("wants an executable stack");
        byte[] local = host();
        int other = segment(local, 0x6474e550);
        Arrays.fill(local, other, other + 4, (byte) 0);
        local[other] = 7;
        assertThat(elfFaults(local)).contains("has thread-local memory");
    }

    @Test
    void theKqueueOfTheTestsIsFound() throws IOException {
        byte[] library = host();
        byte[] longer = Arrays.copyOf(library, library.length + 64);
        byte[] mark = "gannet test build: kqueue over epoll".getBytes(US_ASCII);
        System.arraycopy(mark, 0, longer, library.length, mark.length);
        assertThat(elfFaults(longer)).contains("contains the kqueue of the tests");
    }

    @Test
    void aPathOfThisMachineIsFound() throws IOException {
        byte[] library = host();
        byte[] path = (System.getProperty("user.dir") + "/native/io/loop.c").getBytes(ISO_8859_1);
        byte[] longer = Arrays.copyOf(library, library.length + path.length);
        System.arraycopy(path, 0, longer, library.length, path.length);
        assertThat(elfFaults(longer)).anyMatch(f -> f.startsWith("contains a path"));
    }

    @Test
    void whatIsNoLibraryIsRefused() {
        for (String target : LibraryCheck.TARGETS) {
            byte[] start = "\177ELF\2\1".getBytes(US_ASCII);
            for (byte[] bytes : List.of(new byte[0], new byte[64], start)) {
                assertThat(LibraryCheck.faults(target, bytes, Set.of()))
                        .singleElement().asString().startsWith("cannot be read");
            }
        }
    }

    // --- Mach-O, with a file made here -------------------------------------------------------

    @Test
    void aGoodLibraryForMacosIsGood() {
        assertThat(machFaults(mach())).isEmpty();
    }

    @Test
    void aChangeAfterTheSignatureIsFound() {
        ByteBuffer library = mach();
        library.put(PAGE + 48, (byte) 1);
        assertThat(machFaults(library))
                .containsExactly("has another page 1 than the one that was signed");
    }

    @Test
    void aLibraryForMacosWithoutSignatureIsFound() {
        ByteBuffer library = mach();
        library.putInt(commandOf(library, 0x1d), 0x1e);
        assertThat(machFaults(library)).contains("has no signature");
    }

    @Test
    void aNewerMacosAnotherProcessorAndAnotherNameAreFound() {
        ByteBuffer library = mach();
        library.putInt(commandOf(library, 0x32) + 12, 12 << 16);
        library.putInt(4, 0x01000007);
        library.put(commandOf(library, 0x0d) + 24, (byte) '/');
        library.put(commandOf(library, 0x0c) + 24 + 9, (byte) 'X');
        assertThat(machFaults(library))
                .contains("needs macOS 12.0")
                .contains("is for processor 1000007")
                .contains("calls itself '/rpath/libgannet.dylib'")
                .anyMatch(f -> f.startsWith("needs [/usr/lib/Xib"));
    }

    @Test
    void whatTheTwoTablesOfExportsSayIsLookedAt() {
        ByteBuffer library = mach();
        library.put(TRIE + 3, (byte) 'K');
        assertThat(machFaults(library))
                .contains("does not export JNI_OnLoad")
                .contains("exports KNI_OnLoad");
        library = mach();
        library.put(STRINGS + 2, (byte) 'K');
        assertThat(machFaults(library)).contains("exports KNI_OnLoad");
    }

    // --- Helpers -----------------------------------------------------------------------------

    private static final int PAGE = 4096;
    private static final int TRIE = PAGE;
    private static final int SYMBOLS = PAGE + 64;
    private static final int STRINGS = PAGE + 96;
    private static final int SIGNATURE = PAGE + 128;

    private static Set<String> natives() throws IOException {
        return LibraryCheck.natives(Path.of("src/main/java/io/gannet/internal"));
    }

    private static String target() {
        return Platform.current().directory();
    }

    private static byte[] host() throws IOException {
        assumeThat(target()).isIn("linux-x86_64", "linux-aarch64");
        try (InputStream in =
                LibraryCheck.class.getResourceAsStream(Platform.current().resource())) {
            assertThat(in).as("the library that this build made").isNotNull();
            return in.readAllBytes();
        }
    }

    /** What is wrong besides the C library, which is as new as that of this machine. */
    private static List<String> elfFaults(byte[] library) throws IOException {
        return LibraryCheck.faults(target(), library, natives()).stream()
                .filter(f -> !f.startsWith("needs GLIBC_"))
                .toList();
    }

    private static byte[] with(String old, String text) throws IOException {
        String library = new String(host(), ISO_8859_1);
        assertThat(library).contains(old);
        return library.replace(old, text).getBytes(ISO_8859_1);
    }

    private static int segment(byte[] elf, int type) {
        ByteBuffer in = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < in.getShort(56); i++) {
            int at = (int) in.getLong(32) + i * 56;
            if (in.getInt(at) == type) {
                return at;
            }
        }
        throw new AssertionError("no segment of type " + type);
    }

    private static List<String> machFaults(ByteBuffer library) {
        return LibraryCheck.faults("macos-aarch64", bytes(library), Set.of("JNI_OnLoad"));
    }

    private static byte[] bytes(ByteBuffer library) {
        byte[] bytes = new byte[library.capacity()];
        library.get(0, bytes);
        return bytes;
    }

    private static int commandOf(ByteBuffer library, int type) {
        int at = 32;
        while (library.getInt(at) != type) {
            at += library.getInt(at + 4);
        }
        return at;
    }

    /** The least that passes: one segment, one export, two pages, signed. */
    private static ByteBuffer mach() {
        ByteBuffer out = ByteBuffer.allocate(SIGNATURE + 160).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0xfeedfacf).putInt(0x0100000c).putInt(0).putInt(6);
        out.putInt(7).putInt(0).putInt(0x85).putInt(0);
        out.putInt(0x19).putInt(72).put(new byte[16]).putLong(0).putLong(0x4000);
        out.putLong(0).putLong(SIGNATURE).putInt(5).putInt(5).putInt(0).putInt(0);
        name(out, 0x0d, "@rpath/libgannet.dylib");
        name(out, 0x0c, "/usr/lib/libSystem.B.dylib");
        out.putInt(0x32).putInt(24).putInt(1).putInt(11 << 16).putInt(0).putInt(0);
        out.putInt(0x02).putInt(24).putInt(SYMBOLS).putInt(1).putInt(STRINGS).putInt(16);
        out.putInt(0x80000033).putInt(16).putInt(TRIE).putInt(32);
        out.putInt(0x1d).putInt(16).putInt(SIGNATURE).putInt(160);

        // The root, without a value, and one edge to a node that has one.
        out.position(TRIE);
        out.put((byte) 0).put((byte) 1).put("_JNI_OnLoad\0".getBytes(US_ASCII));
        out.put((byte) 15).put((byte) 2).putShort((short) 0).put((byte) 0);
        out.position(SYMBOLS);
        out.putInt(1).put((byte) 0x0f).put((byte) 1).putShort((short) 0).putLong(64);
        out.position(STRINGS);
        out.put("\0_JNI_OnLoad\0".getBytes(US_ASCII));
        sign(out);
        return out;
    }

    private static void name(ByteBuffer out, int command, String name) {
        out.putInt(command).putInt(24 + 32).putInt(24).putInt(0).putInt(0).putInt(0);
        out.put(Arrays.copyOf(name.getBytes(US_ASCII), 32));
    }

    private static void sign(ByteBuffer out) {
        out.order(ByteOrder.BIG_ENDIAN).position(SIGNATURE);
        out.putInt(0xfade0cc0).putInt(160).putInt(1).putInt(0).putInt(20);
        out.putInt(0xfade0c02).putInt(44 + 64).putInt(0x20400).putInt(2).putInt(44).putInt(0);
        out.putInt(0).putInt(2).putInt(SIGNATURE).put((byte) 32).put((byte) 2);
        out.put((byte) 0).put((byte) 12).putInt(0);
        out.put(digest(bytes(out), 0, PAGE)).put(digest(bytes(out), PAGE, SIGNATURE));
        out.order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] digest(byte[] bytes, int from, int to) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(bytes, from, to));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

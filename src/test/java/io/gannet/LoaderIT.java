package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loading the library where files cannot be made or not be executed; by the jar as a program. */
@Timeout(60)
class LoaderIT {
    private static final String JAR = JavaRun.home(NetServer.class);

    @TempDir private Path temp;

    private static JavaRun report(List<String> launcher, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-jar", JAR));
        return JavaRun.under(launcher, arguments.toArray(new String[0]));
    }

    private static void assertLoaded(JavaRun run) {
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(run.out()).contains("jar resource /META-INF/native/");
    }

    private static void assertRefused(JavaRun run, String... reason) {
        assertThat(run.exit()).as(run.out()).isEqualTo(1);
        assertThat(run.out()).contains(reason).contains("set -Dgannet.native.dir=<directory>");
    }

    private String folder(String name) throws Exception {
        return Files.createDirectories(temp.resolve(name)).toString();
    }

    private static String tmpdir(String folder) {
        return "-Djava.io.tmpdir=" + folder;
    }

    @Test
    void aTemporaryFolderWithoutExecutionIsNamedAndAnotherOneHelps() throws Exception {
        String bad = folder("noexec");
        String good = folder("good");
        List<String> mounted = Namespaces.after("mount -t tmpfs -o noexec none " + bad);
        assertRefused(report(mounted, tmpdir(bad)), bad + " is mounted noexec");
        assertLoaded(report(mounted, tmpdir(bad), "-Dgannet.native.dir=" + good));
        assertThat(Path.of(good)).isEmptyDirectory();
    }

    @Test
    void aReadOnlyRootIsNamedAndAFolderInMemoryHelps() throws Exception {
        String bad = folder("read-only");
        String good = folder("memory");
        List<String> mounted = Namespaces.after("mount --bind " + bad + " " + bad
                + "; mount -o remount,bind,ro " + bad + "; mount -t tmpfs none " + good
                + "; mount -o remount,bind,ro /");
        assertRefused(report(mounted, tmpdir(bad)), "the directory " + bad + " (java.io.tmpdir)",
                "Read-only file system");
        assertLoaded(report(mounted, tmpdir(bad), "-Dgannet.native.dir=" + good));
    }

    @Test
    void aReadOnlyRootNeedsNoFolderAtAllForALibraryThatIsUnpacked() throws Exception {
        String bad = folder("read-only");
        Path unpacked = unpack();
        List<String> mounted = Namespaces.after("mount -o remount,bind,ro /");
        JavaRun run = report(mounted, tmpdir(bad), "-Dgannet.native.path=" + unpacked);
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(run.out()).contains("gannet.native.path=" + unpacked);
    }

    private Path unpack() throws Exception {
        Path target = temp.resolve("libgannet.so");
        String line = JavaRun.java("-jar", JAR).lines().stream()
                .filter(text -> text.contains("jar resource ")).findFirst().orElseThrow();
        String name = line.substring(line.indexOf("resource ") + "resource ".length());
        try (var in = NetServer.class.getResourceAsStream(name)) {
            Files.copy(in, target);
        }
        return target;
    }

    @Test
    void aFullFolderIsNamedAndKeepsNothing() throws Exception {
        String bad = folder("full");
        String mount = "mount -t tmpfs -o size=64k none " + bad;
        assertRefused(report(Namespaces.after(mount), tmpdir(bad)), "No space left on device");
        JavaRun look = report(Namespaces.after(mount + "; \"$@\" >/dev/null || ls -A " + bad
                + "; exit 0"), tmpdir(bad));
        assertThat(look.out()).isEmpty();
    }

    @Test
    void aFolderThatIsMissingIsNamed() throws Exception {
        String missing = temp.resolve("missing").toString();
        assertRefused(report(List.of("env", "-u", "HOME", "TMPDIR=" + missing), tmpdir(missing)),
                "the directory " + missing + " (java.io.tmpdir) does not exist");
        assertRefused(report(List.of(), "-Dgannet.native.dir=" + missing),
                "the directory " + missing + " (gannet.native.dir) does not exist");
    }

    @Test
    void aFolderOfSomebodyElseIsNamed() throws Exception {
        String bad = folder("foreign");
        Files.setPosixFilePermissions(Path.of(bad), PosixFilePermissions.fromString("r-xr-xr-x"));
        Assumptions.assumeTrue(Namespaces.allowed(), "the superuser may write anywhere");
        assertRefused(report(List.of("unshare", "-U"), tmpdir(bad)),
                "the directory " + bad + " (java.io.tmpdir) cannot be written by this user");
    }

    @Test
    void aHomeIsNotNeeded() throws Exception {
        String temporary = folder("temporary");
        String home = temp.resolve("nobody").toString();
        assertLoaded(report(List.of("env", "HOME=" + home), tmpdir(temporary),
                "-Duser.home=" + home));
        try (Stream<Path> left = Files.list(Path.of(temporary))) {
            assertThat(left).isEmpty();
        }
    }
}

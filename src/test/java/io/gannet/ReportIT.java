package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The jar as a program: the report on the platform. */
@Timeout(60)
class ReportIT {
    private static final String JAR = JavaRun.home(NetServer.class);

    private static void assertComplete(JavaRun run) {
        assertThat(run.out()).startsWith("Gannet ");
        assertThat(run.lines()).contains("machine", "native library", "limits", "defaults")
                .anyMatch(line -> line.matches("  platform +\\w+-\\w+"))
                .anyMatch(line -> line.matches("  system +\\S+ \\S+, \\S+, libc: \\w+"))
                .anyMatch(line -> line.startsWith("  JVM  ")
                        && line.contains(System.getProperty("java.vm.version")))
                .anyMatch(line -> line.matches("  open files +.*(\\d|unlimited|here).*"))
                .anyMatch(line -> line.matches("  locked memory +.*(\\d|unlimited|here).*"))
                .anyMatch(line -> line.matches("  cgroup memory +.*(\\d|limit|here).*"))
                .anyMatch(line -> line.matches("  loops +\\d+"));
        assertThat(run.out()).doesNotContain("\tat ").doesNotContain("WARNING")
                .doesNotContain("null");
    }

    private static void assertGood(JavaRun run) {
        assertThat(run.exit()).as(run.out()).isZero();
        assertComplete(run);
        assertThat(run.lines()).contains("backends")
                .anyMatch(line -> line.matches("  loaded from +jar resource /META-INF/native/.*"))
                .anyMatch(line -> line.matches("  time to load +\\d+\\.\\d ms"))
                .anyMatch(line -> line.matches("  chosen +(io_uring|epoll|kqueue), .*"))
                .anyMatch(line -> line.matches("  (epoll|kqueue) +yes"))
                .anyMatch(line -> line.matches("  (epoll|kqueue) +no: this system does not .*"));
    }

    @Test
    void theJarTellsWhatAReportOfABugNeeds() throws Exception {
        JavaRun run = JavaRun.java("-jar", JAR);
        assertGood(run);
        assertThat(run.out()).doesNotContain(JAR)
                .doesNotContain(Path.of("").toAbsolutePath().toString())
                .doesNotContain(InetAddress.getLocalHost().getHostName() + "\n");
    }

    @Test
    void theModuleIsThatProgramToo() throws Exception {
        assertGood(JavaRun.java("--enable-native-access=io.gannet", "-p", JAR, "-m", "io.gannet"));
    }

    @Test
    void everyFeatureOfTheRingHasALineOfItsOwn() throws Exception {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
        JavaRun run = JavaRun.java("-Dgannet.deny=72", "-jar", JAR);
        assertGood(run);
        Assumptions.assumeTrue(run.out().contains("chosen              io_uring"));
        assertThat(run.lines()).contains("    multishot-accept  yes", "    multishot-recv    no",
                "    buffer-ring       yes", "    no-iowait         no");
    }

    @Test
    void whyABackendWasNotChosenIsTold() throws Exception {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
        JavaRun run = JavaRun.under(JavaRun.refusing("EPERM", "io_uring_setup"), "-jar", JAR);
        assertGood(run);
        assertThat(run.lines())
                .anyMatch(line -> line.startsWith("  chosen              epoll, io_uring_setup"))
                .anyMatch(line -> line.startsWith("  io_uring            no: io_uring_setup: ")
                        && line.contains("seccomp"));
    }

    @Test
    void withoutTheLibraryEverythingElseIsToldAndTheExitCodeIsOne() throws Exception {
        JavaRun run = JavaRun.java("-Dgannet.native.path=/nonexistent/libgannet.so", "-jar", JAR);
        assertThat(run.exit()).isEqualTo(1);
        assertComplete(run);
        assertThat(run.out()).contains("  not loaded  ")
                .contains("gannet.native.path=/nonexistent/libgannet.so: no such file")
                .doesNotContain("backends\n");
    }

    @Test
    void withoutANetworkEverythingElseIsTold() throws Exception {
        Assumptions.assumeTrue(Namespaces.allowed(), "no network namespaces here");
        JavaRun run = JavaRun.under(List.of("unshare", "-U", "-r", "-n"), "-jar", JAR);
        assertThat(run.exit()).as(run.out()).isZero();
        assertComplete(run);
        assertThat(run.out()).contains(
                "epoll               yes, but an echo over the loopback address failed: ");
    }

    @Test
    void theHelpTellsWhatTheProgramIsFor() throws Exception {
        JavaRun help = JavaRun.java("-jar", JAR, "--help");
        assertThat(help.exit()).isZero();
        assertThat(help.out()).startsWith("Usage: java -jar gannet.jar");
        JavaRun wrong = JavaRun.java("-jar", JAR, "--verbose");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.out()).isEqualTo(help.out());
    }
}

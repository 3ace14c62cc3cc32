package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpFiles;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers where the system refuses what they would like to use: as in containers, with small
 * limits, and on older kernels. Each runs in a JVM of its own, which says how it went.
 */
@Timeout(60)
class ContainerIT {
    private static final String URING = "io_uring_setup,io_uring_enter,io_uring_register";

    @BeforeEach
    void onLinux() {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
    }

    private static List<String> probe(List<String> launcher, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", "-cp", JavaRun.classPath()));
        arguments.addAll(List.of(options));
        arguments.add(Program.class.getName());
        JavaRun run = JavaRun.under(launcher, arguments.toArray(new String[0]));
        assertThat(run.exit()).as(run.out()).isZero();
        return run.lines();
    }

    /** That it served all the same, and said once why it serves as it does. */
    private static String servedBy(List<String> lines, String backend, String... cause) {
        assertThat(lines).contains("echo: it works", "file: HTTP/1.1 200 OK, beneath");
        List<String> said = starting(lines, "log: ");
        assertThat(said).hasSize(1);
        assertThat(said.get(0)).startsWith("log: backend " + backend + ": ").contains(cause);
        return starting(lines, "required: ").get(0);
    }

    private static List<String> starting(List<String> lines, String start) {
        return lines.stream().filter(line -> line.startsWith(start)).toList();
    }

    // ---- forbidden system calls ----

    @ParameterizedTest
    @CsvSource({
        "EPERM, allow io_uring_setup",
        "ENOSYS, hides io_uring from this process",
        "ENOMEM, ulimit -l",
    })
    void aFilterThatRefusesTheRingMeansEpollAndOneLineWithTheRemedy(String error, String remedy)
            throws Exception {
        String required = servedBy(probe(JavaRun.refusing(error, URING)), "epoll",
                "io_uring_setup failed: ", "(" + error + ")", remedy);
        assertThat(required).contains(error, "io_uring_setup", remedy);
    }

    /** Some filters know only some of the three calls. */
    @ParameterizedTest
    @CsvSource({
        "EPERM, io_uring_enter, io_uring_enter failed",
        "ENOSYS, io_uring_enter, io_uring_enter failed",
        "EPERM, io_uring_register, io_uring provided buffer ring failed",
    })
    void aRingThatCannotBeUsedIsNotTaken(String error, String call, String step) throws Exception {
        String required = servedBy(probe(JavaRun.refusing(error, call)), "epoll", step,
                "(" + error + ")", "io_uring");
        assertThat(required).contains(error);
    }

    /** Newer JVMs cannot live with EPERM for statx themselves. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "EPERM | openat2,faccessat2,epoll_pwait2,sched_setaffinity",
        "ENOSYS | openat2,faccessat2,epoll_pwait2,sched_setaffinity,statx",
    })
    void whatOlderFiltersDoNotKnowIsDoneWithout(String error, String calls) throws Exception {
        List<String> lines = probe(JavaRun.refusing(error, calls));
        List<String> said = starting(lines, "log: ");
        assertThat(lines).contains("echo: it works", "file: HTTP/1.1 200 OK, beneath");
        assertThat(said.stream().filter(line -> !line.endsWith(" runs on any processor")))
                .hasSize(1);
        assertThat(said).hasSizeGreaterThan(1);
    }

    @Test
    void withoutAnyQueueTheErrorNamesTheCallThatIsMissing() throws Exception {
        List<String> lines = probe(JavaRun.refusing("EPERM", URING + ",epoll_create1"));
        assertThat(lines.get(0)).startsWith("failed: EPERM open loop: epoll_create1: ")
                .contains("seccomp").doesNotContain("io_uring_setup");
    }

    // ---- small limits ----

    /** The superuser has no such limit, so it is given up where the system lets us. */
    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void littleLockedMemoryIsEnoughOrNamed(int kib) throws Exception {
        List<String> lines = probe(limited("ulimit -l " + kib));
        String said = starting(lines, "log: ").get(0);
        String backend = said.contains("backend epoll") ? "epoll" : "io_uring";
        String required = servedBy(lines, backend, "");
        if (backend.equals("epoll")) {
            assertThat(said).contains("ulimit -l");
            assertThat(required).contains("ulimit -l");
        } else { /* since Linux 5.12 a ring counts against the memory of the control group */
            assertThat(required).isEqualTo("required: io_uring");
        }
    }

    private static List<String> limited(String limit) throws Exception {
        List<String> command = new ArrayList<>();
        if (Namespaces.allowed()) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of("sh", "-c", limit + " && exec \"$@\"", "limited"));
        return command;
    }

    // ---- older kernels ----

    @Test
    void aKernelWithoutBufferRingsMeansEpollAndOneLineWithTheRemedy() throws Exception {
        String required = servedBy(probe(List.of(), "-Dgannet.deny=16"), "epoll",
                "io_uring provided buffer ring failed", "older than Linux 5.19");
        assertThat(required).contains("EINVAL", "older than Linux 5.19");
    }

    /** What the other JVM runs. */
    static final class Program {
        private static final List<String> RECORDS = new CopyOnWriteArrayList<>();

        private Program() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws Exception {
            Logger logger = Logger.getLogger("io.gannet");
            logger.setUseParentHandlers(false);
            logger.addHandler(new Recording());
            try {
                serve();
                sayRecords();
                System.out.println("required: " + required());
            } catch (NetException e) {
                System.out.println("failed: " + e.code() + " " + e.getMessage());
            }
        }

        @SuppressWarnings("SystemOut")
        private static void sayRecords() throws InterruptedException {
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (thread.getName().equals("gannet-log")) {
                    thread.join();
                }
            }
            for (String line : RECORDS) {
                System.out.println("log: " + line);
            }
        }

        /** Two servers, so that what is said twice is seen; several loops, pinned. */
        @SuppressWarnings("SystemOut")
        private static void serve() throws Exception {
            NetOptions options = NetOptions.builder().listen(Backends.loopback(0)).loops(2)
                    .pinLoops(true).build();
            try (NetServer server = NetServer.open(options, Recorder.echo());
                    TestPeer peer = TestPeer.connect(server.port())) {
                System.out.println("echo: " + peer.exchange("it works"));
            }
            Path folder = Files.createTempDirectory("gannet-container-");
            Path file = Files.writeString(folder.resolve("file.txt"), "beneath");
            HttpOptions http = HttpOptions.builder().transport(options).build();
            try (HttpServer server = HttpServer.open(http, HttpFiles.of(folder));
                    TestPeer peer = TestPeer.connect(server.port())) {
                peer.write("GET /file.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                List<String> lines = peer.readAll().lines().toList();
                System.out.println("file: " + lines.get(0) + ", " + lines.get(lines.size() - 1));
            } finally {
                Files.delete(file);
                Files.delete(folder);
            }
        }

        private static String required() {
            NetOptions options = NetOptions.builder().listen(Backends.loopback(0)).loops(1)
                    .backend(NetOptions.Backend.IO_URING).required(true).build();
            try (NetServer server = NetServer.open(options, Recorder.echo())) {
                return server.backend().name();
            } catch (NetException e) {
                return e.code() + " " + e.getMessage();
            }
        }

        private static final class Recording extends Handler {
            @Override
            public void publish(LogRecord entry) {
                RECORDS.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        }
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server process with few descriptors, and more connections than it can have. */
@Timeout(60)
class DescriptorIT {
    private static final int FILES = 120;
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsLinux() {
        Backends.assumeTested(NetOptions.Backend.EPOLL);
    }

    @OnEachBackend
    @Timeout(60)
    void aServerWithoutDescriptorsServesWhomItHasTurnsOthersAwayAndRecovers(
            NetOptions.Backend backend) throws Exception {
        Backends.server(backend); /* skips one that does not work here */
        List<TestPeer> hogs = new ArrayList<>();
        try (ChildJvm jvm = ChildJvm.launchWithFiles(FILES,
                List.of("-Xmx64m", "-XX:-MaxFDLimit"), AttackTarget.class.getName(),
                backend.name(), String.valueOf(AttackRun.NATIVE_LIMIT), folder.toString())) {
            int port = Integer.parseInt(jvm.readUntil("port ").substring(5));
            try (TestPeer old = TestPeer.connect(port)) {
                assertThat(ask(old, GET)).contains(" 200 ").endsWith("hello");
                for (int i = 0; i < FILES; i++) {
                    hogs.add(TestPeer.connect(port));
                }
                jvm.readUntil("pauses");
                assertThat(ask(old, GET)).contains(" 200 ").endsWith("hello");
                String noFile = ask(old, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(noFile).contains(" 503 ").contains("Retry-After: 1\r\n");
                assertThat(cpuMillisOfASecond(jvm)).isLessThan(400);
                /* Those that wait are not left to wait for ever. */
                assertThat(hogs.get(hogs.size() - 1).ending()).isIn("end", "reset");
                String stats = ask(old, "GET /stats HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(figure(stats, "acceptPauses")).isEqualTo(1);
                assertThat(figure(stats, "turnedAway")).isPositive()
                        .isEqualTo(FILES + 1 - figure(stats, "accepted"));
                assertThat(figure(stats, "refused")).isZero();
            }
            for (TestPeer hog : hogs) {
                hog.close();
            }
            jvm.readUntil("goes on");
            try (TestPeer fresh = TestPeer.connect(port)) {
                assertThat(ask(fresh, GET)).contains(" 200 ").endsWith("hello");
                assertThat(ask(fresh, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n"))
                        .contains(" 200 ").endsWith("file");
            }
        }
    }

    private static long figure(String stats, String name) {
        int at = stats.indexOf(", " + name + "=") + name.length() + 3;
        return Long.parseLong(stats.substring(at, stats.indexOf(",", at)).replace("]", ""));
    }

    private static String ask(TestPeer peer, String request) throws IOException {
        peer.write(request);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append(peer.read(1));
        }
        int at = head.indexOf("Content-Length: ") + 16;
        int length = Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)));
        return head + peer.read(length);
    }

    /** What the process used of a processor in a second in which nobody asks it anything. */
    private static long cpuMillisOfASecond(ChildJvm jvm) throws IOException {
        long before = cpuMillis(jvm);
        long until = System.nanoTime() + SECOND;
        long left;
        while ((left = until - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
        return cpuMillis(jvm) - before;
    }

    private static long cpuMillis(ChildJvm jvm) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + jvm.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
    }
}

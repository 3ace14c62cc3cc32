package io.gannet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One attack on a server in a JVM of its own, and what it did to it. */
record AttackRun(Attack attack, NetOptions.Backend backend, int connections, boolean survived,
        Memory before, Memory peak, Memory after, int answered, int lost, long unserved,
        int exhausted, String why) {
    /** Of the server, in bytes. */
    static final int HEAP_LIMIT = 64 << 20;
    static final int NATIVE_LIMIT = 16 << 20;
    static final String HEADING = String.format(Locale.ROOT,
            "%-16s %-8s %5s %-8s %22s %22s %16s %8s %4s %8s", "attack", "backend", "conns",
            "survived", "resident before/peak/", "after, heap before/", "after, native", "answered",
            "lost", "refused");

    private static final int MOST_CONNECTIONS = 10_000;
    private static final int DESCRIPTORS_LEFT = 500;
    private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** Resident, on the heap after a collection, native of the loop at most; sessions. */
    record Memory(long resident, long heap, long natives, long sessions, long unserved) {}

    /** How many connections the limits of this machine permit, up to 10,000. */
    static int mostConnections() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                String soft = line.substring(26).trim().split(" +", -1)[0];
                long limit = soft.equals("unlimited")
                        ? MOST_CONNECTIONS * 2L
                        : Long.parseLong(soft);
                return (int) Math.min(MOST_CONNECTIONS, limit - DESCRIPTORS_LEFT);
            }
        }
        return 500;
    }

    /** Attacks for some time, with a clean client beside it that asks all the while. */
    static AttackRun of(Attack attack, NetOptions.Backend backend, int scale, long nanos)
            throws Exception {
        List<String> options = List.of("-Xmx" + HEAP_LIMIT, "-Xms" + HEAP_LIMIT,
                "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
        try (ChildJvm jvm = ChildJvm.launch(options, AttackTarget.class.getName(), Map.of(),
                backend.name(), String.valueOf(NATIVE_LIMIT))) {
            int port = Integer.parseInt(jvm.readUntil("port ").substring(5));
            AtomicInteger exhausted = new AtomicInteger();
            Thread drain = drain(jvm, exhausted);
            Memory before = warmUp(jvm, port);
            int answered;
            int lost;
            int connections;
            String why;
            try (CleanClient clean = new CleanClient(port)) {
                try (Attacker attacker = new Attacker(port)) {
                    attack.drive(attacker, scale, System.nanoTime() + nanos);
                    connections = attacker.size();
                }
                clean.close();
                answered = clean.answered();
                lost = clean.lost();
                why = clean.why();
            }
            Memory after = calm(jvm, port);
            Memory peak = new Memory(status(jvm, "VmHWM"), 0, after.natives, 0, 0);
            boolean survived = jvm.isAlive();
            jvm.close();
            drain.join(5_000);
            return new AttackRun(attack, backend, connections, survived, before, peak, after,
                    answered, lost, after.unserved, exhausted.get(), why);
        }
    }

    /** What it says must not fill the pipe; counts how often its heap was exhausted. */
    private static Thread drain(ChildJvm jvm, AtomicInteger exhausted) {
        Thread thread = new Thread("attack-output") {
            @Override
            public void run() {
                try {
                    for (String line = jvm.readLine(); line != null; line = jvm.readLine()) {
                        say("server: " + line);
                        if (line.contains("OutOfMemoryError")) {
                            exhausted.incrementAndGet();
                        }
                    }
                } catch (IOException e) {
                    return; /* it was ended */
                }
            }
        };
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }

    private static Memory warmUp(ChildJvm jvm, int port) throws IOException {
        try (CleanClient client = new CleanClient(port)) {
            while (client.answered() < 200 && client.lost() == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        return measure(jvm, port);
    }

    /** The server once all that was attacked with is gone. */
    private static Memory calm(ChildJvm jvm, int port) throws IOException {
        long deadline = System.nanoTime() + CALM_NANOS;
        Memory now = measure(jvm, port);
        while (now.sessions > 1 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            now = measure(jvm, port);
        }
        return now;
    }

    private static Memory measure(ChildJvm jvm, int port) throws IOException {
        String text;
        try (TestPeer peer = TestPeer.connect(port)) {
            peer.write("GET /figures HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            text = peer.readAll();
        }
        String[] figures = text.substring(text.indexOf("\r\n\r\n") + 4).split(" ", -1);
        return new Memory(status(jvm, "VmRSS"), Long.parseLong(figures[0]),
                Long.parseLong(figures[2]), Long.parseLong(figures[1]),
                Long.parseLong(figures[3]));
    }

    /** A figure of the kernel's in bytes. */
    static long status(ChildJvm jvm, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + jvm.pid() + "/status"))) {
            if (line.startsWith(name + ":")) {
                String[] words = line.split("\\s+", -1);
                return Long.parseLong(words[1]) * 1024;
            }
        }
        throw new IOException("no " + name);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT,
                "%-16s %-8s %5d %-8s %6.1f /%6.1f /%6.1f  heap %5.1f /%5.1f  native %5.1f MiB "
                        + "%8d %4d %8d",
                attack.name().toLowerCase(Locale.ROOT), backend.name().toLowerCase(Locale.ROOT),
                connections, survived ? "yes" : "NO", mib(before.resident), mib(peak.resident),
                mib(after.resident), mib(before.heap), mib(after.heap), mib(peak.natives),
                answered, lost, unserved);
    }

    private static double mib(long bytes) {
        return bytes / (double) (1 << 20);
    }
}

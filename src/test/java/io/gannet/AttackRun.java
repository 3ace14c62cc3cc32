package io.gannet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One attack on a server in a JVM of its own. */
final class AttackRun {
    /** Of the server, in bytes. */
    static final int HEAP_LIMIT = 64 << 20;
    static final int NATIVE_LIMIT = 16 << 20;

    private static final int MOST_CONNECTIONS = 10_000;
    private static final int DESCRIPTORS_LEFT = 500;
    private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** More than the native limit and what a JVM needs for code; far less than what is sent. */
    private static final long MORE_RESIDENT = 64L << 20;
    /** A heap that fills up with what nobody needs any more has less room than this. */
    private static final long MORE_HEAP = 8L << 20;

    /** What the server says of itself. */
    private record Figures(Outcome.Memory memory, long sessions, long unserved) {}

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

    private AttackRun() {}

    /** Attacks for some time, with a clean client beside it that asks all the while. */
    static Outcome of(Attack attack, NetOptions.Backend backend, int scale, long nanos)
            throws Exception {
        Path folder = Files.createTempDirectory("gannet-attack-");
        try {
            return of(attack, backend, scale, nanos, folder);
        } finally {
            Files.deleteIfExists(folder.resolve(AttackTarget.FILE));
            Files.delete(folder);
        }
    }

    private static Outcome of(Attack attack, NetOptions.Backend backend, int scale, long nanos,
            Path folder) throws Exception {
        List<String> options = List.of("-Xmx" + HEAP_LIMIT, "-Xms" + HEAP_LIMIT,
                "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
        try (ChildJvm jvm = ChildJvm.launch(options, AttackTarget.class.getName(), Map.of(),
                backend.name(), String.valueOf(NATIVE_LIMIT), folder.toString())) {
            int port = Integer.parseInt(jvm.readUntil("port ").substring(5));
            AtomicInteger exhausted = new AtomicInteger();
            Thread drain = drain(jvm, exhausted);
            Figures before = warmUp(jvm, port);
            List<String> troubles = new ArrayList<>();
            int connections;
            CleanClient clean = new CleanClient(port);
            try (clean; Attacker attacker = new Attacker(port)) {
                attack.drive(attacker, scale, System.nanoTime() + nanos);
                connections = attacker.opened();
            }
            Figures after = calm(jvm, port);
            Outcome.Memory peak = new Outcome.Memory(Outcome.resident(jvm.pid(), true), 0,
                    after.memory.natives());
            boolean survived = jvm.isAlive();
            jvm.close();
            drain.join(5_000);
            judge(attack, before, peak, after, troubles);
            if (exhausted.get() > 0) {
                troubles.add("out of heap " + exhausted + " times");
            }
            if (clean.lost() > 0) {
                troubles.add("lost by " + clean.why());
            }
            return new Outcome(attack.name(), backend, connections, survived, before.memory, peak,
                    after.memory, clean.answered(), clean.lost(), after.unserved, troubles);
        }
    }

    private static void judge(Attack attack, Figures before, Outcome.Memory peak, Figures after,
            List<String> troubles) {
        if (after.sessions > 1) {
            troubles.add(after.sessions + " sessions stay");
        }
        /* Large bodies alone never make it refuse others. */
        int most = attack == Attack.UNREAD ? NATIVE_LIMIT / 16 * 15 : NATIVE_LIMIT;
        if (peak.natives() > most) {
            troubles.add(peak.natives() + " native bytes");
        }
        if (peak.resident() - before.memory.resident() >= MORE_RESIDENT) {
            troubles.add("resident memory grew");
        }
        if (after.memory.heap() - before.memory.heap() >= MORE_HEAP) {
            troubles.add("heap stays in use");
        }
    }

    /** What it says must not fill the pipe; counts how often its heap was exhausted. */
    private static Thread drain(ChildJvm jvm, AtomicInteger exhausted) {
        Thread thread = new Thread("attack-output") {
            @Override
            public void run() {
                try {
                    String line;
                    while ((line = jvm.readLineWhenever()) != null) {
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

    private static Figures warmUp(ChildJvm jvm, int port) throws IOException {
        try (CleanClient client = new CleanClient(port)) {
            while (client.answered() < 200 && client.lost() == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        return measure(jvm, port);
    }

    /** The server once all that was attacked with is gone. */
    private static Figures calm(ChildJvm jvm, int port) throws IOException {
        long deadline = System.nanoTime() + CALM_NANOS;
        Figures now = measure(jvm, port);
        while (now.sessions > 1 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            now = measure(jvm, port);
        }
        return now;
    }

    private static Figures measure(ChildJvm jvm, int port) throws IOException {
        String text;
        try (TestPeer peer = TestPeer.connect(port)) {
            peer.write("GET /figures HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            text = peer.readAll();
        }
        String[] figures = text.substring(text.indexOf("\r\n\r\n") + 4).split(" ", -1);
        Outcome.Memory memory = new Outcome.Memory(Outcome.resident(jvm.pid(), false),
                Long.parseLong(figures[0]), Long.parseLong(figures[2]));
        return new Figures(memory, Long.parseLong(figures[1]), Long.parseLong(figures[3]));
    }
}

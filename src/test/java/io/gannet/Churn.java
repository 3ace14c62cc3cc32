package io.gannet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * HTTP connections to a process of its own that end in every way and at every place there is; what
 * it counted must add up to the last of them, and nothing may be left of any.
 */
final class Churn {
    private static final int CLIENTS = 6;
    private static final int WAYS = 15;
    private static final int WARM_UP = 3_000;
    /** Enough to see what is wrong. */
    private static final int TROUBLES_MAX = 10;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long TOLD_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long MORE_NATIVE = 1L << 20;
    private static final long MORE_HEAP = 4L << 20;
    /** What compiled code and the arenas of libc may take between two moments of a warm server. */
    private static final long MORE_RESIDENT = 24L << 20;
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String POST =
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    private static final String CHUNKED =
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab";

    private final ChildJvm jvm;
    private final int port;
    private final Progress progress;
    private final Queue<String> troubles = new ConcurrentLinkedQueue<>();
    private final AtomicLong lost = new AtomicLong();
    private long answered;

    private Churn(ChildJvm jvm, Progress progress) throws IOException {
        this.jvm = jvm;
        this.port = Integer.parseInt(jvm.readUntil("port ").substring("port ".length()));
        this.progress = progress;
    }

    /** Opens and closes so many connections; a multiple of 30 has as many of each way. */
    static Outcome of(NetOptions.Backend backend, int connections) throws Exception {
        List<String> options = List.of("-Xmx64m", "-Xms64m", "-XX:+UseSerialGC",
                "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1");
        try (ChildJvm jvm = ChildJvm.launch(options, ChurnTarget.class.getName(), Map.of(),
                backend.name())) {
            return new Churn(jvm, new Progress("churn " + backend)).run(backend, connections);
        }
    }

    private Outcome run(NetOptions.Backend backend, int connections) throws Exception {
        churn(WARM_UP); /* whatever is made once, and kept in pools, is made now */
        State before = settled();
        progress.say("begins with " + before);
        churn(connections / 2);
        State middle = settled();
        churn(connections - connections / 2);
        State after = settled();
        progress.say("ends with " + after);
        answered = after.get("begun") - before.get("begun");
        compareCounters(before, middle, connections / 2);
        compareCounters(middle, after, connections - connections / 2);
        compareMemory(before, middle, after);
        Outcome.Memory peak = new Outcome.Memory(Outcome.resident(jvm.pid(), true), 0,
                after.get("peak"));
        return new Outcome("churn", backend, connections, jvm.isAlive(), before.memory(), peak,
                after.memory(), answered, lost.get(), after.get("unserved"),
                List.copyOf(troubles));
    }

    private void churn(int connections) throws Exception {
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Async.run(() -> {
                int number;
                while ((number = next.getAndIncrement()) < connections && lost.get() < 1_000) {
                    life(number);
                }
            }));
        }
        for (CompletableFuture<Void> client : clients) {
            while (!ended(client)) {
                if (progress.due()) {
                    progress.say(Math.min(connections, next.get()) + " of " + connections
                            + ", resident " + (Outcome.resident(jvm.pid(), false) >> 10) + " KiB");
                }
            }
        }
    }

    private static boolean ended(CompletableFuture<Void> client) throws Exception {
        try {
            client.get(1, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void life(int number) {
        int way = number % WAYS;
        try (TestPeer peer = TestPeer.connect(port)) {
            switch (way / 3) {
                case 0 -> peer.write(GET.substring(0, 10)); /* in the head */
                case 1 -> /* in the body */
                    peer.write(number / WAYS % 2 == 0 ? POST + "a" : CHUNKED);
                case 2 -> begin(peer, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n"); /* in the response */
                case 3 -> begin(peer, GET); /* between two requests */
                default -> peer.write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"); /* before it */
            }
            switch (way % 3) {
                case 0 -> peer.reset();
                case 1 -> {
                    peer.shutdownOutput();
                    String ending = peer.ending();
                    must(!ending.equals("reset") && (way < 12 || ending.endsWith("slow")), ending);
                }
                default -> peer.close();
            }
        } catch (IOException e) {
            lost.incrementAndGet();
            trouble("way " + way + ": " + e);
        }
    }

    private static void begin(TestPeer peer, String request) throws IOException {
        peer.write(request);
        String line = peer.read(12);
        must(line.equals("HTTP/1.1 200"), line);
    }

    private static void must(boolean condition, String what) throws IOException {
        if (!condition) {
            int length = Math.min(80, what.length());
            throw new IOException("answered with " + what.substring(0, length));
        }
    }

    private void trouble(String what) {
        if (troubles.size() < TROUBLES_MAX) {
            troubles.add(what);
        }
    }

    /** How many of so many connections ended in the ways from one to another. */
    private static long count(int connections, int from, int to) {
        long count = 0;
        for (int way = from; way <= to; way++) {
            count += (connections - way + WAYS - 1) / WAYS;
        }
        return count;
    }

    /** Everything that was counted between two looks is known by what the clients did. */
    private void compareCounters(State before, State after, int connections) {
        int looks = after.looks;
        equal(before, after, "accepted", connections + looks);
        equal(before, after, "closed", connections + looks);
        for (String name : List.of("idle", "refused", "unserved", "bad", "late", "lateHead",
                "lateBody", "descriptors")) {
            equal(before, after, name, 0);
        }
        if (!after.calm()) {
            trouble("still there: " + after);
        }
        /* A reset may overtake the request in front of it, within the server's kernel. */
        long bodies = count(connections, 4, 5);
        long calls = count(connections, 6, 11) + count(connections, 13, 14);
        within(before, after, "handled", calls, calls + count(connections, 12, 12));
        long handled = after.since(before, "handled");
        within(before, after, "requests", handled + bodies + looks,
                handled + bodies + looks + count(connections, 3, 3));
        equal(before, after, "done", handled);
        within(before, after, "begun", calls, handled);
        equal(before, after, "responses", after.since(before, "begun")
                + after.since(before, "malformed") + looks);
    }

    private void equal(State before, State after, String name, long wanted) {
        within(before, after, name, wanted, wanted);
    }

    private void within(State before, State after, String name, long least, long most) {
        long found = after.since(before, name);
        if (found < least || found > most) {
            trouble(name + " is " + found + ", not " + least
                    + (least == most ? "" : " to " + most));
        }
    }

    private void compareMemory(State before, State middle, State after) {
        if (after.get("native") > before.get("native") + MORE_NATIVE) {
            trouble("native memory grew");
        }
        if (after.get("heap") > middle.get("heap") + MORE_HEAP) {
            trouble("heap grew");
        }
        if (after.resident > middle.resident + MORE_RESIDENT) {
            trouble("resident memory grew");
        }
    }

    /** What a server says of itself; {@code looks} connections were needed to learn it. */
    private record State(Map<String, Long> values, long resident, int looks) {
        long get(String name) {
            return values.get(name);
        }

        long since(State earlier, String name) {
            return get(name) - earlier.get(name);
        }

        /** No connection is open but that which asks, and no request under way. */
        boolean calm() {
            return get("accepted") - get("closed") == 1 && get("connections") == 1
                    && get("flying") == 0;
        }

        Outcome.Memory memory() {
            return new Outcome.Memory(resident, get("heap"), get("native"));
        }

        @Override
        public String toString() {
            return "resident " + (resident >> 10) + " KiB, " + values;
        }
    }

    /**
     * The state once this connection is the only one, and nothing changes any more but by looking:
     * what is counted is counted a moment before or behind the end of what holds it.
     */
    private State settled() throws IOException {
        long deadline = System.nanoTime() + SETTLE_NANOS;
        State last = look(1);
        State state = look(2);
        boolean told = false;
        while (!(last.calm() && state.calm()) && System.nanoTime() - deadline < 0) {
            if (!told && deadline - System.nanoTime() < SETTLE_NANOS - TOLD_NANOS) {
                progress.say("waits for connections; what the kernel has: " + sockets());
                told = true;
            }
            last = state;
            state = look(state.looks + 1);
        }
        return state;
    }

    /** The connections of the server that are not closed, as state, queues and so on. */
    private List<String> sockets() throws IOException {
        String local = String.format(Locale.ROOT, ":%04X", port);
        List<String> found = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/net/tcp"))) {
            String[] words = line.trim().split("\\s+", -1);
            if (words[1].endsWith(local) || words[2].endsWith(local)) {
                found.add(String.join(" ", List.of(words).subList(1, 7)));
            }
        }
        return found;
    }

    private State look(int looks) throws IOException {
        String reply;
        try (TestPeer peer = TestPeer.connect(port)) {
            peer.write("GET /state HTTP/1.0\r\n\r\n");
            reply = peer.readAll();
        }
        Map<String, Long> values = new TreeMap<>();
        reply.substring(reply.indexOf("\r\n\r\n") + 4).lines().forEach(line -> {
            int at = line.indexOf(' ');
            values.put(line.substring(0, at), Long.parseLong(line.substring(at + 1)));
        });
        return new State(values, Outcome.resident(jvm.pid(), false), looks);
    }
}

package io.gannet;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Starts and stops of a server in this process while clients ask it, on one port all the time, so
 * that it is seen to be free again.
 */
final class Cycles {
    private static final int CLIENTS = 2;
    /** Behind these, whatever is made once is made. */
    private static final int WARM_UP = 20;
    private static final int TROUBLES_MAX = 10;
    private static final Duration GRACE = Duration.ofSeconds(10);
    /** What compiled code and the arenas of libc may take. */
    private static final long MORE_RESIDENT = 32L << 20;
    private static final long MORE_HEAP = 4L << 20;
    /** Elsewhere the heap grows when it likes, and other tests have their part in it. */
    private static final boolean HEAP_IS_FIXED =
            Runtime.getRuntime().totalMemory() == Runtime.getRuntime().maxMemory();

    private final NetOptions options;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger cut = new AtomicInteger();
    private final List<String> troubles = new ArrayList<>();

    private Cycles(NetOptions options) {
        this.options = options;
    }

    /** So many of them; what is resident is that of this process. */
    static Outcome of(NetOptions.Backend backend, int cycles) throws Exception {
        NetOptions any = Backends.plain(backend).loops(2).build();
        NetServer first = NetServer.open(any, Recorder.echo());
        int port = first.port();
        first.close();
        Cycles run = new Cycles(any.toBuilder().listen(Backends.loopback(port)).build());
        return run.run(backend, port, cycles);
    }

    private Outcome run(NetOptions.Backend backend, int port, int cycles) throws Exception {
        Progress progress = new Progress("cycles " + backend);
        long pid = ProcessHandle.current().pid();
        boolean clean = loops().isEmpty();
        int descriptors = Resources.descriptors().size();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Async.run(() -> hammer(port)));
        }
        for (int i = 0; i < WARM_UP; i++) {
            cycle(i);
        }
        Outcome.Memory before = memory(pid);
        for (int i = 0; i < cycles; i++) {
            cycle(i);
            if (progress.due()) {
                progress.say(i + " of " + cycles + ", " + served + " answers, " + cut
                        + " ends, resident " + (Outcome.resident(pid, false) >> 10) + " KiB");
            }
        }
        over.set(true);
        for (CompletableFuture<Void> client : clients) {
            client.get(30, TimeUnit.SECONDS);
        }
        Outcome.Memory after = memory(pid);
        check(clean && loops().isEmpty(), "loops stay: " + loops());
        int left = Resources.descriptors().size();
        check(left == descriptors, left + " descriptors, not " + descriptors);
        if (HEAP_IS_FIXED) {
            check(after.heap() - before.heap() < MORE_HEAP, "heap grew");
            check(after.resident() - before.resident() < MORE_RESIDENT, "resident memory grew");
        }
        return new Outcome("cycles", backend, cycles, true, before,
                new Outcome.Memory(Outcome.resident(pid, true), 0, 0), after, served.get(), 0, 0,
                List.copyOf(troubles));
    }

    private void cycle(int number) {
        NetServer server = NetServer.open(options, (session, data) -> session.write(data));
        int enough = served.get() + number % 3;
        Soon.until(() -> served.get() >= enough);
        if (number % 20 == 0) {
            server.stop(GRACE);
        } else if (number % 2 == 0) {
            server.stop(Duration.ZERO);
        } else {
            server.close();
        }
        NetStats stats = server.stats();
        check(server.sessionCount() == 0, "sessions stay");
        check(stats.accepted() == stats.closed(), number + ": " + stats);
    }

    private void check(boolean condition, String otherwise) {
        if (!condition && troubles.size() < TROUBLES_MAX) {
            troubles.add(otherwise);
        }
    }

    /** Behind collections: the buffers of loops that are gone are outside the heap until then. */
    private static Outcome.Memory memory(long pid) throws IOException {
        System.gc();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return new Outcome.Memory(Outcome.resident(pid, false),
                runtime.totalMemory() - runtime.freeMemory(), 0);
    }

    /** Others in this process may keep threads for a while that are no loops. */
    private static List<String> loops() throws InterruptedException {
        return Resources.threads().stream().filter(name -> name.contains("-loop-")).toList();
    }

    private void hammer(int port) {
        while (!over.get()) {
            try (TestPeer peer = TestPeer.connect(port)) {
                while (peer.exchange("x").equals("x")) {
                    served.incrementAndGet();
                }
            } catch (SocketException e) {
                cut.incrementAndGet(); /* or there is no server at this moment */
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

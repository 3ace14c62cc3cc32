package io.gannet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the integration tests do for seconds, at its full size and for as long as is wanted;
 * scripts/soak.sh starts it.
 */
final class Soak {
    private static final long ATTACK_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Outcome.Memory UNKNOWN = new Outcome.Memory(0, 0, 0);

    private final List<Outcome> table = Collections.synchronizedList(new ArrayList<>());
    private final List<NetOptions.Backend> backends = new ArrayList<>();

    private volatile boolean over;

    private Soak() {}

    /** Something that is done to a server. */
    private interface Abuse {
        Outcome on(NetOptions.Backend backend) throws Exception;
    }

    /** Minutes of attacks, and how many cycles, restarts and connections; nothing for -1 and 0. */
    public static void main(String[] arguments) {
        Soak soak = new Soak();
        Runtime.getRuntime().addShutdownHook(new Thread("soak-end") {
            @Override
            public void run() {
                soak.end();
            }
        });
        System.exit(soak.run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3])) ? 0 : 1);
    }

    private boolean run(int minutes, int cycles, int restarts, int connections) {
        for (NetOptions.Backend backend : Backends.tested()) {
            String refusal = Backends.refusal(backend);
            if (refusal.isEmpty()) {
                backends.add(backend);
            } else {
                say("skipped: " + refusal);
            }
        }
        if (cycles > 0) { /* first, as what is resident then is that of this process */
            onEach("cycles", cycles, backend -> Cycles.of(backend, cycles));
        }
        if (restarts > 0) {
            onEach("restarts", restarts, backend -> Restarts.of(backend, restarts));
        }
        if (connections > 0) {
            onEach("churn", connections, backend -> Churn.of(backend, connections));
        }
        if (minutes >= 0) {
            attack(System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes));
        }
        boolean good = !over && report() && !table.isEmpty();
        if (!over) {
            say(good ? "All survived, nothing was lost and nothing is left." : "NOT ALL IS WELL.");
        }
        over = true;
        return good;
    }

    /** Every attack once, and all of them again until it is late. */
    private void attack(long end) {
        do {
            for (Attack attack : Attack.values()) {
                onEach(attack.name(), 0, backend -> AttackRun.of(attack, backend,
                        AttackRun.mostConnections(), ATTACK_NANOS));
            }
        } while (System.nanoTime() - end < 0);
    }

    private void onEach(String name, long count, Abuse abuse) {
        for (NetOptions.Backend backend : backends) {
            if (over) {
                return;
            }
            say("==> " + name + " " + backend);
            Outcome outcome;
            try {
                outcome = abuse.on(backend);
            } catch (Exception | AssertionError e) {
                outcome = new Outcome(name, backend, count, false, UNKNOWN, UNKNOWN, UNKNOWN, 0, 0,
                        0, List.of(e.toString()));
            }
            if (over) {
                return; /* its processes were ended */
            }
            table.add(outcome);
            say(Outcome.HEADING);
            say(outcome.toString());
        }
    }

    /** At the end of the process, also of one that is told to end: no other one is left. */
    private void end() {
        boolean early = !over;
        over = true;
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        if (early) {
            report();
            say("It was ended before it was done.");
        }
    }

    private boolean report() {
        boolean good = true;
        say("");
        say(Outcome.HEADING + "   (MiB)");
        for (Outcome outcome : List.copyOf(table)) {
            say(outcome.toString());
            good &= outcome.good();
        }
        return good;
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}

package io.gannet;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** All attacks, one after the other and again, for some minutes; scripts/soak.sh starts it. */
final class AttackSoak {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(10);

    private AttackSoak() {}

    public static void main(String[] arguments) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.parseLong(arguments[0]));
        List<String> bad = new ArrayList<>();
        int scale = AttackRun.mostConnections();
        say(AttackRun.HEADING);
        for (int round = 0; round == 0 || System.nanoTime() - end < 0; round++) {
            for (Attack attack : Attack.values()) {
                for (NetOptions.Backend backend : Backends.tested()) {
                    if (round > 0 && System.nanoTime() - end >= 0) {
                        break;
                    }
                    AttackRun run = AttackRun.of(attack, backend, scale, NANOS);
                    say(run.toString());
                    if (!run.survived() || run.lost() > 0 || run.exhausted() > 0
                            || run.after().sessions() > 1) {
                        bad.add(run + " " + run.why());
                    }
                }
            }
        }
        say(bad.isEmpty() ? "nothing was lost" : "LOST: " + bad);
        System.exit(bad.isEmpty() ? 0 : 1);
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}

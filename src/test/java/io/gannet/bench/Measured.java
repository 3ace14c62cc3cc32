package io.gannet.bench;

import java.nio.file.Path;
import java.util.List;

/** Results for the tests of what is made of them. */
final class Measured {
    private Measured() {}

    /** So much processor time for a request; the other figures follow from it. */
    static Load.Sample sample(double cpuMicros) {
        return new Load.Sample(cpuMicros, 1_000_000 / cpuMicros, 1,
                List.of(cpuMicros * 10, cpuMicros * 20, cpuMicros * 30, cpuMicros * 100, 5000.0),
                0);
    }

    /** Two servers in three rounds of one scenario, the first of them the slower one. */
    static Results of(Scenario scenario) {
        Results results = new Results();
        for (double round : new double[] {8, 12, 9}) {
            results.add(scenario, "netty", sample(round));
            results.add(scenario, "gannet-epoll", sample(round / 2));
        }
        return results;
    }

    /** The options that nothing is said about, and those which have to be given. */
    static Options options(String... more) {
        String[] all = new String[more.length + 4];
        System.arraycopy(more, 0, all, 4, more.length);
        all[0] = "--root=" + Path.of("root");
        all[1] = "--load=gn-load";
        all[2] = "--jdk=jdk";
        all[3] = "--out=out";
        return Options.read(all);
    }
}

package io.gannet.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code scripts/bench.sh} asks for.
 *
 * @param root the repository
 * @param load the load generator
 * @param jdk what the servers run on
 * @param newer a JDK of 21 or newer, empty when there is none
 * @param nginx where it is, empty when there is none
 * @param out where the results go
 * @param servers names, empty for all
 * @param scenarios which
 * @param rounds how often everything is measured
 * @param seconds of one measurement
 * @param warmup seconds of a step of warming
 * @param serverCpu the servers' processor
 * @param clientCpu the load generator's
 * @param commit what is measured
 */
record Options(Path root, Path load, Path jdk, String newer, String nginx, Path out,
        List<String> servers, List<Scenario> scenarios, int rounds, double seconds, double warmup,
        int serverCpu, int clientCpu, String commit) {
    private static final Set<String> KNOWN = Set.of("root", "load", "jdk", "newer", "nginx", "out",
            "servers", "scenarios", "rounds", "seconds", "warmup", "server-cpu", "client-cpu",
            "commit");

    /** Reads {@code --name=value}. */
    static Options read(String[] args) {
        Map<String, String> given = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (equals < 0 || !name.startsWith("--") || !KNOWN.contains(name.substring(2))) {
                throw new IllegalArgumentException("unknown option " + arg);
            }
            given.put(name.substring(2), arg.substring(equals + 1));
        }
        return new Options(Path.of(given.get("root")), Path.of(given.get("load")),
                Path.of(given.get("jdk")), given.getOrDefault("newer", ""),
                given.getOrDefault("nginx", ""), Path.of(given.get("out")),
                list(given.getOrDefault("servers", "")),
                scenarios(list(given.getOrDefault("scenarios", ""))),
                Integer.parseInt(given.getOrDefault("rounds", "3")),
                Double.parseDouble(given.getOrDefault("seconds", "2")),
                Double.parseDouble(given.getOrDefault("warmup", "1")),
                Integer.parseInt(given.getOrDefault("server-cpu", "0")),
                Integer.parseInt(given.getOrDefault("client-cpu", "1")),
                given.getOrDefault("commit", "unknown"));
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    private static List<Scenario> scenarios(List<String> keys) {
        if (keys.isEmpty()) {
            return List.of(Scenario.values());
        }
        List<Scenario> found = new ArrayList<>();
        for (String key : keys) {
            int before = found.size();
            for (Scenario scenario : Scenario.values()) {
                if (scenario.key().equals(key)) {
                    found.add(scenario);
                }
            }
            if (found.size() == before) {
                throw new IllegalArgumentException("unknown scenario " + key);
            }
        }
        return found;
    }

    /** Whether generator and servers share a processor. */
    boolean sharesCpu() {
        return serverCpu == clientCpu;
    }
}

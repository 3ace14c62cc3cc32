package io.gannet.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All measurements, by scenario and server. */
final class Results {
    private final Map<Scenario, Map<String, List<Load.Sample>>> samples =
            new EnumMap<>(Scenario.class);
    private final Map<Scenario, Map<String, List<Double>>> values = new EnumMap<>(Scenario.class);

    void add(Scenario scenario, String server, Load.Sample sample) {
        samples.computeIfAbsent(scenario, key -> new LinkedHashMap<>())
                .computeIfAbsent(server, key -> new ArrayList<>()).add(sample);
    }

    /** For what is one number: bytes for a connection, or milliseconds. */
    void add(Scenario scenario, String server, double value) {
        values.computeIfAbsent(scenario, key -> new LinkedHashMap<>())
                .computeIfAbsent(server, key -> new ArrayList<>()).add(value);
    }

    /** The servers of a scenario, the best first. */
    List<String> servers(Scenario scenario) {
        List<String> names = new ArrayList<>(scenario.isLoad()
                ? samples.getOrDefault(scenario, Map.of()).keySet()
                : values.getOrDefault(scenario, Map.of()).keySet());
        names.sort((a, b) -> Double.compare(figure(scenario, a), figure(scenario, b)));
        return names;
    }

    /** What a scenario ranks by: the median. */
    double figure(Scenario scenario, String server) {
        return switch (scenario.unit) {
            case CPU -> median(scenario, server, Load.Sample::cpuMicros);
            case LATENCY -> percentile(scenario, server, 3);
            default -> median(values.get(scenario).get(server));
        };
    }

    /** The least and the greatest of what {@link #figure} is the median of. */
    double[] range(Scenario scenario, String server) {
        List<Double> all = new ArrayList<>();
        if (scenario.isLoad()) {
            for (Load.Sample sample : samples.get(scenario).get(server)) {
                all.add(scenario.unit == Scenario.Unit.CPU
                        ? sample.cpuMicros()
                        : sample.percentiles().get(3));
            }
        } else {
            all.addAll(values.get(scenario).get(server));
        }
        return new double[] {Collections.min(all), Collections.max(all)};
    }

    double percentile(Scenario scenario, String server, int which) {
        return median(scenario, server, sample -> sample.percentiles().get(which));
    }

    double median(Scenario scenario, String server, ToDoubleFunction<Load.Sample> part) {
        List<Double> all = new ArrayList<>();
        for (Load.Sample sample : samples.get(scenario).get(server)) {
            all.add(part.applyAsDouble(sample));
        }
        return median(all);
    }

    private static double median(List<Double> all) {
        List<Double> sorted = new ArrayList<>(all);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Every single measurement of a scenario. */
    Map<String, List<Load.Sample>> samples(Scenario scenario) {
        return samples.getOrDefault(scenario, Map.of());
    }

    Map<String, List<Double>> values(Scenario scenario) {
        return values.getOrDefault(scenario, Map.of());
    }
}

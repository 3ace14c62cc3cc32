package io.gannet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures servers side by side. In each round every server is started anew, warmed and frozen;
 * then each scenario thaws one after the other for its measurement, in an order that turns with the
 * rounds, so that whatever else the machine does meets all of them.
 */
public final class Bench {
    private static final int IDLE = 10_000;
    private static final int STARTS = 5;
    private static final double SETTLE_SECONDS = 0.2;
    private static final int WARM_STEPS = 8;
    /** What is left of the time per request while a server still warms. */
    private static final double WARM = 0.95;

    private final Options options;
    private final List<Server> servers;
    private final Results results = new Results();
    private final Load load;

    private Bench(Options options) throws IOException {
        this.options = options;
        this.servers = Servers.of(options);
        this.load = new Load(options);
    }

    /**
     * Runs it; see {@code scripts/bench.sh}.
     *
     * @param args {@code --name=value}
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            Options options = Options.read(args);
            Files.createDirectories(options.out());
            new Bench(options).run();
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(2);
        }
    }

    private void run() throws IOException, InterruptedException {
        for (int round = 0; round < options.rounds(); round++) {
            say("round " + (round + 1) + " of " + options.rounds());
            load(round);
        }
        if (options.scenarios().contains(Scenario.START)) {
            measureStarts();
        }
        if (options.scenarios().contains(Scenario.IDLE)) {
            measureIdle();
        }
        report();
    }

    private static void say(String text) {
        System.out.println("==> " + text);
    }

    private static void tell(Scenario scenario, String server, String figure) {
        System.out.printf("    %-12s %-16s %s%n", scenario.title, server, figure);
    }

    private List<Server> turned(int round) {
        List<Server> order = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            order.add(servers.get((i + round) % servers.size()));
        }
        return order;
    }

    private void load(int round) throws IOException, InterruptedException {
        List<Scenario> scenarios = options.scenarios().stream().filter(Scenario::isLoad).toList();
        if (scenarios.isEmpty()) {
            return;
        }
        List<Running> running = new ArrayList<>();
        try {
            for (Server server : turned(round)) {
                running.add(warm(server, scenarios));
            }
            for (Scenario scenario : scenarios) {
                for (Running server : running) {
                    if (server.server().echoes() || !scenario.isEcho()) {
                        measure(server, scenario);
                    }
                }
            }
        } finally {
            for (Running server : running) {
                server.close();
            }
        }
    }

    private Running warm(Server server, List<Scenario> scenarios)
            throws IOException, InterruptedException {
        Running running = Running.warming(server, options);
        for (Scenario scenario : scenarios) {
            if (scenario.unit == Scenario.Unit.CPU && (server.echoes() || !scenario.isEcho())) {
                warm(running, scenario);
            }
        }
        running.pin();
        running.freeze();
        return running;
    }

    /** Until it gets no faster, or for long enough to give up hope. */
    private void warm(Running running, Scenario scenario)
            throws IOException, InterruptedException {
        double before = Double.MAX_VALUE;
        for (int i = 0; i < WARM_STEPS && running.server().isJvm(); i++) {
            double now = load.run(running, scenario, 0, options.warmup()).cpuMicros();
            if (now > before * WARM) {
                return;
            }
            before = now;
        }
    }

    private void measure(Running server, Scenario scenario)
            throws IOException, InterruptedException {
        server.thaw();
        Load.Sample sample = load.run(server, scenario, SETTLE_SECONDS, options.seconds());
        server.freeze();
        results.add(scenario, server.name(), sample);
        tell(scenario, server.name(), scenario.unit == Scenario.Unit.CPU
                ? Markdown.number("%8.2f us of CPU per request", sample.cpuMicros())
                : Markdown.number("%8.0f us at the 99.9th percentile",
                        sample.percentiles().get(3)));
    }

    private void measureStarts() throws IOException, InterruptedException {
        say("starts");
        for (int round = 0; round < STARTS; round++) {
            for (Server server : turned(round)) {
                try (Running running = Running.pinned(server, options)) {
                    results.add(Scenario.START, server.name(), running.startMillis());
                    tell(Scenario.START, server.name(),
                            Markdown.number("%8.0f ms", running.startMillis()));
                }
            }
        }
    }

    /** The heap is resident before, so that what a server takes of it is counted once. */
    private void measureIdle() throws IOException, InterruptedException {
        say("idle connections");
        for (Server server : servers) {
            try (Running running = Running.resident(server, options)) {
                load.run(running, Scenario.PLAINTEXT, 0, SETTLE_SECONDS);
                double before = running.memory();
                Process holder = load.hold(running, IDLE);
                double bytes = (running.memory() - before) / IDLE;
                holder.getOutputStream().write('\n');
                holder.getOutputStream().flush();
                if (holder.waitFor() != 0) {
                    throw new IOException(server.name() + " lost idle connections");
                }
                results.add(Scenario.IDLE, server.name(), bytes);
                tell(Scenario.IDLE, server.name(),
                        Markdown.number("%8.0f bytes for each connection", bytes));
            }
        }
    }

    private void report() throws IOException {
        String machine = Machine.describe(options);
        write("results.md", Markdown.of(results, options, machine));
        write("results.json", Json.of(results, options, machine));
        write("cpu.svg", Chart.cpu(results, machine));
        write("latency.svg", Chart.latency(results, machine));
    }

    private void write(String name, String text) throws IOException {
        Path file = options.out().resolve(name);
        if (!text.isEmpty()) {
            Files.writeString(file, text);
            say("wrote " + file);
        }
    }
}

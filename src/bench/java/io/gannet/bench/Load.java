package io.gannet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the load generator. */
final class Load {
    private final Options options;

    /**
     * One measurement.
     *
     * @param cpuMicros the server's processor time for a request
     * @param perSecond requests
     * @param cpuShare of one processor, used by the server
     * @param percentiles of the latency in microseconds: 50, 90, 99, 99.9, 99.99
     * @param late requests that were due and not answered
     */
    record Sample(double cpuMicros, double perSecond, double cpuShare, List<Double> percentiles,
            double late) {}

    Load(Options options) {
        this.options = options;
    }

    /** Loads a server; fails when any response is not the one that is expected. */
    Sample run(Running server, Scenario scenario, double warmup, double seconds)
            throws IOException, InterruptedException {
        Process process = start(server, List.of("--warmup", Double.toString(warmup), "--seconds",
                Double.toString(seconds)), scenario.arguments);
        String line;
        try (BufferedReader out = reader(process)) {
            line = out.readLine();
        }
        if (process.waitFor() != 0 || line == null) {
            throw new IOException(server.name() + ", " + scenario.title + ": the load failed");
        }
        return new Sample(number(line, "cpuMicros"), number(line, "perSecond"),
                number(line, "cpuShare"), List.of(number(line, "p50"), number(line, "p90"),
                        number(line, "p99"), number(line, "p999"), number(line, "p9999")),
                number(line, "late"));
    }

    /** Holds connections open; who has it writes a line to it to end that. */
    Process hold(Running server, int connections) throws IOException {
        Process process = start(server, List.of("--idle", Integer.toString(connections)),
                Scenario.PLAINTEXT.arguments);
        BufferedReader out = reader(process);
        if (!"READY".equals(out.readLine())) {
            throw new IOException(server.name() + ": " + connections + " connections failed");
        }
        return process;
    }

    private Process start(Running server, List<String> first, List<String> rest)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("taskset", "-c",
                Integer.toString(options.clientCpu()), options.load().toString(), "--port",
                Integer.toString(server.port()), "--pids", Long.toString(server.pid())));
        command.addAll(first);
        command.addAll(rest);
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static double number(String json, String name) throws IOException {
        Matcher matcher = Pattern.compile("\"" + name + "\":([-0-9.e+]+)").matcher(json);
        if (!matcher.find()) {
            throw new IOException("the load generator said nothing of " + name + ": " + json);
        }
        return Double.parseDouble(matcher.group(1));
    }
}

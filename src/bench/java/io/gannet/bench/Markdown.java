package io.gannet.bench;

import java.util.List;
import java.util.Locale;

/** The results as tables. */
final class Markdown {
    private final Results results;
    private final StringBuilder out = new StringBuilder();

    private Markdown(Results results) {
        this.results = results;
    }

    static String of(Results results, Options options, String machine) {
        Markdown markdown = new Markdown(results);
        markdown.line("# Gannet beside its peers");
        markdown.line("");
        markdown.line(machine + ".");
        markdown.line(String.format(Locale.ROOT, "One loop for each server; medians of %d"
                + " interleaved rounds of %.1f s; server and load generator on %s.",
                options.rounds(), options.seconds(),
                options.sharesCpu() ? "one processor" : "a processor each"));
        for (Scenario scenario : Scenario.values()) {
            List<String> servers = results.servers(scenario);
            if (!servers.isEmpty()) {
                markdown.line("");
                markdown.line("## " + scenario.title + ": " + scenario.text);
                markdown.line("");
                markdown.table(scenario, servers);
            }
        }
        return markdown.out.toString();
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private void table(Scenario scenario, List<String> servers) {
        String unit = switch (scenario.unit) {
            case CPU -> "CPU us/request | min..max | x best | p50 us | p99 us | requests/s |";
            case LATENCY -> "p99.9 us | min..max | x best | p50 us | p99 us | CPU us/request |";
            case MEMORY -> "bytes/connection | min..max | x best |";
            case START -> "ms | min..max | x best |";
        };
        line("| server | " + unit);
        line("|---|" + "--:|".repeat((int) unit.chars().filter(c -> c == '|').count()));
        double best = results.figure(scenario, servers.get(0));
        for (String server : servers) {
            row(scenario, server, best);
        }
    }

    private void row(Scenario scenario, String server, double best) {
        double figure = results.figure(scenario, server);
        double[] range = results.range(scenario, server);
        String form = scenario.unit == Scenario.Unit.CPU ? "%.2f" : "%.0f";
        out.append("| ").append(server).append(" | ").append(number(form, figure)).append(" | ")
                .append(number(form, range[0])).append("..").append(number(form, range[1]))
                .append(" | ").append(number("%.2f", figure / best)).append(" |");
        if (scenario.isLoad()) {
            out.append(' ').append(number("%.0f", results.percentile(scenario, server, 0)))
                    .append(" | ").append(number("%.0f", results.percentile(scenario, server, 2)))
                    .append(" | ");
            out.append(scenario.unit == Scenario.Unit.CPU
                    ? number("%.0f",
                            results.median(scenario, server, Load.Sample::perSecond))
                    : number("%.2f",
                            results.median(scenario, server, Load.Sample::cpuMicros)));
            out.append(" |");
        }
        out.append('\n');
    }

    static String number(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }
}

package io.gannet.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws the results: bars of CPU per request, and percentiles of the latency. */
final class Chart {
    private static final int WIDTH = 820;
    private static final int ROW = 20;
    private static final int PANEL_WIDTH = 390;
    private static final int LABEL = 118;
    private static final int VALUE = 46;
    private static final String OURS = "#0b6e99";
    private static final String OTHERS = "#a9b4bd";
    private static final String[] POINTS = {"#9ecbe0", "#4f9fc2", "#0b6e99", "#063f58"};
    private static final String[] POINT_NAMES = {"p50", "p90", "p99", "p99.9"};

    private final Results results;
    private final StringBuilder out = new StringBuilder();

    private Chart(Results results) {
        this.results = results;
    }

    /** One panel for each scenario; empty when none was measured. */
    static String cpu(Results results, String caption) {
        List<Scenario> shown = new ArrayList<>();
        for (Scenario scenario : Scenario.values()) {
            if (scenario.unit == Scenario.Unit.CPU && !results.servers(scenario).isEmpty()) {
                shown.add(scenario);
            }
        }
        return shown.isEmpty() ? "" : new Chart(results).panels(shown, caption);
    }

    /** Percentiles at a fixed rate; empty when that was not measured. */
    static String latency(Results results, String caption) {
        return results.servers(Scenario.RATE).isEmpty()
                ? ""
                : new Chart(results).lines(caption);
    }

    private String panels(List<Scenario> shown, String caption) {
        int y = 56;
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < shown.size(); i += 2) {
            int rows = 0;
            for (int k = i; k < Math.min(i + 2, shown.size()); k++) {
                rows = Math.max(rows, results.servers(shown.get(k)).size());
                out.setLength(0);
                panel(shown.get(k), 12 + (k - i) * (PANEL_WIDTH + 16), y);
                body.append(out);
            }
            y += 34 + rows * ROW;
        }
        return document("CPU time per request in microseconds, shorter is better", caption, y,
                body.toString());
    }

    private void panel(Scenario scenario, int x, int top) {
        text(x, top + 14, "start", "bold", scenario.title);
        List<String> servers = results.servers(scenario);
        double most = results.figure(scenario, servers.get(servers.size() - 1));
        int room = PANEL_WIDTH - LABEL - VALUE;
        int y = top + 22;
        for (String server : servers) {
            double figure = results.figure(scenario, server);
            double length = Math.max(1, figure / most * room);
            text(x + LABEL - 6, y + 14, "end", "normal", server);
            out.append(String.format(Locale.ROOT,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>%n",
                    x + LABEL, y + 3, length, ROW - 6, isOurs(server) ? OURS : OTHERS));
            text((int) (x + LABEL + length + 5), y + 14, "start", "normal",
                    Markdown.number("%.2f", figure));
            y += ROW;
        }
    }

    private String lines(String caption) {
        List<String> servers = results.servers(Scenario.RATE);
        int bottom = 84 + servers.size() * (ROW + 4);
        double least = Double.MAX_VALUE;
        double most = 0;
        for (String server : servers) {
            least = Math.min(least, results.percentile(Scenario.RATE, server, 0));
            most = Math.max(most, results.percentile(Scenario.RATE, server, 3));
        }
        double low = Math.floor(Math.log10(Math.max(1, least)));
        double high = Math.ceil(Math.log10(Math.max(10, most)));
        int left = LABEL + 24;
        int room = WIDTH - left - 24;
        for (double power = low; power <= high; power++) {
            double x = left + (power - low) / (high - low) * room;
            out.append(String.format(Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"74\" x2=\"%.1f\" y2=\"%d\" stroke=\"#e3e7ea\"/>%n",
                    x, x, bottom));
            text((int) x, 68, "middle", "normal", scale(Math.pow(10, power)));
        }
        int y = 92;
        for (String server : servers) {
            text(left - 14, y + 4, "end", isOurs(server) ? "bold" : "normal", server);
            for (int which = 0; which < POINTS.length; which++) {
                double value = Math.max(1, results.percentile(Scenario.RATE, server, which));
                double x = left + (Math.log10(value) - low) / (high - low) * room;
                out.append(String.format(Locale.ROOT,
                        "<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"%s\"/>%n", x, y,
                        POINTS[which]));
            }
            y += ROW + 4;
        }
        for (int which = 0; which < POINTS.length; which++) {
            int x = left + which * 90;
            out.append(String.format(Locale.ROOT,
                    "<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"%s\"/>%n", x, bottom + 18,
                    POINTS[which]));
            text(x + 10, bottom + 22, "start", "normal", POINT_NAMES[which]);
        }
        return document("Latency at 20,000 requests/s, further left is better", caption,
                bottom + 34, out.toString());
    }

    private static String scale(double micros) {
        return micros < 1000
                ? Markdown.number("%.0f us", micros)
                : Markdown.number("%.0f ms", micros / 1000);
    }

    private static boolean isOurs(String server) {
        return server.startsWith("gannet");
    }

    private void text(int x, int y, String anchor, String weight, String text) {
        out.append(String.format(Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>%n", x, y,
                anchor, weight, escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private static String document(String title, String caption, int height, String body) {
        return String.format(Locale.ROOT, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\""
                + " height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\""
                + " fill=\"#1d2327\">%n"
                + "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#ffffff\"/>%n"
                + "<text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"bold\">%s</text>%n"
                + "<text x=\"12\" y=\"42\" fill=\"#5a6570\" font-size=\"11\">%s</text>%n%s</svg>%n",
                WIDTH, height + 12, WIDTH, height + 12, WIDTH, height + 12, title, escaped(caption),
                body);
    }
}

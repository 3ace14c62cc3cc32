package io.gannet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/** Says what was measured where, for those who read the figures later. */
final class Machine {
    private Machine() {}

    static String describe(Options options) throws IOException {
        String model = System.getProperty("os.arch");
        for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("model name")) {
                model = line.substring(line.indexOf(':') + 1).strip();
                break;
            }
        }
        return String.format(Locale.ROOT, "%s, commit %s; %s, %d processors, Linux %s; %s",
                LocalDate.now(ZoneId.systemDefault()), options.commit(), model,
                Runtime.getRuntime().availableProcessors(), System.getProperty("os.version"),
                jdks(options));
    }

    private static String jdks(Options options) throws IOException {
        String jdk = "JDK " + version(options.jdk());
        return options.newer().isEmpty()
                ? jdk
                : jdk + " (helidon and robaho: " + version(Path.of(options.newer())) + ")";
    }

    private static String version(Path jdk) throws IOException {
        Properties release = new Properties();
        try (var in = Files.newBufferedReader(jdk.resolve("release"))) {
            release.load(in);
        }
        return release.getProperty("JAVA_VERSION", "unknown").replace("\"", "");
    }

    /** What was decided for this run. */
    static Map<String, String> settings(Options options) {
        return Map.of("rounds", Integer.toString(options.rounds()), "seconds",
                Double.toString(options.seconds()), "processors",
                options.sharesCpu() ? "shared" : "apart");
    }
}

package io.gannet.internal;

/**
 * What runs when the jar is started as a program: prints the platform report. The only class of the
 * library that prints or exits.
 */
public final class Main {
    private static final String USAGE = """
            Usage: java -jar gannet.jar [--help]
                   java -p gannet.jar --enable-native-access=io.gannet -m io.gannet [--help]

            Gannet is a library. Started as a program it prints what it finds on this machine, to be
            put into a bug report: its version, the system, the JVM, where the native library was
            loaded from, which backends can be used and why others cannot, limits.

              --help  this text.

            Exits with 1 when the native library cannot be loaded; the report tells why.
            """;

    private Main() {}

    /**
     * Prints the report.
     *
     * @param args none, or {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        if (args.length == 0) {
            Log.leaveChoiceToReport();
            PlatformReport report = new PlatformReport();
            System.out.print(report);
            return report.isLoaded() ? 0 : 1;
        }
        if (args.length == 1 && args[0].equals("--help")) {
            System.out.print(USAGE);
            return 0;
        }
        System.err.print(USAGE);
        return 2;
    }
}

package io.gannet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What some kind of abuse did to a server: one row of the table that a soak ends with.
 *
 * @param name of the abuse
 * @param backend what it ran on
 * @param count connections that were opened, or rounds
 * @param survived whether the process was still alive
 * @param before memory when it began, warm
 * @param peak the most there was
 * @param after when all that abused it was gone
 * @param answered requests of well-behaved clients
 * @param lost those of them that were not answered
 * @param unserved requests that were refused for want of memory
 * @param troubles what must not be, in words; empty when all is well
 */
record Outcome(String name, NetOptions.Backend backend, long count, boolean survived,
        Memory before, Memory peak, Memory after, long answered, long lost, long unserved,
        List<String> troubles) {
    static final String HEADING = String.format(Locale.ROOT, "%-16s %-8s %8s %-8s %23s %13s %7s "
            + "%9s %4s %8s", "abuse", "backend", "count", "survived",
            "resident before/peak/end", "heap before/end", "native", "answered", "lost", "refused");

    /** Bytes: resident, on the heap after a collection, native of the loops at most. */
    record Memory(long resident, long heap, long natives) {}

    /** What the kernel says is resident of a process, or was at most, in bytes. */
    static long resident(long pid, boolean most) throws IOException {
        String name = most ? "VmHWM:" : "VmRSS:";
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.split("\\s+", -1)[1]) * 1024;
            }
        }
        throw new IOException("no " + name);
    }

    /** Whether nothing was wrong. */
    boolean good() {
        return survived && lost == 0 && troubles.isEmpty();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT,
                "%-16s %-8s %8d %-8s %7.1f/%7.1f/%7.1f %7.1f/%7.1f %7.1f %9d %4d %8d%s",
                name.toLowerCase(Locale.ROOT), backend.name().toLowerCase(Locale.ROOT), count,
                survived ? "yes" : "NO", mib(before.resident), mib(peak.resident),
                mib(after.resident), mib(before.heap), mib(after.heap), mib(peak.natives),
                answered, lost, unserved, troubles.isEmpty() ? "" : "  " + troubles);
    }

    private static double mib(long bytes) {
        return bytes / (double) (1 << 20);
    }
}

package io.gannet.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the system allows this process, as text for the platform report. Only Linux tells it in
 * files; elsewhere, and where a file is missing, the answer is {@link #UNKNOWN}.
 */
final class SystemLimits {
    static final String UNKNOWN = "not known here";

    /** Version 1 of the control groups writes a number near this for "none". */
    private static final long NONE_MIN = 1L << 60;
    private static final int DEPTH_MAX = 64;

    private final Path root;

    /** Reads below {@code root}, which is the root directory except in tests. */
    SystemLimits(Path root) {
        this.root = root;
    }

    String openFiles() {
        return limit("Max open files", "");
    }

    String lockedMemory() {
        return limit("Max locked memory", " bytes");
    }

    /** The soft limit, and the hard one if that is another. */
    private String limit(String name, String unit) {
        for (String line : read("proc/self/limits").split("\n", -1)) {
            if (line.startsWith(name)) {
                String[] fields = line.substring(name.length()).trim().split(" +", -1);
                return fields.length < 2 || fields[0].equals(fields[1])
                        ? fields[0] + unit
                        : fields[0] + unit + ", can be raised to " + fields[1];
            }
        }
        return UNKNOWN;
    }

    /** The smallest limit of memory of the control group and those around it. */
    String groupMemory() {
        long least = Long.MAX_VALUE;
        boolean known = false;
        for (String line : read("proc/self/cgroup").split("\n", -1)) {
            String[] fields = line.split(":", 3);
            if (fields.length < 3) {
                continue;
            }
            boolean second = fields[0].equals("0") && fields[1].isEmpty();
            if (second || ("," + fields[1] + ",").contains(",memory,")) {
                String base = second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory";
                String file = second ? "memory.max" : "memory.limit_in_bytes";
                long own = leastUpwards(base, fields[2], file);
                known |= own != 0;
                least = own > 0 ? Math.min(least, own) : least;
            }
        }
        if (least < NONE_MIN) {
            return least + " bytes";
        }
        return known ? "no limit" : UNKNOWN;
    }

    /** Whether the administrator allows io_uring: 0 to all, 1 to a group, 2 to nobody. */
    String ringSetting() {
        String text = read("proc/sys/kernel/io_uring_disabled").trim();
        return text.isEmpty() ? UNKNOWN : text;
    }

    /** -1 where no group has a limit, 0 where no group can be read. */
    private long leastUpwards(String base, String group, String file) {
        long least = 0;
        String path = group;
        for (int i = 0; i < DEPTH_MAX; i++) {
            String text = read(base + path + "/" + file).trim();
            if (!text.isEmpty()) {
                long own = number(text);
                least = least <= 0 ? Math.max(own, -1) : own < 0 ? least : Math.min(least, own);
            }
            if (path.isEmpty() || path.equals("/")) {
                break;
            }
            path = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
        }
        return least;
    }

    /** -1 for "max", and for whatever else is no number. */
    private static long number(String text) {
        try {
            return Math.max(Long.parseLong(text), 1);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private String read(String file) {
        try {
            Path path = root.resolve(file).normalize();
            return path.startsWith(root) ? Files.readString(path, UTF_8) : "";
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }
}

package io.gannet;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Mounts of a process's own, without privileges, where the system lets everybody have them. */
public final class Namespaces {
    private static boolean known;
    private static boolean allowed;

    private Namespaces() {}

    public static synchronized boolean allowed() throws InterruptedException {
        if (!known) {
            try {
                allowed = JavaRun.program("unshare", "-U", "-r", "-m",
                        "mount", "-t", "tmpfs", "none", "/tmp").exit() == 0;
            } catch (IOException e) {
                allowed = false; /* no such program */
            }
            known = true;
        }
        return allowed;
    }

    /**
     * The command line that runs a program after a shell script has set up its mounts; skips the
     * test where that is not allowed.
     */
    public static List<String> after(String script) throws InterruptedException {
        Assumptions.assumeTrue(allowed(),
                "this system lets no ordinary user have mounts of his own (unshare -U -r -m)");
        return List.of("unshare", "-U", "-r", "-m", "sh", "-e", "-c", script + "\nexec \"$@\"",
                "mounted");
    }
}

package io.gannet.internal;

import io.gannet.NetBackend;
import io.gannet.NetOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the choice of a backend went, in numbers, and the words for it.
 *
 * @param name the backend that was taken
 * @param features feature bits in use
 * @param step the step at which a better one failed, empty when none did
 * @param error the code it failed with
 */
record BackendReport(String name, int features, String step, int error) {
    /** By bit of {@link NativeLoop#FEATURE_DEFER_TASKRUN} and those after it. */
    static final List<String> FEATURE_NAMES = List.of(
            "defer-taskrun", "coop-taskrun", "multishot-accept", "multishot-recv", "buffer-ring",
            "registered-ring", "no-iowait");
    /** What is said of a backend that is made for other systems. */
    static final String FOREIGN = "this system does not have it";
    private static final String SEE_SYSTEM = "see the system's messages";

    /** Whether another backend was taken than would have been best. */
    boolean second() {
        return !step.isEmpty();
    }

    NetBackend toBackend(NetOptions.Backend asked) {
        String cause;
        if (second()) {
            String what = step.equals("backend")
                    ? name(asked) + " was asked for"
                    : step + " failed";
            cause = what + ": " + NativeSocket.errorText(error) + " (" + NativeErrors.name(error)
                    + "); " + remedy(step, error);
        } else {
            cause = asked == NetOptions.Backend.AUTO
                    ? "the best that works here"
                    : "as asked for";
        }
        return new NetBackend(name, cause, featureNames());
    }

    /** As {@link NetBackend#name} and the environment of the examples have it. */
    static String name(NetOptions.Backend backend) {
        return backend.name().toLowerCase(Locale.ROOT);
    }

    private List<String> featureNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < FEATURE_NAMES.size(); i++) {
            if ((features & 1 << i) != 0) {
                names.add(FEATURE_NAMES.get(i));
            }
        }
        return names;
    }

    /** What would help against a failure of a step. */
    static String remedy(String step, int error) {
        if (step.equals("backend")) {
            return FOREIGN;
        }
        String name = NativeErrors.name(error);
        if (name.equals("EMFILE") || name.equals("ENFILE")) {
            return "raise the limit of open files (ulimit -n)";
        }
        return step.startsWith("io_uring") ? remedyForRing(name) : remedyForCall(step, name);
    }

    private static String remedyForRing(String error) {
        return switch (error) {
            case "EPERM", "EACCES" ->
                    "io_uring is forbidden here: allow io_uring_setup, io_uring_enter and "
                            + "io_uring_register in the container's seccomp profile, and set the "
                            + "sysctl kernel.io_uring_disabled to 0";
            case "ENOSYS" ->
                    "the kernel is older than Linux 5.19 or hides io_uring from this process";
            case "ENOMEM" -> "raise the limit of locked memory (ulimit -l) or the memory limit";
            case "EINVAL", "EOPNOTSUPP" ->
                    "the kernel is older than Linux 5.19, which brought what Gannet needs";
            default -> SEE_SYSTEM;
        };
    }

    private static String remedyForCall(String step, String error) {
        return switch (error) {
            case "EPERM", "EACCES", "ENOSYS" -> step + " is forbidden here: allow it in the "
                    + "container's seccomp profile";
            case "ENOMEM" -> "raise the memory limit";
            default -> SEE_SYSTEM;
        };
    }
}

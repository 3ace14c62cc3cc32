package io.gannet.internal;

import io.gannet.NetBackend;
import io.gannet.NetOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What matters of a machine to whoever reads a bug report: versions, the backends and why they can
 * or cannot be used, limits. It names no host, and no path but those the user has set or the JVM is
 * in. Nothing that is missing makes it fail; each part that cannot be told says so.
 */
final class PlatformReport {
    private static final int NAME_WIDTH = 20;
    private static final double NANOS_PER_MS = 1e6;

    private final StringBuilder text = new StringBuilder(2048);
    private boolean loaded;

    /** The whole report; takes as long as a few servers need to start. */
    PlatformReport() {
        text.append("Gannet ").append(Version.VALUE).append('\n');
        machine();
        library();
        if (loaded) {
            backends();
        }
        limits(new SystemLimits(Path.of("/")));
        defaults(NetOptions.port(0));
    }

    /** Whether the native library could be loaded. */
    boolean isLoaded() {
        return loaded;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private void machine() {
        title("machine");
        Platform platform = Platform.current();
        line("platform", platform.directory());
        line("system", property("os.name") + " " + property("os.version") + ", "
                + property("os.arch") + ", libc: " + LoadFailure.libc(platform));
        line("JVM", property("java.vm.name") + " " + property("java.vm.version") + " of "
                + property("java.vendor"));
        line("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        line("maximum heap", Runtime.getRuntime().maxMemory() + " bytes");
    }

    private void library() {
        title("native library");
        try {
            NativeLoader.load();
            loaded = true;
            line("loaded from", NativeLoader.loadedFrom());
            line("time to load", tenths(NativeLoader.loadNanos() / NANOS_PER_MS) + " ms");
        } catch (RuntimeException | LinkageError e) {
            line("not loaded", String.valueOf(e.getMessage()));
        }
    }

    private void backends() {
        title("backends");
        BackendProbe chosen = BackendProbe.of(NetOptions.Backend.AUTO);
        NetBackend backend = chosen.backend();
        line("chosen", chosen.works() ? backend.name() + ", " + backend.cause()
                : "none: " + backend.cause());
        for (NetOptions.Backend choice : List.of(NetOptions.Backend.IO_URING,
                NetOptions.Backend.EPOLL, NetOptions.Backend.KQUEUE)) {
            backend(choice, BackendProbe.of(choice));
        }
    }

    private void backend(NetOptions.Backend choice, BackendProbe probe) {
        String name = choice.name().toLowerCase(Locale.ROOT);
        if (!probe.works()) {
            line(name, "no: " + probe.backend().cause());
            return;
        }
        line(name, probe.echo().isEmpty() ? "yes" : "yes, but an echo over the loopback address"
                + " failed: " + probe.echo());
        if (choice == NetOptions.Backend.IO_URING) {
            features(probe.backend().features());
        }
    }

    private void features(List<String> features) {
        for (String feature : BackendReport.FEATURE_NAMES) {
            String instead = feature.equals("coop-taskrun") && features.contains("defer-taskrun")
                    ? "no, and not needed"
                    : "no";
            line("  " + feature, features.contains(feature) ? "yes" : instead);
        }
    }

    private void limits(SystemLimits limits) {
        title("limits");
        line("open files", limits.openFiles());
        line("locked memory", limits.lockedMemory());
        line("cgroup memory", limits.groupMemory());
        line("io_uring_disabled", limits.ringSetting());
    }

    private void defaults(NetOptions options) {
        title("defaults");
        int loops = options.loops() > 0
                ? options.loops()
                : Runtime.getRuntime().availableProcessors();
        line("loops", String.valueOf(loops));
        line("sessions of a server", String.valueOf(options.maxSessions()));
        line("memory of a loop", options.memoryLimit() + " bytes");
        line("write limit", options.writeLimit() + " bytes");
    }

    private void title(String name) {
        text.append('\n').append(name).append('\n');
    }

    /** One fact; what goes over several lines is indented as a whole. */
    private void line(String name, String value) {
        text.append("  ").append(name);
        for (int i = name.length(); i < NAME_WIDTH; i++) {
            text.append(' ');
        }
        text.append(value.replace("\n", "\n    ")).append('\n');
    }

    private static String tenths(double number) {
        return String.valueOf(Math.round(number * 10) / 10.0);
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }
}

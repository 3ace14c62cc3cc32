package io.gannet.internal;

import io.gannet.NetBackend;
import io.gannet.NetException;
import io.gannet.NetOptions;
import io.gannet.NetSession;
import java.time.ZoneId;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What Gannet says by itself, through {@link System.Logger}. Setting up a logger takes longer than
 * starting a server, so what is said at start-up is said by a thread of its own.
 */
public final class Log {
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();
    private static volatile boolean choiceSaidElsewhere;
    /** Made when it is needed, and tried again if it could not be made for want of memory. */
    private static volatile System.@Nullable Logger logger;

    private Log() {}

    private static System.Logger logger() {
        System.Logger known = logger;
        if (known == null) {
            known = System.getLogger("io.gannet");
            logger = known;
        }
        return known;
    }

    /**
     * Says what went wrong with a session that nobody else listens to: a callback threw, which is
     * the program's mistake and worth a warning, or the system failed the session, as it does all
     * day on a server.
     *
     * @param session the session
     * @param error what a callback threw, or what the system reported
     */
    public static void sessionFailed(NetSession session, Throwable error) {
        boolean reported = error instanceof NetException e
                && e.operation().equals(NativeErrors.SESSION);
        System.Logger.Level level = reported
                ? System.Logger.Level.DEBUG
                : System.Logger.Level.WARNING;
        logger().log(level, "session " + session.id() + " failed", error);
    }

    /**
     * Says something went wrong that concerns no single session. Never throws: whoever has a
     * failure to report must survive that a logger is out of descriptors or memory too.
     *
     * @param message what went wrong
     * @param error why
     */
    public static void warn(String message, Throwable error) {
        try {
            logger().log(System.Logger.Level.WARNING, message, error);
        } catch (Throwable t) {
            if (t != error) {
                error.addSuppressed(t);
            }
        }
    }

    /**
     * Says something that is worth knowing. Never throws.
     *
     * @param message what it is
     */
    public static void warn(String message) {
        try {
            logger().log(System.Logger.Level.WARNING, message);
        } catch (Throwable t) {
            /* There is nobody left to tell. */
            return;
        }
    }

    /** Says once in the life of the JVM what is worth knowing, on a thread of its own. */
    static void once(System.Logger.Level level, String text) {
        if (!SAID.add(text)) {
            return;
        }
        Thread thread = new Thread("gannet-log") {
            @Override
            public void run() {
                logger().log(level, text);
            }
        };
        thread.setDaemon(true);
        thread.start();
    }

    /** Says nothing of the backends that are chosen from now on: the platform report does. */
    static void leaveChoiceToReport() {
        choiceSaidElsewhere = true;
    }

    /**
     * Loops were started: says which backend was chosen and why, once for each outcome, and loads
     * what an error needs while there are descriptors left to load it with.
     */
    static void started(BackendReport report, NetOptions.Backend asked) {
        Causes.load();
        /* JDK 17 opens its file of time zones with the first record and never tries again. */
        Objects.requireNonNull(ZoneId.systemDefault().getRules());
        ClassFiles.load();
        if (choiceSaidElsewhere) {
            return;
        }
        NetBackend backend = report.toBackend(asked);
        String text = "backend " + backend.name() + ": " + backend.cause();
        if (!SAID.add(text)) {
            return;
        }
        logger().log(report.second() ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                text);
    }
}

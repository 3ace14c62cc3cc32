package io.gannet.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Something that is to be stopped when the process is told to end. Any thread.
 *
 * <p>SIGTERM and SIGINT stop it <em>before</em> the JVM begins to end: the shutdown hooks of others
 * run all at once, and the logger's own or that of a pool of database connections would pull the
 * ground from under the requests that are still answered. What ends the JVM in other ways, as
 * {@code System.exit}, is met by a hook. A second signal ends the process at once while something
 * is still stopping, unless it comes within a second of the first: one that goes to all processes
 * of a group often comes twice. Signals are handled only while there is something to stop. They
 * need the module {@code jdk.unsupported}, and a JVM that was not started with {@code -Xrs};
 * without them the hook does what it can.
 */
public final class ProcessEnd {
    /** A signal that comes again so soon is the same one. */
    private static final long SAME_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Guarded by itself, like the next two. */
    private static final List<ProcessEnd> LIVE = new ArrayList<>();
    /** A signal has told the process to end, and what it does otherwise was not done yet. */
    private static boolean ending;
    /** When that was. */
    private static long endingSince;
    /** Those that are handled; guarded by itself, and its lock is never taken under the other. */
    private static final List<Signals> INSTALLED = new ArrayList<>();

    private final Runnable stop;
    private final Thread hook;

    private ProcessEnd(Runnable stop) {
        this.stop = stop;
        this.hook = new Thread(stop, "gannet-stop");
    }

    /**
     * Stops something when the process ends, until {@link #remove}.
     *
     * @param stop stops it, and may be called more than once
     * @return what to remove
     * @throws IllegalStateException when the JVM is ending already
     */
    public static ProcessEnd add(Runnable stop) {
        ProcessEnd added = new ProcessEnd(stop);
        Runtime.getRuntime().addShutdownHook(added.hook);
        boolean first;
        synchronized (LIVE) {
            first = LIVE.isEmpty();
            LIVE.add(added);
        }
        if (first) {
            settleSoon();
        }
        return added;
    }

    /** It was stopped, or does not matter any more. Idempotent. */
    public void remove() {
        boolean last;
        synchronized (LIVE) {
            last = LIVE.remove(this) && LIVE.isEmpty();
        }
        if (last) {
            settle();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; /* the JVM is ending, maybe by this very hook */
        }
    }

    /** The classes for it take longer to load than a server to start. */
    private static void settleSoon() {
        Thread thread = new Thread("gannet-signals") {
            @Override
            public void run() {
                settle();
            }
        };
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (Throwable t) {
            Log.warn("signals are not handled, so a stop runs beside the other shutdown hooks", t);
        }
    }

    /** Handles signals while there is something to stop, and leaves them alone otherwise. */
    private static void settle() {
        synchronized (INSTALLED) {
            boolean wanted;
            synchronized (LIVE) {
                wanted = ending || !LIVE.isEmpty();
            }
            if (wanted && INSTALLED.isEmpty()) {
                Signals.install("TERM");
                Signals.install("INT");
            } else if (!wanted) {
                for (Signals each : INSTALLED) {
                    each.restore();
                }
                INSTALLED.clear();
            }
        }
    }

    /** Whether a signal is the first; ends the process when it is one too many. */
    private static boolean begins(int number) {
        synchronized (LIVE) {
            long now = System.nanoTime();
            if (!ending) {
                ending = true;
                endingSince = now;
                return true;
            }
            if (now - endingSince >= SAME_NANOS && !LIVE.isEmpty()) {
                Runtime.getRuntime().halt(Signals.EXIT_BASE + number);
            }
            return false;
        }
    }

    /** The signal was handed on, and the process goes on. */
    private static void survived() {
        synchronized (LIVE) {
            ending = false;
        }
        settle();
    }

    /** Stops everything, all at the same time, and returns when it is done. */
    private static void stopAll() {
        List<Thread> threads = new ArrayList<>();
        synchronized (LIVE) {
            for (ProcessEnd each : LIVE) {
                threads.add(new Thread(each.stop, "gannet-stop"));
            }
        }
        for (Thread thread : threads) {
            thread.start();
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); /* somebody is in a hurry: the hooks wait then */
        }
    }

    /** {@code sun.misc.Signal}, which no module has to have. */
    private static final class Signals implements InvocationHandler {
        static final int EXIT_BASE = 128;

        private final int number;
        private final Method handle;
        private final Object signal;
        private final Object proxy;
        /** Who handled it before; guarded by this: the signal may come before this is known. */
        private @Nullable Object before;
        /** Somebody else put a handler before ours, and maybe hands signals on to it. */
        private volatile boolean passes;

        private Signals(String name) throws ReflectiveOperationException {
            Class<?> signals = Class.forName("sun.misc.Signal");
            Class<?> handlers = Class.forName("sun.misc.SignalHandler");
            signal = signals.getConstructor(String.class).newInstance(name);
            number = (int) signals.getMethod("getNumber").invoke(signal);
            handle = signals.getMethod("handle", signals, handlers);
            proxy = Proxy.newProxyInstance(handlers.getClassLoader(), new Class<?>[] {handlers},
                    this);
        }

        static void install(String name) {
            try {
                Signals own = new Signals(name);
                synchronized (own) {
                    own.before = own.handle.invoke(null, own.signal, own.proxy);
                }
                INSTALLED.add(own);
            } catch (ReflectiveOperationException | RuntimeException e) {
                Log.once(System.Logger.Level.INFO,
                        "signals cannot be handled here, so a stop runs beside the other shutdown"
                        + " hooks: " + e);
            }
        }

        /** Puts back who handled it before, else this class and its loader could never go. */
        synchronized void restore() {
            try {
                Object now = handle.invoke(null, signal, before);
                if (now != proxy) {
                    passes = true;
                    handle.invoke(null, signal, now);
                }
            } catch (ReflectiveOperationException | RuntimeException e) {
                Log.warn("the handler of signal " + number + " stays", e);
            }
        }

        private synchronized @Nullable Object before() {
            return before;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method,
                Object @Nullable [] arguments) {
            if (method.getDeclaringClass() == Object.class) {
                return aboutItself(proxy, method, arguments);
            }
            if (passes) {
                goOn(method, arguments);
                return null;
            }
            if (!begins(number)) {
                return null;
            }
            Thread thread = new Thread("gannet-signal") {
                @Override
                public void run() {
                    stopAll();
                    goOn(method, arguments);
                    survived();
                }
            };
            /* The one that this runs on is a daemon: the JVM would end with the last loop, as if
             * nobody had told it to. */
            thread.setDaemon(false);
            thread.start();
            return null;
        }

        /** What would have happened to the signal otherwise: the JVM ends, as a rule. */
        private void goOn(Method method, Object @Nullable [] arguments) {
            try {
                method.invoke(before(), arguments);
            } catch (ReflectiveOperationException e) {
                Log.warn("signal " + number + " could not be handed on", e);
                Runtime.getRuntime().exit(EXIT_BASE + number);
            }
        }

        private Object aboutItself(Object proxy, Method method, Object @Nullable [] arguments) {
            return switch (method.getName()) {
                case "equals" -> arguments != null && proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "Gannet's handler of signal " + number;
            };
        }
    }
}

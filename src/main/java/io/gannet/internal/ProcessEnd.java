package io.gannet.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Something that is to be stopped when the process is told to end. Any thread.
 *
 * <p>SIGTERM and SIGINT stop it <em>before</em> the JVM begins to end: the shutdown hooks of others
 * run all at once, and the logger's own or that of a pool of database connections would pull the
 * ground from under the requests that are still answered. What ends the JVM in other ways, as
 * {@code System.exit}, is met by a hook. A second signal ends the process at once. Signals need the
 * module {@code jdk.unsupported}, and a JVM that was not started with {@code -Xrs}; without them
 * the hook does what it can.
 */
public final class ProcessEnd {
    /** Guarded by itself. */
    private static final List<ProcessEnd> LIVE = new ArrayList<>();
    private static final AtomicBoolean INSTALLED = new AtomicBoolean();
    /** Somebody has told the process to end. */
    private static final AtomicBoolean ENDING = new AtomicBoolean();

    private final Runnable stop;
    private final Thread hook;

    private ProcessEnd(Runnable stop) {
        this.stop = stop;
        this.hook = new Thread("gannet-stop") {
            @Override
            public void run() {
                ENDING.set(true);
                stop.run();
            }
        };
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
        synchronized (LIVE) {
            LIVE.add(added);
        }
        if (INSTALLED.compareAndSet(false, true)) {
            /* The classes for it take longer to load than a server to start. */
            Thread thread = new Thread("gannet-signals") {
                @Override
                public void run() {
                    Signals.handle("TERM");
                    Signals.handle("INT");
                }
            };
            thread.setDaemon(true);
            thread.start();
        }
        return added;
    }

    /** It was stopped, or does not matter any more. Idempotent. */
    public void remove() {
        synchronized (LIVE) {
            LIVE.remove(this);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; /* the JVM is ending, maybe by this very hook */
        }
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
        private static final int EXIT_BASE = 128;

        private final int number;
        private @Nullable Object before;

        private Signals(int number) {
            this.number = number;
        }

        static void handle(String name) {
            try {
                Class<?> signals = Class.forName("sun.misc.Signal");
                Class<?> handlers = Class.forName("sun.misc.SignalHandler");
                Object signal = signals.getConstructor(String.class).newInstance(name);
                Signals own = new Signals((int) signals.getMethod("getNumber").invoke(signal));
                Object proxy = Proxy.newProxyInstance(handlers.getClassLoader(),
                        new Class<?>[] {handlers}, own);
                own.before = signals.getMethod("handle", signals, handlers)
                        .invoke(null, signal, proxy);
            } catch (ReflectiveOperationException | RuntimeException e) {
                Log.once("signals cannot be handled here, so a stop runs beside the other shutdown"
                        + " hooks: " + e);
            }
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method,
                Object @Nullable [] arguments) {
            if (method.getDeclaringClass() == Object.class) {
                return aboutItself(proxy, method, arguments);
            }
            if (!ENDING.compareAndSet(false, true)) {
                Runtime.getRuntime().halt(EXIT_BASE + number);
            }
            Thread thread = new Thread("gannet-signal") {
                @Override
                public void run() {
                    stopAll();
                    goOn(method, arguments);
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
                method.invoke(before, arguments);
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

package io.gannet.internal;

import org.jspecify.annotations.Nullable;

/**
 * Whether the JVM's flight recorder wants to hear of us, and the way to it. Nothing of the recorder
 * is loaded before a look finds that it was started, and it may be missing altogether: what names
 * its classes is in {@link FlightEvents} and the events. Any thread.
 */
public final class Flight {
    private static volatile boolean on;
    /** There is nothing to look for any more: the recorder tells by itself, or is missing. */
    private static volatile boolean settled;
    /** The recorder tells by itself; guarded by the class. */
    private static boolean attached;

    private Flight() {}

    /**
     * Tells whether a recording runs; whoever calls anything else here has asked this before.
     *
     * @return false nearly always
     */
    public static boolean isOn() {
        return on;
    }

    /** The recorder says whether a recording runs. */
    static void set(boolean value) {
        on = value;
    }

    /** Looks whether the recorder was started by now. */
    static void look() {
        if (!settled) {
            attach();
        }
    }

    private static synchronized void attach() {
        try {
            attached = attached || FlightEvents.attach();
            settled = attached;
        } catch (LinkageError e) {
            settled = true; /* this JVM has none */
        } catch (Throwable t) {
            settled = true;
            Log.warn("nothing is told to the flight recorder", t);
        }
    }

    /**
     * There are no loops any more. When there are some again, {@link #look} finds the recorder,
     * also if this comes after its first call.
     */
    static synchronized void leave() {
        if (attached) {
            FlightEvents.detach();
            attached = false;
            settled = false;
            on = false;
        }
    }

    /**
     * Something came up against a limit.
     *
     * @param limit the name of the option
     * @param what what did
     */
    public static void limit(String limit, String what) {
        if (on) {
            FlightEvents.limit(limit, what);
        }
    }

    /** Input was refused, maybe because it was too much. Which limit a body met knows HTTP. */
    static void bad(int status, int reason) {
        String what = HttpEvents.reason(reason);
        String limit = switch (status) {
            case 414 -> "requestLineMax";
            case 431 -> fields(what);
            default -> "";
        };
        if (!limit.isEmpty()) {
            limit(limit, what);
        }
    }

    /** Which of four options it was: the core tells them apart by what it says only. */
    private static String fields(String what) {
        return (what.contains("trailer") ? "trailer" : "header")
                + (what.startsWith("more ") ? "CountMax" : "BytesMax");
    }

    /**
     * A request came that may turn out to be slow.
     *
     * @return the event, null when nobody wants it
     */
    public static @Nullable Object beginRequest() {
        return FlightEvents.beginRequest();
    }

    /**
     * A request is over.
     *
     * @param event as it began
     * @return whether it was slow, so that {@link #slow} should follow
     */
    public static boolean endRequest(Object event) {
        return FlightEvents.endRequest(event);
    }

    /**
     * A request was slow.
     *
     * @param event as it ended
     * @param method its method
     * @param path its path, without the query
     * @param status that of its response, 0 when there was none
     * @param queueNanos how long it waited for a worker
     */
    public static void slow(Object event, String method, String path, int status,
            long queueNanos) {
        FlightEvents.slow(event, method, path, status, queueNanos);
    }
}

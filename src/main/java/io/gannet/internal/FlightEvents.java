package io.gannet.internal;

import java.util.concurrent.TimeUnit;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.jspecify.annotations.Nullable;

/** Writes events for the flight recorder; see {@link Flight}. Any thread. */
final class FlightEvents {
    /** Frames of a stack that are worth their place. */
    private static final int FRAMES_MAX = 32;

    /** A class of its own, as this starts the recorder. */
    private static final class SlowRequests {
        static final EventType TYPE = EventType.getEventType(SlowRequestEvent.class);
    }

    private static final FlightRecorderListener LISTENER = new FlightRecorderListener() {
        @Override
        public void recordingStateChanged(Recording recording) {
            Flight.set(isRecording());
        }
    };

    private FlightEvents() {}

    /** Follows the recorder from now on if it was started; false when it was not. */
    static boolean attach() {
        if (!FlightRecorder.isInitialized()) {
            return false;
        }
        FlightRecorder.addListener(LISTENER);
        Flight.set(isRecording());
        return true;
    }

    /** Does not follow it any more: it would hold the listener, and so the class loader. */
    static void detach() {
        FlightRecorder.removeListener(LISTENER);
    }

    private static boolean isRecording() {
        for (Recording each : FlightRecorder.getFlightRecorder().getRecordings()) {
            if (each.getState() == RecordingState.RUNNING) {
                return true;
            }
        }
        return false;
    }

    static void limit(String limit, String what) {
        LimitHitEvent event = new LimitHitEvent();
        if (event.isEnabled()) {
            event.limit = limit;
            event.what = what;
            event.commit();
        }
    }

    static void acceptPaused(String address, String cause) {
        AcceptPausedEvent event = new AcceptPausedEvent();
        if (event.isEnabled()) {
            event.address = address;
            event.why = cause;
            event.commit();
        }
    }

    static void stalled(String loop, long nanos, StackTraceElement[] stack) {
        LoopStalledEvent event = new LoopStalledEvent();
        if (!event.isEnabled()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(stack.length, FRAMES_MAX); i++) {
            text.append(i == 0 ? "" : "\n").append(stack[i]);
        }
        event.loop = loop;
        event.held = TimeUnit.NANOSECONDS.toMillis(nanos);
        event.doing = text.toString();
        event.commit();
    }

    static @Nullable Object beginRequest() {
        if (!SlowRequests.TYPE.isEnabled()) {
            return null; /* without having made an event for it */
        }
        SlowRequestEvent event = new SlowRequestEvent();
        event.begin();
        return event;
    }

    static boolean endRequest(Object begun) {
        SlowRequestEvent event = (SlowRequestEvent) begun;
        event.end();
        return event.shouldCommit();
    }

    static void slow(Object ended, String method, String path, int status, long queueNanos) {
        SlowRequestEvent event = (SlowRequestEvent) ended;
        event.method = method;
        event.path = path;
        event.status = status;
        event.queued = queueNanos;
        event.commit();
    }
}

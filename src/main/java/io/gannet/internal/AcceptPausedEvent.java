package io.gannet.internal;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A server stopped accepting for a moment, or for good. */
@Name("io.gannet.AcceptPaused")
@Label("Accept Paused")
@Category("Gannet")
@Description("A server stopped accepting for a moment, or for good.")
@StackTrace(false)
final class AcceptPausedEvent extends Event {
    @Label("Address")
    @Nullable String address;

    @Label("Why")
    @Nullable String why;
}

package io.gannet.internal;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A loop was held for longer than its threshold, and its connections waited. */
@Name("io.gannet.LoopStalled")
@Label("Loop Stalled")
@Category("Gannet")
@Description("A loop was held for longer than its threshold, and its connections waited.")
@StackTrace(false)
final class LoopStalledEvent extends Event {
    @Label("Loop")
    @Nullable String loop;

    @Label("Held")
    @Description("How long by now")
    @Timespan(Timespan.MILLISECONDS)
    long held;

    @Label("Doing")
    @Description("The stack of the thread")
    @Nullable String doing;
}

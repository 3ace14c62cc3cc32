package io.gannet.internal;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * A request that took long, from its head to the end of its response. Whoever wants it enables it:
 * every request is watched then, and costs more.
 */
@Name("io.gannet.SlowRequest")
@Label("Slow Request")
@Category("Gannet")
@Description("A request that took long, from its head to the end of its response; off unless it is"
        + " enabled, as every request is watched for it")
@StackTrace(false)
@Enabled(false)
@Threshold("20 ms")
final class SlowRequestEvent extends Event {
    @Label("Method")
    @Nullable String method;

    @Label("Path")
    @Nullable String path;

    @Label("Status")
    int status;

    @Label("Time in Queue")
    @Description("How long it waited for a worker")
    @Timespan(Timespan.NANOSECONDS)
    long queued;
}

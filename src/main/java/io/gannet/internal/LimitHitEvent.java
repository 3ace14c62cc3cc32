package io.gannet.internal;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** Something came up against a limit of the options. */
@Name("io.gannet.LimitHit")
@Label("Limit Hit")
@Category("Gannet")
@Description("Something came up against a limit of the options.")
@StackTrace(false)
final class LimitHitEvent extends Event {
    @Label("Limit")
    @Nullable String limit;

    @Label("What")
    @Nullable String what;
}

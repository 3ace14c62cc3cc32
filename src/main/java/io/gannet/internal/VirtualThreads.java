package io.gannet.internal;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** Virtual threads where the JVM has them, 21 and newer; found by name, as 17 is compiled for. */
final class VirtualThreads {
    private VirtualThreads() {}

    /** Makes threads named by a prefix and a number; null where the JVM has none. */
    static @Nullable ThreadFactory factory(String prefix) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
            Object named = type.getMethod("name", String.class, long.class)
                    .invoke(builder, prefix, 0L);
            return (ThreadFactory) type.getMethod("factory").invoke(named);
        } catch (ReflectiveOperationException e) {
            return null; /* not there, or, in JDK 19 and 20, a preview that is not enabled */
        }
    }
}

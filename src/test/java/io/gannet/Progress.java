package io.gannet;

import java.util.concurrent.TimeUnit;

/** Says now and then how far something has come. */
final class Progress {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String what;
    private final long begun = System.nanoTime();
    private long said = begun;

    Progress(String what) {
        this.what = what;
    }

    /** Whether the last line is long enough ago. */
    boolean due() {
        return System.nanoTime() - said > NANOS;
    }

    /** A line. */
    @SuppressWarnings("SystemOut")
    void say(String text) {
        said = System.nanoTime();
        System.out.println(what + ": " + TimeUnit.NANOSECONDS.toSeconds(said - begun) + " s, "
                + text);
    }
}

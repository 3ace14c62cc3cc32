package io.gannet;

import io.gannet.internal.LoopTimer;

/** A task that {@link NetSession#schedule NetSession.schedule} promised to run. */
public sealed interface NetTimer permits LoopTimer {
    /**
     * Takes the promise back. Safe from any thread; on the loop's own thread the task surely never
     * runs after a true answer, from other threads too.
     *
     * @return true if the task will not run, false if it ran, runs, or was cancelled before
     */
    boolean cancel();
}

package io.gannet.internal;

import java.util.concurrent.CountDownLatch;

/**
 * The end of a server in order, driven by the thread that stops it.
 *
 * <p>First new connections are kept from beginning, and whoever is idle may send a last request,
 * which is answered with the word that it was the last: a server that closed at once would lose
 * those that are on their way. Then the listeners accept what the system has for them, and close;
 * then these had time to ask too, and who is idle ends. Every loop takes these steps by itself, and
 * the time between them begins when it has taken one: a loop that a handler holds meanwhile has
 * read nothing, and must not take the next for that the clock went on.
 */
final class ServerDrain {
    private static final int LOOKS = 5;
    private static final long LOOK_NANOS_MIN = 1_000_000;

    private final Object owner;
    private final long nanos;
    private final long quiet;
    private final CountDownLatch empty;
    private final Course[] courses;

    /** For the sessions and listeners of an owner, and so long at most. */
    ServerDrain(LoopThread[] loops, Object owner, long nanos) {
        this.owner = owner;
        this.nanos = nanos;
        this.quiet = Math.min(LoopDrain.QUIET.toNanos(), nanos / 4);
        this.empty = new CountDownLatch(loops.length);
        this.courses = new Course[loops.length];
        for (int i = 0; i < loops.length; i++) {
            courses[i] = new Course(loops[i]);
        }
    }

    /** Waits until nothing is left; false if something was when the time was over. */
    boolean run() {
        long deadline = System.nanoTime() + nanos;
        long look = Math.max(quiet / LOOKS, LOOK_NANOS_MIN);
        while (goOn()) {
            long next = System.nanoTime() + look;
            if (LoopGroup.await(empty, next - deadline < 0 ? next : deadline)) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
        }
        return LoopGroup.await(empty, deadline);
    }

    /** Lets the loops look whether it is time for their next step; false when all took the last. */
    private boolean goOn() {
        boolean more = false;
        for (Course course : courses) {
            more |= course.goOn();
        }
        return more;
    }

    private enum Step { STOP, LEAVE, END_IDLE, NONE }

    /** The steps of one loop. */
    private final class Course implements Runnable {
        private final LoopThread loop;
        /** Counts the loop as empty, whoever says so and how often. */
        private final CountDownLatch own = new CountDownLatch(1) {
            @Override
            public synchronized void countDown() {
                if (getCount() > 0) {
                    super.countDown();
                    empty.countDown();
                }
            }
        };
        /** The loop has it among its tasks. */
        private volatile boolean asked;
        /** Written by the loop. */
        private volatile Step next = Step.STOP;
        /** When the last step was taken. Loop thread. */
        private int turn;
        private long since;

        Course(LoopThread loop) {
            this.loop = loop;
        }

        boolean goOn() {
            if (next != Step.NONE && !asked) {
                asked = true;
                if (!loop.submit(this)) {
                    next = Step.NONE;
                    own.countDown();
                }
            }
            return next != Step.NONE;
        }

        @Override
        public void run() {
            try {
                if (next == Step.STOP || isTime()) {
                    take();
                    turn = loop.turn();
                    since = System.nanoTime();
                }
            } finally {
                asked = false;
            }
        }

        private boolean isTime() {
            return loop.turn() - turn >= LoopDrain.TURNS && System.nanoTime() - since >= quiet;
        }

        private void take() {
            switch (next) {
                case STOP -> {
                    next = Step.LEAVE;
                    loop.drain.stop(owner, own);
                }
                case LEAVE -> {
                    next = Step.END_IDLE;
                    loop.drain.leave();
                }
                case END_IDLE -> {
                    next = Step.NONE;
                    loop.drain.endIdle();
                }
                case NONE -> { }
            }
        }
    }
}

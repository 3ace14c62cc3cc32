package io.gannet.internal;

import java.util.concurrent.CountDownLatch;

/**
 * The end of a client in order, driven by the thread that stops it. Its loops may be those of a
 * server and of other clients, so it looks again and again what is left of its own.
 *
 * <p>A connect under way is cancelled; one that is done nevertheless is met by the next look.
 */
final class ClientDrain {
    private static final long LOOK_NANOS_MIN = 1_000_000;
    private static final long LOOK_NANOS_MAX = 25_000_000;

    private final LoopThread[] loops;
    private final Object owner;
    private final long nanos;

    /** For the sessions and connects of an owner, and so long at most. */
    ClientDrain(LoopThread[] loops, Object owner, long nanos) {
        this.loops = loops;
        this.owner = owner;
        this.nanos = nanos;
    }

    /** Waits until nothing is left; false if something was when the time or the loops were over. */
    boolean run() {
        long deadline = System.nanoTime() + nanos;
        long pause = LOOK_NANOS_MIN;
        Look look = new Look(true);
        /* Also without any grace, whoever has nothing open hears so. */
        long wait = Math.max(deadline, System.nanoTime() + LOOK_NANOS_MAX);
        while (look.goRound(wait)) {
            if (!look.left) {
                return true;
            }
            long next = System.nanoTime() + pause;
            if (next - deadline >= 0) {
                next = deadline;
            }
            LoopGroup.await(new CountDownLatch(1), next);
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            pause = Math.min(2 * pause, LOOK_NANOS_MAX);
            look = new Look(false);
            wait = deadline;
        }
        return false;
    }

    /** One look at every loop. */
    private final class Look {
        private final boolean first;
        private final CountDownLatch looked = new CountDownLatch(loops.length);
        private volatile boolean left;

        Look(boolean first) {
            this.first = first;
        }

        /** False when the time is over, or a loop ended before all of its own had. */
        boolean goRound(long deadline) {
            boolean alive = true;
            for (LoopThread loop : loops) {
                if (!loop.submit(() -> at(loop))) {
                    looked.countDown();
                    alive = first;
                }
            }
            return LoopGroup.await(looked, deadline) && alive;
        }

        private void at(LoopThread loop) {
            try {
                for (Object entry : loop.entries()) {
                    if (entry instanceof Session session && session.endpoint.isOf(owner)) {
                        left = true;
                        if (first || session.isOpen()) {
                            session.closeForStop();
                        }
                    } else if (entry instanceof ConnectAttempt attempt
                            && attempt.endpoint().isOf(owner)) {
                        left = true;
                        if (first) {
                            attempt.cancel();
                        }
                    }
                }
            } finally {
                looked.countDown();
            }
        }
    }
}

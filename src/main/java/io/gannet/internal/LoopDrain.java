package io.gannet.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What is left on a loop of an owner that stops, its listeners and sessions, and who waits for the
 * last of it. Belongs to the loop thread.
 */
final class LoopDrain {
    /** How long a request may be on its way, or a connection half begun, when a server stops. */
    static final Duration QUIET = Duration.ofMillis(25);
    /** In one the loop carries out what it was told, in the next it reads what is there. */
    static final int TURNS = 2;

    private final LoopThread loop;
    private final List<CountDownLatch> waiting = new ArrayList<>();
    private @Nullable Object owner;
    private int left;
    private boolean idleEnded;

    LoopDrain(LoopThread loop) {
        this.loop = loop;
    }

    /**
     * Begins to stop what belongs to an owner: no new connection begins, and its sessions end when
     * what they are about is done. {@code empty} hears of the last, which can come only after
     * {@link #leave} where there are listeners.
     */
    void stop(Object stopping, CountDownLatch empty) {
        waiting.add(empty);
        owner = stopping;
        left = 0;
        for (Object entry : loop.entries()) {
            if (entry instanceof LoopThread.Accepting accepting && isOf(accepting.endpoint())) {
                left++;
                loop.commands.plain(accepting.slot(), accepting.gen(), NativeLoop.COMMAND_SHUT);
            } else if (entry instanceof Session session && isOf(session.endpoint)) {
                left++;
                session.stop();
            }
        }
        check();
    }

    /** Closes the listeners of the owner, once those that wait in their backlogs are accepted. */
    void leave() {
        for (Object entry : loop.entries()) {
            if (entry instanceof LoopThread.Accepting accepting && isOf(accepting.endpoint())) {
                loop.commands.plain(accepting.slot(), accepting.gen(), NativeLoop.COMMAND_LEAVE);
            }
        }
    }

    /**
     * Whoever wanted to ask something of the owner has had time to: ends the idle sessions, and
     * through the listeners those that a proxy opened without a word.
     */
    void endIdle() {
        idleEnded = true;
        leave();
        for (Object entry : loop.entries()) {
            if (entry instanceof Session session && isOf(session.endpoint)) {
                session.endIdle();
            }
        }
    }

    private boolean isOf(Endpoint endpoint) {
        return endpoint.isOf(owner);
    }

    /** A session was accepted, maybe of the owner that stops: it may ask once. */
    void opened(Session session) {
        if (!isOf(session.endpoint)) {
            return;
        }
        left++;
        session.stopLate();
        if (idleEnded) {
            session.schedule(QUIET, new LateEnd(session));
        }
    }

    /** Ends a session that {@link #endIdle} was too early for, once its input was looked at. */
    private static final class LateEnd implements Runnable {
        private final Session session;
        private final int turn;

        LateEnd(Session session) {
            this.session = session;
            this.turn = session.turn();
        }

        @Override
        public void run() {
            if (session.turn() - turn < TURNS) {
                session.schedule(Duration.ofMillis(1), this);
            } else {
                session.endIdle();
            }
        }
    }

    /** Something of an endpoint is gone, maybe of the owner that stops. */
    void less(Endpoint endpoint) {
        if (isOf(endpoint)) {
            left--;
            check();
        }
    }

    /** Tells who waits if nothing is left. */
    private void check() {
        if (left == 0) {
            end();
        }
    }

    /** Tells who waits, whatever is left. */
    void end() {
        for (CountDownLatch latch : waiting) {
            latch.countDown();
        }
        waiting.clear();
    }
}

package io.gannet.internal;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which parts of a session's outgoing stream are files, so that those bytes, which take no memory,
 * can be told from the others. Loop thread only, where a method does not say otherwise; exists only
 * for sessions that send files.
 */
final class FileQueue {
    private final ArrayDeque<long[]> parts = new ArrayDeque<>();
    private final AtomicLong bytes = new AtomicLong();

    /** Bytes of files that are queued, or on their way into the queue. Any thread. */
    long bytes() {
        return bytes.get();
    }

    /** Counts a file that is on its way into the queue. Any thread. */
    void reserve(long length) {
        bytes.addAndGet(length);
    }

    /** A file that was counted did not come into the queue. */
    void release(long length) {
        bytes.addAndGet(-length);
    }

    /** A file that was counted came into the queue, between two positions of the stream. */
    void add(long from, long to) {
        parts.add(new long[] {from, to});
    }

    /** The stream was sent from one position up to another. */
    void sent(long from, long to) {
        while (!parts.isEmpty()) {
            long[] part = parts.getFirst();
            long covered = Math.min(to, part[1]) - Math.max(from, part[0]);
            if (covered > 0) {
                bytes.addAndGet(-covered);
            }
            if (part[1] > to) {
                return;
            }
            parts.removeFirst();
        }
    }
}

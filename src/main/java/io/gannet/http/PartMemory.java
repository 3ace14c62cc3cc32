package io.gannet.http;

import io.gannet.internal.HeapAccount;
import java.util.function.Consumer;

/**
 * Counts the parts of a form that stay in memory, until the request is over. Any thread.
 */
final class PartMemory implements Consumer<HttpOutcome> {
    private final HeapAccount heap;
    /** A body that was collected is in memory already, and so are its parts, room or not. */
    private final boolean must;
    /** Guarded by this, as is the next. */
    private long counted;
    private boolean over;

    private PartMemory(HeapAccount heap, boolean must) {
        this.heap = heap;
        this.must = must;
    }

    /**
     * Begins to count for a request.
     *
     * @throws IllegalStateException when it is over
     */
    static PartMemory of(Exchange exchange, boolean must) {
        PartMemory memory = new PartMemory(exchange.connection().session().heap(), must);
        exchange.onDone(memory);
        return memory;
    }

    /** Counts more bytes; answers false if there is no room for them. */
    synchronized boolean take(long bytes) {
        if (over) {
            return true; /* whoever still reads hears of the end soon */
        }
        boolean taken = true;
        if (must) {
            heap.add(bytes);
        } else {
            taken = !heap.isTight() && heap.take(bytes); /* what still comes needs room, too */
        }
        if (taken) {
            counted += bytes;
        }
        return taken;
    }

    /** Bytes went elsewhere. */
    synchronized void giveBack(long bytes) {
        if (!over) {
            counted -= bytes;
            heap.add(-bytes);
        }
    }

    @Override
    public synchronized void accept(HttpOutcome outcome) {
        over = true;
        heap.add(-counted);
        counted = 0;
    }
}

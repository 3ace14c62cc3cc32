package io.gannet.internal;

import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What the requests and responses of a loop hold on the heap, as far as clients decide how much and
 * for how long: bodies that are collected or wait for their reader, parts of forms, requests that
 * wait, large responses while they are sent. Above the limit new requests are refused, and pieces
 * of bodies; what is under way goes on. Belongs to the loop thread, except where a method says
 * otherwise.
 */
public final class HeapAccount {
    /** Bytes of a body that hardly counts. */
    private static final int SMALL = 4096;
    private static final AtomicLongFieldUpdater<HeapAccount> USED =
            AtomicLongFieldUpdater.newUpdater(HeapAccount.class, "used");

    private final long limit;
    /** Any thread. */
    private volatile long used;
    /** Bytes of the arrays that are being sent: they hold up others of their kind alone. */
    private long sending;
    /** How often each array is being sent: many responses may share one. */
    private @Nullable IdentityHashMap<byte[], int[]> shared;

    HeapAccount(long limit) {
        this.limit = limit;
    }

    /**
     * Whether so much may be added.
     *
     * @param bytes how many
     * @return true if so
     */
    public boolean hasRoom(long bytes) {
        return bytes <= limit - used;
    }

    /**
     * Whether so much is used that who can should keep little. Any thread.
     *
     * @return true above half of the limit
     */
    public boolean isTight() {
        return used > limit / 2;
    }

    boolean isFull() {
        return used > limit;
    }

    /** Whether a request is refused while it is full: small ones are taken for a while longer. */
    boolean refuses(int bodyLength) {
        return used > limit && (isLarge(bodyLength) || used - limit > limit / 4);
    }

    static boolean isLarge(int bodyLength) {
        return bodyLength > SMALL;
    }

    /**
     * Counts bytes that are held from now on, or no more. Any thread.
     *
     * @param bytes how many; negative when they are given back
     */
    public void add(long bytes) {
        USED.addAndGet(this, bytes);
    }

    /**
     * Counts bytes that are held from now on if there is room for them. Any thread.
     *
     * @param bytes how many
     * @return false if there is none; they are not counted then
     */
    public boolean take(long bytes) {
        while (true) {
            long now = used;
            if (bytes > limit - now) {
                return false;
            }
            if (USED.compareAndSet(this, now, now + bytes)) {
                return true;
            }
        }
    }

    /**
     * Counts an array that is held for sending, once however often it is. One is always taken,
     * whatever its size: it is there already.
     *
     * @param bytes held until {@link #drop}
     * @return false if there is no room for it; it is not counted then
     */
    public boolean hold(byte[] bytes) {
        IdentityHashMap<byte[], int[]> arrays = shared;
        if (arrays == null) {
            arrays = new IdentityHashMap<>();
            shared = arrays;
        }
        int[] times = arrays.get(bytes);
        if (times == null) {
            if (sending > 0 && bytes.length > limit - sending) {
                return false;
            }
            times = new int[1];
            arrays.put(bytes, times);
            sending += bytes.length;
        }
        times[0]++;
        return true;
    }

    /**
     * An array is held once less.
     *
     * @param bytes as it was given to {@link #hold}
     */
    public void drop(byte[] bytes) {
        IdentityHashMap<byte[], int[]> arrays = shared;
        int[] times = arrays == null ? null : arrays.get(bytes);
        if (times != null && --times[0] == 0) {
            arrays.remove(bytes);
            sending -= bytes.length;
        }
    }

    /**
     * Bytes that are counted now.
     *
     * @return how many
     */
    public long used() {
        return used + sending;
    }
}

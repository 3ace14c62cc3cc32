package io.gannet;

/**
 * What the loops of a server or client have counted since they were opened, all of them together; a
 * snapshot. Every number is as it was lately, but not all are of one moment: once nothing moves any
 * more they agree, and {@code accepted + connected} is {@code open() + closed}. Immutable.
 *
 * @param loops how many loops there are
 * @param accepted sessions that clients opened
 * @param connected sessions that were opened outwards
 * @param closed sessions of both kinds that have ended
 * @param idleClosed how many of those ended because nothing moved for as long as the options allow
 * @param refused connections that were closed at once for want of memory
 * @param acceptPauses how often accepting stopped for a moment, for want of descriptors or memory
 * @param bytesReceived bytes that came in
 * @param bytesSent bytes that the kernel took
 * @param memoryUsed bytes of native memory the loops use for sessions and what is queued
 * @param memoryPeak the most each loop has used, added up
 * @param memoryLimit what they may use
 * @param stalls how often a loop was held for longer than
 *     {@link NetOptions.Builder#stallThreshold} allows
 * @param memoryPauses how often the memory of a loop became so tight that it held back
 * @param unserved HTTP requests that were answered with 503 for want of memory
 * @param crowded connections that were reset because their address had as many as
 *     {@link NetOptions.Builder#maxSessionsPerAddress} allows
 * @param turnedAway connections that were reset because descriptors were short for long
 */
public record NetStats(
        int loops,
        long accepted,
        long connected,
        long closed,
        long idleClosed,
        long refused,
        long acceptPauses,
        long bytesReceived,
        long bytesSent,
        long memoryUsed,
        long memoryPeak,
        long memoryLimit,
        long stalls,
        long memoryPauses,
        long unserved,
        long crowded,
        long turnedAway) {

    /**
     * Sessions that are open.
     *
     * @return how many
     */
    public long open() {
        return Math.max(0, accepted + connected - closed);
    }
}

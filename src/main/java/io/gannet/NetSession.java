package io.gannet;

import io.gannet.internal.Session;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection.
 *
 * <p><b>Threads.</b> Every method is safe from any thread. Calls take effect in the order they were
 * made; on the session's own loop thread they take no lock.
 *
 * <p><b>Writing.</b> Bytes are copied before {@code write} returns and leave in the order of the
 * calls; what one turn of the loop wrote leaves together. A write never blocks: it answers true
 * while the queue is below the high-water mark and false when the caller should wait for
 * {@link NetHandler#onDrain}; the bytes are queued either way. A write that would pass the write
 * limit, or on a session that is closed or closing, queues nothing and throws {@link NetException}
 * ({@code ENOBUFS}, {@code ECLOSED}): who waits when told to never passes it, if there is room for
 * the longest write between it and the high mark. Once bytes are queued they are sent unless the
 * session ends first, which {@link NetHandler#onClose} tells.
 */
public sealed interface NetSession extends AutoCloseable permits Session {
    /**
     * A number no other session of this process has or had.
     *
     * @return the id
     */
    long id();

    /**
     * Queues the bytes between position and limit and sets the position to the limit.
     *
     * @param data borrowed during the call
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(ByteBuffer data);

    /**
     * Queues all bytes of several buffers in one piece: no other thread's bytes come between.
     *
     * @param parts borrowed during the call; their positions are set to their limits
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(ByteBuffer... parts);

    /**
     * Queues all bytes of an array.
     *
     * @param data borrowed during the call
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(byte[] data);

    /**
     * Queues a part of an array.
     *
     * @param data borrowed during the call
     * @param offset where the part starts
     * @param length how long it is
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(byte[] data, int offset, int length);

    /**
     * Queues a text as UTF-8.
     *
     * @param text any text; lone surrogates become question marks
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(String text);

    /**
     * Queues a part of a file without reading it into the heap. The file is opened before the call
     * returns and closed when it is sent or the session ends; it counts as queued bytes but not
     * towards the write limit. A file that becomes shorter meanwhile fails the session.
     *
     * @param file a regular file of the default file system
     * @param offset where the part starts
     * @param length how long it is; the part must lie within the file
     * @return false when the caller should wait for {@code onDrain} before it writes more
     */
    boolean write(Path file, long offset, long length);

    /** Sends what is queued, then closes. Later writes are refused. Idempotent. */
    @Override
    void close();

    /** Closes at once with a reset; queued bytes are discarded. Idempotent. */
    void abort();

    /** Sends what is queued, then ends this side's direction; reading goes on. Idempotent. */
    void shutdownOutput();

    /**
     * Stops reading. From the session's own loop thread {@code onRecv} is not called any more when
     * this returns; from other threads soon. Meanwhile a peer that ends or resets the connection is
     * noticed only by what is written; {@link #resume} tells at once.
     */
    void pause();

    /** Reads again after {@link #pause}. */
    void resume();

    /**
     * Bytes that were queued and that the kernel has not taken yet, files included.
     *
     * @return the count, 0 when everything is written
     */
    long queuedBytes();

    /**
     * Sets the marks of this session's queue.
     *
     * @param low below this {@code onDrain} is called
     * @param high above this {@code write} answers false; at most the write limit
     * @throws IllegalArgumentException when they are not in this order
     */
    void waterMarks(int low, int high);

    /**
     * What {@link #attach attach} was given last.
     *
     * @return the attachment, null when there is none
     */
    @SuppressWarnings("exports") /* the annotation is for checkers; no user needs its module */
    @Nullable Object attachment();

    /**
     * Keeps an object with the session.
     *
     * @param attachment any object, or null for none
     */
    @SuppressWarnings("exports") /* likewise */
    void attach(@Nullable Object attachment);

    /**
     * This side's address; stays available after the close.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress localAddress();

    /**
     * The peer's address, or that of the client for which a trusted proxy says that it speaks; see
     * {@link #peerAddress}. Stays available after the close. The address of an unnamed Unix socket
     * has an empty path.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress remoteAddress();

    /**
     * The address the connection itself comes from; stays available after the close. It is that of
     * a proxy where {@link NetOptions.Builder#proxyProtocol} lets proxies announce their clients,
     * else the same as {@link #remoteAddress}.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress peerAddress();

    /**
     * Tells whether writes are still taken.
     *
     * @return false once the session is closed or closing
     */
    boolean isOpen();

    /**
     * Runs a task on the session's loop thread, after what was asked of the session before. It runs
     * also when the session closed meanwhile.
     *
     * @param task must not block; what it throws goes to {@code onError} and aborts the session, or
     *     is logged when the session is closed
     * @throws NetException with {@code ECLOSED} when the loop has ended, as those of a server or
     *     client that was closed
     */
    void execute(Runnable task);

    /**
     * Runs a task on the session's loop thread once the delay is over. It does not run if the
     * session closes first.
     *
     * @param delay from now; not negative
     * @param task must not block; what it throws goes to {@code onError} and aborts the session
     * @return to cancel it by
     * @throws NetException with {@code ECLOSED} when the loop has ended
     */
    NetTimer schedule(Duration delay, Runnable task);
}

package io.gannet;

import io.gannet.internal.BlockingSession;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One connection, for code that waits; see {@link NetHandler#blocking NetHandler.blocking}.
 *
 * <p><b>Threads.</b> Every method is safe from any thread; of several that read, or write, one goes
 * after the other. No method may be called on a loop thread, which would wait for itself.
 *
 * <p><b>Failures.</b> What waits ends with a {@link NetException}: {@code ECLOSED} when this side
 * closed the session or its server was stopped, {@code ECONNRESET} when the peer or the network
 * broke it, {@code ETIMEDOUT} when it was idle for too long or a timeout set here was over,
 * {@code EINTR} when the thread was interrupted, which it then still is. After a timeout or an
 * interrupt the session goes on.
 */
public sealed interface NetBlockingSession extends AutoCloseable permits BlockingSession {
    /**
     * Waits until bytes are here, and takes as many as there are and have room.
     *
     * @param target where to put them, from its position on
     * @return how many, at least 1; 0 when there is no room; -1 when the peer sends no more
     */
    int read(ByteBuffer target);

    /**
     * Waits until bytes are here, and takes some of them.
     *
     * @return at least one byte, which the caller may keep and change; empty when the peer sends no
     *     more
     */
    ByteBuffer read();

    /**
     * Queues all bytes of some buffers, and waits for room whenever the queue passes the high-water
     * mark.
     *
     * @param data borrowed during the call; their positions are set to their limits, or, when it
     *     fails, behind what was queued
     */
    void write(ByteBuffer... data);

    /**
     * Queues all bytes of an array, and waits for room.
     *
     * @param data borrowed during the call
     */
    void write(byte[] data);

    /**
     * Queues a text as UTF-8, and waits for room.
     *
     * @param text any text; lone surrogates become question marks
     */
    void write(String text);

    /** Waits until the kernel has taken all that was queued; it is sent without this too. */
    void flush();

    /** Sends what is queued, then ends this side's direction; reading goes on. Idempotent. */
    void shutdownOutput();

    /** Sends what is queued, then closes; does not wait for that. Idempotent. */
    @Override
    void close();

    /** Closes at once with a reset; queued bytes are discarded. Idempotent. */
    void abort();

    /**
     * How long a read may wait. At first for ever, as far as the session's idle timeout allows.
     *
     * @param timeout for each read that begins from now on; zero for ever
     */
    void readTimeout(Duration timeout);

    /**
     * How long a write may wait for room, and a flush for the kernel. At first for ever, as far as
     * the session's idle timeout allows.
     *
     * @param timeout for each that begins from now on; zero for ever
     */
    void writeTimeout(Duration timeout);

    /**
     * The incoming bytes as a stream; {@code available} tells what is here. Failures are {@link
     * java.io.IOException}s with the {@link NetException} as their cause; closing it closes the
     * session.
     *
     * @return the same each time
     */
    InputStream input();

    /**
     * The outgoing bytes as a stream; they leave soon, and its {@code flush} does nothing. Failures
     * are {@link java.io.IOException}s with the {@link NetException} as their cause; closing it
     * closes the session.
     *
     * @return the same each time
     */
    OutputStream output();

    /**
     * A number no other session of this process has or had.
     *
     * @return the id
     */
    long id();

    /**
     * This side's address; stays available after the close.
     *
     * @return an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress}
     */
    SocketAddress localAddress();

    /**
     * The peer's address, or that of the client for which a trusted proxy says that it speaks; see
     * {@link #peerAddress}. Stays available after the close.
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
}

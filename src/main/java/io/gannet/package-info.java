/**
 * Sessions over native event loops: {@link io.gannet.NetServer} accepts them,
 * {@link io.gannet.NetClient} connects them, {@link io.gannet.NetHandler} hears of them. A server
 * that sends everything back:
 *
 * <pre>{@code
 * NetHandler echo = (session, data) -> session.write(data);
 * try (NetServer server = NetServer.open(NetOptions.port(2826), echo)) {
 *     server.join();
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> Every session lives on one loop thread from its first callback to its last,
 * and its callbacks never run at the same time. Handlers must not block, but for those which
 * {@link io.gannet.NetHandler#blocking NetHandler.blocking} gives a thread for each session. All
 * methods of {@link io.gannet.NetSession} may be called from any thread.
 *
 * <p><b>Lifetime.</b> A server or client owns its loops, a loop its sessions. Closing an owner
 * closes what it owns, and every session that was opened hears {@code onClose} exactly once.
 *
 * <p><b>Failures.</b> What the network or the system refuses is a {@link io.gannet.NetException};
 * calls that are wrong by themselves are {@link java.lang.IllegalArgumentException} or
 * {@link java.lang.IllegalStateException}.
 */
@NullMarked
package io.gannet;

import org.jspecify.annotations.NullMarked;

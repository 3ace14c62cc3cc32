/**
 * Meters for Micrometer, which has to be on the path: {@link io.gannet.micrometer.GannetMetrics}
 * binds what servers and clients count, {@link io.gannet.micrometer.RequestTimer} measures
 * requests.
 *
 * <pre>{@code
 * server.filter(RequestTimer.of(registry));
 * GannetMetrics.of(server).bindTo(registry);
 * }</pre>
 *
 * <p><b>Threads.</b> Everything may be used from any thread. Meters are read by whoever reads the
 * registry, and no loop notices.
 *
 * <p><b>Lifetime.</b> A registry keeps no server or client alive; the loops keep theirs while they
 * run, so that a program may drop it and its meters count on. Meters stay until {@link
 * io.gannet.micrometer.GannetMetrics#close} removes them. Once a server has ended and was
 * collected, its counters keep the last values that were read, and its gauges are {@code NaN}.
 */
@NullMarked
package io.gannet.micrometer;

import org.jspecify.annotations.NullMarked;

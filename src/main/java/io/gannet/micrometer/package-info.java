/**
 * Meters for Micrometer, which has to be on the path: {@link io.gannet.micrometer.GannetMetrics}
 * binds what servers and clients count, {@link io.gannet.micrometer.RequestTimer} measures
 * requests.
 *
 * <p><b>Threads.</b> Everything may be used from any thread. Meters are read by whoever reads the
 * registry, and no loop notices.
 *
 * <p><b>Lifetime.</b> A registry keeps no server or client alive. Meters stay, with the last
 * values, until {@link io.gannet.micrometer.GannetMetrics#close} removes them.
 */
@NullMarked
package io.gannet.micrometer;

import org.jspecify.annotations.NullMarked;

/**
 * The usual filters, ready made; see {@link io.gannet.http.HttpFilter}. They stand around all
 * routes of a server or group, or around one route:
 *
 * <pre>{@code
 * server.filter(AccessLog.combined())
 *         .filter(Compression.create())
 *         .group("/admin", admin -> admin
 *                 .filter(BasicAuth.of("admin", Map.of("ann", password)))
 *                 .get("/stats", request -> HttpResponse.text(server.stats().toString())));
 * }</pre>
 *
 * <p>Their order matters, for the first one added sees a request first and its response last. This
 * one is usual: {@link io.gannet.http.filter.RequestId}, {@link io.gannet.http.filter.AccessLog},
 * {@link io.gannet.http.filter.SecurityHeaders}, {@link io.gannet.http.filter.Cors}, {@link
 * io.gannet.http.filter.Compression}, {@link io.gannet.http.filter.BasicAuth}, {@link
 * io.gannet.http.filter.BodyLimit}.
 *
 * <p><b>Threads.</b> A filter runs where the handler behind it would, usually on a loop thread, and
 * so does what it was given to call: none of it must block. Filters are immutable, and one serves
 * any number of servers and routes.
 */
@NullMarked
package io.gannet.http.filter;

import org.jspecify.annotations.NullMarked;

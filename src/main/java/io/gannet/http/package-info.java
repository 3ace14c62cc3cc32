/**
 * HTTP/1.1 servers over the sessions of {@link io.gannet}: {@link io.gannet.http.HttpServer} gives
 * every request to an {@link io.gannet.http.HttpHandler} and sends the
 * {@link io.gannet.http.HttpResponse} it answers with. A server with three routes, the last of
 * which may block:
 *
 * <pre>{@code
 * HttpServer.create()
 *         .get("/", request -> HttpResponse.text("Hello, World!"))
 *         .get("/users/{id}", request -> HttpResponse.text(request.pathParam("id")))
 *         .post("/orders", HttpHandler.blocking(
 *                 request -> HttpResponse.json(store.save(request.json(Order.class)))))
 *         .listen(8081);
 * }</pre>
 *
 * <p><b>Threads.</b> A connection lives on one loop thread, and its handler runs there, one request
 * after the other; handlers must not block. Who has to block is wrapped by
 * {@link io.gannet.http.HttpHandler#blocking HttpHandler.blocking} and runs on a worker; who needs
 * time otherwise answers with {@link io.gannet.http.HttpResponse#later HttpResponse.later}, or is
 * wrapped by {@link io.gannet.http.HttpHandler#async HttpHandler.async}, and completes the stage
 * from any thread. Responses leave in the order of the requests, whatever order they finish in.
 *
 * <p><b>Lifetime.</b> An {@link io.gannet.http.HttpRequest} is a view: it can be read from any
 * thread until its response is complete, and throws {@link java.lang.IllegalStateException}
 * afterwards. When a handler returns a response that is complete in itself, that is at once. An
 * {@link io.gannet.http.HttpResponse} is immutable and may be sent any number of times; one that is
 * kept and sent again is encoded only once.
 *
 * <p><b>Failures.</b> What a client gets wrong is answered by the server itself: 400, 408, 413,
 * 414, 417, 431, 501 or 505, after the responses to earlier requests, and the connection closes. A
 * handler that throws is answered for with 500 and logged, one that takes too long with 503. A
 * response that has begun and cannot be finished cuts the connection: a client never takes a part
 * for the whole.
 */
@NullMarked
package io.gannet.http;

import org.jspecify.annotations.NullMarked;

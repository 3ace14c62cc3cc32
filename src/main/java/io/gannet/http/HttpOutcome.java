package io.gannet.http;

/**
 * How a request ended; see {@link HttpRequest#onDone HttpRequest.onDone}.
 *
 * @param status the status of the response, 0 when none was begun; 503 when the handler took too
 *     long
 * @param bodyBytes how many bytes of the body were handed over to the connection, without framing
 * @param complete whether the handler's response was handed over in full; false when the client
 *     went away, when the rest of the request did not come, or when the handler took too long
 * @param nanos how long it took since the head of the request was complete
 */
public record HttpOutcome(int status, long bodyBytes, boolean complete, long nanos) {}

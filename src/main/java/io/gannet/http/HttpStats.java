package io.gannet.http;

import io.gannet.NetStats;
import java.util.List;

/**
 * What an HTTP server has counted since it was started; a snapshot, like {@link NetStats}.
 * Immutable.
 *
 * @param net connections, bytes and memory
 * @param requests heads of requests that came and could be read
 * @param inFlight requests that wait for the rest of their body, for their handler, or for their
 *     response to be complete; those that a loop answers at once are none of them
 * @param responses final responses that were begun, for each method that was met; the server's own
 *     count too
 * @param bad input that was refused before it was a request, or in the middle of one
 * @param timeouts who was too late
 * @param slow requests that took longer than {@link HttpOptions.Builder#slowThreshold}; none when
 *     that is off
 * @param workers the threads that may block
 */
public record HttpStats(
        NetStats net,
        long requests,
        long inFlight,
        List<Responses> responses,
        Bad bad,
        Timeouts timeouts,
        long slow,
        Workers workers) {

    /**
     * Copies the list.
     *
     * @param net see above
     * @param requests see above
     * @param inFlight see above
     * @param responses see above
     * @param bad see above
     * @param timeouts see above
     * @param slow see above
     * @param workers see above
     */
    public HttpStats {
        responses = List.copyOf(responses);
    }

    /**
     * Final responses of all methods.
     *
     * @return their number
     */
    public long responseCount() {
        long sum = 0;
        for (Responses each : responses) {
            sum += each.successful + each.redirecting + each.clientErrors + each.serverErrors;
        }
        return sum;
    }

    /**
     * The final responses to requests of one method.
     *
     * @param method its name, and {@code OTHER} for what is none of GET, HEAD, POST, PUT, DELETE,
     *     CONNECT, OPTIONS, TRACE and PATCH, and for input that was no request
     * @param successful with status 200 to 299
     * @param redirecting with status 300 to 399
     * @param clientErrors with status 400 to 499
     * @param serverErrors with status 500 to 599
     */
    public record Responses(String method, long successful, long redirecting, long clientErrors,
            long serverErrors) {}

    /**
     * Input that was refused.
     *
     * @param malformed answered with 400
     * @param tooLarge over a limit of {@link HttpOptions}: answered with 413, 414 or 431; what a
     *     handler finds too large, by {@link HttpRequest#bodyMax} or in a form, is none of it
     * @param unknown a version or transfer coding that is not served: answered with 501 or 505
     */
    public record Bad(long malformed, long tooLarge, long unknown) {}

    /**
     * Who was too late.
     *
     * @param head clients with the head of a request
     * @param body clients with a body
     * @param idle connections without a request, and clients that did not read on
     * @param handler handlers with the response they had promised
     */
    public record Timeouts(long head, long body, long idle, long handler) {}

    /**
     * The threads that may block.
     *
     * @param busy tasks that run
     * @param waiting tasks that wait for a thread
     * @param refused tasks for which there was no room
     */
    public record Workers(int busy, int waiting, long refused) {}
}

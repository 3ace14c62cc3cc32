package io.gannet.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What a loop counts of HTTP beside what its core does. The loop thread alone counts, with plain
 * reads and ordered writes, so that nobody is waited for; any thread may read.
 */
final class HttpCounts {
    /** By the number that the core gives a method; what has none of these is 0. */
    private static final String[] METHODS = {"OTHER", "GET", "HEAD", "POST", "PUT", "DELETE",
        "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    /** Of status: from 2xx to 5xx. */
    private static final int CLASSES = 4;

    private final AtomicLong[] responses = new AtomicLong[METHODS.length * CLASSES];
    /** Requests in the lines of connections. */
    private final AtomicLong inFlight = new AtomicLong();
    /** Handlers that were too late. */
    private final AtomicLong late = new AtomicLong();
    private final AtomicLong slow = new AtomicLong();
    /** Bodies that were refused here, as the core lets those be longer that are streamed. */
    private final AtomicLong tooLarge = new AtomicLong();

    HttpCounts() {
        for (int i = 0; i < responses.length; i++) {
            responses[i] = new AtomicLong();
        }
    }

    private static void add(AtomicLong counter, long value) {
        counter.lazySet(counter.getPlain() + value);
    }

    /** A final response is begun. */
    void response(int method, int status) {
        int known = method < METHODS.length ? method : 0;
        add(responses[known * CLASSES + status / 100 - 2], 1);
    }

    void begun() {
        add(inFlight, 1);
    }

    void ended() {
        add(inFlight, -1);
    }

    void late() {
        add(late, 1);
    }

    void slow() {
        add(slow, 1);
    }

    void tooLarge() {
        add(tooLarge, 1);
    }

    /** The counts of all loops of a server. Any thread. */
    static final class Sum {
        private final List<HttpCounts> loops = new ArrayList<>();

        /** What a loop counts from now on. */
        synchronized HttpCounts add() {
            HttpCounts added = new HttpCounts();
            loops.add(added);
            return added;
        }

        private synchronized long sum(Function<HttpCounts, AtomicLong> counter) {
            long sum = 0;
            for (HttpCounts each : loops) {
                sum += counter.apply(each).get();
            }
            return sum;
        }

        long inFlight() {
            return sum(each -> each.inFlight);
        }

        long late() {
            return sum(each -> each.late);
        }

        long slow() {
            return sum(each -> each.slow);
        }

        long tooLarge() {
            return sum(each -> each.tooLarge);
        }

        synchronized List<HttpStats.Responses> responses() {
            List<HttpStats.Responses> all = new ArrayList<>();
            for (int method = 0; method < METHODS.length; method++) {
                long[] sums = new long[CLASSES];
                long any = 0;
                for (HttpCounts each : loops) {
                    for (int i = 0; i < CLASSES; i++) {
                        sums[i] += each.responses[method * CLASSES + i].get();
                    }
                }
                for (long sum : sums) {
                    any += sum;
                }
                if (any > 0) {
                    all.add(new HttpStats.Responses(METHODS[method], sums[0], sums[1], sums[2],
                            sums[3]));
                }
            }
            return all;
        }
    }
}

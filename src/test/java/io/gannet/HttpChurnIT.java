package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;

/**
 * HTTP connections to another process that end in every way and at every place there is. With
 * {@code -Dgannet.soak=1000000} a million of them.
 */
class HttpChurnIT {
    private static final int SOAK = Integer.getInteger("gannet.soak", 0);
    private static final int CONNECTIONS = SOAK > 0 ? SOAK : 6_000;

    @OnEachBackend
    @Timeout(7200)
    void connectionsThatEndAnywhereLeaveNothingBehindAndAreCountedOnce(NetOptions.Backend backend)
            throws Exception {
        Backends.server(backend); /* skips one that does not work here */
        Outcome outcome = Churn.of(backend, CONNECTIONS);
        assertThat(outcome.troubles()).isEmpty();
        assertThat(outcome.good()).as("%s", outcome).isTrue();
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;

/** A server process that another takes over from, on the same port. */
class RestartIT {
    private static final int RESTARTS = Integer.getInteger("gannet.soak", 0) > 0 ? 50 : 3;

    /** Where loops share one listening socket, processes cannot share its port. */
    @OnEachBackend
    @Timeout(300)
    void aRestartUnderLoadLosesNoRequest(NetOptions.Backend backend) throws Exception {
        if (backend == NetOptions.Backend.KQUEUE) {
            return;
        }
        Backends.server(backend); /* skips one that does not work here */
        Outcome outcome = Restarts.of(backend, RESTARTS);
        assertThat(outcome.troubles()).isEmpty();
        assertThat(outcome.good()).as("%s", outcome).isTrue();
    }
}

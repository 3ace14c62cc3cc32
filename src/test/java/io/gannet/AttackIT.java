package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Hostile clients against a server process with little memory, while a well-behaved one is served.
 * Prints a row for each attack.
 */
@Timeout(120)
class AttackIT {
    private static final int CONNECTIONS = 4_000;
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final List<Outcome> ROWS = new ArrayList<>();

    @BeforeAll
    static void needsLinux() {
        Backends.assumeTested(NetOptions.Backend.EPOLL);
    }

    @AfterAll
    static void print() {
        if (!ROWS.isEmpty()) {
            say(Outcome.HEADING);
            ROWS.forEach(row -> say(row.toString()));
        }
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "SLOW_HEADS, IO_URING", "SLOW_HEADS, EPOLL",
        "SLOW_BODIES, IO_URING",
        "UNREAD, IO_URING", "UNREAD, EPOLL",
        "PIPELINED, IO_URING", "PIPELINED, EPOLL",
        "UNANSWERED, EPOLL",
        "ENDLESS_HEADERS, IO_URING",
        "CHUNK_FLOOD, EPOLL",
        "UPGRADES, IO_URING",
        "UPLOAD, EPOLL",
    })
    void anAttackTakesNeitherMuchMemoryNorAnAnswerFromOthers(Attack attack,
            NetOptions.Backend backend) throws Exception {
        Backends.server(backend); /* skips one that does not work here */
        int scale = Math.min(CONNECTIONS, AttackRun.mostConnections());
        Outcome outcome = AttackRun.of(attack, backend, scale, NANOS);
        ROWS.add(outcome);
        assertThat(outcome.troubles()).isEmpty();
        assertThat(outcome.survived()).isTrue();
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.answered()).isPositive();
    }
}

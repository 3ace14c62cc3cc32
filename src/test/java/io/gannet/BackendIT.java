package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which backend is taken, and what is said of it. */
@Timeout(30)
class BackendIT {
    private static final String DENY = "gannet.deny";
    /** The bit that stands for io_uring as a whole. */
    private static final int IO_URING = 128;

    @OnEachBackend
    void theBackendThatWasAskedForIsTaken(NetOptions.Backend backend) {
        NetOptions options = Backends.server(backend).build();
        try (NetServer server = NetServer.open(options, new Recorder())) {
            assertThat(server.backend().name()).isEqualToIgnoringCase(backend.name());
            assertThat(server.backend().cause()).isEqualTo("as asked for");
        }
    }

    @Test
    void aForbiddenRingMeansEpollAndACauseWithARemedy() throws Exception {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
        NetOptions options = Backends.server(NetOptions.Backend.AUTO).build();
        try (Denied denied = new Denied(IO_URING);
                NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("epoll")).isEqualTo("epoll");
            assertThat(server.backend().name()).isEqualTo("epoll");
            assertThat(server.backend().cause()).contains("EPERM").contains("seccomp");
            assertThat(server.backend().features()).isEmpty();
        }
    }

    @Test
    void aForbiddenRingThatIsNotRequiredIsReplaced() {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
        NetOptions options = Backends.server(NetOptions.Backend.AUTO)
                .backend(NetOptions.Backend.IO_URING).build();
        try (Denied denied = new Denied(IO_URING);
                NetServer server = NetServer.open(options, new Recorder())) {
            assertThat(server.backend().name()).isEqualTo("epoll");
            assertThat(server.backend().cause()).contains("failed");
        }
    }

    @Test
    void aForbiddenRingThatIsRequiredIsAnErrorWithCauseAndRemedy() {
        Backends.assumeTested(NetOptions.Backend.IO_URING);
        NetOptions options = Backends.server(NetOptions.Backend.AUTO)
                .backend(NetOptions.Backend.IO_URING).required(true).build();
        NetServer server = NetServer.create(options, new Recorder());
        try (Denied denied = new Denied(IO_URING)) {
            NetException e = catchThrowableOfType(NetException.class, server::start);
            assertThat(e.operation()).isEqualTo("open loop");
            assertThat(e).hasMessageContaining("io_uring_setup").hasMessageContaining("; ");
            assertThat(e.code()).isEqualTo("EPERM");
        }
    }

    @Test
    void aBackendOfAnotherSystemIsReplacedOrAnError() {
        NetOptions.Backend foreign = Backends.tested().contains(NetOptions.Backend.KQUEUE)
                ? NetOptions.Backend.EPOLL
                : NetOptions.Backend.KQUEUE;
        NetOptions.Builder options =
                Backends.server(NetOptions.Backend.AUTO).backend(foreign);
        try (NetServer server = NetServer.open(options.build(), new Recorder())) {
            assertThat(server.backend().name()).isNotEqualToIgnoringCase(foreign.name());
            assertThat(server.backend().cause()).contains("this system does not have it")
                    .startsWith(foreign.name().toLowerCase(Locale.ROOT) + " was asked for: ");
        }
        NetServer required = NetServer.create(options.required(true).build(), new Recorder());
        assertThat(catchThrowableOfType(NetException.class, required::start))
                .hasMessageContaining("backend " + foreign.name().toLowerCase(Locale.ROOT) + ": ");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8, 12, 32, 64, 111})
    void theRingServesWithoutWhatAnOlderKernelLacks(int denied) throws Exception {
        NetOptions options = Backends.server(NetOptions.Backend.IO_URING).build();
        try (Denied property = new Denied(denied);
                NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer one = TestPeer.connect(server.port());
                TestPeer two = TestPeer.connect(server.port())) {
            assertThat(server.backend().name()).isEqualTo("io_uring");
            for (int i = 0; i < 50; i++) {
                assertThat(one.exchange("one" + i)).isEqualTo("one" + i);
                assertThat(two.exchange("two" + i)).isEqualTo("two" + i);
            }
        }
    }

    /** What an older kernel lacks is done without, one feature at a time. */
    @ParameterizedTest
    @CsvSource({
        "1, defer-taskrun, coop-taskrun",
        "3, coop-taskrun, buffer-ring",
        "4, multishot-accept, multishot-recv",
        "8, multishot-recv, multishot-accept",
        "32, registered-ring, buffer-ring",
        "64, no-iowait, buffer-ring",
        "111, multishot-recv, buffer-ring",
    })
    void oneFeatureLessIsOneStepDown(int denied, String without, String with) throws Exception {
        NetOptions options = Backends.server(NetOptions.Backend.AUTO).build();
        try (Denied property = new Denied(denied);
                NetServer server = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("older")).isEqualTo("older");
            Backends.assumeRing(server.backend());
            assertThat(server.backend().features()).contains(with).doesNotContain(without);
            assertThat(server.backend().cause()).isEqualTo("the best that works here");
        }
    }

    @OnEachBackend
    void loopsCanBePinned(NetOptions.Backend backend) throws Exception {
        NetOptions options = Backends.server(backend).loops(3).pinLoops(true).build();
        try (NetServer server = NetServer.open(options, Recorder.echo())) {
            for (int i = 0; i < 6; i++) {
                try (TestPeer peer = TestPeer.connect(server.port())) {
                    assertThat(peer.exchange("pinned")).isEqualTo("pinned");
                }
            }
        }
    }

    /** Simulates a kernel or container that forbids features. */
    private record Denied(String before) implements AutoCloseable {
        Denied(int features) {
            this(System.setProperty(DENY, String.valueOf(features)));
        }

        @Override
        public void close() {
            if (before == null) {
                System.clearProperty(DENY);
            } else {
                System.setProperty(DENY, before);
            }
        }
    }

    @Test
    void theFeaturesOfARunningRingAreTold() throws Exception {
        try (NetServer server = NetServer.open(
                        Backends.server(NetOptions.Backend.IO_URING).build(), Recorder.echo());
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.exchange("turned")).isEqualTo("turned");
            assertThat(server.backend().features()).contains("registered-ring", "buffer-ring");
        }
    }

    @OnEachBackend
    void theBackendOfWhatWasClosedIsStillTold(NetOptions.Backend backend) {
        NetServer server = NetServer.open(Backends.server(backend).build(), Recorder.echo());
        NetClient client = NetClient.create(Backends.client(backend).build());
        NetBackend served = server.backend();
        NetBackend used = client.backend();
        server.close();
        client.close();
        assertThat(server.backend().name()).isEqualTo(served.name());
        assertThat(client.backend().name()).isEqualTo(used.name());
    }
}

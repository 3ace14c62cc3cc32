package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Timeout;

/** Who holds a loop is reported, once; who does not is left alone. */
@Timeout(30)
class StallIT {
    private static final Duration SHORT = Duration.ofMillis(100);

    private static void holdTheLoop(CountDownLatch until) {
        try {
            assertThat(until.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isWatched() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("gannet-watch"));
    }

    @OnEachBackend
    void aHandlerThatHoldsItsLoopIsReportedOnceWithItsStack(NetOptions.Backend backend)
            throws Exception {
        CountDownLatch[] until = {new CountDownLatch(1), new CountDownLatch(1)};
        NetOptions options = Backends.server(backend).stallThreshold(SHORT).build();
        NetOptions slower = Backends.server(backend).stallThreshold(Duration.ofMillis(20)).build();
        CountDownLatch alsoHeld = new CountDownLatch(1);
        try (CapturedLog log = new CapturedLog();
                NetServer server = NetServer.open(options, (session, data) -> {
                    holdTheLoop(until[data.get(0) - '0']);
                    session.write(data);
                });
                NetServer other = NetServer.open(slower, (session, data) -> {
                    holdTheLoop(alsoHeld);
                    session.write(data);
                });
                TestPeer peer = TestPeer.connect(server.port());
                TestPeer quick = TestPeer.connect(other.port())) {
            peer.write("0");
            LogRecord first = log.next();
            assertThat(first.getMessage()).contains("-loop-0").contains("held");
            assertThat(first.getThrown().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("holdTheLoop"));
            /* Another loop is held and reported meanwhile, and the first is not once more. */
            quick.write("x");
            assertThat(log.next().getMessage()).isNotEqualTo(first.getMessage());
            alsoHeld.countDown();
            assertThat(quick.read(1)).isEqualTo("x");
            until[0].countDown();
            assertThat(peer.read(1)).isEqualTo("0");
            peer.write("1");
            assertThat(log.next().getMessage()).isEqualTo(first.getMessage());
            until[1].countDown();
            assertThat(peer.read(1)).isEqualTo("1");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void aLoopThatSleepsOrMakesTurnsIsNotHeld(NetOptions.Backend backend) throws Exception {
        NetOptions options =
                Backends.server(backend).stallThreshold(Duration.ofMillis(20)).build();
        try (CapturedLog log = new CapturedLog();
                NetServer sleeps = NetServer.open(options, Recorder.echo());
                NetServer turns = NetServer.open(options, Recorder.echo());
                TestPeer peer = TestPeer.connect(turns.port())) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
            while (System.nanoTime() - end < 0) {
                assertThat(peer.exchange("x")).isEqualTo("x");
            }
            assertThat(sleeps.sessionCount()).isZero();
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void anHttpHandlerIsWatchedAsWell(NetOptions.Backend backend) throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        HttpOptions options = HttpOptions.builder()
                .transport(Backends.server(backend).stallThreshold(SHORT).build()).build();
        try (CapturedLog log = new CapturedLog();
                HttpServer server = HttpServer.open(options, request -> {
                    holdTheLoop(until);
                    return HttpResponse.text("x");
                });
                TestPeer peer = TestPeer.connect(server.port())) {
            peer.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(log.next().getMessage()).contains("held");
            until.countDown();
            assertThat(peer.read(12)).isEqualTo("HTTP/1.1 200");
        }
    }

    @OnEachBackend
    void zeroMeansThatNobodyLooks(NetOptions.Backend backend) throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        NetOptions off = Backends.server(backend).stallThreshold(Duration.ZERO).build();
        NetOptions on = Backends.server(backend).stallThreshold(SHORT).build();
        NetHandler handler = (session, data) -> {
            holdTheLoop(until);
            session.write(data);
        };
        try (CapturedLog log = new CapturedLog();
                NetServer unseen = NetServer.open(off, handler);
                TestPeer peer = TestPeer.connect(unseen.port())) {
            peer.write("x");
            try (NetServer seen = NetServer.open(on, handler);
                    TestPeer other = TestPeer.connect(seen.port())) {
                other.write("y");
                assertThat(log.next().getMessage()).contains("held");
                until.countDown();
                assertThat(other.read(1)).isEqualTo("y");
            }
            assertThat(peer.read(1)).isEqualTo("x");
            assertThat(log.isEmpty()).isTrue();
        }
    }

    @OnEachBackend
    void theWatcherEndsWithTheLastLoopAndComesAgain(NetOptions.Backend backend) throws Exception {
        for (int i = 0; i < 3; i++) {
            NetOptions options = Backends.server(backend).build();
            try (NetServer one = NetServer.open(options, Recorder.echo());
                    NetServer two = NetServer.open(options, Recorder.echo())) {
                while (!isWatched()) { /* soon */
                    Thread.onSpinWait();
                }
                one.close();
                assertThat(isWatched()).isTrue();
                assertThat(two.port()).isPositive();
            }
            while (isWatched()) { /* within the time of the test */
                Thread.onSpinWait();
            }
        }
    }
}

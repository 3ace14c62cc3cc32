package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server process that is told to end. */
@Timeout(60)
class SignalIT {
    private static final int BY_SIGTERM = 143;
    private static final Duration LONG = Duration.ofSeconds(20);

    @OnEachBackend
    void aSignalUnderLoadLosesNoRequestAndCutsNoResponse(NetOptions.Backend backend)
            throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, LONG)) {
            int port = FireServer.port(jvm);
            FireLoad load = new FireLoad(port)
                    .add(2, "/", 1)
                    .add(3, "/", Integer.MAX_VALUE)
                    .add(2, "/slow/40", Integer.MAX_VALUE)
                    .add(2, "/block/40", 3)
                    .add(2, "/stream", 10)
                    .add(2, "/big", Integer.MAX_VALUE)
                    .await(300);
            long begun = System.nanoTime();
            load.stopping();
            jvm.terminate();
            assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
            long millis = millisSince(begun);
            load.end();
            print("under load: %d ms, %d answers, %d of them the last, %d to be asked again",
                    millis, load.answered.get(), load.last.get(), load.again.get());
            assertThat(load.lost).isEmpty();
            assertThat(load.last.get()).isGreaterThanOrEqualTo(8);
            assertThat(millis).isLessThan(LONG.toMillis());
            new ServerSocket(port).close(); /* the port is free */
        }
    }

    @OnEachBackend
    void withoutLoadAStopTakesAMoment(NetOptions.Backend backend) throws Exception {
        HttpOptions options =
                HttpOptions.builder().transport(Backends.server(backend).build()).build();
        HttpServer first = HttpServer.open(options, request -> HttpResponse.text("x"));
        long begun = System.nanoTime();
        assertThat(first.stop(LONG)).isTrue();
        print("no connection: stopped in %d ms", millisSince(begun));
        HttpServer server = HttpServer.open(options, request -> HttpResponse.text("x"));
        List<TestPeer> idle = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestPeer peer = TestPeer.connect(server.port());
            idle.add(peer);
            peer.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(peer.read(15)).isEqualTo("HTTP/1.1 200 OK");
        }
        for (int i = 0; i < 20; i++) {
            idle.add(TestPeer.connect(server.port()));
        }
        begun = System.nanoTime();
        assertThat(server.stop(LONG)).isTrue();
        long millis = millisSince(begun);
        print("40 idle connections whose clients do not close: stopped in %d ms", millis);
        assertThat(millis).isLessThan(5_000);
        for (TestPeer peer : idle) {
            assertThat(peer.ending()).doesNotContain("reset");
            peer.close();
        }
    }

    @OnEachBackend
    void anIdleProcessEndsSoonAfterTheSignal(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, LONG)) {
            int port = FireServer.port(jvm);
            new FireLoad(port).add(1, "/", 1).await(1).end();
            long begun = System.nanoTime();
            jvm.terminate();
            assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
            print("idle: the process ended in %d ms", millisSince(begun));
        }
    }

    @OnEachBackend
    void aSecondSignalEndsTheProcessAtOnce(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, LONG);
                TestPeer peer = TestPeer.connect(FireServer.port(jvm))) {
            peer.write("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitState(peer);
            jvm.terminate();
            awaitRefusal(peer);
            assertThat(jvm.isAlive()).isTrue();
            long begun = System.nanoTime();
            Soon.until(() -> {
                jvm.terminate(); /* those of the first second count as the first */
                return !jvm.isAlive();
            });
            assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
            print("second signal: the process ended in %d ms", millisSince(begun));
            assertThat(millisSince(begun)).isLessThan(LONG.toMillis() / 2);
        }
    }

    /** Until the server has seen what this peer sent: what came later on another was answered. */
    private static void awaitState(TestPeer peer) throws Exception {
        try (TestPeer other = TestPeer.connect(peer.remoteAddress())) {
            other.write("GET /block/200 HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(other.read(15)).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    /** Until the listening socket is closed. */
    private static void awaitRefusal(TestPeer peer) throws Exception {
        SocketAddress address = peer.remoteAddress();
        Soon.until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(address, 200);
                return false;
            } catch (ConnectException e) {
                return true;
            } catch (SocketTimeoutException e) {
                return false; /* it closes just now */
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A wrapper may hand on what the whole process group got already. */
    @OnEachBackend
    void aSignalThatComesTwiceIsOne(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, LONG);
                TestPeer peer = TestPeer.connect(FireServer.port(jvm))) {
            peer.write("GET /slow/700 HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitState(peer);
            for (int i = 0; i < 5; i++) {
                jvm.terminate();
                Thread.sleep(10); /* else they are one for the kernel */
            }
            assertThat(peer.readAll()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nslow");
            assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
        }
    }

    @OnEachBackend
    void aFirstSignalAfterAnExitCutsNothing(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, LONG);
                TestPeer peer = TestPeer.connect(FireServer.port(jvm))) {
            peer.write("GET /exit/1500 HTTP/1.1\r\nHost: h\r\n\r\n");
            awaitRefusal(peer);
            jvm.terminate();
            assertThat(peer.readAll()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nslow");
            assertThat(jvm.exitCode()).isEqualTo(FireServer.EXIT);
        }
    }

    @Test
    void whoHandledASignalBeforeHandlesItAfterwards() throws Exception {
        try (ChildJvm jvm = ChildJvm.launch(Survivor.class.getName(), Map.of())) {
            for (int i = 0; i < 2; i++) {
                assertThat(jvm.readLine()).isEqualTo("ready");
                jvm.terminate();
                assertThat(jvm.readLine()).isEqualTo("handled, served: false");
            }
            assertThat(jvm.readLine()).isEqualTo("restored: true");
            assertThat(jvm.exitCode()).isZero();
        }
    }

    /** Handles SIGTERM by itself, without ending, and serves twice. */
    static final class Survivor {
        private Survivor() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws Exception {
            Class<?> signals = Class.forName("sun.misc.Signal");
            Class<?> handlers = Class.forName("sun.misc.SignalHandler");
            Method handle = signals.getMethod("handle", signals, handlers);
            Object term = signals.getConstructor(String.class).newInstance("TERM");
            SynchronousQueue<String> heard = new SynchronousQueue<>();
            Object own = Proxy.newProxyInstance(null, new Class<?>[] {handlers},
                    (proxy, method, given) -> {
                        if (method.getName().equals("handle")) {
                            heard.put("handled");
                            return null;
                        }
                        return method.getName().equals("equals") ? proxy == given[0] : 1;
                    });
            handle.invoke(null, term, own);
            for (int i = 0; i < 2; i++) {
                HttpServer server = HttpServer.open(HttpOptions.builder()
                        .transport(Backends.server(NetOptions.Backend.AUTO).build())
                        .shutdownHook(LONG).build(), request -> HttpResponse.text("x"));
                settle();
                System.out.println("ready");
                System.out.println(heard.take() + ", served: " + server.isReady());
                server.close();
                settle();
            }
            Soon.until(() -> {
                try {
                    return handle.invoke(null, term, own) == own;
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            });
            System.out.println("restored: true");
        }

        /** Until no thread of ours that has to do with signals runs. */
        private static void settle() {
            Soon.until(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("gannet-signal")));
        }
    }

    @OnEachBackend
    void whatIsCutAfterTheGraceIsNamedInTheLog(NetOptions.Backend backend) throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, Duration.ofMillis(700))) {
            int port = FireServer.port(jvm);
            try (TestPeer never = TestPeer.connect(port);
                    TestPeer hang = TestPeer.connect(port)) {
                never.write("GET /never?a=b HTTP/1.1\r\nHost: h\r\n\r\n");
                hang.write("GET /hang HTTP/1.1\r\nHost: h\r\n\r\n");
                awaitState(never);
                jvm.terminate();
                assertThat(never.ending()).isEqualTo("reset");
                assertThat(hang.ending()).isEqualTo("reset");
            }
            assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
            assertThat(jvm.readAll())
                    .containsPattern("GET /never\\?a=b HTTP/1.1 was cut off by the stop after"
                            + " \\d+ ms: its handler has not answered")
                    .containsPattern("GET /hang HTTP/1.1 was cut off by the stop after \\d+ ms")
                    .containsPattern("what gannet-worker-\\S+ does now")
                    .contains("io.gannet.FireServer.hang(FireServer.java:");
        }
    }

    @OnEachBackend
    void aHandlerThatHoldsItsLoopKeepsNobodyFromEnding(NetOptions.Backend backend)
            throws Exception {
        try (ChildJvm jvm = FireServer.launch(backend, 0, Duration.ofMillis(500))) {
            int port = FireServer.port(jvm);
            try (TestPeer hold = TestPeer.connect(port)) {
                hold.write("GET /hold/60000 HTTP/1.1\r\nHost: h\r\n\r\n");
                jvm.readUntil("was held for");
                jvm.terminate();
                assertThat(jvm.exitCode()).isEqualTo(BY_SIGTERM);
            }
            assertThat(jvm.readAll())
                    .containsPattern("gannet-1-loop-\\d does not end: a handler holds it")
                    .contains("io.gannet.FireServer.block(FireServer.java:");
        }
    }

    private static long millisSince(long begun) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    @SuppressWarnings({"SystemOut", "AnnotateFormatMethod"})
    private static void print(String format, Object... arguments) {
        System.out.println("stop: " + String.format(format, arguments));
    }
}

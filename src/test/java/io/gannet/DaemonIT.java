package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which threads keep a JVM alive. */
@Timeout(60)
class DaemonIT {
    @Test
    void aServerKeepsTheJvmAliveUntilItIsClosed() throws Exception {
        try (ChildJvm jvm = ChildJvm.launch(Program.class.getName(), Map.of(), "server")) {
            int port = Integer.parseInt(jvm.readLine());
            assertThat(jvm.readLine()).isEqualTo("main returns");
            try (TestPeer peer = TestPeer.connect(port)) {
                assertThat(peer.exchange("alive?")).isEqualTo("alive?");
                assertThat(jvm.isAlive()).isTrue();
            }
            try (TestPeer peer = TestPeer.connect(port)) {
                peer.write("Stop");
                assertThat(jvm.exitCode()).isZero();
            }
        }
    }

    @Test
    void aClientDoesNotKeepTheJvmAlive() throws Exception {
        try (NetServer server = NetServer.open(
                        Backends.server(NetOptions.Backend.AUTO).build(), Recorder.echo());
                ChildJvm jvm = ChildJvm.launch(Program.class.getName(), Map.of(), "client",
                        String.valueOf(server.port()))) {
            assertThat(jvm.readLine()).isEqualTo("connected");
            assertThat(jvm.exitCode()).isZero();
        }
    }

    /** What the other JVM runs. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            if (arguments[0].equals("server")) {
                serve();
            } else {
                NetClient client = NetClient.create();
                client.connect("127.0.0.1", Integer.parseInt(arguments[1]), new Recorder())
                        .toCompletableFuture().get(15, TimeUnit.SECONDS);
                say("connected");
            }
        }

        private static void serve() {
            NetServer[] holder = new NetServer[1];
            holder[0] = NetServer.open(
                    NetOptions.builder().listen(Backends.loopback(0)).build(),
                    (session, data) -> {
                        if (data.get(0) == 'S') {
                            holder[0].close();
                        } else {
                            session.write(data);
                        }
                    });
            say(String.valueOf(holder[0].port()));
            say("main returns");
        }

        @SuppressWarnings("SystemOut")
        private static void say(String line) {
            System.out.println(line);
        }
    }
}

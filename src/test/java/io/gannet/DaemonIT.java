package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which threads keep a JVM alive. */
@Timeout(60)
class DaemonIT {
    @Test
    void aServerKeepsTheJvmAliveUntilItIsClosed() throws Exception {
        Process process = launch("server");
        try (BufferedReader out = reader(process)) {
            int port = Integer.parseInt(out.readLine());
            assertThat(out.readLine()).isEqualTo("main returns");
            try (TestPeer peer = TestPeer.connect(port)) {
                assertThat(peer.exchange("alive?")).isEqualTo("alive?");
                assertThat(process.isAlive()).isTrue();
            }
            try (TestPeer peer = TestPeer.connect(port)) {
                peer.write("Stop");
                assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aClientDoesNotKeepTheJvmAlive() throws Exception {
        try (NetServer server = NetServer.open(
                Backends.server(NetOptions.Backend.AUTO).build(), Recorder.echo())) {
            Process process = launch("client", String.valueOf(server.port()));
            try (BufferedReader out = reader(process)) {
                assertThat(out.readLine()).isEqualTo("connected");
                assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static Process launch(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xcheck:jni");
        command.add("--enable-native-access=ALL-UNNAMED");
        String nativePath = System.getProperty("gannet.native.path");
        if (nativePath != null) {
            command.add("-Dgannet.native.path=" + nativePath);
        }
        command.add("-cp");
        command.add(System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(Program.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
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

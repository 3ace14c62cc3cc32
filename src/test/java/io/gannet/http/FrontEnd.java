package io.gannet.http;

import io.gannet.Backends;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A haproxy or nginx that runs as a child process, with a configuration of the test's. */
final class FrontEnd implements AutoCloseable {
    private static final List<Path> NGINX_MODULES =
            List.of(Path.of("/usr/lib/nginx/modules"), Path.of("/usr/lib64/nginx/modules"));
    private static final int TRIES = 5;
    private static final int START_SECONDS = 20;

    private final Process process;
    private final List<Integer> ports;

    private FrontEnd(Process process, List<Integer> ports) {
        this.process = process;
        this.ports = ports;
    }

    /** What a configuration says, once it is known which ports are free. */
    interface Config {
        String text(List<Integer> ports);
    }

    /** Skips the test where a program is missing. */
    static Path program(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin"
                + File.pathSeparator + "/usr/local/sbin";
        Optional<Path> found = Stream.of(path.split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "there is no " + name + " on this machine");
        return found.get();
    }

    static FrontEnd haproxy(Path folder, int count, Config config) throws Exception {
        Path program = program("haproxy");
        return start(folder, count, config, List.of(program.toString(), "-db", "-f",
                folder.resolve("config").toString()));
    }

    static FrontEnd nginx(Path folder, int count, Config config) throws Exception {
        Path program = program("nginx");
        String global = "daemon off; master_process off; pid " + folder.resolve("pid") + ";";
        Config whole = ports -> global + "\nerror_log " + folder.resolve("error.log")
                + " crit;\n" + config.text(ports);
        return start(folder, count, whole, List.of(program.toString(), "-p", folder.toString(),
                "-e", folder.resolve("error.log").toString(),
                "-c", folder.resolve("config").toString()));
    }

    /** The line that loads nginx's module for plain TCP; skips the test where it is missing. */
    static String nginxStream() {
        Optional<Path> module = NGINX_MODULES.stream()
                .map(folder -> folder.resolve("ngx_stream_module.so"))
                .filter(Files::exists)
                .findFirst();
        Assumptions.assumeTrue(module.isPresent(), "there is no stream module of nginx here");
        return "load_module " + module.get() + ";\n";
    }

    /** A port that is free now may be taken when it is wanted, so there is more than one try. */
    private static FrontEnd start(Path folder, int count, Config config, List<String> command)
            throws Exception {
        for (int i = 1;; i++) {
            List<Integer> ports = freePorts(count);
            Files.writeString(folder.resolve("config"), config.text(ports));
            Path log = folder.resolve("output");
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(log.toFile()).start();
            FrontEnd started = new FrontEnd(process, ports);
            if (started.listens()) {
                return started;
            }
            started.close();
            if (i == TRIES) {
                throw new IOException(command + " does not start: "
                        + Files.readString(log, StandardCharsets.UTF_8));
            }
        }
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        List<ServerSocket> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket();
            socket.bind(Backends.loopback(0));
            held.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : held) {
            socket.close();
        }
        return ports;
    }

    /** Whether the process takes connections before it ends. */
    private boolean listens() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (process.isAlive() && System.nanoTime() < end) {
            try (Socket socket = new Socket()) {
                socket.connect(Backends.loopback(ports.get(ports.size() - 1)));
                return process.isAlive();
            } catch (IOException e) {
                /* Another process cannot be waited for in another way. */
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
        }
        return false;
    }

    int port(int index) {
        return ports.get(index);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}

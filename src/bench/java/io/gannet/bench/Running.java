package io.gannet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server process. */
final class Running implements AutoCloseable {
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            .getBytes(StandardCharsets.ISO_8859_1);
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final Pattern USED = Pattern.compile("generation.*used (\\d+)K");

    private final Server server;
    private final Options options;
    private final int port;
    private final Process process;
    private final double startMillis;

    /** One that may use every processor until {@link #pin}, as its compiler threads will. */
    static Running warming(Server server, Options options)
            throws IOException, InterruptedException {
        return new Running(server, options, List.of(), List.of());
    }

    /** One that has the processor of the servers from the start. */
    static Running pinned(Server server, Options options)
            throws IOException, InterruptedException {
        return new Running(server, options, taskset(options), List.of());
    }

    /** The same, with a heap that is resident as a whole. */
    static Running resident(Server server, Options options)
            throws IOException, InterruptedException {
        return new Running(server, options, taskset(options), List.of("-XX:+AlwaysPreTouch"));
    }

    private static List<String> taskset(Options options) {
        return List.of("taskset", "-c", Integer.toString(options.serverCpu()));
    }

    /** Starts it, with further JVM flags where it has a JVM, and waits for its first answer. */
    private Running(Server server, Options options, List<String> first, List<String> flags)
            throws IOException, InterruptedException {
        this.server = server;
        this.options = options;
        this.port = freePort();
        List<String> command = new ArrayList<>(first);
        command.addAll(server.command());
        if (server.isJvm()) {
            command.addAll(first.size() + 1, flags); /* behind the path of java */
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PORT", Integer.toString(port));
        builder.environment().put("LOOPS", "1");
        for (String variable : server.environment()) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals),
                    variable.substring(equals + 1));
        }
        Path log = options.out().resolve(server.name() + ".log");
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        long begin = System.nanoTime();
        this.process = builder.start();
        boolean answered = false;
        try {
            answered = awaitAnswer(begin);
        } finally {
            if (!answered) {
                close();
            }
        }
        if (!answered) {
            throw new IOException(server.name() + " does not answer; see " + log);
        }
        this.startMillis = (System.nanoTime() - begin) / 1e6;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean awaitAnswer(long begin) throws InterruptedException {
        while (System.nanoTime() - begin < PATIENCE_NANOS && process.isAlive()) {
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(REQUEST);
                InputStream in = socket.getInputStream();
                return new String(in.readNBytes(12), StandardCharsets.ISO_8859_1)
                        .equals("HTTP/1.1 200");
            } catch (IOException e) {
                Thread.sleep(1); /* it does not listen yet */
            }
        }
        return false;
    }

    String name() {
        return server.name();
    }

    Server server() {
        return server;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** From the start of the process to the first answer. */
    double startMillis() {
        return startMillis;
    }

    /** Gives all its threads the processor of the servers, and no other. */
    void pin() throws IOException, InterruptedException {
        output("taskset", "-a", "-c", "-p", Integer.toString(options.serverCpu()),
                Long.toString(pid()));
    }

    /** Takes the processor away from it until {@link #thaw}. */
    void freeze() throws IOException, InterruptedException {
        output("kill", "-STOP", Long.toString(pid()));
    }

    void thaw() throws IOException, InterruptedException {
        output("kill", "-CONT", Long.toString(pid()));
    }

    /** Resident bytes, and used bytes of the Java heap, which is resident as a whole. */
    double memory() throws IOException, InterruptedException {
        double bytes = 0;
        if (server.isJvm()) {
            String jcmd = Path.of(server.command().get(0)).resolveSibling("jcmd").toString();
            output(jcmd, Long.toString(pid()), "GC.run");
            Matcher used = USED.matcher(output(jcmd, Long.toString(pid()), "GC.heap_info"));
            while (used.find()) {
                bytes += Double.parseDouble(used.group(1)) * 1024;
            }
        }
        Path rollup = Path.of("/proc", Long.toString(pid()), "smaps_rollup");
        for (String line : Files.readAllLines(rollup)) {
            if (line.startsWith("Pss:")) {
                bytes += Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return bytes;
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder text = new StringBuilder();
        try (BufferedReader out = new BufferedReader(
                new InputStreamReader(tool.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = out.readLine()) != null) {
                text.append(line).append('\n');
            }
        }
        if (tool.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + text);
        }
        return text.toString();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }
}

package io.gannet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM on the same class path; its output is read line by line, and it ends with the test.
 */
final class ChildJvm implements AutoCloseable {
    private static final String EXAMPLE =
            Path.of("scripts", "example.sh").toAbsolutePath().toString();
    private static final int EXIT_SECONDS = 15;
    private static final int READ_SECONDS = 50;

    private final Process process;
    private final BufferedReader out;

    private ChildJvm(Process process) {
        this.process = process;
        this.out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static ChildJvm launch(String main, Map<String, String> environment, String... arguments)
            throws IOException {
        return launch(List.of(), main, environment, arguments);
    }

    /** The same under a limit of open files. */
    static ChildJvm launchWithFiles(int files, List<String> options, String main,
            String... arguments) throws IOException {
        List<String> shell = List.of("sh", "-c", "ulimit -n " + files + " && exec \"$@\"", "sh");
        return launch(shell, options, main, Map.of(), arguments);
    }

    /** The same with options for the JVM; what it says on its standard error is read with the rest
     * then. */
    static ChildJvm launch(List<String> options, String main, Map<String, String> environment,
            String... arguments) throws IOException {
        return launch(List.of(), options, main, environment, arguments);
    }

    private static ChildJvm launch(List<String> shell, List<String> options, String main,
            Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(shell);
        command.add(JavaRun.javaCommand());
        command.add("-Xcheck:jni");
        command.add("--enable-native-access=ALL-UNNAMED");
        String nativePath = System.getProperty("gannet.native.path");
        if (nativePath != null) {
            command.add("-Dgannet.native.path=" + nativePath);
        }
        command.addAll(options);
        command.add("-cp");
        command.add(JavaRun.classPath());
        command.add(main);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        if (options.isEmpty()) {
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        } else {
            builder.redirectErrorStream(true);
        }
        return new ChildJvm(builder.start());
    }

    /** An example as {@code scripts/example.sh} starts it: on that one's class path, not ours. */
    static ChildJvm example(String name, Map<String, String> environment, String... arguments)
            throws IOException {
        return new ChildJvm(exampleBuilder(name, environment, arguments)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** The same, and what it says on its standard error is read with the rest. */
    static ChildJvm exampleWithErrors(String name, Map<String, String> environment,
            String... arguments) throws IOException {
        return new ChildJvm(exampleBuilder(name, environment, arguments)
                .redirectErrorStream(true).start());
    }

    private static ProcessBuilder exampleBuilder(String name, Map<String, String> environment,
            String... arguments) {
        Path target = Path.of(JavaRun.home(ChildJvm.class)).getParent();
        List<String> command = new ArrayList<>(List.of(EXAMPLE, name));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("GN_TARGET", target.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        String nativePath = System.getProperty("gannet.native.path");
        builder.environment().put("JAVA_OPTS", "-Xcheck:jni"
                + (nativePath == null ? "" : " -Dgannet.native.path=" + nativePath));
        builder.environment().putAll(environment);
        return builder;
    }

    long pid() {
        return process.pid();
    }

    /** Sends SIGTERM; unlike a process its handle leaves the streams open. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** The first line that contains a text; fails when the output ends before. */
    String readUntil(String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        for (String line = readLine(); line != null; line = readLine()) {
            if (line.contains(text)) {
                return line;
            }
            seen.append(line).append('\n');
        }
        throw new AssertionError("no " + text + " in: " + seen);
    }

    /** All output there will be. */
    String readAll() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String line = readLine(); line != null; line = readLine()) {
            all.append(line).append('\n');
        }
        return all.toString();
    }

    /** The next line, null at the end; a process that says nothing for too long is ended. */
    String readLine() throws IOException {
        CompletableFuture<Void> read = new CompletableFuture<>();
        read.orTimeout(READ_SECONDS, TimeUnit.SECONDS).exceptionally(late -> {
            process.destroyForcibly();
            return null;
        });
        try {
            return out.readLine();
        } finally {
            read.complete(null);
        }
    }

    /** The same for one that may say nothing for as long as it likes. */
    String readLineWhenever() throws IOException {
        return out.readLine();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end; -1 when it does not come. */
    int exitCode() throws InterruptedException {
        return process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        out.close();
    }
}

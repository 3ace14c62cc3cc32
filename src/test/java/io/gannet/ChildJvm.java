package io.gannet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM on the same class path; its output is read line by line, and it ends with the test.
 */
final class ChildJvm implements AutoCloseable {
    private static final int EXIT_SECONDS = 15;

    private final Process process;
    private final BufferedReader out;

    private ChildJvm(Process process) {
        this.process = process;
        this.out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static ChildJvm launch(String main, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(JavaRun.javaCommand());
        command.add("-Xcheck:jni");
        command.add("--enable-native-access=ALL-UNNAMED");
        String nativePath = System.getProperty("gannet.native.path");
        if (nativePath != null) {
            command.add("-Dgannet.native.path=" + nativePath);
        }
        command.add("-cp");
        command.add(JavaRun.classPath());
        command.add(main);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        return new ChildJvm(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    String readLine() throws IOException {
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

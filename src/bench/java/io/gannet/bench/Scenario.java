package io.gannet.bench;

import java.util.List;

/** What is asked of every server. */
enum Scenario {
    PLAINTEXT("plaintext", "`GET /`, 64 connections", Unit.CPU,
            List.of("--expect", "Hello, World!")),
    PIPELINED("pipelined", "the same, 16 requests at once", Unit.CPU,
            List.of("--expect", "Hello, World!", "--pipeline", "16")),
    JSON("json", "`GET /json`, encoded for each request", Unit.CPU,
            List.of("--path", "/json", "--expect", "{\"message\":\"Hello, World!\"}")),
    PARAMS("params", "`GET /users/{id}`", Unit.CPU,
            List.of("--path", "/users/{n}", "--expect", "{n}")),
    ECHO_1K("echo 1 KiB", "`POST /echo`", Unit.CPU,
            List.of("--path", "/echo", "--body", "1024")),
    ECHO_64K("echo 64 KiB", "`POST /echo`, 16 connections", Unit.CPU,
            List.of("--path", "/echo", "--body", "65536", "--connections", "16")),
    RATE("20,000/s", "`GET /` at a fixed rate", Unit.LATENCY,
            List.of("--expect", "Hello, World!", "--rate", "20000")),
    IDLE("idle", "10,000 connections that served a request each", Unit.MEMORY, List.of()),
    START("start", "from starting the process to its first answer", Unit.START, List.of());

    /** What is measured. */
    enum Unit { CPU, LATENCY, MEMORY, START }

    final String title;
    final String text;
    final Unit unit;
    /** For the load generator; a list of {@link List#of}, which nobody can change. */
    @SuppressWarnings("ImmutableEnumChecker")
    final List<String> arguments;

    Scenario(String title, String text, Unit unit, List<String> arguments) {
        this.title = title;
        this.text = text;
        this.unit = unit;
        this.arguments = arguments;
    }

    /** As options name it. */
    String key() {
        return name().toLowerCase(java.util.Locale.ROOT).replace("_", "");
    }

    boolean isEcho() {
        return this == ECHO_1K || this == ECHO_64K;
    }

    /** Whether a server is loaded that is there and warm. */
    boolean isLoad() {
        return unit == Unit.CPU || unit == Unit.LATENCY;
    }
}

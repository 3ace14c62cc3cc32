package io.gannet.bench;

import java.util.List;

/**
 * A server that is measured. It listens on 127.0.0.1 at the port that PORT names, with as many
 * loops as LOOPS says.
 *
 * @param name as the tables show it
 * @param command without what pins it
 * @param environment further variables, as {@code NAME=value}
 * @param isJvm whether it runs on a JVM
 * @param echoes whether it can send a body back
 */
record Server(String name, List<String> command, List<String> environment, boolean isJvm,
        boolean echoes) {}

package io.gannet.examples;

import static io.gannet.NetHandler.blocking;

import io.gannet.NetBlockingSession;
import io.gannet.NetServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A talk with everyone who connects, as with {@code nc}, written down the way it goes: each session
 * has a thread of its own, a virtual one where the JVM has them. Ends with an empty line.
 */
public final class Talk {
    private static final int LINE_MAX = 1024;

    private Talk() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        try (NetServer server = Settings.open(blocking(Talk::talk))) {
            server.join();
        }
    }

    private static void talk(NetBlockingSession session) throws IOException {
        session.readTimeout(Duration.ofMinutes(1));
        InputStream in = new BufferedInputStream(session.input());
        session.write("What is your name?\n");
        String name = line(in);
        session.write("Tell me more, " + name + ".\n");
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            session.write("Why do you say \"" + line + "\"?\n");
        }
        session.write("Good bye, " + name + ".\n");
    }

    /** Reads a line; empty at the end. Who says more than fits is cut short. */
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() < LINE_MAX) {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8).strip();
    }
}

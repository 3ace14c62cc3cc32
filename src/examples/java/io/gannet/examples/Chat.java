package io.gannet.examples;

import io.gannet.NetCause;
import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetServer;
import io.gannet.NetSession;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A room for everyone who connects, as with {@code nc}: the first line is one's name, every further
 * line goes to all others. Sessions live on several loops, so one session's thread writes to the
 * others: that is allowed, and keeps each writer's order.
 */
public final class Chat implements NetHandler {
    private static final int LINE_MAX = 1024;
    private static final Map<NetSession, String> ROOM = new ConcurrentHashMap<>();

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private Chat() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        try (NetServer server = Settings.open(Chat::new)) {
            server.join();
        }
    }

    @Override
    public void onOpen(NetSession session) {
        session.write("What is your name?\n");
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        while (data.hasRemaining() && session.isOpen()) {
            byte next = data.get();
            if (next == '\n') {
                heard(session, line.toString(StandardCharsets.UTF_8).strip());
                line.reset();
            } else if (line.size() < LINE_MAX) {
                line.write(next);
            } else {
                session.write("A line has at most " + LINE_MAX + " bytes.\n");
                session.close();
            }
        }
    }

    @Override
    public void onClose(NetSession session, NetCause cause) {
        String name = ROOM.remove(session);
        if (name != null) {
            tell(session, name + " left.\n");
        }
    }

    private static void heard(NetSession session, String text) {
        String name = ROOM.get(session);
        if (text.isEmpty()) {
            return;
        }
        if (name == null) {
            ROOM.put(session, text);
            session.write("Welcome, " + text + ".\n");
            tell(session, text + " joined.\n");
        } else {
            tell(session, name + ": " + text + "\n");
        }
    }

    /** Tells all but one. */
    private static void tell(NetSession from, String text) {
        for (NetSession other : ROOM.keySet()) {
            if (other != from && !hears(other, text)) {
                other.abort(); /* who does not keep up with the talk is thrown out */
            }
        }
    }

    private static boolean hears(NetSession session, String text) {
        try {
            return session.write(text);
        } catch (NetException e) {
            return false; /* it closed in this moment */
        }
    }
}

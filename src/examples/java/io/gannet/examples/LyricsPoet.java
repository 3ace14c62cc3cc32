package io.gannet.examples;

import io.gannet.NetHandler;
import io.gannet.NetServer;
import io.gannet.NetSession;
import java.nio.ByteBuffer;

/**
 * Recites a number of lines to everyone who connects, the next when the one before is sent, and
 * closes after the last. The first argument is the number, 8 without one.
 */
public final class LyricsPoet implements NetHandler {
    private static final String[] LINES = {
        "A gannet waits above the bay,",
        "and folds its wings, and falls;",
        "a thousand fish have time to say",
        "they heard no sound at all.",
        "It asks the water once, not twice,",
        "and takes what it came for;",
        "a single dive has done the work",
        "of ninety-nine before.",
    };

    private final int count;
    private int recited;

    private LyricsPoet(int count) {
        this.count = count;
    }

    /**
     * Listens until the process is ended.
     *
     * @param args the number of lines
     */
    public static void main(String[] args) throws InterruptedException {
        int count = args.length > 0
                ? Settings.number("the number of lines", args[0], 1_000_000)
                : LINES.length;
        try (NetServer server = Settings.open(() -> new LyricsPoet(count))) {
            server.join();
        }
    }

    @Override
    public void onOpen(NetSession session) {
        recite(session);
    }

    /** Called when the line before has gone out. */
    @Override
    public void onSend(NetSession session) {
        recite(session);
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        /* A poet does not listen. */
    }

    private void recite(NetSession session) {
        if (recited < count) {
            session.write(LINES[recited++ % LINES.length] + "\n");
        } else {
            session.close();
        }
    }
}

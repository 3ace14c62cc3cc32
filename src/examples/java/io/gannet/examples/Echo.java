package io.gannet.examples;

import io.gannet.NetServer;

/** Sends everything back. Reading rests by itself while a peer does not read its answers. */
public final class Echo {
    private Echo() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        try (NetServer server = Settings.open((session, data) -> session.write(data))) {
            server.join();
        }
    }
}

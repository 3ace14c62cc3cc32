package io.gannet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What hostile clients do to a server, for some time. */
enum Attack {
    /** Heads that never end, a byte now and then. */
    SLOW_HEADS {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            attacker.open(scale, begin("GET /") + "X-A: ", false);
            drip(attacker, untilNanos);
        }
    },
    /** Bodies that are announced and come a byte now and then. */
    SLOW_BODIES {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            attacker.open(scale / 2, post("/collect", "Content-Length: 1000000")
                    + "a".repeat(50_000), false);
            drip(attacker, untilNanos);
        }
    },
    /** Requests for ten megabytes each, of which nobody reads any. */
    UNREAD {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            attacker.open(scale / 8, get("/shared"), true);
            attacker.open(scale / 8, get("/fresh"), true);
            rest(untilNanos);
        }
    },
    /** Requests one behind the other, whose responses nobody reads. */
    PIPELINED {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            int connections = scale / 80;
            attacker.open(connections, "", true);
            ByteBuffer requests = Attacker.bytes(get("/medium").repeat(100_000 / connections));
            attacker.sendAll(requests);
            while (System.nanoTime() - untilNanos < 0) {
                attacker.sendAll(requests); /* as much as the server takes */
                rest(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    },
    /** Requests that a handler does not answer, with all that it is given to keep. */
    UNANSWERED {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            attacker.open(scale / 2, post("/later", "Content-Length: 12000")
                    + "a".repeat(12000), false);
            rest(untilNanos);
        }
    },
    /** Header lines without end. */
    ENDLESS_HEADERS {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            ByteBuffer lines = Attacker.bytes("X-Header: and so on\r\n".repeat(40));
            while (System.nanoTime() - untilNanos < 0) {
                int missing = scale / 20 - attacker.size();
                attacker.open(missing, begin("GET /"), false);
                attacker.sendAll(lines);
                attacker.readAll();
            }
        }
    },
    /** Bodies in chunks of one byte. */
    CHUNK_FLOOD {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            ByteBuffer chunks = Attacker.bytes("1\r\na\r\n".repeat(10_000));
            while (System.nanoTime() - untilNanos < 0) {
                int missing = scale / 80 - attacker.size();
                attacker.open(missing, post("/collect", "Transfer-Encoding: chunked"), false);
                attacker.sendAll(chunks); /* what the cut makes of the framing is refused */
                attacker.readAll();
            }
        }
    },
    /** Requests for protocols that there are not. */
    UPGRADES {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            ByteBuffer requests = Attacker.bytes((begin("GET /")
                    + String.join("\r\n", "Connection: Upgrade", "Upgrade: websocket",
                            "Sec-WebSocket-Version: 13",
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "")).repeat(20));
            attacker.open(scale / 20, "", false);
            while (System.nanoTime() - untilNanos < 0) {
                attacker.sendAll(requests);
                attacker.readAll();
            }
        }
    },
    /** One upload that a handler reads more slowly than it comes. */
    UPLOAD {
        @Override
        void drive(Attacker attacker, int scale, long untilNanos) throws IOException {
            long left = Long.getLong("gannet.attack.upload", 1L << 30);
            byte[] piece = new byte[1 << 20];
            try (TestPeer peer = TestPeer.connect(attacker.port())) {
                peer.write(post("/slow", "Connection: close\r\nContent-Length: " + left));
                long sum = left;
                for (; left > 0; left -= piece.length) {
                    peer.write(piece);
                }
                String answer = peer.readAll();
                if (!answer.endsWith("\r\n\r\n" + sum + " bytes")) {
                    throw new IOException("the upload was answered with " + answer);
                }
            }
        }
    };

    /** Connects and sends until the time is over; {@code scale} is about how many connections. */
    abstract void drive(Attacker attacker, int scale, long untilNanos) throws IOException;

    private static String begin(String request) {
        return request + " HTTP/1.1\r\nHost: h\r\n";
    }

    private static String post(String path, String lines) {
        return begin("POST " + path) + lines + "\r\n\r\n";
    }

    private static String get(String path) {
        return begin("GET " + path) + "\r\n";
    }

    private static void drip(Attacker attacker, long untilNanos) {
        ByteBuffer drop = Attacker.bytes("a");
        while (System.nanoTime() - untilNanos < 0) {
            attacker.sendAll(drop);
            rest(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    private static void rest(long untilNanos) {
        long left;
        while ((left = untilNanos - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
    }
}

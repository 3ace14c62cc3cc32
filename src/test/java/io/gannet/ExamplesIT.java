package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Timeout;

/** The examples do what their comments say, as programs of their own. */
@Timeout(60)
class ExamplesIT {
    private static final String LISTENING = "listening on ";

    @OnEachBackend
    void echoSendsEverythingBack(NetOptions.Backend backend) throws Exception {
        try (ChildJvm echo = start("Echo", backend)) {
            try (TestPeer peer = TestPeer.connect(port(echo))) {
                assertThat(peer.exchange("twice twice")).isEqualTo("twice twice");
            }
        }
    }

    @OnEachBackend
    void rawHelloAnswersEveryBlankLineWhereverTheInputIsCut(NetOptions.Backend backend)
            throws Exception {
        try (ChildJvm hello = start("RawHello", backend)) {
            try (TestPeer peer = TestPeer.connect(port(hello))) {
                peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                String one = readResponse(peer);
                assertThat(one).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nHello, World!");
                for (String piece : new String[] {"GET / HTTP/1.1\r", "\n\r", "\n", "a\r\n\r\n"}) {
                    peer.write(piece);
                }
                assertThat(readResponse(peer)).isEqualTo(one);
                assertThat(readResponse(peer)).isEqualTo(one);
            }
        }
    }

    @OnEachBackend
    void theReaderPrintsWhatThePoetRecites(NetOptions.Backend backend) throws Exception {
        try (ChildJvm poet = start("LyricsPoet", backend, "9")) {
            Map<String, String> where = Map.of("PORT", String.valueOf(port(poet)),
                    "BACKEND", backend.name());
            try (ChildJvm reader = ChildJvm.launch("io.gannet.examples.LyricsReader", where)) {
                String first = reader.readLine();
                for (int i = 1; i < 8; i++) {
                    assertThat(reader.readLine()).isNotEmpty();
                }
                assertThat(reader.readLine()).isEqualTo(first);
                assertThat(reader.readLine()).isNull();
                assertThat(reader.exitCode()).isZero();
            }
        }
    }

    @OnEachBackend
    void theChatTellsEachLineToAllOthers(NetOptions.Backend backend) throws Exception {
        try (ChildJvm chat = start("Chat", backend)) {
            int port = port(chat);
            try (TestPeer ann = TestPeer.connect(port); TestPeer bob = TestPeer.connect(port)) {
                join(ann, "Ann");
                join(bob, "Bob");
                assertThat(ann.read(12)).isEqualTo("Bob joined.\n");
                bob.write("Hello\n");
                assertThat(ann.read(11)).isEqualTo("Bob: Hello\n");
                bob.close();
                assertThat(ann.read(10)).isEqualTo("Bob left.\n");
            }
        }
    }

    @OnEachBackend
    void theTalkGoesInStraightLines(NetOptions.Backend backend) throws Exception {
        try (ChildJvm talk = start("Talk", backend)) {
            try (TestPeer peer = TestPeer.connect(port(talk))) {
                assertThat(peer.read(19)).isEqualTo("What is your name?\n");
                peer.write("Ann\nIt ra");
                assertThat(peer.read(19)).isEqualTo("Tell me more, Ann.\n");
                peer.write("ins.\n\n");
                assertThat(peer.readAll())
                        .isEqualTo("Why do you say \"It rains.\"?\nGood bye, Ann.\n");
            }
        }
    }

    private static void join(TestPeer peer, String name) throws IOException {
        assertThat(peer.read(19)).isEqualTo("What is your name?\n");
        peer.write(name + "\n");
        assertThat(peer.read(10 + name.length())).isEqualTo("Welcome, " + name + ".");
        assertThat(peer.read(1)).isEqualTo("\n");
    }

    private static String readResponse(TestPeer peer) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("Hello, World!") < 0) {
            text.append(peer.read(1));
        }
        return text.toString();
    }

    private static ChildJvm start(String example, NetOptions.Backend backend, String... arguments)
            throws IOException {
        Map<String, String> environment =
                Map.of("PORT", "0", "LOOPS", "2", "HOST", "127.0.0.1", "BACKEND", backend.name());
        return ChildJvm.launch("io.gannet.examples." + example, environment, arguments);
    }

    private static int port(ChildJvm jvm) throws IOException {
        String line = jvm.readLine();
        assertThat(line).startsWith(LISTENING);
        return Integer.parseInt(line.substring(LISTENING.length()));
    }
}

package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files as parts of what is sent. */
@Timeout(60)
class FileIT {
    @TempDir
    private Path dir;

    @OnEachBackend
    void aWholeFileArrives(NetOptions.Backend backend) throws Exception {
        byte[] content = random(3 << 20);
        Path file = Files.write(dir.resolve("whole"), content);
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write(file, 0, content.length);
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.readAllBytes()).isEqualTo(content);
            peer.close();
            assertThat(recorder.cause()).isEqualTo(NetCause.LOCAL);
            assertThat(recorder.count("send")).isEqualTo(1);
            assertThat(recorder.session().queuedBytes()).isZero();
        }
    }

    @OnEachBackend
    void aPartOfAFileArrivesBetweenWrites(NetOptions.Backend backend) throws Exception {
        byte[] content = random(100_000);
        Path file = Files.write(dir.resolve("part"), content);
        String part = new String(content, 1000, 90_000, StandardCharsets.US_ASCII);
        Recorder recorder = new Recorder().atOpen(session -> {
            session.write("<");
            session.write(file, 1000, 90_000);
            session.write("|");
            session.write(file, 99_999, 1);
            session.write(file, 0, 0);
            session.write(">");
            session.close();
        });
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            String last = new String(content, 99_999, 1, StandardCharsets.US_ASCII);
            assertThat(peer.readAll()).isEqualTo("<" + part + "|" + last + ">");
        }
    }

    @OnEachBackend
    void filesOfOtherThreadsKeepTheirPlace(NetOptions.Backend backend) throws Exception {
        byte[] content = random(50_000);
        String text = new String(content, StandardCharsets.US_ASCII);
        Path file = Files.write(dir.resolve("foreign"), content);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            for (int i = 0; i < 5; i++) {
                session.write("<" + i);
                session.write(file, 0, content.length);
                session.write(">");
            }
            session.close();
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < 5; i++) {
                expected.append('<').append(i).append(text).append('>');
            }
            assertThat(peer.readAll()).isEqualTo(expected.toString());
        }
    }

    @OnEachBackend
    void aFileDoesNotCountTowardsTheWriteLimit(NetOptions.Backend backend) throws Exception {
        Path file = sparse("sparse", 32 << 20);
        Recorder recorder = new Recorder();
        NetOptions options =
                Backends.server(backend).waterMarks(1024, 2048).writeLimit(4096).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            assertThat(session.write(file, 0, 32 << 20)).isFalse();
            assertThat(session.write("after it")).isFalse();
            assertThat(session.queuedBytes()).isGreaterThan(16 << 20);
            WriteIT.barrier(session);
            session.execute(() -> session.write("and again"));
            WriteIT.barrier(session);
            session.close();
            assertThat(peer.readBytes(32 << 20)).hasSize(32 << 20);
            assertThat(peer.readAll()).isEqualTo("after itand again");
            peer.close();
            recorder.await("close");
            assertThat(recorder.events()).doesNotContain("error");
        }
    }

    @OnEachBackend
    void aFileThatIsSentMakesNoRoomForOtherBytes(NetOptions.Backend backend) throws Exception {
        Path file = Files.write(dir.resolve("sent"), new byte[100_000]);
        Recorder recorder = new Recorder();
        NetOptions options =
                Backends.server(backend).waterMarks(1024, 2048).writeLimit(4096).build();
        try (NetServer server = NetServer.open(options, recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            session.write(file, 0, 100_000);
            assertThat(peer.readBytes(100_000)).hasSize(100_000);
            recorder.await("send");
            assertThat(code(() -> session.write(new byte[4097]))).isEqualTo("ENOBUFS");
            session.write(new byte[4096]);
            assertThat(peer.readBytes(4096)).hasSize(4096);
        }
    }

    @OnEachBackend
    void aFileCountsForTheWaterMarks(NetOptions.Backend backend) throws Exception {
        Path file = sparse("marks", 16 << 20);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            assertThat(recorder.session().write(file, 0, 16 << 20)).isFalse();
            assertThat(peer.readBytes(16 << 20)).hasSize(16 << 20);
            recorder.await("drain");
            recorder.await("send");
        }
    }

    @OnEachBackend
    void aFileThatIsTruncatedMeanwhileFailsTheSession(NetOptions.Backend backend)
            throws Exception {
        Path file = sparse("truncated", 64 << 20);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            recorder.session().write(file, 0, 64 << 20);
            assertThat(peer.readBytes(1)).hasSize(1);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(1 << 20);
            }
            assertThat(drain(peer)).isLessThan(64 << 20);
        }
        assertThat(recorder.error()).isInstanceOf(NetException.class);
        assertThat(((NetException) recorder.error()).code()).isEqualTo("ETRUNCATED");
        assertThat(recorder.cause()).isEqualTo(NetCause.FAILURE);
    }

    @OnEachBackend
    void filesThatCannotBeSentAreRefusedAtOnce(NetOptions.Backend backend) throws Exception {
        Path file = Files.write(dir.resolve("ten"), new byte[10]);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            assertThat(code(() -> session.write(dir.resolve("no"), 0, 1))).isEqualTo("ENOENT");
            assertThat(code(() -> session.write(dir, 0, 1))).isEqualTo("ENOTFILE");
            assertThat(code(() -> session.write(Path.of("/dev/zero"), 0, 1)))
                    .isEqualTo("ENOTFILE");
            for (long[] part : new long[][] {
                {0, 11}, {10, 1}, {11, 0}, {-1, 1}, {0, -1}, {1, Long.MAX_VALUE}}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> session.write(file, part[0], part[1]))
                        .withMessageContaining("do not lie within the 10 bytes");
            }
            session.write(file, 10, 0);
            session.write("still open");
            assertThat(peer.read(10)).isEqualTo("still open");
        }
    }

    @OnEachBackend
    void filesOfOtherFileSystemsAreRefused(NetOptions.Backend backend) throws Exception {
        Path zip = dir.resolve("own.zip");
        Recorder recorder = new Recorder();
        try (FileSystem inside = FileSystems.newFileSystem(zip, Map.of("create", "true"));
                NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            assertThat(peer.localAddress()).isNotNull();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> recorder.session().write(inside.getPath("/etc/hosts"), 0, 1));
        }
    }

    @OnEachBackend
    void aFileOnAClosedSessionIsRefused(NetOptions.Backend backend) throws Exception {
        Path file = Files.write(dir.resolve("late"), new byte[10]);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.connect(server.port())) {
            NetSession session = recorder.session();
            session.close();
            assertThatExceptionOfType(NetException.class)
                    .isThrownBy(() -> session.write(file, 0, 1))
                    .withMessageContaining("ECLOSED");
            assertThat(peer.ending()).isEqualTo("end");
        }
    }

    @OnEachBackend
    void filesOfAnAbortedSessionAreClosed(NetOptions.Backend backend) throws Exception {
        Path file = sparse("aborted", 16 << 20);
        Recorder recorder = new Recorder();
        try (NetServer server = NetServer.open(Backends.server(backend).build(), recorder);
                TestPeer peer = TestPeer.narrow(server.port())) {
            NetSession session = recorder.session();
            for (int i = 0; i < 20; i++) {
                session.write(file, 0, 16 << 20);
            }
            assertThat(openedHere(file)).isPositive();
            session.abort();
            recorder.await("close");
            assertThat(openedHere(file)).isZero();
            assertThat(peer.localAddress()).isNotNull();
        }
    }

    /** Reads until the end or a reset; returns how many bytes came. */
    private static int drain(TestPeer peer) {
        int count = 0;
        try {
            int more;
            do {
                more = peer.readBytes(1 << 16).length;
                count += more;
            } while (more > 0);
        } catch (IOException e) {
            return count;
        }
        return count;
    }

    /** How many descriptors of this process are this file. */
    private static long openedHere(Path file) throws IOException {
        long count = 0;
        Path real = file.toRealPath();
        for (String fd : Path.of("/proc/self/fd").toFile().list()) {
            Path link = Path.of("/proc/self/fd", fd);
            try {
                count += Files.readSymbolicLink(link).equals(real) ? 1 : 0;
            } catch (NoSuchFileException e) {
                count += 0; /* closed meanwhile, as the one that lists the directory is */
            }
        }
        return count;
    }

    private static String code(Runnable action) {
        return catchThrowableOfType(NetException.class, action::run).code();
    }

    private static byte[] random(int size) {
        byte[] content = new byte[size];
        Random random = new Random(size);
        for (int i = 0; i < size; i++) {
            content[i] = (byte) ('a' + random.nextInt(26));
        }
        return content;
    }

    private Path sparse(String name, long size) throws IOException {
        Path file = dir.resolve(name);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
        return file;
    }
}

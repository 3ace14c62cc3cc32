package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The records for C, in the memory of a loop that has no sessions and so skips them. */
class CommandWriterTest {
    private static final int ROOM = 4096;

    private NativeLoop natives;
    private ByteBuffer memory;
    private CommandWriter writer;

    @BeforeAll
    static void load() {
        NativeLoader.load();
    }

    @BeforeEach
    void open() {
        ByteBuffer config = ByteBuffer.allocateDirect(NativeLoop.CONFIG_BYTES)
                .order(ByteOrder.nativeOrder());
        put(config, NativeLoop.CONFIG_RECV_SIZE, 1024);
        put(config, NativeLoop.CONFIG_RECV_COUNT, 8);
        put(config, NativeLoop.CONFIG_QUEUE_DEPTH, 8);
        put(config, NativeLoop.CONFIG_SESSIONS, 8);
        put(config, NativeLoop.CONFIG_MEMORY, 1 << 20);
        put(config, NativeLoop.CONFIG_EVENTS, 64);
        put(config, NativeLoop.CONFIG_COMMAND_BYTES, ROOM);
        natives = new NativeLoop(config);
        memory = natives.commands();
        writer = new CommandWriter(natives);
    }

    @AfterEach
    void close() {
        natives.close();
    }

    private static void put(ByteBuffer config, int place, long value) {
        config.putLong(place * Long.BYTES, value);
    }

    @Test
    void aPlainCommandIsAHeadAlone() {
        writer.plain(7, 9, NativeLoop.COMMAND_CLOSE);
        assertThat(records()).containsExactly("7/9 type 3 len 0");
    }

    @Test
    void writesOfOneSessionInARowAreOneRecord() {
        writer.send(1, 2, bytes("abc"), 0, 3);
        writer.send(1, 2, ByteBuffer.wrap(bytes("-def-"), 1, 3));
        writer.send(1, 2, bytes("xghix"), 1, 3);
        assertThat(records()).containsExactly("1/2 type 1 len 9 abcdefghi");
    }

    @Test
    void anotherSessionOrGenerationOrCommandBeginsARecord() {
        writer.send(1, 2, bytes("a"), 0, 1);
        writer.send(1, 3, bytes("b"), 0, 1);
        writer.send(2, 3, bytes("c"), 0, 1);
        writer.plain(2, 3, NativeLoop.COMMAND_PAUSE);
        writer.send(2, 3, bytes("d"), 0, 1);
        assertThat(records()).containsExactly("1/2 type 1 len 1 a", "1/3 type 1 len 1 b",
                "2/3 type 1 len 1 c", "2/3 type 6 len 0", "2/3 type 1 len 1 d");
    }

    @Test
    void nothingToSendIsNoRecord() {
        writer.send(1, 2, new byte[0], 0, 0);
        writer.send(1, 2, ByteBuffer.allocate(0));
        assertThat(writer.take()).isZero();
    }

    @Test
    void theFieldsOfAFileAndOfWhatIsHeldLieAsAgreed() {
        writer.file(1, 2, -1, 1L << 40, 1L << 41);
        writer.hold(3, 4, 5, 6);
        assertThat(memory.getLong(16)).isEqualTo(-1);
        assertThat(memory.getLong(24)).isEqualTo(1L << 40);
        assertThat(memory.getLong(32)).isEqualTo(1L << 41);
        assertThat(memory.getInt(40 + 16)).isEqualTo(5);
        assertThat(memory.getInt(40 + 20)).isEqualTo(6);
        assertThat(writer.take()).isEqualTo(40 + 24);
    }

    @Test
    void takingBeginsAnew() {
        writer.send(1, 2, bytes("first"), 0, 5);
        assertThat(writer.take()).isEqualTo(24);
        writer.send(1, 2, bytes("second"), 0, 6);
        assertThat(records()).containsExactly("1/2 type 1 len 6 second");
    }

    @Test
    void whatDoesNotFitIsCarriedOutInBetween() {
        byte[] big = new byte[3 * ROOM + 5];
        writer.send(1, 2, big, 0, big.length);
        int head = NativeLoop.COMMAND_HEAD_BYTES;
        int left = big.length - 3 * (ROOM - head);
        assertThat(writer.take()).isEqualTo((head + left + 7) & ~7);
        assertThat(memory.getInt(12)).isEqualTo(left);
    }

    @Test
    void aLargeArrayIsSentBehindTheRecordsBeforeItAndIsNone() {
        writer.send(1, 2, bytes("before"), 0, 6);
        writer.send(1, 2, new byte[16 * 1024 + 1], 1, 16 * 1024);
        writer.send(1, 2, bytes("behind"), 0, 6);
        assertThat(records()).containsExactly("1/2 type 1 len 6 behind");
    }

    @Test
    void aPartThatIsNotInItsArrayIsRefused() {
        byte[] data = new byte[16 * 1024];
        assertThatThrownBy(() -> writer.send(1, 2, data, 1, data.length))
                .isInstanceOf(NetException.class).hasMessageContaining("EINVAL");
        assertThatThrownBy(() -> writer.send(1, 2, data, -1, data.length))
                .isInstanceOf(NetException.class).hasMessageContaining("EINVAL");
    }

    @Test
    void everyLengthAroundTheEndOfTheMemoryFits() {
        for (int length = ROOM - 120; length <= ROOM + 8; length++) {
            ByteBuffer data = ByteBuffer.allocate(length);
            writer.send(1, 2, data);
            assertThat(data.remaining()).isZero();
            writer.plain(1, 2, NativeLoop.COMMAND_PAUSE);
            writer.send(3, 4, bytes("tail"), 0, 4);
            int end = writer.take();
            assertThat(end).isBetween(1, ROOM).matches(bytes -> bytes % 8 == 0);
            natives.run(end);
        }
    }

    /** Takes the records away, as texts. */
    private List<String> records() {
        int end = writer.take();
        List<String> records = new ArrayList<>();
        int at = 0;
        while (at < end) {
            int length = memory.getInt(at + 12);
            byte[] payload = new byte[length];
            memory.get(at + 16, payload);
            records.add((memory.getInt(at) + "/" + memory.getInt(at + 4) + " type "
                    + memory.getInt(at + 8) + " len " + length + " "
                    + new String(payload, StandardCharsets.US_ASCII)).trim());
            at += 16 + ((length + 7) & ~7);
        }
        assertThat(at).isEqualTo(end);
        natives.run(end);
        return records;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

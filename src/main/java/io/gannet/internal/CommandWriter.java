package io.gannet.internal;

import java.nio.ByteBuffer;

/**
 * Writes command records for the next turn into the shared memory; see {@code session/command.h}.
 * Belongs to the loop thread.
 *
 * <p>Writes of one session that follow each other become one record, so that what a turn produced
 * for a session is copied and sent in one piece. When the memory is full the records are carried
 * out at once, without a turn.
 */
final class CommandWriter {
    private static final int HEAD = NativeLoop.COMMAND_HEAD_BYTES;
    private static final int NONE = -1;
    /** What {@link #reserve} gives at most. */
    static final int PIECE = 32 * 1024;
    /** Arrays of this size are copied once, by calls of their own. */
    private static final int ARRAY_MIN = 16 * 1024;
    /** What a call may copy at most. */
    private static final int ARRAY_PIECE = NativeLoop.SEND_MAX;

    private final NativeLoop natives;
    private final ByteBuffer memory;
    private final int capacity;
    private int end;
    /** Where the payload of the last record ends, if more may be added to it. */
    private int openEnd = NONE;
    private int openHead;
    private long openKey;

    CommandWriter(NativeLoop natives) {
        this.natives = natives;
        this.memory = natives.commands();
        this.capacity = memory.capacity();
    }

    /** Takes the records away; returns how many bytes they are. */
    int take() {
        int bytes = end;
        end = 0;
        openEnd = NONE;
        return bytes;
    }

    /** Queues bytes of an array to be sent. */
    void send(int slot, int gen, byte[] data, int offset, int length) {
        if (length >= ARRAY_MIN) {
            sendArray(slot, gen, data, offset, length);
            return;
        }
        int from = offset;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, room(slot, gen));
            memory.put(openEnd, data, from, part);
            extend(part);
            from += part;
            left -= part;
        }
    }

    private void sendArray(int slot, int gen, byte[] data, int offset, int length) {
        for (int done = 0; done < length; done += ARRAY_PIECE) {
            int part = Math.min(length - done, ARRAY_PIECE);
            natives.send(take(), slot, gen, data, offset + done, part);
        }
    }

    /** Queues the bytes of a buffer to be sent, and consumes them. */
    void send(int slot, int gen, ByteBuffer data) {
        int from = data.position();
        int left = data.limit() - from;
        if (left >= ARRAY_MIN && data.hasArray()) {
            sendArray(slot, gen, data.array(), data.arrayOffset() + from, left);
            data.position(data.limit());
            return;
        }
        while (left > 0) {
            int part = Math.min(left, room(slot, gen));
            memory.put(openEnd, data, from, part);
            extend(part);
            from += part;
            left -= part;
        }
        data.position(from);
    }

    /**
     * Begins to send bytes that the caller then puts into the memory, in one piece.
     *
     * @param length how many, at most {@link #PIECE}
     * @return where to put them, until {@link #commit}
     */
    int reserve(int slot, int gen, int length) {
        long key = (long) gen << 32 | (slot & 0xffffffffL);
        if (openEnd != NONE && openKey == key && capacity - openEnd >= length) {
            return openEnd;
        }
        if (capacity - end < HEAD + length) {
            flush();
        }
        openHead = end;
        openEnd = record(slot, gen, NativeLoop.COMMAND_SEND, 0);
        openKey = key;
        return openEnd;
    }

    /** Ends what {@link #reserve} began. */
    void commit(int length) {
        extend(length);
    }

    ByteBuffer memory() {
        return memory;
    }

    /** Queues a part of a file to be sent; the descriptor is taken. */
    void file(int slot, int gen, int fd, long offset, long length) {
        int at = record(slot, gen, NativeLoop.COMMAND_FILE, 3 * Long.BYTES);
        memory.putLong(at, fd);
        memory.putLong(at + 8, offset);
        memory.putLong(at + 16, length);
    }

    /** Hands bytes of this turn back, to be told again after a resume. */
    void hold(int slot, int gen, int buffer, int length) {
        int at = record(slot, gen, NativeLoop.COMMAND_HOLD, 2 * Integer.BYTES);
        memory.putInt(at, buffer);
        memory.putInt(at + 4, length);
    }

    /** A command without payload. */
    void plain(int slot, int gen, int type) {
        record(slot, gen, type, 0);
    }

    /** Opens a send record for the session, or goes on with the last; returns its room. */
    private int room(int slot, int gen) {
        long key = (long) gen << 32 | (slot & 0xffffffffL);
        if (openEnd != NONE && openKey == key && openEnd < capacity) {
            return capacity - openEnd;
        }
        /* A record that is opened at the very end would fill up at once. */
        if (capacity - end < HEAD + 64) {
            flush();
        }
        openHead = end;
        openEnd = record(slot, gen, NativeLoop.COMMAND_SEND, 0);
        openKey = key;
        return capacity - openEnd;
    }

    private void extend(int length) {
        openEnd += length;
        memory.putInt(openHead + 12, openEnd - openHead - HEAD);
        end = (openEnd + 7) & ~7;
    }

    /** Writes a head and reserves the payload; returns where the payload lies. */
    private int record(int slot, int gen, int type, int length) {
        if (capacity - end < HEAD + length) {
            flush();
        }
        int at = end;
        memory.putInt(at, slot);
        memory.putInt(at + 4, gen);
        memory.putInt(at + 8, type);
        memory.putInt(at + 12, length);
        end = at + HEAD + length;
        openEnd = NONE;
        return at + HEAD;
    }

    private void flush() {
        natives.run(take());
    }
}

package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.FileHandle;
import io.gannet.internal.Log;
import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a file that is open, as the body of a response, which can be sent once. The kernel sends
 * large parts by itself. Small ones are read into the memory that the response is sent from, which
 * costs less than to hand over a descriptor; that and opening may wait for a disk, as it does in
 * other servers of this kind.
 *
 * <p>The descriptor belongs to the request it was opened for, until it is sent.
 */
final class FileBody extends FileProducer {
    /** Parts up to this size are read. */
    static final int READ_MAX = 16 * 1024;

    private final FileHandle file;
    private final long[] offsets;
    private final long[] lengths;
    /** What stands before each part, and behind the last; null for a single one. */
    private final byte @Nullable [][] between;
    private final long total;
    /** Another one of the same request. */
    @Nullable FileBody next;

    private FileBody(FileHandle file, long[] offsets, long[] lengths, byte @Nullable [][] between) {
        this.file = file;
        this.offsets = offsets;
        this.lengths = lengths;
        this.between = between;
        long sum = 0;
        for (long length : lengths) {
            sum += length;
        }
        if (between != null) {
            for (byte[] bytes : between) {
                sum += bytes.length;
            }
        }
        this.total = sum;
    }

    /** One part. */
    static FileBody of(FileHandle file, long offset, long length) {
        return new FileBody(file, new long[] {offset}, new long[] {length}, null);
    }

    /** Several parts; {@code between} has one element more. */
    static FileBody of(FileHandle file, long[] offsets, long[] lengths, byte[][] between) {
        return new FileBody(file, offsets, lengths, between);
    }

    /** How long the body is. */
    long length() {
        return total;
    }

    /** Any thread; harmless when it was sent. */
    void close() {
        file.close();
    }

    @Override
    HttpResponse ready(Exchange exchange, HttpResponse response) {
        return response;
    }

    /**
     * Sends the head and the body.
     *
     * @throws NetException when it cannot, and nothing was sent
     */
    void send(Session session, byte[] head, int length) {
        FileHandle mine = claim();
        if (between == null && lengths[0] <= READ_MAX
                && length + lengths[0] <= Session.RESERVE_MAX) {
            sendRead(session, mine, head, length);
        } else if (between == null) {
            session.append(head, 0, length);
            session.append(mine, offsets[0], lengths[0]);
        } else {
            sendParts(session, mine, between, head, length);
        }
    }

    private FileHandle claim() {
        FileHandle mine = file.claim();
        if (mine == null) {
            throw new IllegalStateException(
                    "the response with this file was sent before, or its request is over");
        }
        return mine;
    }

    /** In one piece with its head: one send, and no other system call but the read. */
    private void sendRead(Session session, FileHandle mine, byte[] head, int length) {
        int size = (int) lengths[0];
        int place = session.reserve(length + size);
        int sent = 0;
        try {
            if (place >= 0 && size > 0) {
                mine.read(session.memory(), place + length, size, offsets[0]);
            }
            sent = length + size;
        } finally {
            if (place >= 0) {
                session.memory().put(place, head, 0, Math.min(length, sent));
                session.commit(sent);
            }
            mine.close();
        }
    }

    /** Descriptors first: once the head is on its way there is no other answer. */
    private void sendParts(Session session, FileHandle mine, byte[][] around, byte[] head,
            int length) {
        FileHandle[] copies = new FileHandle[lengths.length];
        try {
            for (int i = 0; i < copies.length; i++) {
                copies[i] = lengths[i] > READ_MAX ? mine.duplicate() : mine;
            }
        } catch (NetException e) {
            for (FileHandle copy : copies) {
                if (copy != null) {
                    copy.close();
                }
            }
            mine.close();
            throw e;
        }
        session.append(head, 0, length);
        for (int i = 0; i < copies.length; i++) {
            session.append(around[i], 0, around[i].length);
            if (copies[i] != mine) {
                session.append(copies[i], offsets[i], lengths[i]);
            } else {
                appendRead(session, mine, offsets[i], (int) lengths[i]);
            }
        }
        byte[] end = around[copies.length];
        session.append(end, 0, end.length);
        mine.close();
    }

    private static void appendRead(Session session, FileHandle mine, long offset, int length) {
        int place = session.reserve(length);
        if (place < 0) {
            return;
        }
        int sent = 0;
        try {
            mine.read(session.memory(), place, length, offset);
            sent = length;
        } catch (NetException e) {
            Log.warn("a part of a file cannot be sent", e);
        } finally {
            session.commit(sent);
        }
        if (sent == 0) {
            session.abort();
        }
    }

    /** For a filter that changes the bytes on their way. */
    @Override
    public void produce(HttpBody body) {
        new FilePump(claim(), offsets, lengths, Objects.requireNonNullElse(between, new byte[0][]),
                (Body) body).run();
    }

    /** Reads a file and writes it into a body, as fast as that takes it. */
    private static final class FilePump implements Runnable {
        private final FileHandle file;
        private final long[] offsets;
        private final long[] lengths;
        private final byte[][] between;
        private final Body body;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_MAX);
        private int part;
        private long done;
        private boolean begun;

        FilePump(FileHandle file, long[] offsets, long[] lengths, byte[][] between,
                Body body) {
            this.file = file;
            this.offsets = offsets;
            this.lengths = lengths;
            this.between = between;
            this.body = body;
            body.onReady(this);
        }

        @Override
        public void run() {
            boolean over = true;
            try {
                over = pump();
            } finally {
                if (over) {
                    file.close();
                }
            }
        }

        /** Writes until the body is full, or all is written; true then. */
        private boolean pump() {
            boolean more = true;
            while (more && part < lengths.length) {
                if (!begun && part < between.length) {
                    more = body.writeToMark(ByteBuffer.wrap(between[part]));
                }
                begun = true;
                int length = (int) Math.min(lengths[part] - done, READ_MAX);
                if (length == 0) {
                    part++;
                    done = 0;
                    begun = false;
                } else if (more) {
                    file.read(buffer, 0, length, offsets[part] + done);
                    done += length;
                    more = body.writeToMark(buffer.clear().limit(length));
                }
            }
            if (part < lengths.length) {
                return false;
            }
            if (between.length > 0) {
                body.writeToMark(ByteBuffer.wrap(between[part]));
            }
            body.end();
            return true;
        }
    }
}

package io.gannet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the event records of a turn and tells the sessions; see {@code session/event.h}. Belongs to
 * the loop thread. Allocates nothing but sessions.
 */
final class EventReader {
    private static final int BYTES = NativeLoop.EVENT_BYTES;

    private final LoopThread loop;
    private final ByteBuffer events;
    /** One view for each receive buffer, so that a handler never sees another session's bytes. */
    private final ByteBuffer[] buffers;
    /** The same without position and limit, to be read at any place. */
    private final ByteBuffer[] whole;
    /** What a request or body is told with; they follow the event that is told. */
    private final HttpHead head = new HttpHead(true);
    private final HttpFields trailers = new HttpFields();
    /** The record to tell next, and the one behind the last, in bytes. */
    private int at;
    private int end;

    EventReader(LoopThread loop, NativeLoop natives, int receiveSize) {
        this.loop = loop;
        this.events = natives.events();
        this.buffers = natives.receiveBuffers(receiveSize);
        this.whole = new ByteBuffer[buffers.length];
        for (int i = 0; i < buffers.length; i++) {
            whole[i] = buffers[i].duplicate();
        }
    }

    /** Begins with the records of a turn; the one behind the last has type 0. */
    void begin(int count) {
        at = 0;
        end = count * BYTES;
    }

    /**
     * Tells the next records as long as they say that bytes moved. Every turn leaves the loop by
     * its one exit, so the JIT never drops that exit as one that is not taken.
     */
    void tellMoved() {
        while (true) {
            int slot = events.getInt(at);
            int gen = events.getInt(at + 4);
            int type = events.get(at + 8);
            int next = at + BYTES;
            try {
                if (type == NativeLoop.EVENT_REQUEST) {
                    next += BYTES + items(at);
                    request(loop.session(slot, gen), at);
                } else if (type == NativeLoop.EVENT_BODY) {
                    next += items(at);
                    body(loop.session(slot, gen), at);
                } else if (type == NativeLoop.EVENT_RECV) {
                    received(loop.session(slot, gen), at);
                } else if (type == NativeLoop.EVENT_SENT) {
                    Session session = loop.session(slot, gen);
                    if (session != null) {
                        session.sent(events.getLong(at + 24));
                    }
                } else {
                    return;
                }
            } catch (Throwable t) {
                /* Handlers are guarded elsewhere: this is a lack of memory, or a bug. */
                loop.broken(slot, gen, t);
            }
            at = next;
        }
    }

    /** Bytes of the records behind an event that hold its fields or trailers. */
    private int items(int at) {
        int count = events.getShort(at + NativeHttp.EVENT_COUNT) & 0xffff;
        return count * NativeHttp.ITEM_BYTES + BYTES - 1 & -BYTES;
    }

    private void request(@Nullable Session session, int at) {
        if (session != null) {
            head.follow(events, at, whole[events.getInt(at + 16)]);
            session.request(head, (events.get(at + 9) & NativeHttp.LAST) != 0);
        }
    }

    private void body(@Nullable Session session, int at) {
        if (session == null) {
            return;
        }
        int index = events.getInt(at + 16);
        ByteBuffer data = buffers[index];
        long value = events.getLong(at + 24);
        int from = (int) value;
        data.limit(from + events.getInt(at + 20)).position(from).order(ByteOrder.BIG_ENDIAN);
        trailers.load(whole[index], (int) (value >>> 32), events, at + BYTES,
                events.getShort(at + NativeHttp.EVENT_COUNT) & 0xffff);
        session.body(data, (events.get(at + 9) & NativeHttp.LAST) != 0, trailers);
    }

    /** Tells one record of another kind; false when there are no more records. */
    boolean tellOther() {
        if (at == end) {
            return false;
        }
        int slot = events.getInt(at);
        int gen = events.getInt(at + 4);
        int type = events.get(at + 8);
        int next = at + BYTES;
        try {
            if (type == NativeLoop.EVENT_OPEN || type == NativeLoop.EVENT_CONNECTED) {
                boolean announced = events.get(at + 9) != 0;
                next = at + (announced ? 4 : 3) * BYTES;
                opened(slot, gen, type, announced);
            } else if (type == NativeLoop.EVENT_REFUSED) {
                next = at + 2 * BYTES;
                loop.refused(slot, events.getInt(at + 12), PackedAddress.read(events, at + BYTES));
            } else {
                rare(slot, gen, type);
            }
        } catch (Throwable t) {
            loop.broken(slot, gen, t);
        }
        at = next;
        return true;
    }

    /** Tells all records of a turn. */
    void tellAll(int count) {
        begin(count);
        do {
            tellMoved();
        } while (tellOther());
    }

    private void received(@Nullable Session session, int at) {
        if (session == null) {
            return;
        }
        int index = events.getInt(at + 16);
        int length = events.getInt(at + 20);
        ByteBuffer data = buffers[index];
        data.limit(length).position(0).order(ByteOrder.BIG_ENDIAN);
        session.received(data, index);
    }

    /** {@code announced} tells whether a proxy said whose addresses they are. */
    private void opened(int slot, int gen, int type, boolean announced) {
        PackedAddress local = PackedAddress.read(events, at + BYTES);
        PackedAddress remote = PackedAddress.read(events, at + 2 * BYTES);
        if (type == NativeLoop.EVENT_OPEN) {
            PackedAddress peer = announced ? PackedAddress.read(events, at + 3 * BYTES) : null;
            loop.accepted(events.getInt(at + 16), slot, gen, local, remote, peer);
        } else {
            loop.connected(slot, gen, local, remote);
        }
    }

    private void rare(int slot, int gen, int type) {
        switch (type) {
            case NativeLoop.EVENT_END -> {
                Session session = loop.session(slot, gen);
                if (session != null) {
                    session.ended();
                }
            }
            case NativeLoop.EVENT_BAD -> {
                Session session = loop.session(slot, gen);
                if (session != null) {
                    session.bad(events.getInt(at + 12), events.getInt(at + 16), isOfHead(at));
                }
            }
            case NativeLoop.EVENT_OVERDUE -> {
                Session session = loop.session(slot, gen);
                if (session != null) {
                    session.overdue((events.get(at + 9) & NativeHttp.IN_BODY) != 0, isOfHead(at));
                }
            }
            case NativeLoop.EVENT_CLOSED -> {
                long low = Integer.toUnsignedLong(events.getInt(at + 16));
                long high = Integer.toUnsignedLong(events.getInt(at + 20));
                loop.closed(slot, gen, events.getInt(at + 12), high << 32 | low,
                        events.getLong(at + 24));
            }
            case NativeLoop.EVENT_ACCEPT ->
                    loop.accepting(slot, events.getInt(at + 12), events.get(at + 9) != 0);
            default -> throw new IllegalStateException("event of unknown type " + type);
        }
    }

    /** Whether the method of what is refused was HEAD. */
    private boolean isOfHead(int at) {
        return (events.get(at + 9) & NativeHttp.NO_BODY) != 0;
    }
}

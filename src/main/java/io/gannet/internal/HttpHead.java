package io.gannet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The head of a request, and the body if that lies right behind it. There is one for each loop that
 * follows the event which is told; {@link #copy} makes one that stays, for any thread.
 */
public final class HttpHead extends HttpFields {
    private static final String[] METHODS = new String[NativeHttp.METHOD_COUNT];

    private final boolean live;
    private int recordAt;
    private int headLength;
    private int bodyLength;
    /** When a copy was made. */
    private long copiedNanos;
    /** Requests for one path often follow each other: they share the text. */
    private String lastPath = "";

    HttpHead(boolean live) {
        this.live = live;
    }

    /** Follows a REQUEST at {@code at}, whose head lies in {@code bytes}. */
    void follow(ByteBuffer events, int at, ByteBuffer bytes) {
        recordAt = at + NativeLoop.EVENT_BYTES;
        headLength = events.getInt(at + 20);
        long value = events.getLong(at + 24);
        bodyLength = (int) (value >>> 32);
        load(bytes, (int) value, events, recordAt + NativeLoop.EVENT_BYTES,
                events.getShort(at + NativeHttp.EVENT_COUNT) & 0xffff);
    }

    /**
     * Copies head and body to the heap.
     *
     * @return what stays as it is, and may be read by any thread
     */
    public HttpHead copy() {
        int length = headLength + bodyLength;
        int tableBytes = NativeLoop.EVENT_BYTES + count * NativeHttp.ITEM_BYTES;
        byte[] copy = new byte[length + tableBytes];
        bytes.get(base, copy, 0, length);
        table.get(recordAt, copy, length, tableBytes);
        ByteBuffer buffer = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
        HttpHead head = new HttpHead(false);
        head.recordAt = length;
        head.headLength = headLength;
        head.bodyLength = bodyLength;
        head.copiedNanos = System.nanoTime();
        head.load(buffer, 0, buffer, length + NativeLoop.EVENT_BYTES, count);
        return head;
    }

    /**
     * Tells how much a copy takes.
     *
     * @return bytes of the heap, about
     */
    public int copyLength() {
        return headLength + bodyLength + NativeLoop.EVENT_BYTES + count * NativeHttp.ITEM_BYTES;
    }

    /**
     * Tells how much a copy takes at most, besides the body.
     *
     * @param line bytes of the longest request line
     * @param bytes of the longest header
     * @param fields in the longest header
     * @return bytes of the heap, about
     */
    public static int copyMax(int line, int bytes, int fields) {
        /* Two bytes end the request line, and as many may come before it. */
        return line + bytes + 4 + NativeLoop.EVENT_BYTES + fields * NativeHttp.ITEM_BYTES;
    }

    /**
     * Tells whether this follows the events.
     *
     * @return false for a copy
     */
    public boolean isLive() {
        return live;
    }

    /**
     * When the request came, if it was copied at once; now for one that still lies where it came.
     *
     * @return in the time of {@link System#nanoTime}
     */
    public long cameNanos() {
        return live ? System.nanoTime() : copiedNanos;
    }

    /**
     * Whether the connection may serve another request, by version and Connection.
     *
     * @return true to keep it alive
     */
    public boolean keepsAlive() {
        return (flags() & NativeHttp.FLAG_KEEP_ALIVE) != 0;
    }

    /**
     * Whether the client waits for 100 before it sends the body.
     *
     * @return true if so
     */
    public boolean expectsContinue() {
        return (flags() & NativeHttp.FLAG_EXPECT_CONTINUE) != 0;
    }

    /**
     * Whether the client expects what nobody can do.
     *
     * @return true if so
     */
    public boolean expectsOther() {
        return (flags() & NativeHttp.FLAG_EXPECT_OTHER) != 0;
    }

    private int flags() {
        return table.getShort(recordAt + NativeHttp.RECORD_FLAGS);
    }

    /**
     * The Content-Length.
     *
     * @return -1 when there is none
     */
    public long contentLength() {
        return (flags() & NativeHttp.FLAG_HAS_LENGTH) == 0
                ? -1
                : table.getLong(recordAt + NativeHttp.RECORD_CONTENT_LENGTH);
    }

    /**
     * How long the body is, whether or not it has arrived.
     *
     * @return bytes, 0 when there is none, -1 when only its end will tell
     */
    public long announcedLength() {
        byte framing = table.get(recordAt + NativeHttp.RECORD_FRAMING);
        return framing == NativeHttp.FRAMING_NONE ? 0 : contentLength();
    }

    /**
     * Tells HTTP/1.0 from HTTP/1.1.
     *
     * @return 0 or 1
     */
    public int minorVersion() {
        return table.get(recordAt + NativeHttp.RECORD_VERSION_MINOR);
    }

    /**
     * Whether the method is HEAD.
     *
     * @return true if so
     */
    public boolean isHead() {
        return table.get(recordAt + NativeHttp.RECORD_METHOD_LEN) == 4
                && bytes.getInt(base + number(NativeHttp.RECORD_METHOD_AT)) == headWord();
    }

    /**
     * Whether the method is CONNECT.
     *
     * @return true if so
     */
    public boolean isConnect() {
        return table.get(recordAt + NativeHttp.RECORD_METHOD_LEN) == 7
                && method().equals("CONNECT");
    }

    private int headWord() {
        return bytes.order() == ByteOrder.BIG_ENDIAN ? 0x48454144 : 0x44414548;
    }

    /**
     * Whether the method is registered for HTTP.
     *
     * @return false for tokens that only their users know
     */
    public boolean isMethodRegistered() {
        return table.get(recordAt + NativeHttp.RECORD_METHOD_ID) != 0;
    }

    /**
     * The core's number of the method.
     *
     * @return from 1 for those that are registered for HTTP, GET first; 0 for others
     */
    public byte methodId() {
        return table.get(recordAt + NativeHttp.RECORD_METHOD_ID);
    }

    /**
     * The method.
     *
     * @return as it was sent
     */
    public String method() {
        int id = table.get(recordAt + NativeHttp.RECORD_METHOD_ID) & 0xff;
        if (id == 0) {
            int at = number(NativeHttp.RECORD_METHOD_AT);
            return text(at, number(NativeHttp.RECORD_TARGET_AT) - 1 - at);
        }
        String name = METHODS[id];
        if (name == null) {
            name = NativeHttp.httpMethod(id);
            METHODS[id] = name;
        }
        return name;
    }

    /**
     * The request target.
     *
     * @return as it was sent
     */
    public String target() {
        return part(NativeHttp.RECORD_TARGET_AT);
    }

    /**
     * The path in the target.
     *
     * @return as it was sent, escapes and all
     */
    public String path() {
        int at = number(NativeHttp.RECORD_PATH_AT);
        int length = number(NativeHttp.RECORD_PATH_AT + 2);
        if (!live) {
            return text(at, length);
        }
        if (lastPath.length() != length || !isText(at, lastPath)) {
            lastPath = text(at, length);
        }
        return lastPath;
    }

    /**
     * The query in the target.
     *
     * @return as it was sent, without the question mark
     */
    public String query() {
        return part(NativeHttp.RECORD_QUERY_AT);
    }

    /**
     * Host and port.
     *
     * @return the target's, else those of Host
     */
    public String authority() {
        return part(NativeHttp.RECORD_AUTHORITY_AT);
    }

    /**
     * Tells how many bytes of body lie behind the head.
     *
     * @return the count
     */
    public int bodyLength() {
        return bodyLength;
    }

    /**
     * The body that lies behind the head.
     *
     * @return a copy
     */
    public byte[] body() {
        byte[] copy = new byte[bodyLength];
        bytes.get(base + headLength, copy, 0, bodyLength);
        return copy;
    }

    private String part(int place) {
        return text(number(place), number(place + 2));
    }

    private int number(int place) {
        return table.getShort(recordAt + place) & 0xffff;
    }
}

package io.gannet.internal;

/**
 * What both sides know about HTTP. Any thread.
 *
 * <p>The constants are shared with C, which sees them through the generated header. A request is a
 * record {@link NativeLoop#EVENT_REQUEST}, then one of {@code RECORD_*}, then its fields, four
 * items to a record of 32 bytes; the trailers of {@link NativeLoop#EVENT_BODY} follow it likewise.
 */
final class NativeHttp {
    /** Why a request is refused that the core has no memory for. */
    static final int REASON_NO_MEMORY = 39;

    /** Places in the configuration, an array of longs. */
    static final int CONFIG_BODY_MAX = 0;
    static final int CONFIG_REQUEST_LINE_MAX = 1;
    static final int CONFIG_HEADER_BYTES_MAX = 2;
    static final int CONFIG_HEADER_COUNT_MAX = 3;
    static final int CONFIG_CHUNK_EXT_MAX = 4;
    static final int CONFIG_TRAILER_BYTES_MAX = 5;
    static final int CONFIG_TRAILER_COUNT_MAX = 6;
    static final int CONFIG_HEAD_MS = 7;
    static final int CONFIG_BODY_MS = 8;
    static final int CONFIG_SEND_MS = 9;
    static final int CONFIG_BYTES = 80;

    /** Requests of one session that a turn tells at most. */
    static final int REQUESTS_MAX = 64;

    /** Flag of REQUEST and BODY events: the message ends with this event. */
    static final int LAST = 1;
    /** Bits of the flag of BAD and OVERDUE events: the method of the second kind was HEAD. */
    static final int IN_BODY = 1;
    static final int NO_BODY = 2;
    /** Where the head of a REQUEST, or a BODY, says how many fields or trailers there are. */
    static final int EVENT_COUNT = 10;

    /** Offsets in the record behind a REQUEST; texts count from the first byte of the head. */
    static final int RECORD_CONTENT_LENGTH = 0;
    static final int RECORD_TARGET_AT = 8;
    static final int RECORD_TARGET_LEN = 10;
    static final int RECORD_PATH_AT = 12;
    static final int RECORD_PATH_LEN = 14;
    static final int RECORD_QUERY_AT = 16;
    static final int RECORD_QUERY_LEN = 18;
    static final int RECORD_AUTHORITY_AT = 20;
    static final int RECORD_AUTHORITY_LEN = 22;
    static final int RECORD_FLAGS = 24;
    static final int RECORD_METHOD_ID = 26;
    /** 255 also for longer methods: they end one byte before the target then. */
    static final int RECORD_METHOD_LEN = 27;
    static final int RECORD_FRAMING = 28;
    static final int RECORD_VERSION_MINOR = 29;
    static final int RECORD_METHOD_AT = 30;

    /** Offsets in an item: a field or trailer. */
    static final int ITEM_NAME_AT = 0;
    static final int ITEM_NAME_LEN = 2;
    static final int ITEM_VALUE_AT = 4;
    static final int ITEM_VALUE_LEN = 6;
    static final int ITEM_BYTES = 8;

    /** Where the body of a request ends. */
    static final int FRAMING_NONE = 0;
    static final int FRAMING_LENGTH = 1;
    static final int FRAMING_CHUNKED = 2;

    /** Bits of {@link #RECORD_FLAGS}. */
    static final int FLAG_KEEP_ALIVE = 1;
    static final int FLAG_EXPECT_CONTINUE = 2;
    static final int FLAG_EXPECT_OTHER = 4;
    static final int FLAG_UPGRADE = 8;
    static final int FLAG_HAS_HOST = 16;
    static final int FLAG_HAS_QUERY = 32;
    static final int FLAG_HAS_LENGTH = 64;
    static final int FLAG_CLOSE = 128;

    /** Ids of methods are below this; 0 is one that is not registered. */
    static final int METHOD_COUNT = 41;

    private NativeHttp() {}

    /** What is wrong with a message, by the id of a BAD event; ASCII, without a full stop. */
    static native String httpReason(int reason);

    /** The name of a method, empty for 0 and what is out of range. */
    static native String httpMethod(int id);
}

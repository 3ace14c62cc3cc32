package io.gannet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The fields of a head, or trailers, where the core left them: their bytes, and a table that says
 * where in them each name and value lies. Reading allocates only the texts that are asked for.
 */
public sealed class HttpFields permits HttpHead {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    /** No fields at all. */
    public static final HttpFields NONE = new HttpFields();

    /** The bytes, and where those begin that offsets count from. */
    ByteBuffer bytes = NOTHING;
    int base;
    /** The table, in native order, and where it begins. */
    ByteBuffer table = NOTHING;
    int itemsAt;
    int count;

    HttpFields() {}

    void load(ByteBuffer bytes, int base, ByteBuffer table, int itemsAt, int count) {
        this.bytes = bytes;
        this.base = base;
        this.table = table;
        this.itemsAt = itemsAt;
        this.count = count;
    }

    /**
     * Moves trailers to the heap.
     *
     * @return a copy that stays
     */
    public HttpFields toHeap() {
        if (count == 0) {
            return NONE;
        }
        int end = 0;
        for (int i = 0; i < count; i++) {
            end = Math.max(end, number(i, NativeHttp.ITEM_VALUE_AT)
                    + number(i, NativeHttp.ITEM_VALUE_LEN));
            end = Math.max(end, number(i, NativeHttp.ITEM_NAME_AT)
                    + number(i, NativeHttp.ITEM_NAME_LEN));
        }
        int tableBytes = count * NativeHttp.ITEM_BYTES;
        byte[] copy = new byte[end + tableBytes];
        bytes.get(base, copy, 0, end);
        table.get(itemsAt, copy, end, tableBytes);
        ByteBuffer buffer = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
        HttpFields fields = new HttpFields();
        fields.load(buffer, 0, buffer, end, count);
        return fields;
    }

    /**
     * How many there are.
     *
     * @return the count, repeated names included
     */
    public int count() {
        return count;
    }

    /**
     * The name of a field as it was sent.
     *
     * @param index from 0
     * @return the name
     */
    public String name(int index) {
        return text(number(index, NativeHttp.ITEM_NAME_AT),
                number(index, NativeHttp.ITEM_NAME_LEN));
    }

    /**
     * The value of a field.
     *
     * @param index from 0
     * @return the value without white space around it
     */
    public String value(int index) {
        return text(number(index, NativeHttp.ITEM_VALUE_AT),
                number(index, NativeHttp.ITEM_VALUE_LEN));
    }

    /**
     * Looks for a name, ignoring case.
     *
     * @param name what to look for
     * @param from the first index to look at
     * @return the index, -1 when there is none
     */
    public int find(String name, int from) {
        int length = name.length();
        int at = itemsAt + from * NativeHttp.ITEM_BYTES;
        for (int i = from; i < count; i++, at += NativeHttp.ITEM_BYTES) {
            if ((table.getShort(at + NativeHttp.ITEM_NAME_LEN) & 0xffff) == length
                    && isAt(base + (table.getShort(at + NativeHttp.ITEM_NAME_AT) & 0xffff), name)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether the bytes are this text, case included. */
    boolean isText(int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if ((bytes.get(base + at + i) & 0xff) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isAt(int at, String name) {
        for (int i = 0; i < name.length(); i++) {
            int a = bytes.get(at + i);
            int b = name.charAt(i);
            if (a != b && ((a ^ b) != 0x20 || !isLetter(a | 0x20))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(int lower) {
        return lower >= 'a' && lower <= 'z';
    }

    private int number(int index, int field) {
        return table.getShort(itemsAt + index * NativeHttp.ITEM_BYTES + field) & 0xffff;
    }

    /** Bytes as a text; those of a head are Latin-1 at most. */
    String text(int at, int length) {
        if (length == 0) {
            return "";
        }
        if (bytes.hasArray()) {
            int from = bytes.arrayOffset() + base + at;
            return new String(bytes.array(), from, length, StandardCharsets.ISO_8859_1);
        }
        byte[] copy = new byte[length];
        bytes.get(base + at, copy, 0, length);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }
}

package io.gannet.internal.web;

import java.util.Arrays;
import java.util.List;

/**
 * The parts of a file that a Range header asks for, RFC 9110 §14. Parts that overlap or nearly
 * touch become one, and whoever asks for too many gets the whole: a response is never longer than
 * the file and the heads of a few parts. Immutable.
 */
public final class ByteRanges {
    /** More than this many in a header are not looked at; nobody needs them. */
    public static final int ASKED_MAX = 32;
    /** More parts than this are not sent. */
    public static final int PARTS_MAX = 8;
    /** Parts with a smaller gap between them become one: the head of a part is longer. */
    public static final int GAP = 128;

    /** There is no header, or one to ignore. */
    public static final ByteRanges WHOLE = new ByteRanges(new long[0], new long[0]);
    /** None of the parts lies in the file. */
    public static final ByteRanges UNSATISFIABLE = new ByteRanges(new long[0], new long[0]);

    private final long[] starts;
    private final long[] ends;

    private ByteRanges(long[] starts, long[] ends) {
        this.starts = starts;
        this.ends = ends;
    }

    /**
     * Reads the header.
     *
     * @param values of all its lines
     * @param size of the file
     * @return the parts, {@link #WHOLE} or {@link #UNSATISFIABLE}
     */
    public static ByteRanges parse(List<String> values, long size) {
        if (values.size() != 1 || !values.get(0).regionMatches(true, 0, "bytes=", 0, 6)) {
            return WHOLE;
        }
        return new Reader(values.get(0), size).read();
    }

    /**
     * How many parts there are.
     *
     * @return 0 for the whole, and for none
     */
    public int count() {
        return starts.length;
    }

    /**
     * Where a part starts.
     *
     * @param index from 0, in the order they were asked for
     * @return its first byte
     */
    public long start(int index) {
        return starts[index];
    }

    /**
     * Where a part ends.
     *
     * @param index from 0
     * @return the byte behind its last
     */
    public long end(int index) {
        return ends[index];
    }

    /** Reads one header. */
    private static final class Reader {
        private final String text;
        private final long size;
        private final long[] starts = new long[ASKED_MAX];
        private final long[] ends = new long[ASKED_MAX];
        private int at = 6;
        private int count;
        private boolean malformed;

        Reader(String text, long size) {
            this.text = text;
            this.size = size;
        }

        ByteRanges read() {
            int asked = 0;
            while (at < text.length() && !malformed) {
                char c = text.charAt(at);
                if (c == ',' || c == ' ' || c == '\t') {
                    at++; /* elements of a list may be empty */
                } else {
                    asked++;
                    one(asked);
                }
            }
            if (malformed || asked == 0) {
                return WHOLE;
            }
            return count == 0 ? UNSATISFIABLE : choose();
        }

        private void one(int asked) {
            long from = number();
            if (asked > ASKED_MAX || at == text.length() || text.charAt(at) != '-') {
                malformed = true;
                return;
            }
            at++;
            long to = number();
            separator();
            if (from < 0) {
                malformed |= to < 0;
                suffix(to);
            } else {
                malformed |= to >= 0 && to < from;
                add(from, to < 0 || to >= size ? size : to + 1);
            }
        }

        private void suffix(long length) {
            if (length > 0 && size == 0) {
                malformed = true; /* satisfiable by the letter, but there is no byte to name */
            } else {
                add(length >= size ? 0 : size - length, size);
            }
        }

        private void add(long start, long end) {
            if (start < size && !malformed) {
                starts[count] = start;
                ends[count++] = end;
            }
        }

        /** Digits; -1 when there are none. What is too large is beyond every file. */
        private long number() {
            long value = -1;
            while (at < text.length()) {
                int digit = text.charAt(at) - '0';
                if (digit < 0 || digit > 9) {
                    return value;
                }
                value = value < 0 ? digit
                        : value > (Long.MAX_VALUE - 9) / 10 ? Long.MAX_VALUE - 1
                        : value * 10 + digit;
                at++;
            }
            return value;
        }

        private void separator() {
            while (at < text.length() && text.charAt(at) != ',') {
                malformed |= text.charAt(at) != ' ' && text.charAt(at) != '\t';
                at++;
            }
        }

        private ByteRanges choose() {
            while (join()) {
                /* A part that grew may touch another one now. */
            }
            long total = 0;
            for (int i = 0; i < count; i++) {
                total += ends[i] - starts[i];
            }
            if (count > PARTS_MAX || (count > 1 && total + (long) count * GAP >= size)) {
                return WHOLE;
            }
            return new ByteRanges(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
        }

        /** Joins two parts, into the place of the first. */
        private boolean join() {
            for (int i = 0; i < count; i++) {
                for (int k = i + 1; k < count; k++) {
                    if (starts[k] <= ends[i] + GAP && starts[i] <= ends[k] + GAP) {
                        starts[i] = Math.min(starts[i], starts[k]);
                        ends[i] = Math.max(ends[i], ends[k]);
                        System.arraycopy(starts, k + 1, starts, k, count - k - 1);
                        System.arraycopy(ends, k + 1, ends, k, count - k - 1);
                        count--;
                        return true;
                    }
                }
            }
            return false;
        }
    }
}

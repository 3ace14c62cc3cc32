package io.gannet.internal.web;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads {@code multipart/form-data} (RFC 7578, RFC 2046 §5.1) in pieces of any size, in memory for
 * one header and one boundary. Strict where readers are known to differ: lines end with CRLF, a
 * line that begins with the boundary is a delimiter or an error, and every part has a name. What
 * stands before the first delimiter and behind the last one is passed over.
 *
 * <pre>
 *  PREAMBLE ──delimiter──► DELIMITER ──CRLF──► HEADER ──empty line──► DATA ──delimiter──► DELIMITER
 *                              └──"--"──► CLOSED ──CRLF──► EPILOGUE
 * </pre>
 */
public final class MultipartParser {
    /** RFC 2046 §5.1.1. */
    private static final int BOUNDARY_MAX = 70;

    private static final int PREAMBLE = 0;
    private static final int DELIMITER = 1;
    private static final int HEADER = 2;
    private static final int DATA = 3;
    private static final int CLOSED = 4;
    private static final int EPILOGUE = 5;
    private static final int BROKEN = 6;

    /** Hears of the parts, in order. */
    public interface Sink {
        /**
         * A part begins.
         *
         * @param header what it says of itself
         */
        void begin(PartHeader header);

        /**
         * Some of the part's bytes.
         *
         * @param bytes borrowed
         * @param from where they begin
         * @param count how many there are, at least one
         */
        void data(byte[] bytes, int from, int count);

        /** The part is complete. */
        void end();
    }

    private final Sink sink;
    private final int partsMax;
    private final int headerMax;
    /** CRLF, two hyphens and the boundary. A CR stands at its begin and nowhere else. */
    private final byte[] delimiter;
    private final byte[] header;
    private int state = PREAMBLE;
    /** How much of the delimiter was seen. */
    private int matched = 2;
    /** How much of what was seen was not sent: the CRLF before it may belong to a header. */
    private int assumed = 2;
    private int headerLength;
    /** Where the line begins that is being read. */
    private int lineAt;
    private int parts;
    /** What was seen behind a delimiter: nothing, one hyphen, white space or a CR. */
    private byte behind;
    private int padding;

    /**
     * Begins.
     *
     * @param boundary as Content-Type names it
     * @param partsMax how many parts there may be
     * @param headerMax how long the header of a part may be
     * @param sink hears of the parts
     * @throws BadMultipart when the boundary is none
     */
    public MultipartParser(String boundary, int partsMax, int headerMax, Sink sink) {
        if (!isBoundary(boundary)) {
            throw new BadMultipart("the boundary is malformed");
        }
        this.sink = sink;
        this.partsMax = partsMax;
        this.headerMax = headerMax;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
        this.header = new byte[headerMax];
    }

    private static boolean isBoundary(String text) {
        boolean ok = !text.isEmpty() && text.length() <= BOUNDARY_MAX && !text.endsWith(" ");
        for (int i = 0; i < text.length() && ok; i++) {
            char c = text.charAt(i);
            ok = UriText.isLetterOrDigit(c) || "'()+_,-./:=? ".indexOf(c) >= 0;
        }
        return ok;
    }

    /**
     * Reads a piece.
     *
     * @param bytes borrowed
     * @param from where it begins
     * @param count how many bytes it has
     * @throws BadMultipart when the whole is malformed or over a limit, from then on always
     */
    public void feed(byte[] bytes, int from, int count) {
        int end = from + count;
        int at = from;
        int before = state;
        state = BROKEN; /* until this returns */
        while (at < end) {
            switch (before) {
                case PREAMBLE, DATA -> {
                    at = search(bytes, at, end, before == DATA);
                    if (matched == delimiter.length) {
                        before = found(before == DATA);
                    }
                }
                case DELIMITER -> before = behindDelimiter(bytes[at++]);
                case HEADER -> before = header(bytes[at++]);
                case CLOSED -> before = behindLast(bytes[at++]);
                case EPILOGUE -> at = end;
                default -> throw new BadMultipart("the body was malformed before");
            }
        }
        state = before;
    }

    /**
     * Ends.
     *
     * @throws BadMultipart when the end is missing
     */
    public void end() {
        boolean ok = state == EPILOGUE || (state == CLOSED && behind != '\r');
        state = BROKEN;
        if (!ok) {
            throw new BadMultipart("the end is missing");
        }
    }

    // ---- delimiters ----

    /**
     * Looks for the rest of the delimiter; returns where to go on. What is no delimiter is told in
     * as few pieces as can be, however often it looks like one.
     */
    private int search(byte[] bytes, int from, int end, boolean tell) {
        int earlier = matched; /* of what is matched, so much came in pieces before this */
        int at = from;
        while (at < end && matched < delimiter.length) {
            if (matched == 0) {
                while (at < end && bytes[at] != '\r') {
                    at++;
                }
            }
            if (at < end && bytes[at] == delimiter[matched]) {
                matched++;
                at++;
            } else if (at < end) {
                if (tell && earlier > assumed) {
                    sink.data(delimiter, assumed, earlier - assumed);
                }
                matched = 0;
                assumed = 0;
                earlier = 0;
            }
        }
        int known = at - (matched - earlier);
        if (tell && known > from) {
            sink.data(bytes, from, known - from);
        }
        return at;
    }

    private int found(boolean inPart) {
        if (inPart) {
            sink.end();
        }
        behind = 0;
        padding = 0;
        return DELIMITER;
    }

    private int behindDelimiter(byte b) {
        if (behind == '-') {
            if (b != '-') {
                throw badLine();
            }
            behind = 0;
            padding = 0;
            return CLOSED;
        }
        if (behind == 0 && b == '-') {
            behind = b;
            return DELIMITER;
        }
        return lineEnds(b) ? beginHeader() : DELIMITER;
    }

    private int behindLast(byte b) {
        return lineEnds(b) ? EPILOGUE : CLOSED;
    }

    /** Takes a byte of what may stand behind a boundary: white space and CRLF. */
    private boolean lineEnds(byte b) {
        if (behind == '\r') {
            if (b != '\n') {
                throw badLine();
            }
            return true;
        }
        if (b != '\r' && ((b != ' ' && b != '\t') || ++padding > headerMax)) {
            throw badLine();
        }
        behind = b == '\r' ? b : (byte) ' ';
        return false;
    }

    private static BadMultipart badLine() {
        return new BadMultipart("a line begins with the boundary and is no delimiter");
    }

    // ---- headers ----

    private int beginHeader() {
        if (++parts > partsMax) {
            throw BadMultipart.tooLarge("there are more than " + partsMax + " parts");
        }
        headerLength = 0;
        lineAt = 0;
        return HEADER;
    }

    private int header(byte b) {
        if (headerLength == headerMax) {
            throw BadMultipart.tooLarge(
                    "the header of a part is longer than " + headerMax + " bytes");
        }
        boolean afterCr = headerLength > lineAt && header[headerLength - 1] == '\r';
        if (afterCr != (b == '\n')) {
            throw new BadMultipart("a line of a header does not end with CRLF");
        }
        header[headerLength++] = b;
        if (b != '\n') {
            return HEADER;
        }
        boolean empty = headerLength - lineAt == 2;
        if (!empty) {
            lineAt = headerLength;
            return HEADER;
        }
        sink.begin(PartHeader.parse(Arrays.copyOf(header, lineAt)));
        /* The CRLF of the empty line may be the one that the delimiter begins with. */
        matched = 2;
        assumed = 2;
        return DATA;
    }
}

package io.gannet.http;

import io.gannet.internal.FileHandle;
import io.gannet.internal.web.ByteRanges;
import io.gannet.internal.web.HeaderValues;
import io.gannet.internal.web.HttpDates;
import io.gannet.internal.web.Preconditions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Answers one GET or HEAD with a file that is open: what tells its version, conditions and ranges.
 *
 * <p>The entity tag is strong, because it names one version: the inode is another one when the file
 * was replaced, even by one of the same size and time as deployments make them, and the time in
 * nanoseconds and the size change when it is written to. It stays the same after a restart.
 */
final class FileAnswer {
    private static final byte[] ACCEPT_RANGES = Lines.ascii("Accept-Ranges: bytes\r\n");
    private static final byte[] TAG = Lines.ascii("ETag: ");
    private static final byte[] MODIFIED = Lines.ascii("Last-Modified: ");
    private static final byte[] CRLF = Lines.ascii("\r\n");
    /** What is true of the file only, and must not let an error be kept. */
    private static final List<String> OF_THE_FILE =
            List.of("Cache-Control", "Expires", "ETag", "Last-Modified");
    private static final String HEX = "0123456789abcdef";
    private static final int TAG_LENGTH = 35;

    /** Headers as the conditions read them. */
    private record Headers(HttpHeaders headers) implements HeaderValues {
        @Override
        public List<String> all(String name) {
            return headers.contains(name) ? headers.all(name) : List.of();
        }
    }

    /** Holds it until somebody needs one. */
    private static final class Lazy {
        static final SecureRandom RANDOM = new SecureRandom();
    }

    private FileAnswer() {}

    /**
     * Answers; closes the file unless it is in the body.
     *
     * @param base status and headers of a full answer; ETag and Last-Modified among them win
     */
    static HttpResponse of(Exchange request, FileHandle file, HttpResponse base) {
        if (base.status != 200) {
            return with(base, base.status, base.lines, FileBody.of(file, 0, file.size()));
        }
        long modified = file.modifiedSeconds();
        byte[] lines = validators(file, base.lines);
        String tag = Lines.value(lines, Lines.find(lines, "ETag", 0), "ETag");
        int at = Lines.find(base.lines, "Last-Modified", 0);
        long now = System.currentTimeMillis() / 1000;
        if (at >= 0) {
            modified = HttpDates.parse(Lines.value(base.lines, at, "Last-Modified"), now);
        }
        Headers headers = new Headers(request.headers());
        if (!request.isHead() && !request.method().equals("GET")) {
            /* RFC 9110 §14.2, and what was to be done has been done. */
            return with(base, 200, lines, FileBody.of(file, 0, file.size()));
        }
        int verdict = Preconditions.check(headers, tag, modified, now);
        if (verdict != Preconditions.PASS) {
            file.close();
            return verdict == 304 ? unchanged(base, lines) : without(base, verdict);
        }
        List<String> range = request.isHead() ? List.of() : headers.all("Range");
        if (!range.isEmpty()
                && Preconditions.allowsRange(headers.all("If-Range"), tag, modified, now)) {
            return part(file, base, lines, ByteRanges.parse(range, file.size()));
        }
        return with(base, 200, lines, FileBody.of(file, 0, file.size()));
    }

    private static HttpResponse part(FileHandle file, HttpResponse base, byte[] lines,
            ByteRanges ranges) {
        long size = file.size();
        if (ranges == ByteRanges.UNSATISFIABLE) {
            file.close();
            return without(base, 416).withHeader("Content-Range", "bytes */" + size);
        }
        if (ranges.count() == 0) {
            return with(base, 200, lines, FileBody.of(file, 0, size));
        }
        if (ranges.count() > 1) {
            return parts(file, base, lines, ranges);
        }
        long start = ranges.start(0);
        byte[] longer = Lines.append(lines, "Content-Range", range(ranges, 0, size));
        return with(base, 206, longer, FileBody.of(file, start, ranges.end(0) - start));
    }

    private static String range(ByteRanges ranges, int index, long size) {
        return "bytes " + ranges.start(index) + "-" + (ranges.end(index) - 1) + "/" + size;
    }

    /** RFC 9110 §14.6. Nobody can foresee the boundary, so that no file can contain it. */
    private static HttpResponse parts(FileHandle file, HttpResponse base, byte[] lines,
            ByteRanges ranges) {
        int count = ranges.count();
        String boundary = boundary();
        long[] offsets = new long[count];
        long[] lengths = new long[count];
        byte[][] between = new byte[count + 1][];
        int typeAt = Lines.find(lines, "Content-Type", 0);
        byte[] type = typeAt < 0
                ? Lines.NONE
                : Arrays.copyOfRange(lines, typeAt, Lines.end(lines, typeAt));
        for (int i = 0; i < count; i++) {
            offsets[i] = ranges.start(i);
            lengths[i] = ranges.end(i) - offsets[i];
            byte[] first = Lines.ascii((i == 0 ? "--" : "\r\n--") + boundary + "\r\n");
            byte[] head = Lines.append(join(first, type), "Content-Range",
                    range(ranges, i, file.size()));
            between[i] = join(head, CRLF);
        }
        between[count] = Lines.ascii("\r\n--" + boundary + "--\r\n");
        byte[] own = Lines.append(Lines.without(lines, "Content-Type"), "Content-Type",
                "multipart/byteranges; boundary=" + boundary);
        return with(base, 206, own, FileBody.of(file, offsets, lengths, between));
    }

    private static String boundary() {
        byte[] random = new byte[18];
        Lazy.RANDOM.nextBytes(random);
        StringBuilder text = new StringBuilder();
        for (byte b : random) {
            text.append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
        }
        return text.toString();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static HttpResponse with(HttpResponse base, int status, byte[] lines, FileBody body) {
        HttpResponseBuilder builder = new HttpResponseBuilder(base);
        builder.status = status;
        builder.lines = lines;
        builder.body = Lines.NONE;
        builder.producer = body;
        builder.streamLength = body.length();
        return new HttpResponse(builder);
    }

    /** RFC 9110 §15.4.5: says nothing of the content but what tells its version. */
    private static HttpResponse unchanged(HttpResponse base, byte[] lines) {
        return plain(base, 304, bare(lines));
    }

    /** An answer without the file, and with what was added for other reasons than the file. */
    static HttpResponse without(HttpResponse base, int status) {
        byte[] lines = bare(base.lines);
        for (String name : OF_THE_FILE) {
            lines = Lines.without(lines, name);
        }
        lines = Lines.append(lines, "Content-Type", "text/plain; charset=utf-8");
        HttpResponseBuilder builder = new HttpResponseBuilder(plain(base, status, lines));
        return builder.body(status + " " + StatusLines.phrase(status) + "\n").build();
    }

    private static HttpResponse plain(HttpResponse base, int status, byte[] lines) {
        HttpResponseBuilder builder = new HttpResponseBuilder(base);
        builder.status = status;
        builder.lines = lines;
        builder.producer = null;
        builder.streamLength = HttpResponse.UNKNOWN;
        return new HttpResponse(builder);
    }

    private static byte[] bare(byte[] lines) {
        byte[] fewer = Lines.without(lines, "Content-Type");
        fewer = Lines.without(fewer, "Content-Encoding");
        return Lines.without(fewer, "Content-Disposition");
    }

    // ---- what tells the version ----

    /** The lines with Accept-Ranges, ETag and Last-Modified added, as far as they are not there. */
    private static byte[] validators(FileHandle file, byte[] lines) {
        int room = ACCEPT_RANGES.length + TAG.length + TAG_LENGTH + MODIFIED.length
                + HttpDate.LENGTH + 2 * CRLF.length;
        byte[] longer = Arrays.copyOf(lines, lines.length + room);
        int at = lines.length;
        if (Lines.find(lines, "Accept-Ranges", 0) < 0) {
            at = put(longer, at, ACCEPT_RANGES);
        }
        if (Lines.find(lines, "ETag", 0) < 0) {
            at = put(longer, tag(longer, put(longer, at, TAG), file), CRLF);
        }
        if (Lines.find(lines, "Last-Modified", 0) < 0) {
            byte[] date = new byte[HttpDate.LENGTH];
            HttpDate.write(file.modifiedSeconds(), date);
            at = put(longer, put(longer, put(longer, at, MODIFIED), date), CRLF);
        }
        return at == longer.length ? longer : Arrays.copyOf(longer, at);
    }

    private static int put(byte[] to, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, to, at, bytes.length);
        return at + bytes.length;
    }

    /** Inode and time are mixed: clients have no business with either. */
    private static int tag(byte[] to, int at, FileHandle file) {
        long time = file.modifiedSeconds() * 1_000_000_000L + file.modifiedNanos();
        to[at] = '"';
        int end = hex(to, at + 1, mix(mix(file.inode()) ^ time));
        to[end] = '-';
        end = hex(to, end + 1, file.size());
        to[end] = '"';
        return end + 1;
    }

    /** A bijection that spreads every bit over all others. */
    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    private static int hex(byte[] to, int at, long value) {
        int digits = Math.max(1, (67 - Long.numberOfLeadingZeros(value)) / 4);
        for (int i = 0; i < digits; i++) {
            to[at + i] = (byte) HEX.charAt((int) (value >>> (4 * (digits - 1 - i))) & 15);
        }
        return at + digits;
    }
}

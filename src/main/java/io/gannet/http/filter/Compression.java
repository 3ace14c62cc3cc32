package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.internal.web.AcceptEncoding;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Compresses bodies with gzip or deflate, whichever the client prefers in Accept-Encoding.
 *
 * <p>Only types that gain by it are compressed, and only from a length on; streams are compressed
 * piece by piece, so that what a handler writes arrives at once. A response stays as it is when it
 * has a Content-Encoding or a digest of its bytes, is a part of something (206), has no body, or
 * says {@code no-transform}. A strong ETag becomes a weak one, and Vary names Accept-Encoding; a
 * response to HEAD has the headers that GET would have, without the length where that is not known.
 * A client that refuses the plain bytes ({@code identity;q=0}) gets any type and length compressed
 * if it takes one of the codings, and the plain bytes otherwise.
 *
 * <p>The work is done where the response is made, usually on the loop: about 20 ms for each
 * megabyte of text. A stream holds about 300 KiB of native memory while it lasts; that is why event
 * streams are left out unless {@link Builder#types} includes them. A page that shows a secret next
 * to what an attacker may choose should not be compressed.
 */
public final class Compression implements HttpFilter {
    private static final List<String> OFFERED = List.of("gzip", "deflate");
    private static final List<String> OF_THE_BYTES = List.of(
            "Content-Encoding", "Content-Range", "Content-Digest", "Repr-Digest", "Digest",
            "Content-MD5");
    private static final int LENGTH_MIN = 1024;
    private static final int LEVEL = 6;

    private final int lengthMin;
    private final Predicate<? super String> types;
    private final Supplier<DeflateCoder> gzip;
    private final Supplier<DeflateCoder> deflate;

    private Compression(Builder from) {
        int level = from.level;
        this.lengthMin = from.lengthMin;
        this.types = from.types;
        this.gzip = () -> new DeflateCoder(true, level);
        this.deflate = () -> new DeflateCoder(false, level);
    }

    /**
     * With the defaults.
     *
     * @return the filter
     */
    public static Compression create() {
        return builder().build();
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The types that are compressed unless others are given: {@code text/*} but event streams,
     * JSON, XML, JavaScript, WebAssembly, SVG, and fonts and icons that are not compressed by
     * themselves.
     *
     * @param type a media type in lower case, without parameters
     * @return true if so
     */
    public static boolean isCompressible(String type) {
        if (type.startsWith("text/")) {
            return !type.equals("text/event-stream");
        }
        return switch (type) {
            case "application/json", "application/javascript", "application/xml",
                    "application/wasm", "application/x-ndjson", "application/x-javascript",
                    "application/manifest+json", "application/vnd.ms-fontobject",
                    "application/rtf", "font/ttf", "font/otf", "image/bmp",
                    "image/vnd.microsoft.icon", "image/x-icon" -> true;
            default -> type.endsWith("+json") || type.endsWith("+xml");
        };
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        boolean head = request.method().equals("HEAD");
        AcceptEncoding accept = AcceptEncoding.parse(request.headers().all("Accept-Encoding"));
        List<String> known = request.headers().all("If-None-Match");
        return next.handle(request).map(response -> response.status() == 304
                ? unchanged(response, accept, known)
                : compress(response, accept, head));
    }

    /**
     * RFC 9110 §15.4.5: says what the response would have said that the client has already. Whether
     * that was compressed is known from the tag it names.
     */
    private static HttpResponse unchanged(HttpResponse response, AcceptEncoding accept,
            List<String> known) {
        if (!mayChange(response)) {
            return response;
        }
        HttpResponse varying = Headers.vary(response, "Accept-Encoding");
        String tag = response.header("ETag").orElse("");
        boolean compresses = !isIdentity(accept.best(OFFERED));
        if (Headers.names(known, "W/" + tag) && (compresses || !Headers.names(known, tag))) {
            varying = weaken(varying);
        }
        return compresses ? varying.withoutHeader("Content-Length") : varying;
    }

    private HttpResponse compress(HttpResponse response, AcceptEncoding accept, boolean head) {
        long length = length(response, head);
        if (length == 0 || !mayChange(response)) {
            return response;
        }
        boolean worth = (length < 0 || length >= lengthMin)
                && types.test(type(response.header("Content-Type").orElse("")));
        if (!worth && !accept.refusesIdentity()) {
            return response;
        }
        HttpResponse varying = Headers.vary(response, "Accept-Encoding");
        String coding = accept.best(OFFERED);
        if (isIdentity(coding)) {
            return varying;
        }
        HttpResponse changed = weaken(varying)
                .withoutHeader("Accept-Ranges") /* of bytes that are not these */
                .coded(coding.equals("gzip") ? gzip : deflate)
                .withHeader("Content-Encoding", coding);
        return head ? changed.withoutHeader("Content-Length") : changed;
    }

    /** How many bytes GET would have, negative when that is not known. */
    private static long length(HttpResponse response, boolean head) {
        String stated = head ? response.header("Content-Length").orElse("") : "";
        long length = 0;
        for (int i = 0; i < stated.length(); i++) {
            length = length * 10 + stated.charAt(i) - '0'; /* digits that were checked, up to 18 */
        }
        return stated.isEmpty() ? response.length() : length;
    }

    private static boolean isIdentity(String coding) {
        return coding.equals(AcceptEncoding.IDENTITY);
    }

    private static boolean mayChange(HttpResponse response) {
        boolean may = response.status() != 206
                && !Headers.names(response.headers("Cache-Control"), "no-transform");
        for (String name : OF_THE_BYTES) {
            may &= response.headers(name).isEmpty();
        }
        return may;
    }

    private static String type(String value) {
        int semicolon = value.indexOf(';');
        return (semicolon < 0 ? value : value.substring(0, semicolon)).strip()
                .toLowerCase(Locale.ROOT);
    }

    /** The bytes are others than those that the handler named, RFC 9110 §8.8.3.3. */
    private static HttpResponse weaken(HttpResponse response) {
        String tag = response.header("ETag").orElse("");
        return tag.startsWith("\"") ? response.withHeader("ETag", "W/" + tag) : response;
    }

    /** Collects what a filter should do. Not thread safe. */
    public static final class Builder {
        private int lengthMin = LENGTH_MIN;
        private int level = LEVEL;
        private Predicate<? super String> types = Compression::isCompressible;

        private Builder() {}

        /**
         * The shortest body that is compressed, if its length is known. Default 1024.
         *
         * @param bytes 0 or more
         * @return this
         */
        public Builder lengthMin(int bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("lengthMin is negative: " + bytes);
            }
            lengthMin = bytes;
            return this;
        }

        /**
         * How hard to try. Default 6.
         *
         * @param value 1, fastest, to 9, smallest
         * @return this
         */
        public Builder level(int value) {
            if (value < 1 || value > 9) {
                throw new IllegalArgumentException("level is " + value + ", must be 1 to 9");
            }
            level = value;
            return this;
        }

        /**
         * Which types are compressed. Default {@link #isCompressible}.
         *
         * @param value gets a media type in lower case, without parameters; empty when the response
         *     has none
         * @return this
         */
        public Builder types(Predicate<? super String> value) {
            types = Objects.requireNonNull(value, "types");
            return this;
        }

        /**
         * Makes the filter.
         *
         * @return the filter
         */
        public Compression build() {
            return new Compression(this);
        }
    }
}

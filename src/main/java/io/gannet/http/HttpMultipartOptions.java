package io.gannet.http;

import io.gannet.internal.OptionChecks;
import java.nio.file.Path;
import java.util.Objects;

/**
 * How much of a multipart form is taken, and where it is kept. Immutable; made by {@link #builder}
 * or {@link #defaults}.
 *
 * @param partsMax see {@link Builder#partsMax}
 * @param headerBytesMax see {@link Builder#headerBytesMax}
 * @param partMax see {@link Builder#partMax}
 * @param totalMax see {@link Builder#totalMax}
 * @param memoryMax see {@link Builder#memoryMax}
 * @param directory see {@link Builder#directory}
 */
public record HttpMultipartOptions(
        int partsMax,
        int headerBytesMax,
        long partMax,
        long totalMax,
        int memoryMax,
        Path directory) {

    private static final int HEADER_MOST = 1 << 20;

    /**
     * Checks every value; {@link IllegalArgumentException} names the one that is wrong.
     *
     * @param partsMax see {@link Builder#partsMax}
     * @param headerBytesMax see {@link Builder#headerBytesMax}
     * @param partMax see {@link Builder#partMax}
     * @param totalMax see {@link Builder#totalMax}
     * @param memoryMax see {@link Builder#memoryMax}
     * @param directory see {@link Builder#directory}
     */
    public HttpMultipartOptions {
        OptionChecks.within("partsMax", partsMax, 1, 1 << 20);
        OptionChecks.within("headerBytesMax", headerBytesMax, 64, HEADER_MOST);
        OptionChecks.within("partMax", partMax, 0, Long.MAX_VALUE);
        OptionChecks.within("totalMax", totalMax, 0, Long.MAX_VALUE);
        OptionChecks.within("memoryMax", memoryMax, 0, 1 << 30);
        Objects.requireNonNull(directory, "directory");
    }

    /**
     * The defaults.
     *
     * @return the options
     */
    public static HttpMultipartOptions defaults() {
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

    /** Collects limits, and says where large parts go. Not thread safe. */
    public static final class Builder {
        private int partsMax = 100;
        private int headerBytesMax = 8190;
        private long partMax = 1L << 30;
        private long totalMax = 1L << 30;
        private int memoryMax = 64 << 10;
        private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

        Builder() {}

        /**
         * The most parts; more are answered with 413. Default 100.
         *
         * @param value 1 to 1048576
         * @return this
         */
        public Builder partsMax(int value) {
            partsMax = value;
            return this;
        }

        /**
         * The longest header of a part, all lines with their ends; a longer one is answered with
         * 413. Default 8190.
         *
         * @param value 64 to 1048576 bytes
         * @return this
         */
        public Builder headerBytesMax(int value) {
            headerBytesMax = value;
            return this;
        }

        /**
         * The longest part; a longer one is answered with 413. Default 1 GiB.
         *
         * @param value bytes
         * @return this
         */
        public Builder partMax(long value) {
            partMax = value;
            return this;
        }

        /**
         * The longest body; a longer one is answered with 413. Default 1 GiB. A body that is not
         * streamed is bounded by {@link HttpOptions.Builder#bodyMax} as well.
         *
         * @param value bytes
         * @return this
         */
        public Builder totalMax(long value) {
            totalMax = value;
            return this;
        }

        /**
         * How much of each part of a streamed body is kept in memory; a longer one goes to a
         * temporary file, and any does while the server is short of memory. Default 64 KiB.
         *
         * @param value bytes
         * @return this
         */
        public Builder memoryMax(int value) {
            memoryMax = value;
            return this;
        }

        /**
         * Where temporary files are made, for the owner of this process alone. Default: where Java
         * keeps them.
         *
         * @param value a directory
         * @return this
         */
        public Builder directory(Path value) {
            directory = value;
            return this;
        }

        /**
         * Checks the options and makes them final.
         *
         * @return the options
         * @throws IllegalArgumentException when a value is out of its range
         */
        public HttpMultipartOptions build() {
            return new HttpMultipartOptions(partsMax, headerBytesMax, partMax, totalMax, memoryMax,
                    directory);
        }
    }
}

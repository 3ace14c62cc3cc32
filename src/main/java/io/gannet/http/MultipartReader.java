package io.gannet.http;

import io.gannet.internal.web.BadMultipart;
import io.gannet.internal.web.MediaType;
import io.gannet.internal.web.MultipartParser;
import io.gannet.internal.web.PartHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a form of several parts on the thread that asks for it. A body that is there already stays
 * in memory; one that is streamed is read as it comes, so that the client is held back, and its
 * long parts go to files, as do all for which there is no memory.
 */
final class MultipartReader implements MultipartParser.Sink {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Exchange request;
    private final HttpMultipartOptions options;
    private final long memoryMax;
    private final List<HttpPart> parts = new ArrayList<>();
    private final PartMemory counted;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable PartFiles files;
    private @Nullable PartHeader header;
    private @Nullable FileChannel file;
    /** What is on its way to the file, as soon as there was one. */
    private @Nullable PartOutput output;
    private long size;

    private MultipartReader(Exchange request, HttpMultipartOptions options, boolean streamed) {
        this.request = request;
        this.counted = PartMemory.of(request, !streamed);
        this.options = options;
        this.memoryMax = streamed ? options.memoryMax() : Long.MAX_VALUE;
    }

    static HttpMultipart read(Exchange exchange, HttpMultipartOptions options) {
        Optional<MediaType> type = RequestValues.mediaType(exchange);
        if (type.isEmpty() || !type.get().name().equals("multipart/form-data")) {
            throw new HttpException(415, "the body must be multipart/form-data");
        }
        String boundary = type.get().parameter("boundary").orElse("");
        boolean streamed = exchange.upload != null;
        MultipartReader reader = new MultipartReader(exchange, options, streamed);
        boolean done = false;
        try {
            HttpMultipart form = reader.readAll(boundary);
            done = true;
            return form;
        } catch (BadMultipart e) {
            throw new HttpException(e.isTooLarge() ? 413 : 400, "the form: " + e.getMessage(), e);
        } catch (IOException e) {
            throw incomplete(e);
        } finally {
            if (!done && reader.files != null) {
                reader.files.close();
            }
        }
    }

    /** The client is gone, or was answered already: there is nothing to log. */
    private static HttpException incomplete(IOException cause) {
        return new HttpException(400, "the body is incomplete", cause);
    }

    private HttpMultipart readAll(String boundary) throws IOException {
        MultipartParser parser = new MultipartParser(boundary, options.partsMax(),
                options.headerBytesMax(), this);
        checkTotal(request.length());
        InputStream in = request.bodyStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        long total = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            total += count;
            checkTotal(total);
            parser.feed(buffer, 0, count);
        }
        parser.end();
        return new HttpMultipart(parts);
    }

    private void checkTotal(long total) {
        if (total > options.totalMax()) {
            throw BadMultipart.tooLarge(
                    "the body is longer than " + options.totalMax() + " bytes");
        }
    }

    @Override
    public void begin(PartHeader begun) {
        header = begun;
        size = 0;
        memory.reset();
        file = null;
    }

    @Override
    public void data(byte[] bytes, int from, int count) {
        if (count > options.partMax() - size) {
            throw BadMultipart.tooLarge(
                    "a part is longer than " + options.partMax() + " bytes");
        }
        try {
            if (file == null && (count > memoryMax - size || !counted.take(count))) {
                file = create();
                output().begin();
                output().write(file, memory.toByteArray(), 0, memory.size());
                counted.giveBack(size);
            }
            if (file != null) {
                output().write(file, bytes, from, count);
            } else {
                memory.write(bytes, from, count);
            }
        } catch (IOException e) {
            throw notKept(e);
        }
        size += count;
    }

    private PartOutput output() {
        if (output == null) {
            output = new PartOutput();
        }
        return output;
    }

    private RuntimeException notKept(IOException cause) {
        return cause instanceof ClosedChannelException
                ? incomplete(cause) /* with the request, or since this thread was interrupted */
                : new UncheckedIOException("a part cannot be kept in a file in "
                        + options.directory() + "; HttpMultipartOptions.directory chooses another"
                        + " folder", cause);
    }

    private FileChannel create() throws IOException {
        if (files == null) {
            PartFiles made = new PartFiles(options.directory());
            try {
                made.closeAfter(request);
            } catch (IllegalStateException e) {
                throw (IOException) new ClosedChannelException().initCause(e); /* it is over */
            }
            files = made;
        }
        return files.create();
    }

    @Override
    public void end() {
        PartHeader known = Objects.requireNonNull(header);
        if (file != null) {
            try {
                output().flush(file);
            } catch (IOException e) {
                throw notKept(e);
            }
        }
        parts.add(file == null
                ? new HttpPart(known, memory.toByteArray())
                : new HttpPart(known, file, size));
    }
}

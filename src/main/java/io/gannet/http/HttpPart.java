package io.gannet.http;

import io.gannet.internal.web.MediaType;
import io.gannet.internal.web.PartHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One part of a {@link HttpMultipart}. Any thread may read it until the response is complete, any
 * number of times. Reading one that is in a file blocks, and throws {@link IOException}, or {@link
 * UncheckedIOException} where a method declares none, when the request is over.
 */
public final class HttpPart {
    private final PartHeader header;
    private final byte[] memory;
    private final @Nullable FileChannel file;
    private final long size;

    /** A part in memory. */
    HttpPart(PartHeader header, byte[] memory) {
        this.header = header;
        this.memory = memory;
        this.file = null;
        this.size = memory.length;
    }

    /** A part in a file, which others close. */
    HttpPart(PartHeader header, FileChannel file, long size) {
        this.header = header;
        this.memory = Lines.NONE;
        this.file = file;
        this.size = size;
    }

    /**
     * The name of the field.
     *
     * @return as it was sent
     */
    public String name() {
        return header.name();
    }

    /**
     * Tells files from fields.
     *
     * @return true when the client calls it a file, even one without a name
     */
    public boolean isFile() {
        return header.hasFileName();
    }

    /**
     * The name of the file, which is the client's word: never use it as a path.
     *
     * @return as it was sent, or nothing when it has none
     */
    public Optional<String> fileName() {
        return header.fileName().isEmpty() ? Optional.empty() : Optional.of(header.fileName());
    }

    /**
     * What the client says it is.
     *
     * @return in lower case and without parameters, as {@code image/png}; nothing when the client
     *     does not say, or says what makes no sense
     */
    public Optional<String> contentType() {
        Optional<MediaType> type = MediaType.parse(header.type());
        return type.isEmpty() ? Optional.empty() : Optional.of(type.get().name());
    }

    /**
     * The size.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * Whether it is kept in memory, where reading does not block.
     *
     * @return false when it is in a file
     */
    public boolean isInMemory() {
        return file == null;
    }

    /**
     * All of it.
     *
     * @return the bytes, which the caller may keep
     */
    public byte[] bytes() {
        if (file == null) {
            return memory.clone();
        }
        if (size > Integer.MAX_VALUE - 64) {
            throw new IllegalStateException("the part has " + size + " bytes");
        }
        ByteBuffer all = ByteBuffer.allocate((int) size);
        try {
            int count = 0;
            while (all.hasRemaining() && count >= 0) {
                count = file.read(all, all.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.array();
    }

    /**
     * All of it as a text, in the charset that its Content-Type names, else in UTF-8.
     *
     * @return the text; malformed bytes become replacement characters
     * @throws HttpException status 415, when the charset is not known here
     */
    public String text() {
        return new String(bytes(), RequestValues.charset(header.type()));
    }

    /**
     * A stream to read it from.
     *
     * @return from its begin; for one thread at a time; need not be closed
     */
    public InputStream stream() {
        return file == null ? new ByteArrayInputStream(memory) : new PartInput(file, size);
    }

    /**
     * Writes it to a file.
     *
     * @param target must not exist
     * @throws IOException when it does, or cannot be written; it is deleted then if it was made
     */
    public void saveTo(Path target) throws IOException {
        try (FileChannel to = FileChannel.open(target, StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            PartFiles.undoing(target, () -> copyTo(to));
        }
    }

    private void copyTo(FileChannel to) throws IOException {
        if (file == null) {
            PartOutput.writeAll(to, ByteBuffer.wrap(memory));
            return;
        }
        for (long at = 0; at < size;) {
            at += file.transferTo(at, size - at, to);
        }
    }

    @Override
    public String toString() {
        return "HttpPart[" + size + " bytes]";
    }
}

package io.gannet.http;

import io.gannet.internal.FileHandle;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of which the name is known: it is opened each time the response is sent. */
final class NamedFile extends FileProducer {
    private final Path path;

    NamedFile(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(
                    "only the system's own files can be sent, not " + path);
        }
        this.path = path;
    }

    @Override
    HttpResponse ready(Exchange exchange, HttpResponse response) {
        FileHandle file;
        try {
            file = FileHandle.open(path);
        } catch (RuntimeException e) {
            return Service.failed(exchange, e);
        }
        if (!file.isOpen()) {
            return FileAnswer.without(response, 404);
        }
        try {
            return FileAnswer.of(exchange, file, response);
        } catch (RuntimeException e) {
            file.close();
            return Service.failed(exchange, e);
        }
    }

    /** The whole file, for a filter that changes the bytes on their way; null if there is none. */
    @Nullable FileBody whole() {
        FileHandle file = FileHandle.open(path);
        return file.isOpen() ? FileBody.of(file, 0, file.size()) : null;
    }

    @Override
    public void produce(HttpBody body) {
        throw new IllegalStateException("the file is opened before anything is sent");
    }
}

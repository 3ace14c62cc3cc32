package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.FileHandle;
import java.nio.file.Path;

/** A file of which the name is known: it is opened each time the response is sent. */
final class NamedFile extends FileProducer {
    private final Path path;

    NamedFile(Path path) {
        this.path = path;
    }

    @Override
    HttpResponse ready(Exchange exchange, HttpResponse response) {
        FileHandle file;
        try {
            file = FileHandle.open(path);
        } catch (NetException e) {
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

    /** For a filter that changes the bytes on their way. */
    @Override
    public void produce(HttpBody body) {
        FileHandle file = FileHandle.open(path);
        if (!file.isOpen()) {
            throw new NetException("ENOENT", "open file", path + ": is missing");
        }
        FileBody.of(file, 0, file.size()).produce(body);
    }
}

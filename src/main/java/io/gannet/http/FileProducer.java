package io.gannet.http;

/** A body that comes from a file. Whoever sends it without changing it has a shorter way. */
abstract sealed class FileProducer implements HttpProducer permits FileBody, NamedFile {
    FileProducer() {}

    /**
     * What to send for a response with this body: opens the file unless it is open. Loop thread.
     *
     * @return a response whose body is a {@link FileBody}, or one without a file
     */
    abstract HttpResponse ready(Exchange exchange, HttpResponse response);
}

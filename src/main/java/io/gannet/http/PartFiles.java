package io.gannet.http;

import io.gannet.internal.Log;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The temporary files of one request. Each loses its name as soon as it is open: whatever happens,
 * the system takes it back when it is closed. Any thread.
 */
final class PartFiles implements Closeable {
    private static final Set<OpenOption> OPTIONS = Set.of(StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ, StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(
            PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    /** Guarded by this. */
    private final List<FileChannel> open = new ArrayList<>();
    /** Guarded by this. */
    private boolean closed;

    PartFiles(Path directory) {
        this.directory = directory;
    }

    /** Closes large files, which takes the system its time; no loop waits for that. */
    private static final class Closer {
        static final Executor THREAD = new ThreadPoolExecutor(0, 1, 10, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), Closer::thread);

        private static Thread thread(Runnable task) {
            Thread thread = new Thread(task, "gannet-files");
            thread.setDaemon(true);
            return thread;
        }
    }

    /** Makes a file that lives as long as the request at most. */
    synchronized FileChannel create() throws IOException {
        if (closed) {
            throw new ClosedChannelException(); /* with the request */
        }
        FileChannel file = FileChannel.open(directory.resolve("gannet-" + UUID.randomUUID()),
                OPTIONS, OWNER_ONLY);
        open.add(file);
        return file;
    }

    /** Closes all files when a request is over, but not on its loop. */
    void closeAfter(HttpRequest request) {
        request.onDone(new Consumer<HttpOutcome>() {
            @Override
            public void accept(HttpOutcome outcome) {
                Closer.THREAD.execute(PartFiles.this::close);
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (FileChannel file : open) {
            try {
                file.close();
            } catch (IOException e) {
                Log.warn("a temporary file was not closed in order", e);
            }
        }
        open.clear();
    }

    /** What may fail on its way. */
    interface Step {
        void run() throws IOException;
    }

    /** Fills a new file, which does not stay when that fails. */
    static void undoing(Path file, Step step) throws IOException {
        boolean done = false;
        try {
            step.run();
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(file);
            }
        }
    }
}

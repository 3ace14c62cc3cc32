package io.gannet;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What Gannet logs while this is open; nothing of it is printed. */
public final class CapturedLog implements AutoCloseable {
    private final Logger logger = Logger.getLogger("io.gannet");
    private final Level level = logger.getLevel();
    private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            if (!entry.getMessage().startsWith("backend ")
                    && !entry.getMessage().startsWith("virtual threads ")) {
                records.add(entry);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    public CapturedLog() {
        handler.setLevel(Level.ALL);
        logger.addHandler(handler);
        logger.setLevel(Level.ALL);
        logger.setUseParentHandlers(false);
    }

    /** The next record, once it is there. */
    public LogRecord next() throws InterruptedException {
        LogRecord entry = records.poll(15, TimeUnit.SECONDS);
        if (entry == null) {
            throw new AssertionError("nothing was logged");
        }
        return entry;
    }

    public boolean isEmpty() {
        return records.isEmpty();
    }

    @Override
    public void close() {
        logger.setUseParentHandlers(true);
        logger.setLevel(level);
        logger.removeHandler(handler);
    }
}

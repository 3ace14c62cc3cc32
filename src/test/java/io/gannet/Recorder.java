package io.gannet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;

/**
 * A handler that writes down what it hears, does what a test wants done, and can be waited for.
 *
 * <p>Events are "open", "recv", "send", "drain", "end", "error", "close".
 */
final class Recorder implements NetHandler {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final List<String> events = new ArrayList<>();
    private final List<NetSession> sessions = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private final List<NetCause> causes = new ArrayList<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private Consumer<NetSession> atOpen = session -> {};
    private BiConsumer<NetSession, ByteBuffer> atRecv = (session, data) -> {};
    private Consumer<NetSession> atSend = session -> {};
    private Consumer<NetSession> atDrain = session -> {};
    private Consumer<NetSession> atEnd = NetSession::close;
    private BiConsumer<NetSession, NetCause> atClose = (session, cause) -> {};
    private BiConsumer<NetSession, Throwable> atError = (session, error) -> {};

    /** Sends back what arrives. */
    static Recorder echo() {
        return new Recorder().atRecv((session, data) -> session.write(data));
    }

    Recorder atOpen(Consumer<NetSession> action) {
        atOpen = action;
        return this;
    }

    Recorder atRecv(BiConsumer<NetSession, ByteBuffer> action) {
        atRecv = action;
        return this;
    }

    Recorder atSend(Consumer<NetSession> action) {
        atSend = action;
        return this;
    }

    Recorder atDrain(Consumer<NetSession> action) {
        atDrain = action;
        return this;
    }

    Recorder atEnd(Consumer<NetSession> action) {
        atEnd = action;
        return this;
    }

    Recorder atClose(BiConsumer<NetSession, NetCause> action) {
        atClose = action;
        return this;
    }

    Recorder atError(BiConsumer<NetSession, Throwable> action) {
        atError = action;
        return this;
    }

    @Override
    public void onOpen(NetSession session) {
        note("open", () -> sessions.add(session));
        atOpen.accept(session);
    }

    @Override
    public void onRecv(NetSession session, ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(data.position(), copy);
        note("recv", () -> received.writeBytes(copy));
        atRecv.accept(session, data);
    }

    @Override
    public void onSend(NetSession session) {
        note("send", () -> {});
        atSend.accept(session);
    }

    @Override
    public void onDrain(NetSession session) {
        note("drain", () -> {});
        atDrain.accept(session);
    }

    @Override
    public void onEnd(NetSession session) {
        note("end", () -> {});
        atEnd.accept(session);
    }

    @Override
    public void onClose(NetSession session, NetCause cause) {
        note("close", () -> causes.add(cause));
        atClose.accept(session, cause);
    }

    @Override
    public void onError(NetSession session, Throwable error) {
        note("error", () -> errors.add(error));
        atError.accept(session, error);
    }

    private synchronized void note(String event, Runnable change) {
        events.add(event);
        change.run();
        notifyAll();
    }

    synchronized List<String> events() {
        return List.copyOf(events);
    }

    synchronized int count(String event) {
        return (int) events.stream().filter(event::equals).count();
    }

    synchronized String text() {
        return received.toString(StandardCharsets.UTF_8);
    }

    synchronized int receivedCount() {
        return received.size();
    }

    synchronized byte[] received() {
        return received.toByteArray();
    }

    /** The session that was opened first, once it is. */
    NetSession session() {
        return session(0);
    }

    synchronized NetSession session(int index) {
        until("session " + index, () -> sessions.size() > index);
        return sessions.get(index);
    }

    /** Why the first session ended, once it has. */
    synchronized NetCause cause() {
        until("close", () -> !causes.isEmpty());
        return causes.get(0);
    }

    synchronized Throwable error() {
        until("error", () -> !errors.isEmpty());
        return errors.get(0);
    }

    void await(String event) {
        await(event, 1);
    }

    synchronized void await(String event, int count) {
        until(count + " times " + event, () -> count(event) >= count);
    }

    synchronized void awaitText(String text) {
        until("text " + text, () -> text().equals(text));
    }

    synchronized void awaitBytes(int count) {
        until(count + " bytes", () -> received.size() >= count);
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                Assertions.fail("waited in vain for " + what + "; heard " + events + ", "
                        + received.size() + " bytes, errors " + errors + ", causes " + causes);
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                Assertions.fail("interrupted while waiting for " + what + "; heard " + events, e);
            }
        }
    }
}

package io.gannet.http;

import io.gannet.internal.HttpFields;
import io.gannet.internal.HttpHead;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One request and what becomes of it: the view that handlers read, and the connection's notes.
 *
 * <p>The head is first the loop's own, which follows the event. It is copied to the heap when the
 * request outlives its handler, by the loop, or when another thread reads it before that, by that
 * thread. The loop waits for nobody: a copy counts only if the loop's own head was still in place
 * when it was made, because the loop takes it away before it follows the next event. It is null
 * when the request is over.
 *
 * <p>Fields without a word on threads belong to the loop thread.
 */
final class Exchange implements HttpRequest {
    private static final AtomicReferenceFieldUpdater<Exchange, HttpHead> HEAD =
            AtomicReferenceFieldUpdater.newUpdater(Exchange.class, HttpHead.class, "head");

    private final Connection connection;
    private volatile @Nullable HttpHead head;
    /** The request behind this one. */
    @Nullable Exchange next;
    @Nullable HttpResponse response;
    /** The body, when it did not lie behind the head. Does not change once the handler has it. */
    @Nullable Content content;
    /** The body, when it is taken in pieces. Does not change once the handler has it. */
    @Nullable Upload upload;
    /** The body of the response, when it is written in pieces and its head was sent. */
    @Nullable BodyStream out;
    boolean keepAlive;
    /** The handler can be called. */
    boolean complete;
    /** The handler was called. */
    boolean dispatched;
    /** The client waits for 100. */
    boolean wantsContinue;
    private final boolean isHead;
    private final boolean isOld;

    Exchange(Connection connection, HttpHead head) {
        this.connection = connection;
        HEAD.lazySet(this, head);
        this.keepAlive = head.keepsAlive();
        this.isHead = head.isHead();
        this.isOld = head.minorVersion() == 0;
    }

    /** Stands for input that is no request. */
    Exchange(Connection connection, boolean isHead) {
        this.connection = connection;
        this.isHead = isHead;
        this.isOld = false;
    }

    boolean isHead() {
        return isHead;
    }

    /** HTTP/1.0. */
    boolean isOld() {
        return isOld;
    }

    // ---- the view ----

    /** What to read; throws when the request is over. Any thread. */
    HttpHead head() {
        while (true) {
            HttpHead now = head;
            if (now == null) {
                throw new IllegalStateException("the response to this request is complete");
            }
            if (!now.isLive() || connection.isOnLoop()) {
                return now;
            }
            copy(now);
        }
    }

    /** Copies the head, unless somebody else was faster or the loop went on meanwhile. */
    private void copy(HttpHead live) {
        HttpHead copy;
        try {
            copy = live.copy();
        } catch (IndexOutOfBoundsException e) {
            if (head == live) {
                throw e;
            }
            return; /* half of this request and half of the next */
        }
        HEAD.compareAndSet(this, live, copy);
    }

    /** Makes the view outlive the event. Loop thread. */
    void keep() {
        HttpHead now = head;
        if (now != null && now.isLive()) {
            copy(now);
        }
    }

    /** Ends the view. Loop thread, or when the loop is gone. */
    void release() {
        /* In front of what the loop writes into its own head next; a volatile write costs more. */
        HEAD.lazySet(this, null);
        VarHandle.storeStoreFence();
    }

    @Override
    public String method() {
        return head().method();
    }

    @Override
    public String target() {
        return head().target();
    }

    @Override
    public String path() {
        return head().path();
    }

    @Override
    public String query() {
        return head().query();
    }

    @Override
    public String version() {
        return head().minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
    }

    @Override
    public String authority() {
        return head().authority();
    }

    @Override
    public Optional<String> header(String name) {
        return headers().first(name);
    }

    @Override
    public HttpHeaders headers() {
        head();
        return new HttpHeaders(this, false);
    }

    @Override
    public long length() {
        HttpHead now = head();
        if (upload != null) {
            return upload.length(now);
        }
        return content != null ? content.length() : now.bodyLength();
    }

    @Override
    public byte[] bytes() {
        HttpHead now = head();
        if (upload != null) {
            throw new IllegalStateException("the body of this request is streamed");
        }
        return content != null ? content.bytes() : now.body();
    }

    @Override
    public ByteBuffer body() {
        return ByteBuffer.wrap(bytes()).asReadOnlyBuffer();
    }

    @Override
    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    @Override
    public HttpHeaders trailers() {
        head();
        return new HttpHeaders(this, true);
    }

    /** Those of a body that is complete, none before. */
    HttpFields trailerFields() {
        head();
        if (upload != null) {
            return upload.trailers();
        }
        return content == null ? HttpFields.NONE : content.trailers();
    }

    @Override
    public SocketAddress remoteAddress() {
        head();
        return connection.session().remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        head();
        return connection.session().localAddress();
    }

    @Override
    public void stream(HttpReceiver receiver) {
        head();
        streamed().start(receiver);
    }

    @Override
    public void pause() {
        head();
        streamed().pause(true);
    }

    @Override
    public void resume() {
        head();
        streamed().pause(false);
    }

    private Upload streamed() {
        if (upload == null) {
            throw new IllegalStateException("the handler does not stream this request");
        }
        return upload;
    }

    /** The request line, for the log. */
    String describe() {
        return head == null ? "a request that is over" : toString();
    }

    @Override
    public String toString() {
        HttpHead now = head;
        if (now == null) {
            return "HttpRequest[over]";
        }
        return method() + " " + target() + " " + version();
    }
}

package io.gannet.http;

import io.gannet.internal.HttpFields;
import io.gannet.internal.HttpHead;
import io.gannet.internal.web.MediaType;
import io.gannet.internal.web.Proxies;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Type;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
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

    /** About what an exchange takes besides the copy of its head. */
    private static final int KEPT_MORE = 512;

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
    /** What answers it, and the path it was found with, once it was looked for by a router. */
    @Nullable Route route;
    String routePath = "";
    /** What few requests are asked for. Any thread. */
    private volatile @Nullable RequestValues values;
    boolean keepAlive;
    /** The handler can be called. */
    boolean complete;
    /** The handler was called. */
    boolean dispatched;
    /** The handler was asked whether it streams this, and what it said. */
    boolean asked;
    boolean streams;
    /** The client waits for 100. */
    boolean wantsContinue;
    /** Bytes that are counted for the copy of the head, with the body behind it. */
    private int kept;
    /** It stands in the line no more. */
    boolean unlinked;
    /** Files that were opened for it. Changed under the lock, by any thread. */
    private volatile @Nullable FileBody files;
    private volatile boolean filesDropped;
    private final boolean isHead;
    private final boolean isOld;
    /** The core's number of the method, 0 for others. */
    final byte method;
    /** Only of a request that is watched or takes time. Any thread. */
    private volatile @Nullable Progress progress;

    Exchange(Connection connection, HttpHead head) {
        this.connection = connection;
        HEAD.lazySet(this, head);
        this.keepAlive = head.keepsAlive();
        this.isHead = head.isHead();
        this.isOld = head.minorVersion() == 0;
        this.method = head.methodId();
    }

    /** Stands for input that is no request. */
    Exchange(Connection connection, boolean isHead) {
        this.connection = connection;
        this.isHead = isHead;
        this.isOld = false;
        this.method = 0;
    }

    boolean isHead() {
        return isHead;
    }

    /**
     * No more of its body is to come now: a client that waits for 100 is not late before that, and
     * what is neither collected nor streamed is not wanted.
     */
    boolean holdsBody() {
        return wantsContinue || (upload != null ? upload.isBlocked() : isUnwanted());
    }

    /** It is answered without its body, which is neither collected nor streamed. */
    boolean isUnwanted() {
        return complete && content == null && upload == null;
    }

    /** Its body is dropped, and its route answers without. */
    void refuse() {
        if (content != null) {
            content.release();
            content = null;
        }
        keepAlive = false;
        complete = true;
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
            if (!now.isLive() || connection.session().isOnLoop()) {
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
        if (now != null && kept == 0) {
            kept = now.copyLength() + KEPT_MORE;
            connection.session().heap().add(kept);
        }
    }

    /** The most that {@link #keep} counts, besides the body. */
    static int keptMax(HttpOptions options) {
        return KEPT_MORE + HttpHead.copyMax(options.requestLineMax(), options.headerBytesMax(),
                options.headerCountMax());
    }

    private void uncount() {
        if (kept != 0) {
            connection.session().heap().add(-kept);
            kept = 0;
        }
        if (content != null) {
            content.release();
        }
        if (upload != null) {
            upload.release();
        }
    }

    /** Ends the view. Loop thread, or when the loop is gone. */
    void release() {
        /* In front of what the loop writes into its own head next; a volatile write costs more. */
        HEAD.lazySet(this, null);
        VarHandle.storeStoreFence();
        if (dispatched) {
            VarHandle.fullFence(); /* other threads may open files, see own */
        }
        if (files != null) {
            closeFiles();
        }
        if (kept != 0 || content != null || upload != null) {
            uncount();
        }
    }

    /** Closes a file when the request is over, unless it was sent. Any thread. */
    void own(FileBody file) {
        synchronized (this) {
            file.next = files;
            files = file;
        }
        if (head == null || filesDropped) {
            closeFiles(); /* it is over already, and who ended it may have looked too early */
        }
    }

    /** The connection is gone: nothing can be sent any more, though the view may be read on. */
    void abandon() {
        boolean worked = Progress.isWorkedOn(this);
        Progress.abandon(this);
        filesDropped = true;
        closeFiles();
        if (upload != null) {
            upload.fail("ECLOSED", "the connection is closed");
        }
        if (out != null) {
            out.tellReady(true);
        }
        if (!worked) {
            uncount(); /* who promised a response may never give it, and then nobody asks for it */
        }
    }

    private synchronized void closeFiles() {
        for (FileBody file = files; file != null; file = file.next) {
            file.close();
        }
        files = null;
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
    public String route() {
        head();
        return route == null ? "" : route.text;
    }

    @Override
    public String pathParam(String name) {
        head();
        if (route == null) {
            throw new IllegalArgumentException(
                    "the request was not routed, so it has no parameter " + name);
        }
        return route.param(routePath, name);
    }

    @Override
    public Map<String, String> pathParams() {
        head();
        return route == null ? Map.of() : route.params(routePath);
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
        return content != null ? content.length() : now.announcedLength();
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
        return new String(bytes(), RequestValues.charset(this));
    }

    @Override
    public Optional<String> contentType() {
        Optional<MediaType> type = RequestValues.mediaType(this);
        return type.isEmpty() ? Optional.empty() : Optional.of(type.get().name());
    }

    @Override
    public <T> T json(Class<T> type, JsonCodec codec) {
        return decode(type, codec);
    }

    @Override
    public <T> T json(JsonType<T> type, JsonCodec codec) {
        return decode(type.type(), codec);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private <T> T decode(Type type, JsonCodec codec) {
        RequestValues.checkJson(this);
        byte[] json = bytes();
        if (json.length == 0) {
            throw new HttpException(400, "the body is empty");
        }
        return (T) Objects.requireNonNull(codec.decode(json, type), "the value is null");
    }

    @Override
    public HttpParams form() {
        return values().form();
    }

    @Override
    public HttpMultipart multipart(HttpMultipartOptions options) {
        return values().multipart(Objects.requireNonNull(options, "options"));
    }

    @Override
    public HttpParams queryParams() {
        return values().query();
    }

    @Override
    public HttpParams cookies() {
        return values().cookies();
    }

    @Override
    public String clientAddress() {
        return values().client().ip();
    }

    @Override
    public String scheme() {
        String said = values().client().scheme();
        return said.isEmpty() ? "http" : said;
    }

    @Override
    public String host() {
        String said = values().client().host();
        return said.isEmpty() ? authority() : said;
    }

    /** Who is trusted to tell of others. */
    Proxies proxies() {
        return connection.service().proxies();
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> Optional<T> attribute(String key) {
        return (Optional<T>) values().attribute(Objects.requireNonNull(key, "key"));
    }

    @Override
    public void attribute(String key, Object value) {
        values().attribute(Objects.requireNonNull(key, "key"),
                Objects.requireNonNull(value, "value"));
    }

    private RequestValues values() {
        head();
        RequestValues known = values;
        return known != null ? known : makeValues();
    }

    private synchronized RequestValues makeValues() {
        RequestValues known = values;
        if (known == null) {
            known = new RequestValues(this);
            values = known;
        }
        return known;
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
    public SocketAddress peerAddress() {
        head();
        return connection.session().peerAddress();
    }

    @Override
    public SocketAddress localAddress() {
        head();
        return connection.session().localAddress();
    }

    @Override
    public void stream(HttpReceiver receiver) {
        head();
        streamed().start(receiver, false);
    }

    @Override
    public Flow.Publisher<ByteBuffer> publisher() {
        head();
        return upload == null ? new BytesPublisher(bytes()) : new BodyPublisher(this, upload);
    }

    @Override
    public InputStream bodyStream() {
        head();
        return upload == null ? new ByteArrayInputStream(bytes()) : new BodyInput(this, upload);
    }

    @Override
    public void bodyMax(long bytes) {
        if (length() > bytes) {
            throw new HttpException(413, "the body is longer than " + bytes + " bytes");
        }
        if (upload != null) {
            upload.limit(bytes);
        }
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

    @Override
    public void onDone(Consumer<? super HttpOutcome> action) {
        Objects.requireNonNull(action, "action");
        head();
        watch().add(this, action);
    }

    /** What is noted of a request that is watched or takes time, null of others. Any thread. */
    @Nullable Progress progress() {
        return progress;
    }

    /** Begins to note it unless that was done before. Any thread. */
    Progress watch() {
        Progress now = progress;
        return now != null ? now : beginWatch();
    }

    private synchronized Progress beginWatch() {
        Progress now = progress;
        if (now == null) {
            HttpHead seen = head;
            now = new Progress(seen == null ? System.nanoTime() : seen.cameNanos());
            progress = now;
        }
        return now;
    }

    /** Any thread. */
    Connection connection() {
        return connection;
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

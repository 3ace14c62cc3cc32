package io.gannet.internal;

import io.gannet.NetHandler;
import io.gannet.NetSession;
import java.nio.ByteBuffer;

/**
 * Hears what the core makes of an HTTP session, besides what it hears of any session. Called on the
 * loop thread; must not block. What it is given is valid only until it returns.
 */
public interface HttpEvents extends NetHandler {
    @Override
    default void onRecv(NetSession session, ByteBuffer data) {
        throw new IllegalStateException("bytes that are not HTTP");
    }

    /**
     * A request head arrived.
     *
     * @param head follows the event
     * @param last whether the request is complete, its body behind the head
     */
    void onRequest(HttpHead head, boolean last);

    /**
     * A piece of a body arrived.
     *
     * @param data between position and limit; a direct buffer
     * @param last whether the request is complete
     * @param trailers follow the event
     */
    void onBody(ByteBuffer data, boolean last, HttpFields trailers);

    /**
     * The input is no HTTP, or too much; there will be no more of it.
     *
     * @param status what to answer
     * @param reason the core's number, for {@link #reason}
     * @param head whether the method was HEAD, so that the answer has no body
     */
    void onBad(int status, int reason, boolean head);

    /**
     * A head or body did not arrive in time; there will be no more input.
     *
     * @param inBody whether it was a body
     * @param head whether it was a head whose method was HEAD
     */
    void onOverdue(boolean inBody, boolean head);

    /**
     * The server stops. The session must end once what it is about is done; while it is idle, a
     * last request may still come.
     */
    void onStop();

    /** The server stops, and has waited for last requests long enough. */
    void onIdleEnd();

    /**
     * Says what is wrong with an input.
     *
     * @param reason as {@link #onBad} was told
     * @return a text without a full stop
     */
    static String reason(int reason) {
        return NativeHttp.httpReason(reason);
    }
}

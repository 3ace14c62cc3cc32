package io.gannet.http;

import io.gannet.NetCause;
import io.gannet.NetSession;
import io.gannet.internal.Flight;
import io.gannet.internal.HttpEvents;
import io.gannet.internal.HttpFields;
import io.gannet.internal.HttpHead;
import io.gannet.internal.Session;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One connection: which requests are open, whose response is next, and when it ends. Belongs to the
 * loop thread, except where a method says otherwise.
 *
 * <p>A request that arrived whole while nothing else is open is answered at once. All others line
 * up, in the order they came: {@code first} is the one whose response is next, {@code waiting} the
 * first whose handler was not called, {@code receiving} the last, while its body is incomplete.
 */
final class Connection implements HttpEvents {
    private final Service service;
    private @Nullable Session session;
    private @Nullable LoopShare share;
    @Nullable Exchange first;
    private @Nullable Exchange last;
    private @Nullable Exchange waiting;
    @Nullable Exchange receiving;
    /** Requests whose handler was called and whose response is not complete. */
    private int running;
    /** What still arrives is not looked at, except the body of {@link #receiving}. */
    private boolean inputDone;
    private boolean peerEnded;
    private boolean stopping;
    private boolean idleEnds;
    /** Nothing more is sent. */
    boolean closing;
    private boolean paused;
    private boolean busy;
    /** The core knows that what it receives is not collected. */
    private boolean patient;
    private boolean pumping;
    /** Once a handler has promised a response. */
    @Nullable HandlerTimer timer;

    Connection(Service service) {
        this.service = service;
    }

    /** Any thread. */
    Session session() {
        return Objects.requireNonNull(session);
    }

    /** Any thread. */
    Service service() {
        return service;
    }

    boolean isStopping() {
        return stopping;
    }

    private LoopShare share() {
        return Objects.requireNonNull(share);
    }

    // ---- what the loop tells ----

    @Override
    public void onOpen(NetSession opened) {
        session = (Session) opened;
        share = LoopShare.of(session, service);
    }

    @Override
    public void onRequest(HttpHead head, boolean whole) {
        if (inputDone || closing) {
            return;
        }
        Exchange exchange = new Exchange(this, head);
        if (service.slowNanos > 0 || Flight.isOn()) {
            SlowRequest.watch(exchange, service, share().counts);
        }
        inputDone = !exchange.keepAlive;
        boolean connect = head.isConnect();
        if (whole && first == null && !stopping && !head.expectsOther() && !connect
                && !session().isAboveMark() && collects(exchange)) {
            answerNow(exchange);
            return;
        }
        exchange.keep();
        if (connect || head.expectsOther()) {
            refuse(exchange, Service.unwanted(connect));
        } else {
            begin(exchange, whole);
        }
        append(exchange);
        if (stopping || (exchange == receiving && exchange.isUnwanted())) {
            session().execute(this::pump); /* those that came with it are answered with it */
        } else {
            pump();
        }
    }

    @Override
    public void onBody(ByteBuffer data, boolean whole, HttpFields trailers) {
        Exchange exchange = receiving;
        if (exchange == null || closing) {
            return;
        }
        if (whole) {
            receiving = null;
        }
        Content content = exchange.content;
        if (exchange.upload != null) {
            exchange.upload.piece(data, whole, trailers);
            if (whole && exchange.response == null) {
                HandlerTimer.awaitAgain(this, exchange);
            }
        } else if (content != null) {
            int refusal = content.add(data, service.options.bodyMax());
            if (refusal != Content.TAKEN) {
                refuse(exchange, service.refused(refusal, session()));
            } else if (whole) {
                content.complete(trailers.toHeap());
                exchange.complete = true;
            } else {
                return;
            }
        }
        pump();
    }

    @Override
    public void onBad(int status, int reason, boolean head) {
        cut(service.bad(status, reason), "EPROTO", head);
    }

    @Override
    public void onOverdue(boolean inBody, boolean head) {
        String what = inBody ? "the body" : "the head";
        cut(Service.quick(408, what + " did not arrive in time"), "ETIMEDOUT", head);
    }

    @Override
    public void onEnd(NetSession ended) {
        peerEnded = true;
        if (receiving != null) {
            cut(Service.quick(400, "the connection ended inside the body"), "ECONNRESET", false);
        }
        pump();
    }

    @Override
    public void onStop() {
        stopping = true;
        if (first != null && first.out != null) {
            first.out.tellStop();
        }
        pump();
    }

    @Override
    public void onIdleEnd() {
        idleEnds = true;
        pump();
    }

    @Override
    public void onDrain(NetSession drained) {
        if (first != null && first.out != null) {
            first.out.tellReady(false);
        }
        pump();
    }

    @Override
    public void onClose(NetSession closed, NetCause cause) {
        if (stopping && cause == NetCause.STOP) {
            service.unfinished.report(first, session());
        }
        closing = true;
        dropAll();
    }

    // ---- requests ----

    /** The way nearly all requests go. */
    private void answerNow(Exchange exchange) {
        HttpResponse response = service.call(exchange);
        if (response.stage == null && response.producer == null && !LargeBody.is(response)) {
            if (exchange.progress() == null) {
                exchange.release();
                send(exchange, response, closesAfter(exchange, response));
            } else {
                send(exchange, response, closesAfter(exchange, response));
                Progress.conclude(exchange, response);
            }
            return;
        }
        if (response.producer instanceof FileProducer file) {
            sendFile(exchange, file.ready(exchange, response), closesAfter(exchange, response));
            return;
        }
        exchange.dispatched = true;
        running++;
        pumping = true;
        try {
            settle(exchange, response);
        } finally {
            pumping = false;
        }
        exchange.keep();
        append(exchange);
        pump();
    }

    /** Whether a request that arrived whole may be answered at once. */
    private boolean collects(Exchange exchange) {
        return exchange.head().bodyLength() <= service.options.bodyMax() && !streams(exchange);
    }

    /** Asks the handler, once, whether it streams a request. What it throws is the answer. */
    private boolean streams(Exchange exchange) {
        HttpStreamHandler handler = service.streams;
        if (handler != null && !exchange.asked) {
            exchange.asked = true;
            exchange.streams = true;
            try {
                exchange.streams = handler.streams(exchange);
            } catch (Throwable t) {
                refuse(exchange, Service.failed(exchange, t));
            }
        }
        return exchange.streams;
    }

    /** Decides how the body of a request is taken that is not simply answered. */
    private void begin(Exchange exchange, boolean whole) {
        HttpHead head = exchange.head();
        boolean streams = streams(exchange);
        if (exchange.response != null) {
            return;
        }
        if (!whole && !streams && Admission.refuses(service, exchange)) {
            exchange.complete = true; /* as far as it is wanted */
            receiving = exchange;
            return;
        }
        long length = whole ? head.bodyLength() : head.contentLength();
        if (length > service.bodyMax(streams)) {
            refuse(exchange, service.tooLarge(session(), streams));
            return;
        }
        if (streams) {
            exchange.complete = true;
            exchange.upload = whole
                    ? new Upload(exchange, this, head.body())
                    : new Upload(exchange, this);
        } else if (whole) {
            exchange.complete = true;
        } else {
            exchange.content = new Content(length, session().heap());
        }
        if (!whole) {
            receiving = exchange;
            exchange.wantsContinue = head.expectsContinue();
        }
    }

    private void append(Exchange exchange) {
        share().counts.begun();
        if (last == null) {
            first = exchange;
        } else {
            last.next = exchange;
        }
        last = exchange;
        if (waiting == null && !exchange.dispatched) {
            waiting = exchange;
        }
    }

    /** The same where routes may say how: their filters were not called before. */
    private void refuse(Exchange exchange, Throwable error) {
        if (Admission.fails(service, exchange, error)) {
            exchange.refuse();
            inputDone = true;
            receiving = null;
        } else {
            refuse(exchange, Service.failed(exchange, error));
        }
    }

    /** The rest of a request is not wanted: it is answered, and the connection ends behind it. */
    void refuse(Exchange exchange, HttpResponse response) {
        inputDone = true;
        exchange.keepAlive = false;
        if (receiving == exchange) {
            receiving = null;
        }
        if (exchange.out != null) {
            exchange.out.closes = true;
        } else if (exchange.response == null && !exchange.isUnwanted()) {
            exchange.response = response;
            Progress.overrule(exchange);
        }
    }

    /** There will be no more input; {@code head} tells of what is no request: was it HEAD? */
    private void cut(HttpException error, String code, boolean head) {
        Exchange exchange = receiving;
        if (closing || (exchange == null && inputDone)) {
            return;
        }
        if (exchange == null) {
            exchange = new Exchange(this, head);
            refuse(exchange, error.toResponse());
            append(exchange);
        } else if (error.status() == 413 && exchange.content != null) {
            refuse(exchange, error);
        } else {
            refuse(exchange, error.toResponse());
            if (exchange.upload != null) {
                exchange.upload.fail(code, "the rest of the body will not come");
            }
        }
        pump();
    }

    /** The receiver of a body failed, or cannot have it. */
    void broken(Exchange exchange, HttpResponse response) {
        if (!exchange.unlinked) {
            refuse(exchange, response);
            pump();
        }
    }

    // ---- responses ----

    /** Takes what a handler answered: a response, or the promise of one. */
    private void settle(Exchange exchange, HttpResponse response) {
        CompletionStage<HttpResponse> stage = response.stage;
        if (stage == null) {
            if (exchange.response == null) {
                exchange.response = response;
            }
            return;
        }
        try {
            Promise.await(this, exchange, stage);
        } catch (Throwable t) {
            settle(exchange, Service.failed(exchange, t));
        }
        if (exchange.response == null) {
            HandlerTimer.await(this, exchange);
        }
    }

    /** A promise was kept, in time. */
    void answered(Exchange exchange, HttpResponse response) {
        settle(exchange, response);
        if (closing && exchange.response != null) {
            exchange.release();
        }
        pump();
    }

    /** Sends what is due, calls the handlers that may be called, and sets what follows from it. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            boolean more = true;
            while (more && !closing) {
                more = sendNext() || callNext();
            }
        } finally {
            pumping = false;
        }
        if (!closing) {
            adjust();
        }
    }

    private boolean sendNext() {
        Exchange exchange = first;
        if (exchange == null) {
            return false;
        }
        BodyStream out = exchange.out;
        if (out != null) {
            if (!out.isFinished()) {
                return false;
            }
            remove(exchange, out.closes || receiving == exchange);
            return true;
        }
        HttpResponse response = exchange.response;
        if (response == null) {
            if (receiving == exchange && (exchange.upload == null || exchange.upload.isWanted())) {
                LoopShare.sendContinue(session(), exchange);
            }
            return false;
        }
        response = LargeBody.opened(exchange, CodedBody.opened(exchange, response));
        exchange.response = response;
        HttpProducer producer = response.producer;
        if (producer != null && !(producer instanceof FileProducer)) {
            stream(exchange, response, producer);
            return true;
        }
        boolean close = closesAfter(exchange, response) || receiving == exchange;
        unlink(exchange);
        if (producer instanceof FileProducer file) {
            sendFile(exchange, file.ready(exchange, response), close);
        } else {
            send(exchange, response, close);
            Progress.conclude(exchange, response);
        }
        return true;
    }

    /** While a body is written, the rest of the one that it answers may still come. */
    private void stream(Exchange exchange, HttpResponse response, HttpProducer producer) {
        boolean both = receiving == exchange && exchange.upload != null && !exchange.isHead();
        if (both) {
            LoopShare.sendContinue(session(), exchange);
        }
        begin(exchange, response, producer,
                closesAfter(exchange, response) || (receiving == exchange && !both));
    }

    /** Sends a response that is there in one piece. */
    private void send(Exchange exchange, HttpResponse response, boolean close) {
        if (close || exchange.isHead() || exchange.isOld()) {
            share().send(session(), response, exchange, close);
            if (close) {
                end();
            }
        } else {
            share().sendPlain(session(), response, exchange);
        }
    }

    /** Sends a response that is there in one piece, but maybe not in memory. */
    private void sendFile(Exchange exchange, HttpResponse response, boolean close) {
        HttpResponse answer = response;
        if (response.producer instanceof FileBody body) {
            try {
                share().sendFile(session(), response, body, exchange, close);
            } catch (RuntimeException e) {
                body.close();
                answer = Service.failed(exchange, e);
            }
        }
        if (answer.producer == null) {
            share().send(session(), answer, exchange, close);
        }
        Progress.conclude(exchange, answer);
        if (close) {
            end();
        }
    }

    private void begin(Exchange exchange, HttpResponse response, HttpProducer producer,
            boolean close) {
        boolean untilClose = response.streamLength == HttpResponse.UNKNOWN && exchange.isOld();
        boolean closes = close || (untilClose && !exchange.isHead());
        if (exchange.isHead()) {
            share().sendHead(session(), response, exchange, closes);
            remove(exchange, closes);
            return;
        }
        BodyStream out = new BodyStream(session(), this, response, exchange);
        out.closes = closes;
        if (!out.begin(producer, share(), response)) {
            exchange.response = Workers.busy().toResponse();
        }
    }

    /** Whether the connection ends behind a response. */
    private boolean closesAfter(Exchange exchange, HttpResponse response) {
        return !exchange.keepAlive || response.close
                || (exchange.next == null && (stopping || peerEnded));
    }

    /** The response of the first is complete, with its head apart from its body. */
    private void remove(Exchange exchange, boolean close) {
        unlink(exchange);
        Progress.conclude(exchange, exchange.response);
        if (close) {
            end();
        }
    }

    private void unlink(Exchange exchange) {
        exchange.unlinked = true;
        share().counts.ended();
        first = exchange.next;
        if (first == null) {
            last = null;
        }
        if (waiting == exchange) {
            waiting = exchange.next;
        }
        if (exchange.dispatched) {
            running--;
        }
        if (receiving == exchange) {
            receiving = null;
        }
        if (exchange.upload != null) {
            exchange.upload.abandon();
        }
    }

    private boolean callNext() {
        while (waiting != null && waiting.response != null) {
            waiting = waiting.next;
        }
        Exchange exchange = waiting;
        if (exchange == null || !exchange.complete || running >= service.options.inFlightMax()
                || session().isAboveMark()) {
            return false;
        }
        waiting = exchange.next;
        exchange.dispatched = true;
        running++;
        settle(exchange, service.call(exchange));
        return true;
    }

    /** Reads on or not, and ends the connection when there is nothing left to do. */
    private void adjust() {
        if (first == null && (peerEnded || idleEnds)) {
            end();
            return;
        }
        if (busy != running > 0) {
            busy = !busy;
            session().busy(busy);
        }
        boolean streams = receiving != null && receiving.upload != null;
        if (patient != streams) {
            patient = streams;
            session().patient(streams);
        }
        boolean hold = receiving == null
                ? waiting != null || running >= service.options.inFlightMax()
                : receiving.holdsBody();
        if (hold != paused) {
            paused = hold;
            if (hold) {
                session().pause();
            } else {
                session().resume();
            }
        }
    }

    /** Closes once everything is sent; requests that were not answered are forgotten. */
    private void end() {
        closing = true;
        dropAll();
        if (busy) {
            busy = false;
            session().busy(false); /* what is still sent has its time */
        }
        if (stopping) {
            session().closeForStop();
        } else {
            session().close();
        }
    }

    private void dropAll() {
        Exchange exchange = first;
        first = null;
        last = null;
        waiting = null;
        receiving = null;
        while (exchange != null) {
            share().counts.ended();
            exchange.abandon();
            /* Whoever works on a response may read on until it is done. */
            if (!exchange.dispatched || exchange.response != null) {
                exchange.release();
            }
            exchange = exchange.next;
        }
    }
}

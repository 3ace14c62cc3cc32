package io.gannet.http;

import io.gannet.NetException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A response that is not known yet: brings it to the loop, from whatever thread it comes. */
final class Promise
        implements BiConsumer<@Nullable HttpResponse, @Nullable Throwable>, Runnable {
    private final Connection connection;
    private final Exchange exchange;
    /** Both are written once, before the loop reads them. */
    private @Nullable HttpResponse answer;
    private @Nullable Throwable error;

    private Promise(Connection connection, Exchange exchange) {
        this.connection = connection;
        this.exchange = exchange;
    }

    /** Waits for a stage, whose answer may come before this returns. Loop thread. */
    static void await(Connection connection, Exchange exchange,
            CompletionStage<HttpResponse> stage) {
        stage.whenComplete(new Promise(connection, exchange));
    }

    /** It was kept, or not. Any thread. */
    @Override
    public void accept(@Nullable HttpResponse response, @Nullable Throwable failure) {
        answer = response;
        error = failure;
        if (connection.session().isOnLoop()) {
            run();
            return;
        }
        try {
            connection.session().execute(this);
        } catch (NetException e) {
            exchange.release(); /* the loop has ended */
        }
    }

    @Override
    public void run() {
        if (!Progress.isDecided(exchange)) {
            connection.answered(exchange, response());
        } else if (connection.closing) {
            exchange.release(); /* it comes too late, and may have failed only because of that */
        }
    }

    private HttpResponse response() {
        Throwable failure = error;
        if (failure != null) {
            Throwable cause = failure.getCause();
            return Service.failed(exchange,
                    failure instanceof CompletionException && cause != null ? cause : failure);
        }
        HttpResponse response = answer;
        return response != null
                ? response
                : Service.failed(exchange, new NullPointerException("the response is null"));
    }
}

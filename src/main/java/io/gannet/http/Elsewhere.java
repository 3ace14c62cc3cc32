package io.gannet.http;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Handlers whose work is not done on the loop. */
final class Elsewhere {
    private Elsewhere() {}

    static HttpHandler async(HttpAsyncHandler handler) {
        return new Async(Objects.requireNonNull(handler, "handler"));
    }

    static HttpHandler blocking(HttpHandler handler) {
        return handler instanceof HttpStreamHandler streams
                ? new BlockingStreams(streams)
                : new Blocking(Objects.requireNonNull(handler, "handler"));
    }

    private static HttpResponse onWorker(HttpHandler handler, HttpRequest request) {
        Exchange exchange = (Exchange) request;
        Callable<HttpResponse> call = new Callable<>() {
            @Override
            public HttpResponse call() throws Exception {
                return handler.handle(request);
            }
        };
        return exchange.connection().service().workers.call(exchange, call);
    }

    private static final class Async implements HttpHandler {
        private final HttpAsyncHandler handler;

        Async(HttpAsyncHandler handler) {
            this.handler = handler;
        }

        @Override
        public HttpResponse handle(HttpRequest request) throws Exception {
            CompletionStage<HttpResponse> stage =
                    Objects.requireNonNull(handler.handle(request), "the stage is null");
            if (stage instanceof CompletableFuture<HttpResponse> future && isPending(future)) {
                request.onDone(new Cancel(future));
            }
            return HttpResponse.later(stage);
        }

        /** Whether it can be cancelled: a minimal stage is a future by its class alone. */
        private static boolean isPending(CompletableFuture<?> future) {
            try {
                return !future.isDone();
            } catch (UnsupportedOperationException e) {
                return false;
            }
        }
    }

    /** Cancels what nobody waits for any more. */
    private static final class Cancel implements Consumer<HttpOutcome> {
        private final CompletableFuture<HttpResponse> future;

        Cancel(CompletableFuture<HttpResponse> future) {
            this.future = future;
        }

        @Override
        public void accept(HttpOutcome outcome) {
            if (!outcome.complete()) {
                future.cancel(true);
            }
        }
    }

    private static final class Blocking implements HttpHandler {
        private final HttpHandler handler;

        Blocking(HttpHandler handler) {
            this.handler = handler;
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            return onWorker(handler, request);
        }
    }

    private static final class BlockingStreams implements HttpStreamHandler {
        private final HttpStreamHandler handler;

        BlockingStreams(HttpStreamHandler handler) {
            this.handler = handler;
        }

        @Override
        public boolean streams(HttpRequest head) {
            return handler.streams(head);
        }

        @Override
        public HttpResponse handle(HttpRequest request) {
            return onWorker(handler, request);
        }
    }
}

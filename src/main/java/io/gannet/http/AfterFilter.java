package io.gannet.http;

import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/** A filter that changes responses as soon as they are known. */
final class AfterFilter implements HttpFilter {
    private final After action;

    AfterFilter(After action) {
        this.action = action;
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        HttpResponse response = next.handle(request);
        if (response.stage == null) {
            return action.after(request, response);
        }
        return response.map(new UnaryOperator<>() {
            @Override
            public HttpResponse apply(HttpResponse known) {
                try {
                    return Objects.requireNonNull(action.after(request, known),
                            "the response is null");
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new CompletionException(e); /* taken off where it is handled */
                }
            }
        });
    }
}

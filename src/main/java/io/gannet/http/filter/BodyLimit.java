package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.util.Optional;

/**
 * Lets fewer bytes through to some routes than the options allow to all: 413 for a body that is
 * longer, or says that it will be. One that is taken in pieces and becomes longer on its way is cut
 * off there; what its receiver hears is a failure. One that is not streamed is refused before it is
 * sent if it says that it will be longer; otherwise a filter is called when it has arrived, so that
 * what the server keeps at most is said by {@link io.gannet.http.HttpOptions.Builder#bodyMax}.
 */
public final class BodyLimit implements HttpFilter {
    private final long bytes;

    private BodyLimit(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Sets a limit.
     *
     * @param bytes the most that a body may have, 0 for none at all
     * @return the filter
     */
    public static BodyLimit of(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is negative: " + bytes);
        }
        return new BodyLimit(bytes);
    }

    @Override
    public Optional<HttpResponse> admit(HttpRequest head) {
        head.bodyMax(bytes);
        return Optional.empty();
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        request.bodyMax(bytes);
        return next.handle(request);
    }
}

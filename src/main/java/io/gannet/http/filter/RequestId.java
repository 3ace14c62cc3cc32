package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Gives every request an id, which handlers and the {@link AccessLog} can name, and which the
 * response tells as {@code X-Request-Id}. An id is no secret, and can be guessed.
 */
public final class RequestId implements HttpFilter {
    private static final String HEADER = "X-Request-Id";
    private static final String ATTRIBUTE = "io.gannet.http.filter.RequestId";
    private static final int LENGTH_MAX = 128;
    private static final String MARKS = "-_.:=+/@";

    private final Predicate<? super HttpRequest> trusted;

    private RequestId(Predicate<? super HttpRequest> trusted) {
        this.trusted = Objects.requireNonNull(trusted, "trusted");
    }

    /**
     * Makes an id for every request, whatever the client says.
     *
     * @return the filter
     */
    public static RequestId create() {
        return new RequestId(request -> false);
    }

    /**
     * Takes the id from X-Request-Id when the client is trusted and it is one: up to 128 letters,
     * digits and marks as in {@code a-Z_0.9:=+/@}. Otherwise makes one.
     *
     * @param trusted whom to believe, as the proxy in front; must not block
     * @return the filter
     */
    public static RequestId trusting(Predicate<? super HttpRequest> trusted) {
        return new RequestId(trusted);
    }

    /**
     * The id of a request.
     *
     * @param request any
     * @return the id, or nothing when the request did not pass this filter
     */
    public static Optional<String> of(HttpRequest request) {
        return request.attribute(ATTRIBUTE);
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        List<String> given = request.headers().all(HEADER);
        String id = given.size() == 1 && isId(given.get(0)) && trusted.test(request)
                ? given.get(0)
                : make();
        request.attribute(ATTRIBUTE, id);
        return next.handle(request).map(response -> response.withHeader(HEADER, id));
    }

    private static boolean isId(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && (c < '0' || c > '9') && MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= LENGTH_MAX;
    }

    /** Random, in 32 hexadecimal digits. */
    private static String make() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        char[] digits = new char[32];
        for (int half = 0; half < 2; half++) {
            long bits = random.nextLong();
            for (int i = 0; i < 16; i++) {
                digits[16 * half + i] = Character.forDigit((int) (bits >>> (4 * i)) & 15, 16);
            }
        }
        return new String(digits);
    }
}

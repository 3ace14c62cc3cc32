package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Lets pages of other origins read the responses (CORS, in the Fetch standard), as far as it is
 * told to.
 *
 * <p>A preflight is answered by the filter: 204, or 403 to an origin that may not. Other requests
 * go on whatever their origin is; the browser keeps the response from a page that may not read it.
 * That protects nobody from being written to: where cookies or the network say who somebody is, a
 * handler that changes something has to look at the Origin itself.
 */
public final class Cors implements HttpFilter {
    private static final String ORIGIN = "Origin";
    private static final String REQUEST_METHOD = "Access-Control-Request-Method";
    private static final String REQUEST_HEADERS = "Access-Control-Request-Headers";
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
    private static final String CREDENTIALS = "Access-Control-Allow-Credentials";

    private final boolean any;
    private final Predicate<? super String> allowed;
    private final String methods;
    /** As it is sent, "*" for those that are asked for. */
    private final String headers;
    private final String exposed;
    private final boolean credentials;
    private final String maxAge;

    private Cors(Builder from) {
        this.any = from.any;
        this.allowed = from.allowed;
        this.methods = String.join(", ", from.methods);
        this.headers = String.join(", ", from.headers);
        this.exposed = String.join(", ", from.exposed);
        this.credentials = from.credentials;
        this.maxAge = Long.toString(from.maxAge.toSeconds());
        for (String value : List.of(methods, headers, exposed)) {
            if (!value.isEmpty()) {
                HttpResponse.status(204).addHeader(ORIGIN, value); /* throws now and not later */
            }
        }
    }

    /**
     * Lets any page read what needs no credentials.
     *
     * @return the filter
     */
    public static Cors any() {
        return builder().anyOrigin().build();
    }

    /**
     * Lets pages of some origins read what needs no credentials.
     *
     * @param origins as {@code https://example.org}
     * @return the filter
     * @throws IllegalArgumentException when one is no origin
     */
    public static Cors origins(String... origins) {
        return builder().origins(origins).build();
    }

    /**
     * Starts from no origin, the methods GET, HEAD and POST, and no header of its own.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        List<String> origins = request.headers().all(ORIGIN);
        String origin = origins.size() == 1 ? origins.get(0) : "";
        boolean may = !origin.isEmpty() && (any || allowed.test(origin));
        if (!origins.isEmpty() && request.method().equals("OPTIONS")
                && request.headers().contains(REQUEST_METHOD)) {
            return preflight(request, origin, may);
        }
        return next.handle(request).map(response -> allow(response, origin, may));
    }

    private HttpResponse preflight(HttpRequest request, String origin, boolean may) {
        if (!may) {
            return varying(HttpResponse.text("403 Forbidden: not from this origin\n")
                    .withStatus(403));
        }
        HttpResponse response = allow(HttpResponse.status(204), origin, true)
                .withoutHeader("Access-Control-Expose-Headers")
                .addHeader("Access-Control-Allow-Methods", methods);
        if (headers.equals("*")) {
            String asked = request.headers().all(REQUEST_HEADERS).stream()
                    .filter(each -> !each.isEmpty())
                    .collect(Collectors.joining(", "));
            response = Headers.vary(response, REQUEST_HEADERS);
            if (!asked.isEmpty()) {
                response = response.addHeader("Access-Control-Allow-Headers", asked);
            }
        } else if (!headers.isEmpty()) {
            response = response.addHeader("Access-Control-Allow-Headers", headers);
        }
        return response.addHeader("Access-Control-Max-Age", maxAge);
    }

    private HttpResponse allow(HttpResponse response, String origin, boolean may) {
        HttpResponse changed = varying(response);
        if (!may) {
            return changed.withoutHeader(ALLOW_ORIGIN).withoutHeader(CREDENTIALS);
        }
        changed = changed.withHeader(ALLOW_ORIGIN, any ? "*" : origin);
        if (credentials) {
            changed = changed.withHeader(CREDENTIALS, "true");
        }
        return exposed.isEmpty()
                ? changed
                : changed.withHeader("Access-Control-Expose-Headers", exposed);
    }

    /** What is the same for all origins may be cached for all, and the rest must not be. */
    private HttpResponse varying(HttpResponse response) {
        return any ? response : Headers.vary(response, ORIGIN);
    }

    /** Collects what pages may do. Not thread safe. */
    public static final class Builder {
        private boolean any;
        private Predicate<? super String> allowed = origin -> false;
        private List<String> methods = List.of("GET", "HEAD", "POST");
        private List<String> headers = List.of();
        private List<String> exposed = List.of();
        private boolean credentials;
        private Duration maxAge = Duration.ofMinutes(10);

        private Builder() {}

        /**
         * Pages of any origin may read, without credentials.
         *
         * @return this
         */
        public Builder anyOrigin() {
            any = true;
            return this;
        }

        /**
         * Pages of these origins may read.
         *
         * @param values as {@code https://example.org} or {@code http://localhost:8080}; compared
         *     as they are
         * @return this
         * @throws IllegalArgumentException when one is no origin
         */
        public Builder origins(String... values) {
            for (String value : values) {
                checkOrigin(value);
            }
            return origins(Set.of(values)::contains);
        }

        /**
         * Pages of origins that pass a test may read.
         *
         * @param test gets the Origin as it was sent, which may be {@code null} in four letters;
         *     must not block. A test for the end of a name has to look for the dot before it
         * @return this
         */
        public Builder origins(Predicate<? super String> test) {
            any = false;
            allowed = Objects.requireNonNull(test, "test");
            return this;
        }

        /**
         * Which methods pages may use. Default GET, HEAD and POST.
         *
         * @param values as {@code PUT}
         * @return this
         */
        public Builder methods(String... values) {
            methods = List.of(values);
            return this;
        }

        /**
         * Which request headers pages may set, besides those that all may. Default none.
         *
         * @param values as {@code Content-Type}, or {@code *} alone for any
         * @return this
         */
        public Builder headers(String... values) {
            headers = List.of(values);
            return this;
        }

        /**
         * Which response headers pages may read, besides those that all may. Default none.
         *
         * @param values as {@code X-Request-Id}
         * @return this
         */
        public Builder exposed(String... values) {
            exposed = List.of(values);
            return this;
        }

        /**
         * Whether pages may send cookies and other credentials, and read what comes of it. Default
         * false.
         *
         * @param value true only with origins that are named
         * @return this
         */
        public Builder credentials(boolean value) {
            credentials = value;
            return this;
        }

        /**
         * How long browsers may remember the answer to a preflight. Default ten minutes.
         *
         * @param value in seconds, zero for no time
         * @return this
         */
        public Builder maxAge(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("maxAge is negative: " + value);
            }
            maxAge = value;
            return this;
        }

        /**
         * Makes the filter.
         *
         * @return the filter
         * @throws IllegalArgumentException when credentials are combined with any origin or with
         *     {@code *}, or a name cannot stand in a header
         */
        public Cors build() {
            if (credentials && any) {
                throw new IllegalArgumentException("credentials need origins that are named");
            }
            for (List<String> names : List.of(methods, headers, exposed)) {
                if (names.contains("*") && (names.size() > 1 || credentials)) {
                    throw new IllegalArgumentException("* stands alone and without credentials");
                }
            }
            return new Cors(this);
        }

        private static void checkOrigin(String value) {
            try {
                URI uri = new URI(value);
                String plain = uri.getScheme() + "://" + uri.getHost()
                        + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
                if (plain.equals(value) && value.equals(value.toLowerCase(Locale.ROOT))) {
                    return;
                }
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("no origin: " + value, e);
            }
            throw new IllegalArgumentException(
                    "an origin is a scheme, a host in lower case and maybe a port, not " + value);
        }
    }
}

package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Adds headers that tell browsers to be careful, wherever the handler does not say otherwise:
 * {@code X-Content-Type-Options: nosniff}, {@code X-Frame-Options: DENY} and {@code
 * Referrer-Policy: strict-origin-when-cross-origin}; to requests that came by https,
 * Strict-Transport-Security for a year. A Content-Security-Policy is added when one is given: no
 * default fits every page.
 */
public final class SecurityHeaders implements HttpFilter {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final String HSTS = "Strict-Transport-Security";

    /** Names and values by turns. */
    private final List<String> headers;
    /** Empty for none. */
    private final String transport;

    private SecurityHeaders(Builder from) {
        List<String> lines = new ArrayList<>();
        lines.addAll(List.of("X-Content-Type-Options", "nosniff"));
        add(lines, "X-Frame-Options", from.frameOptions);
        add(lines, "Referrer-Policy", from.referrerPolicy);
        add(lines, "Content-Security-Policy", from.contentPolicy);
        this.headers = List.copyOf(lines);
        this.transport = from.transportAge.isZero()
                ? ""
                : "max-age=" + from.transportAge.toSeconds()
                        + (from.transportSubdomains ? "; includeSubDomains" : "");
    }

    private static void add(List<String> lines, String name, String value) {
        if (!value.isEmpty()) {
            HttpResponse.status(204).addHeader(name, value); /* throws now and not later */
            lines.add(name);
            lines.add(value);
        }
    }

    /**
     * With the defaults.
     *
     * @return the filter
     */
    public static SecurityHeaders create() {
        return builder().build();
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        boolean secure = !transport.isEmpty() && request.scheme().equals("https");
        return next.handle(request).map(response -> protect(response, secure));
    }

    private HttpResponse protect(HttpResponse response, boolean secure) {
        HttpResponse changed = response;
        for (int i = 0; i < headers.size(); i += 2) {
            changed = add(changed, headers.get(i), headers.get(i + 1));
        }
        return secure ? add(changed, HSTS, transport) : changed;
    }

    private static HttpResponse add(HttpResponse response, String name, String value) {
        return response.headers(name).isEmpty() ? response.addHeader(name, value) : response;
    }

    /** Collects what a filter should add. Not thread safe. */
    public static final class Builder {
        private String frameOptions = "DENY";
        private String referrerPolicy = "strict-origin-when-cross-origin";
        private String contentPolicy = "";
        private Duration transportAge = YEAR;
        private boolean transportSubdomains;

        private Builder() {}

        /**
         * Who may show the pages in a frame, as X-Frame-Options says it. Default {@code DENY}.
         *
         * @param value {@code DENY}, {@code SAMEORIGIN}, or empty for none
         * @return this
         */
        public Builder frameOptions(String value) {
            frameOptions = Objects.requireNonNull(value, "frameOptions");
            return this;
        }

        /**
         * What other sites learn of where a visitor came from. Default {@code
         * strict-origin-when-cross-origin}.
         *
         * @param value a Referrer-Policy, or empty for none
         * @return this
         */
        public Builder referrerPolicy(String value) {
            referrerPolicy = Objects.requireNonNull(value, "referrerPolicy");
            return this;
        }

        /**
         * What the pages may load and do. Default none.
         *
         * @param value a Content-Security-Policy, as {@code default-src 'self'}, or empty for none
         * @return this
         */
        public Builder contentPolicy(String value) {
            contentPolicy = Objects.requireNonNull(value, "contentPolicy");
            return this;
        }

        /**
         * For how long browsers come by https only; sent to those that did. Default a year, without
         * subdomains.
         *
         * @param age in seconds, zero not to say so
         * @param subdomains true for all below this name too
         * @return this
         */
        public Builder transportSecurity(Duration age, boolean subdomains) {
            if (age.isNegative()) {
                throw new IllegalArgumentException("age is negative: " + age);
            }
            transportAge = age;
            transportSubdomains = subdomains;
            return this;
        }

        /**
         * Makes the filter.
         *
         * @return the filter
         * @throws IllegalArgumentException when a value cannot stand in a header
         */
        public SecurityHeaders build() {
            return new SecurityHeaders(this);
        }
    }
}

package io.gannet.http;

import io.gannet.internal.web.CookieText;
import io.gannet.internal.web.TokenText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/**
 * A cookie to set, RFC 6265 and its successor. Immutable; made by {@link #of} or {@link #builder},
 * where every attribute is described.
 *
 * @param name see {@link #builder}
 * @param value see {@link #builder}
 * @param path see {@link Builder#path}
 * @param domain see {@link Builder#domain}
 * @param maxAge see {@link Builder#maxAge}
 * @param expires see {@link Builder#expires}
 * @param secure see {@link Builder#secure}
 * @param httpOnly see {@link Builder#httpOnly}
 * @param sameSite see {@link Builder#sameSite}
 * @param partitioned see {@link Builder#partitioned}
 */
public record HttpCookie(
        String name,
        String value,
        String path,
        String domain,
        Duration maxAge,
        Instant expires,
        boolean secure,
        boolean httpOnly,
        SameSite sameSite,
        boolean partitioned) {

    /** Browsers drop cookies whose name and value are longer than this together. */
    private static final int TEXT_MAX = 4096;

    /** Browsers drop attributes that are longer than this. */
    private static final int ATTRIBUTE_MAX = 1024;

    private static final Instant EXPIRES_LEAST = Instant.parse("1601-01-01T00:00:00Z");
    private static final Instant EXPIRES_MOST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    /** Whether a cookie is sent with requests that another site caused. */
    public enum SameSite {
        /** Nothing is said, and the browser decides: mostly as {@link #LAX}. */
        UNSAID,
        /** Never. */
        STRICT,
        /** Only when a link to this site is followed. */
        LAX,
        /** Always; must be secure. */
        NONE
    }

    /**
     * Checks every part; {@link IllegalArgumentException} says which one is wrong.
     *
     * @param name see {@link #builder}
     * @param value see {@link #builder}
     * @param path see {@link Builder#path}
     * @param domain see {@link Builder#domain}
     * @param maxAge see {@link Builder#maxAge}
     * @param expires see {@link Builder#expires}
     * @param secure see {@link Builder#secure}
     * @param httpOnly see {@link Builder#httpOnly}
     * @param sameSite see {@link Builder#sameSite}
     * @param partitioned see {@link Builder#partitioned}
     */
    public HttpCookie {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        check(TokenText.isToken(name), "the name of a cookie must be a token");
        check(CookieText.isValue(value), "the value of a cookie must be ASCII without white space, "
                + "commas, semicolons, backslashes and quotes inside");
        check(name.length() + value.length() <= TEXT_MAX,
                "a cookie has at most " + TEXT_MAX + " bytes in its name and value");
        check(path.isEmpty() || CookieText.isPath(path),
                "the path of a cookie must begin with a slash and be ASCII without semicolons");
        check(domain.isEmpty() || CookieText.isDomain(domain),
                "the domain of a cookie must be a host name");
        check(path.length() <= ATTRIBUTE_MAX, "the path of a cookie is too long");
        Objects.requireNonNull(maxAge, "maxAge");
        check(expires.equals(Instant.MAX)
                || (!expires.isBefore(EXPIRES_LEAST) && !expires.isAfter(EXPIRES_MOST)),
                "a cookie must expire between the years 1601 and 9999");
        check(secure || sameSite != SameSite.NONE, "a cookie with SameSite=None must be secure");
        check(secure || !partitioned, "a partitioned cookie must be secure");
        String lower = name.toLowerCase(Locale.ROOT);
        check(secure || !lower.startsWith("__secure-"), "a cookie named __Secure- must be secure");
        check(!lower.startsWith("__host-") || (secure && domain.isEmpty() && path.equals("/")),
                "a cookie named __Host- must be secure, with the path / and without a domain");
    }

    private static void check(boolean ok, String otherwise) {
        if (!ok) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /**
     * A cookie for this host, all its paths, and its server alone: {@code Path=/}, {@code HttpOnly}
     * and {@code SameSite=Lax}. It ends with the browser's session, and {@link
     * HttpResponse#withoutCookie} ends it before. It is secure only if its name says so, with
     * {@code __Host-} or {@code __Secure-} in front, since a server does not know whether a proxy
     * speaks HTTPS for it: where one does, say {@link Builder#secure} too. {@link #builder} sets
     * none of this by itself.
     *
     * @param name a token
     * @param value ASCII without white space, commas, semicolons, backslashes and quotes inside
     * @return the cookie
     */
    public static HttpCookie of(String name, String value) {
        boolean secure = name.regionMatches(true, 0, "__Host-", 0, 7)
                || name.regionMatches(true, 0, "__Secure-", 0, 9);
        return builder(name, value).path("/").secure(secure).httpOnly(true).sameSite(SameSite.LAX)
                .build();
    }

    /**
     * Starts from a cookie without attributes.
     *
     * @param name a token; one that begins with {@code __Host-} or {@code __Secure-} must keep what
     *     browsers know these names for
     * @param value ASCII without white space, commas, semicolons, backslashes and quotes inside
     * @return a new builder
     */
    public static Builder builder(String name, String value) {
        return new Builder(name, value);
    }

    /**
     * Starts from this cookie.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * What makes a browser forget this cookie: the same name, path and domain, but in the past.
     *
     * @return the cookie to send
     */
    public HttpCookie expired() {
        return new Builder(this).value("").maxAge(Duration.ZERO).expires(Instant.EPOCH).build();
    }

    /**
     * The cookie as Set-Cookie says it.
     *
     * @return the header value
     */
    public String toHeader() {
        StringBuilder text = new StringBuilder(64).append(name).append('=').append(value);
        if (!path.isEmpty()) {
            text.append("; Path=").append(path);
        }
        if (!domain.isEmpty()) {
            text.append("; Domain=").append(domain);
        }
        if (!maxAge.isNegative()) {
            text.append("; Max-Age=").append(maxAge.toSeconds());
        }
        if (!expires.equals(Instant.MAX)) {
            byte[] date = new byte[HttpDate.LENGTH];
            HttpDate.write(expires.getEpochSecond(), date);
            text.append("; Expires=").append(new String(date, StandardCharsets.US_ASCII));
        }
        text.append(secure ? "; Secure" : "").append(httpOnly ? "; HttpOnly" : "");
        text.append(switch (sameSite) {
            case UNSAID -> "";
            case STRICT -> "; SameSite=Strict";
            case LAX -> "; SameSite=Lax";
            case NONE -> "; SameSite=None";
        });
        return text.append(partitioned ? "; Partitioned" : "").toString();
    }

    /** Values are often secrets: says the name only. */
    @Override
    public String toString() {
        return "HttpCookie[" + name + "]";
    }

    /** Collects a cookie. Not thread safe. */
    public static final class Builder {
        private final String name;
        private String value;
        private String path = "";
        private String domain = "";
        private Duration maxAge = Duration.ofSeconds(-1);
        private Instant expires = Instant.MAX;
        private boolean secure;
        private boolean httpOnly;
        private SameSite sameSite = SameSite.UNSAID;
        private boolean partitioned;

        Builder(String name, String value) {
            this.name = name;
            this.value = value;
        }

        Builder(HttpCookie from) {
            name = from.name;
            value = from.value;
            path = from.path;
            domain = from.domain;
            maxAge = from.maxAge;
            expires = from.expires;
            secure = from.secure;
            httpOnly = from.httpOnly;
            sameSite = from.sameSite;
            partitioned = from.partitioned;
        }

        private Builder value(String text) {
            value = text;
            return this;
        }

        /**
         * The path under which the cookie is sent back. Default: the directory of the request.
         *
         * @param text begins with a slash; empty for the default
         * @return this
         */
        public Builder path(String text) {
            path = text;
            return this;
        }

        /**
         * The domain to which, and to all hosts in it, the cookie is sent back. Default: this host
         * alone.
         *
         * @param text a host name; empty for the default
         * @return this
         */
        public Builder domain(String text) {
            domain = text;
            return this;
        }

        /**
         * How long the cookie lives; counts before {@link #expires}. Default: not said.
         *
         * @param time in whole seconds, zero to forget it at once; negative for the default
         * @return this
         */
        public Builder maxAge(Duration time) {
            maxAge = time;
            return this;
        }

        /**
         * Until when the cookie lives. Default: not said.
         *
         * @param time in whole seconds; {@link Instant#MAX} for the default
         * @return this
         */
        public Builder expires(Instant time) {
            expires = time;
            return this;
        }

        /**
         * Whether the cookie is sent back over secure connections only. Default: no.
         *
         * @param yes to say so
         * @return this
         */
        public Builder secure(boolean yes) {
            secure = yes;
            return this;
        }

        /**
         * Whether the cookie is hidden from scripts. Default: no.
         *
         * @param yes to say so
         * @return this
         */
        public Builder httpOnly(boolean yes) {
            httpOnly = yes;
            return this;
        }

        /**
         * Whether the cookie is sent with requests that another site caused. Default: not said.
         *
         * @param when never, with links, or always
         * @return this
         */
        public Builder sameSite(SameSite when) {
            sameSite = when;
            return this;
        }

        /**
         * Whether the cookie is kept apart for each site that embeds this one. Default: no.
         *
         * @param yes to say so; must be secure then
         * @return this
         */
        public Builder partitioned(boolean yes) {
            partitioned = yes;
            return this;
        }

        /**
         * Checks the cookie and makes it final.
         *
         * @return the cookie
         * @throws IllegalArgumentException when a part is malformed, or does not go with another
         */
        public HttpCookie build() {
            return new HttpCookie(name, value, path, domain, maxAge, expires, secure, httpOnly,
                    sameSite, partitioned);
        }
    }
}

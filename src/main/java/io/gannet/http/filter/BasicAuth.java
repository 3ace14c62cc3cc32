package io.gannet.http.filter;

import io.gannet.http.HttpFilter;
import io.gannet.http.HttpHandler;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Asks for a user name and a password (RFC 7617, in UTF-8), and lets nobody in without: 401, around
 * routes before a long body is sent. They cross the network as they are, so that this needs https
 * in front.
 *
 * <p>The checker runs where the filter does, usually on the loop, and must not block; one that
 * computes a slow hash or asks a database does. Who needs such a one keeps what it found out for a
 * while, or lets the whole route run elsewhere: {@code blocking(request -> auth.filter(request,
 * handler))}.
 */
public final class BasicAuth implements HttpFilter {
    private static final String ATTRIBUTE = "io.gannet.http.filter.BasicAuth";
    private static final String SCHEME = "basic ";

    private final BiPredicate<? super String, ? super String> checker;
    private final HttpResponse refusal;

    private BasicAuth(String realm, BiPredicate<? super String, ? super String> checker) {
        this.checker = Objects.requireNonNull(checker, "checker");
        String text = "401 Unauthorized: a user name and a password are needed\n";
        this.refusal = HttpResponse.text(text)
                .withStatus(401)
                .withHeader("WWW-Authenticate",
                        "Basic realm=" + quoted(realm) + ", charset=\"UTF-8\"");
    }

    /**
     * Asks a checker.
     *
     * @param realm what the password is for, shown to users; printable ASCII
     * @param checker gets a user name and a password, and says whether they are right; see {@link
     *     #same}. Asked twice of a request with a long body, at its head and when that has come.
     *     Must not block; what it throws is answered by the error handlers
     * @return the filter
     * @throws IllegalArgumentException when the realm is not printable ASCII
     */
    public static BasicAuth of(String realm,
            BiPredicate<? super String, ? super String> checker) {
        return new BasicAuth(realm, checker);
    }

    /**
     * Knows the users.
     *
     * @param realm what the password is for, shown to users; printable ASCII
     * @param passwords of each user name; copied
     * @return the filter
     * @throws IllegalArgumentException when the realm is not printable ASCII
     */
    public static BasicAuth of(String realm, Map<String, String> passwords) {
        Map<String, String> known = Map.copyOf(passwords);
        return new BasicAuth(realm, (user, password) -> {
            String right = known.get(user);
            /* It takes as long when there is no such user. */
            boolean same = same(password, right == null ? user : right);
            return same && right != null;
        });
    }

    /**
     * Compares two secrets in a time that says nothing of where they differ.
     *
     * @param given by somebody
     * @param right what it should be
     * @return true if they are the same
     */
    public static boolean same(String given, String right) {
        return MessageDigest.isEqual(digest(given), digest(right));
    }

    /** Of one length for all texts, so that the time does not tell that either. */
    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /**
     * The user who sent a request.
     *
     * @param request any
     * @return the name, or nothing when the request did not pass this filter
     */
    public static Optional<String> user(HttpRequest request) {
        return request.attribute(ATTRIBUTE);
    }

    @Override
    public Optional<HttpResponse> admit(HttpRequest head) {
        return known(head).isEmpty() ? Optional.of(refusal) : Optional.empty();
    }

    @Override
    public HttpResponse filter(HttpRequest request, HttpHandler next) throws Exception {
        Optional<String> user = known(request);
        if (user.isEmpty()) {
            return refusal;
        }
        request.attribute(ATTRIBUTE, user.get());
        return next.handle(request);
    }

    private Optional<String> known(HttpRequest request) {
        String pair = credentials(request.headers().all("Authorization"));
        int colon = pair.indexOf(':');
        return colon >= 0 && checker.test(pair.substring(0, colon), pair.substring(colon + 1))
                ? Optional.of(pair.substring(0, colon))
                : Optional.empty();
    }

    /** Name, colon and password; empty when there is no such thing, or more than one. */
    private static String credentials(List<String> values) {
        String value = values.size() == 1 ? values.get(0) : "";
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return "";
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(value.substring(SCHEME.length()).strip());
            String pair = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes))
                    .toString();
            return pair.chars().anyMatch(Character::isISOControl) ? "" : pair;
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return "";
        }
    }

    private static String quoted(String realm) {
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < realm.length(); i++) {
            char c = realm.charAt(i);
            if (c < ' ' || c > '~') {
                throw new IllegalArgumentException("the realm must be printable ASCII");
            }
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        return text.append('"').toString();
    }
}

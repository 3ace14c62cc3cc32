package io.gannet.internal.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A media type as in Content-Type, RFC 9110 §8.3.1. Immutable. */
public final class MediaType {
    /** More parameters than this are no media type. */
    private static final int PARAMETERS_MAX = 32;

    private final String name;
    private final List<String> parameters;

    private MediaType(String name, List<String> parameters) {
        this.name = name;
        this.parameters = parameters;
    }

    /**
     * Reads a header value.
     *
     * @param text the value, without white space around it
     * @return what it says, or nothing when it is malformed
     */
    public static Optional<MediaType> parse(String text) {
        int end = text.indexOf(';');
        String name = (end < 0 ? text : text.substring(0, end)).strip();
        int slash = name.indexOf('/');
        if (slash < 0 || !TokenText.isToken(name.substring(0, slash))
                || !TokenText.isToken(name.substring(slash + 1))) {
            return Optional.empty();
        }
        HeaderText rest = new HeaderText(text, end < 0 ? text.length() : end);
        List<String> parameters = new ArrayList<>(2);
        while (rest.skip(';')) {
            if (rest.isAtEnd() || rest.isAt(';')) {
                continue;
            }
            String key = rest.token();
            String value = !key.isEmpty() && rest.take('=') ? rest.tokenOrQuoted() : "";
            if (!rest.isGood() || parameters.size() >= 2 * PARAMETERS_MAX) {
                return Optional.empty();
            }
            parameters.add(key.toLowerCase(Locale.ROOT));
            parameters.add(value);
        }
        return rest.isGood() && rest.isAtEnd()
                ? Optional.of(new MediaType(name.toLowerCase(Locale.ROOT), parameters))
                : Optional.empty();
    }

    /**
     * Type and subtype.
     *
     * @return in lower case, as {@code text/html}
     */
    public String name() {
        return name;
    }

    /**
     * The value of a parameter.
     *
     * @param key in lower case
     * @return the first, without quotes, or nothing
     */
    public Optional<String> parameter(String key) {
        for (int i = 0; i < parameters.size(); i += 2) {
            if (parameters.get(i).equals(key)) {
                return Optional.of(parameters.get(i + 1));
            }
        }
        return Optional.empty();
    }
}

package io.gannet.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Names and values in the order they came, as those of a query, a form or cookies. A name may have
 * several values; names distinguish upper and lower case. Immutable, and may be kept.
 */
public final class HttpParams {
    static final HttpParams NONE = new HttpParams(new String[0]);

    private final String[] pairs;

    /** Takes names and values by turns. */
    HttpParams(String[] pairs) {
        this.pairs = pairs;
    }

    /**
     * How many values there are.
     *
     * @return the count, repeated names included
     */
    public int size() {
        return pairs.length / 2;
    }

    /**
     * The first value for a name.
     *
     * @param name what to look for
     * @return the value, which may be empty, or nothing
     */
    public Optional<String> first(String name) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equals(name)) {
                return Optional.of(pairs[i + 1]);
            }
        }
        return Optional.empty();
    }

    /**
     * All values for a name.
     *
     * @param name what to look for
     * @return the values in order, empty when there is none
     */
    public List<String> all(String name) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i].equals(name)) {
                values.add(pairs[i + 1]);
            }
        }
        return values;
    }

    /**
     * Tells whether there is a value for a name.
     *
     * @param name what to look for
     * @return true if there is, also an empty one
     */
    public boolean contains(String name) {
        return first(name).isPresent();
    }

    /**
     * The names.
     *
     * @return each one once, in the order of their first values
     */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < pairs.length; i += 2) {
            names.add(pairs[i]);
        }
        return names;
    }

    @Override
    public String toString() {
        return "HttpParams" + names();
    }
}

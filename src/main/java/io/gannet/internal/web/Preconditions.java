package io.gannet.internal.web;

import java.util.List;

/** Conditions of a request on what it asks for, in the order of RFC 9110 §13.2.2. */
public final class Preconditions {
    /** They hold. */
    public static final int PASS = 0;

    private Preconditions() {}

    /**
     * Looks at all conditions but If-Range, for GET and HEAD.
     *
     * @param headers of the request
     * @param tag of the present version
     * @param modified when that was changed, in seconds since 1970, or {@link HttpDates#NONE}
     * @param now in seconds since 1970
     * @return {@link #PASS}, 304 or 412
     */
    public static int check(HeaderValues headers, String tag, long modified, long now) {
        List<String> match = headers.all("If-Match");
        if (!match.isEmpty()) {
            if (!EntityTags.matchStrong(match, tag)) {
                return 412;
            }
        } else {
            long unmodified = date(headers.all("If-Unmodified-Since"), now);
            if (unmodified != HttpDates.NONE && modified > unmodified) {
                return 412;
            }
        }
        List<String> noneMatch = headers.all("If-None-Match");
        if (!noneMatch.isEmpty()) {
            return EntityTags.matchWeak(noneMatch, tag) ? 304 : PASS;
        }
        long since = date(headers.all("If-Modified-Since"), now);
        boolean dated = since != HttpDates.NONE && modified != HttpDates.NONE;
        return dated && modified <= since ? 304 : PASS;
    }

    /**
     * Looks at If-Range, §13.1.5.
     *
     * @param values of all its lines
     * @param tag of the present version
     * @param modified when that was changed, in seconds since 1970, or {@link HttpDates#NONE}
     * @param now in seconds since 1970
     * @return false to answer with the whole
     */
    public static boolean allowsRange(List<String> values, String tag, long modified, long now) {
        if (values.isEmpty()) {
            return true;
        }
        String value = values.get(0);
        if (values.size() > 1) {
            return false;
        }
        if (value.startsWith("\"") || EntityTags.isWeak(value)) {
            return !EntityTags.isWeak(tag) && value.equals(tag);
        }
        /* Within its second a file may change again: a date proves nothing before that is over. */
        return modified != HttpDates.NONE && modified < now && date(values, now) == modified;
    }

    private static long date(List<String> values, long now) {
        return values.size() == 1 ? HttpDates.parse(values.get(0), now) : HttpDates.NONE;
    }
}

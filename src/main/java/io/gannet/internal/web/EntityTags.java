package io.gannet.internal.web;

import java.util.List;

/** Comparison of entity tags, RFC 9110 §8.8.3 and §13.1. */
public final class EntityTags {
    private EntityTags() {}

    /**
     * Tells whether a header names a tag by the weak comparison, as If-None-Match does.
     *
     * @param values of all its lines
     * @param tag the present one, as {@code "a"} or {@code W/"a"}
     * @return true if it does, or is {@code *}; false from where it is malformed
     */
    public static boolean matchWeak(List<String> values, String tag) {
        return match(values, tag, true);
    }

    /**
     * Tells whether a header names a tag by the strong comparison, as If-Match does.
     *
     * @param values of all its lines
     * @param tag the present one
     * @return true if it does and neither is weak, or if it is {@code *}
     */
    public static boolean matchStrong(List<String> values, String tag) {
        return match(values, tag, false);
    }

    private static boolean match(List<String> values, String tag, boolean weak) {
        if (values.size() == 1 && values.get(0).equals("*")) {
            return true;
        }
        for (String value : values) {
            int found = find(value, tag, weak);
            if (found != MORE) {
                return found == FOUND;
            }
        }
        return false;
    }

    private static final int MORE = 0;
    private static final int FOUND = 1;
    private static final int BAD = 2;

    private static int find(String list, String tag, boolean weak) {
        int at = skip(list, 0);
        while (at < list.length()) {
            int end = end(list, at);
            if (end < 0) {
                return BAD;
            }
            if (same(list.substring(at, end), tag, weak)) {
                return FOUND;
            }
            int next = skip(list, end);
            if (next < list.length() && list.substring(end, next).indexOf(',') < 0) {
                return BAD;
            }
            at = next;
        }
        return MORE;
    }

    /** Behind the tag that begins at a place; -1 when it is none. */
    private static int end(String list, int at) {
        int quote = list.startsWith("W/", at) ? at + 2 : at;
        if (quote >= list.length() || list.charAt(quote) != '"') {
            return -1;
        }
        for (int i = quote + 1; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '"') {
                return i + 1;
            }
            if (c <= ' ' || c == 0x7f) {
                return -1;
            }
        }
        return -1;
    }

    private static int skip(String list, int from) {
        int at = from;
        while (at < list.length() && " \t,".indexOf(list.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }

    private static boolean same(String one, String other, boolean weak) {
        if (!weak) {
            return one.equals(other) && !isWeak(one);
        }
        return opaque(one).equals(opaque(other));
    }

    /**
     * Tells whether a tag is weak.
     *
     * @param tag a tag
     * @return true if so
     */
    public static boolean isWeak(String tag) {
        return tag.startsWith("W/");
    }

    private static String opaque(String tag) {
        return isWeak(tag) ? tag.substring(2) : tag;
    }
}

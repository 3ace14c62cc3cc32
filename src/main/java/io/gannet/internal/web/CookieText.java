package io.gannet.internal.web;

import java.util.ArrayList;
import java.util.List;

/** What cookies look like: strictly in what is sent, leniently in what comes; RFC 6265. */
public final class CookieText {
    private CookieText() {}

    /**
     * Reads Cookie headers as servers do: what makes no sense is passed over.
     *
     * @param headers the values, one for each header
     * @param most how many cookies are read at most; the rest is not looked at
     * @return names and values by turns, in order, without quotes around a value
     */
    public static String[] parse(List<String> headers, int most) {
        List<String> pairs = new ArrayList<>();
        for (String header : headers) {
            int from = 0;
            int equals = -1; /* the next one, however many fields lie in front of it */
            while (from < header.length() && pairs.size() < 2 * most) {
                int end = header.indexOf(';', from);
                end = end < 0 ? header.length() : end;
                if (equals < from) {
                    equals = header.indexOf('=', from);
                    equals = equals < 0 ? header.length() : equals;
                }
                if (equals < end) {
                    add(header, from, equals, end, pairs);
                }
                from = end + 1;
            }
        }
        return pairs.toArray(new String[0]);
    }

    private static void add(String header, int from, int equals, int end, List<String> pairs) {
        String name = header.substring(from, equals).strip();
        String value = header.substring(equals + 1, end).strip();
        if (!TokenText.isToken(name) || hasControl(value)) {
            return;
        }
        pairs.add(name);
        pairs.add(unquote(value));
    }

    private static String unquote(String value) {
        int last = value.length() - 1;
        return last > 0 && value.charAt(0) == '"' && value.charAt(last) == '"'
                ? value.substring(1, last)
                : value;
    }

    private static boolean hasControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == 0x7f) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells whether a text can be a value.
     *
     * @param text maybe one, maybe in quotes
     * @return false for what has white space, controls, commas, semicolons, backslashes or quotes
     *     inside, or is not ASCII
     */
    public static boolean isValue(String text) {
        String value = unquote(text);
        boolean ok = true;
        for (int i = 0; i < value.length() && ok; i++) {
            char c = value.charAt(i);
            ok = c > ' ' && c < 0x7f && "\",;\\".indexOf(c) < 0;
        }
        return ok;
    }

    /**
     * Tells whether a text can be a Path.
     *
     * @param text maybe one
     * @return true for printable ASCII without semicolons that begins with a slash
     */
    public static boolean isPath(String text) {
        boolean ok = text.startsWith("/");
        for (int i = 0; i < text.length() && ok; i++) {
            char c = text.charAt(i);
            ok = c >= ' ' && c < 0x7f && c != ';';
        }
        return ok && !text.endsWith(" ");
    }

    /**
     * Tells whether a text can be a Domain.
     *
     * @param text maybe one
     * @return true for labels of letters, digits and hyphens with dots between them
     */
    public static boolean isDomain(String text) {
        boolean ok = !text.isEmpty() && text.length() <= 253;
        char before = '.';
        for (int i = 0; i < text.length() && ok; i++) {
            char c = text.charAt(i);
            boolean edge = c == '.' || c == '-';
            ok = (UriText.isLetterOrDigit(c) || edge) && !(edge && before == '.')
                    && !(c == '.' && before == '-');
            before = c;
        }
        return ok && before != '.' && before != '-';
    }
}

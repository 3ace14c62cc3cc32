package io.gannet.internal.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A list of tokens with weights, as in Accept-Encoding (RFC 9110 §12.4.2): {@code gzip;q=0.8,
 * *;q=0}. An element that is malformed counts as absent; what stands behind {@link #ITEMS_MAX}
 * elements is not read. Immutable.
 */
public final class QualityList {
    /** Nobody sends more in earnest. */
    public static final int ITEMS_MAX = 64;

    /** The weight of what is wanted most; 0 is that of what is refused. */
    public static final int MOST = 1000;

    /** A weight for what the list does not name. */
    public static final int ABSENT = -1;

    private final List<String> names = new ArrayList<>();
    private final List<Integer> weights = new ArrayList<>();

    private QualityList() {}

    /**
     * Reads a list.
     *
     * @param values of all lines of the header, in order
     * @return the elements that are well-formed
     */
    public static QualityList parse(List<String> values) {
        QualityList list = new QualityList();
        int items = 0;
        for (String value : values) {
            int at = 0;
            while (at <= value.length() && items < ITEMS_MAX) {
                int comma = value.indexOf(',', at);
                int end = comma < 0 ? value.length() : comma;
                list.add(value.substring(at, end));
                items++;
                at = end + 1;
            }
        }
        return list;
    }

    /**
     * The weight of a name, as the list gives it; the first one if it does so twice.
     *
     * @param name in lower case, maybe {@code *}
     * @return 0 to {@link #MOST}, or {@link #ABSENT}
     */
    public int weight(String name) {
        int index = names.indexOf(name);
        return index < 0 ? ABSENT : weights.get(index);
    }

    /**
     * The names.
     *
     * @return in lower case, in the order of the list
     */
    public List<String> names() {
        return List.copyOf(names);
    }

    private void add(String item) {
        int semicolon = item.indexOf(';');
        String name = trim(semicolon < 0 ? item : item.substring(0, semicolon));
        int weight = MOST;
        int at = semicolon;
        while (at >= 0 && weight >= 0) {
            int next = item.indexOf(';', at + 1);
            String parameter = trim(item.substring(at + 1, next < 0 ? item.length() : next));
            if (parameter.length() > 1 && (parameter.charAt(0) | 0x20) == 'q'
                    && parameter.charAt(1) == '=') {
                weight = weight(parameter, 2);
                break; /* what follows the weight was an extension once, and means nothing */
            }
            at = next;
        }
        if (weight >= 0 && isName(name)) {
            names.add(name.toLowerCase(Locale.ROOT));
            weights.add(weight);
        }
    }

    /** A qvalue in thousandths, negative when it is none: up to three digits behind the point. */
    private static int weight(String text, int from) {
        int length = text.length() - from;
        if (length < 1 || length > 5 || (length > 1 && text.charAt(from + 1) != '.')) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < 5; i++) {
            if (i == 1) {
                continue;
            }
            int digit = i < length ? text.charAt(from + i) - '0' : 0;
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value > MOST ? -1 : value;
    }

    /** Without the white space of RFC 9110 §5.6.3 around it. */
    private static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    /** A token, or a media type. */
    private static boolean isName(String text) {
        boolean ok = !text.isEmpty();
        for (int i = 0; i < text.length() && ok; i++) {
            char c = text.charAt(i);
            ok = c == '/' || TokenText.isTokenChar(c);
        }
        return ok;
    }

    @Override
    public String toString() {
        return names + " " + weights;
    }
}

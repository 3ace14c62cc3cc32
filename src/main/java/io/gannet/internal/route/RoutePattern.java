package io.gannet.internal.route;

import java.util.ArrayList;
import java.util.List;

/**
 * Which paths a route answers: literal segments, parameters <code>{name}</code> for one segment
 * that is not empty, and at the end maybe <code>{name*}</code> for all that is left. Immutable.
 *
 * <p>Literal text may be written plainly or with the escapes of a URL; it means the same.
 */
public final class RoutePattern {
    /**
     * Stands for a parameter in a shape, and for a rest: the second half of some characters, which
     * is never the first of a segment. {@link #isMark} tells both apart.
     */
    static final char PARAM = '\uDC00';
    static final char REST = '\uDC01';

    private final String text;
    private final String shape;
    private final String[] names;
    private final int[] segments;

    private RoutePattern(String text, String shape, List<String> names, List<Integer> segments) {
        this.text = text;
        this.shape = shape;
        this.names = names.toArray(new String[0]);
        this.segments = segments.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Reads a pattern.
     *
     * @param text begins with a slash, or is empty
     * @return the pattern
     * @throws IllegalArgumentException says what is wrong with it
     */
    public static RoutePattern of(String text) {
        if (!text.isEmpty() && text.charAt(0) != '/') {
            throw bad(text, "must begin with a slash");
        }
        StringBuilder shape = new StringBuilder();
        List<String> names = new ArrayList<>();
        List<Integer> segments = new ArrayList<>();
        int segment = 0;
        for (int at = 0; at < text.length();) {
            int end = PathText.endOf(text, at + 1);
            String part = text.substring(at + 1, end);
            shape.append('/');
            segment++;
            if (part.startsWith("{") && part.endsWith("}")) {
                boolean rest = part.endsWith("*}");
                if (rest && end < text.length()) {
                    throw bad(text, part + " takes the rest, so it must be at the end");
                }
                addName(text, part, names);
                segments.add(segment);
                shape.append(rest ? REST : PARAM);
            } else if (part.isEmpty() && end < text.length()) {
                throw bad(text, "has an empty segment");
            } else {
                shape.append(literal(text, part));
            }
            at = end;
        }
        return new RoutePattern(text, shape.toString(), names, segments);
    }

    private static void addName(String text, String part, List<String> names) {
        boolean rest = part.endsWith("*}");
        String name = part.equals("{*}") ? "*" : part.substring(1, part.length() - (rest ? 2 : 1));
        boolean good = !name.isEmpty();
        for (int i = 0; i < name.length() && good; i++) {
            char c = name.charAt(i);
            good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                    || c == '_' || c == '-';
        }
        if (!good && !part.equals("{*}")) {
            throw bad(text, "names a parameter " + part
                    + "; a name has letters of ASCII, digits, _ and -");
        }
        if (names.contains(name)) {
            throw bad(text, "has two parameters named " + name);
        }
        names.add(name);
    }

    private static String literal(String text, String part) {
        refuseForeign(text, part);
        if (part.indexOf('{') >= 0 || part.indexOf('}') >= 0) {
            throw bad(text, "has a brace in " + part
                    + "; a parameter is a whole segment, and a literal brace is %7B or %7D");
        }
        if (part.indexOf('?') >= 0 || part.indexOf('#') >= 0) {
            throw bad(text, "has a ? or # in " + part
                    + "; neither query nor fragment are part of a path");
        }
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            boolean paired = Character.isHighSurrogate(c) && i + 1 < part.length()
                    && Character.isLowSurrogate(part.charAt(i + 1));
            if (Character.isISOControl(c) || (Character.isSurrogate(c) && !paired)) {
                throw bad(text, "has a character that no path has");
            }
            if (paired) {
                i++;
            }
        }
        String decoded = PathText.decode(part);
        if (decoded == null) {
            throw bad(text,
                    "has a malformed escape in " + part + "; a literal percent sign is %25");
        }
        if (decoded.equals(".") || decoded.equals("..")) {
            throw bad(text, "has the segment " + part + ", which paths are rid of before matching");
        }
        return decoded;
    }

    /** Whether a parameter or rest stands in a place of a shape. */
    static boolean isMark(String shape, int at) {
        char c = shape.charAt(at);
        return (c == PARAM || c == REST) && at > 0 && shape.charAt(at - 1) == '/';
    }

    /** Refuses what means a parameter elsewhere, and here would be a text that nobody asks for. */
    private static void refuseForeign(String text, String part) {
        if (part.startsWith(":")) {
            String name = part.length() > 1 ? part.substring(1) : "name";
            throw bad(text, "has the segment " + part + "; a parameter is {" + name
                    + "}, and a literal colon in front is %3A");
        }
        if (part.equals("*")) {
            throw bad(text, "has the segment *; a parameter for one segment is {name}, one for all "
                    + "that is left {rest*}, and a literal star is %2A");
        }
    }

    private static IllegalArgumentException bad(String text, String why) {
        return new IllegalArgumentException("the pattern \"" + text + "\" " + why);
    }

    /**
     * What matches: two patterns with one shape match the same paths.
     *
     * @return the normal form of the literal text, with marks for parameters
     */
    public String shape() {
        return shape;
    }

    /**
     * The shape that differs by a slash at the end, or, of a rest, by what is in front of it.
     *
     * @return empty when there is none
     */
    public String twin() {
        if (hasRest()) {
            return shape.substring(0, shape.length() - 2);
        }
        return shape.endsWith("/") ? shape.substring(0, shape.length() - 1) : shape + "/";
    }

    /**
     * The shape of everything below this one.
     *
     * @return this, with a rest at the end
     */
    public String below() {
        return (shape.endsWith("/") ? shape : shape + "/") + REST;
    }

    /**
     * Whether it ends with a rest.
     *
     * @return true if so
     */
    public boolean hasRest() {
        return shape.endsWith("/" + REST);
    }

    /**
     * Looks for a parameter.
     *
     * @param name its name
     * @return its index, -1 when there is none
     */
    public int find(String name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The names of the parameters.
     *
     * @return in order
     */
    public List<String> names() {
        return List.of(names);
    }

    /**
     * What a path has for a parameter.
     *
     * @param path a normal form that this matches
     * @param index of the parameter
     * @return its value, still in normal form
     */
    public String value(String path, int index) {
        int start = PathText.startOf(path, segments[index]);
        if (start < 0) {
            return "";
        }
        boolean rest = index == names.length - 1 && hasRest();
        return path.substring(start, rest ? path.length() : PathText.endOf(path, start));
    }

    /** The text it was read from. */
    @Override
    public String toString() {
        return text;
    }
}

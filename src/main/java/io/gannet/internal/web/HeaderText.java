package io.gannet.internal.web;

/**
 * Walks through a header value that is made of tokens and quoted strings, RFC 9110 §5.6. Once
 * something is not as it should be it stays bad, so that a caller may ask in the end.
 */
final class HeaderText {
    private final String text;
    private int at;
    private boolean bad;

    HeaderText(String text, int from) {
        this.text = text;
        this.at = from;
    }

    boolean isGood() {
        return !bad;
    }

    boolean isAtEnd() {
        space();
        return at >= text.length();
    }

    boolean isAt(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    /** Takes a separator and the white space around it; false when there is none. */
    boolean skip(char separator) {
        space();
        if (bad || !isAt(separator)) {
            return false;
        }
        at++;
        space();
        return true;
    }

    /** Takes a character that has to be there. */
    boolean take(char c) {
        boolean there = isAt(c);
        at += there ? 1 : 0;
        bad |= !there;
        return there;
    }

    /** Takes a token, which has to be there. */
    String token() {
        int from = at;
        while (at < text.length() && TokenText.isTokenChar(text.charAt(at))) {
            at++;
        }
        bad |= at == from;
        return text.substring(from, at);
    }

    /** Takes a token or the text of a quoted string; one of them has to be there. */
    String tokenOrQuoted() {
        return isAt('"') ? quoted(false) : token();
    }

    /**
     * The same as clients write forms: a backslash stands for itself, as in paths of some systems,
     * unless a quote or another one follows.
     */
    String tokenOrFormQuoted() {
        return isAt('"') ? quoted(true) : token();
    }

    private String quoted(boolean lenient) {
        at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\' && (!lenient || isEscape())) {
                at++;
            }
            if (at < text.length()) {
                value.append(text.charAt(at++));
            }
        }
        take('"');
        return value.toString();
    }

    private boolean isEscape() {
        char next = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
        return next == '"' || next == '\\';
    }

    private void space() {
        while (isAt(' ') || isAt('\t')) {
            at++;
        }
    }
}

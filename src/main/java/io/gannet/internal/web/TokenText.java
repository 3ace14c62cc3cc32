package io.gannet.internal.web;

/** What names are made of, RFC 9110 §5.6.2. */
public final class TokenText {
    private TokenText() {}

    /**
     * Tells whether a text is a token.
     *
     * @param text maybe one
     * @return true if so
     */
    public static boolean isToken(String text) {
        boolean ok = !text.isEmpty();
        for (int i = 0; i < text.length() && ok; i++) {
            ok = isTokenChar(text.charAt(i));
        }
        return ok;
    }

    /**
     * Tells whether a token may hold a character.
     *
     * @param c the character
     * @return true if so
     */
    public static boolean isTokenChar(char c) {
        return UriText.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
